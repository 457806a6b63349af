/* progress.h - what a leader knows of one member.
 * Layer: raftcore. Specification, section 3.4. */
#ifndef RAFTCORE_PROGRESS_H
#define RAFTCORE_PROGRESS_H

#include "raftcore/inflights.h"
#include "raftcore/text.h"

enum rc_progress_state {
    RC_PROGRESS_PROBE, /* where its log agrees is not known: one at a time */
    RC_PROGRESS_REPLICATE, /* entries are sent as they come */
    RC_PROGRESS_SNAPSHOT   /* a snapshot is on its way */
};
const char *rc_progress_state_name(enum rc_progress_state state);

struct rc_progress {
    uint64_t id;
    uint64_t match, next; /* Figure 2, matchIndex and nextIndex */
    uint64_t sent_commit; /* the highest commit index it was sent */
    uint64_t pending_snapshot;
    uint64_t epoch; /* of its membership; 0: it came with this term */
    enum rc_progress_state state;
    bool recent_active; /* something came from it since the last check */
    bool flow_paused;
    bool is_learner;
    struct rc_inflights inflights;
};

void rc_progress_become_probe(struct rc_progress *pr);
void rc_progress_become_replicate(struct rc_progress *pr);
void rc_progress_become_snapshot(struct rc_progress *pr, uint64_t index);

/* A message with so many entries was sent. */
void rc_progress_sent_entries(struct rc_progress *pr, uint64_t count,
                              uint64_t bytes);

/* Would it learn of this commit index from an empty message? */
bool rc_progress_can_bump_commit(const struct rc_progress *pr, uint64_t commit);

/* It has everything up to this index; false: that was known. */
bool rc_progress_maybe_update(struct rc_progress *pr, uint64_t index);

/* It has refused entries behind this index, and may have what the hint says;
 * false: an old answer. */
bool rc_progress_maybe_decr_to(struct rc_progress *pr, uint64_t rejected,
                               uint64_t hint);

bool rc_progress_paused(const struct rc_progress *pr);
void rc_progress_describe(const struct rc_progress *pr, struct rc_text *text);

/* ---- Of all members, ascending by id ------------------------------------*/

struct rc_progress_map {
    struct rc_progress *at;
    size_t count, room;
};
void rc_progress_map_release(struct rc_progress_map *map);
void rc_progress_map_copy(struct rc_progress_map *to,
                          const struct rc_progress_map *from);

/* NULL: no member. Valid until one is added or removed. */
struct rc_progress *rc_progress_map_get(const struct rc_progress_map *map,
                                        uint64_t id);

/* Takes what it holds. There is none with its id yet. */
void rc_progress_map_add(struct rc_progress_map *map,
                         struct rc_progress progress);
void rc_progress_map_remove(struct rc_progress_map *map, uint64_t id);
void rc_progress_map_describe(const struct rc_progress_map *map,
                              struct rc_text *text);

#endif
