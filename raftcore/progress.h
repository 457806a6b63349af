/* progress.h - what a leader knows of one member.
 * Layer: raftcore. Specification, section 3.4. */
#ifndef RAFTCORE_PROGRESS_H
#define RAFTCORE_PROGRESS_H

#include "raftcore/inflights.h"
#include "raftcore/text.h"

enum progress_state {
    PROGRESS_PROBE,     /* where its log agrees is not known: one at a time */
    PROGRESS_REPLICATE, /* entries are sent as they come */
    PROGRESS_SNAPSHOT   /* a snapshot is on its way */
};
const char *progress_state_name(enum progress_state state);

struct progress {
    uint64_t id;
    uint64_t match, next; /* Figure 2, matchIndex and nextIndex */
    uint64_t sent_commit; /* the highest commit index it was sent */
    uint64_t pending_snapshot;
    uint64_t epoch; /* of its membership; 0: it came with this term */
    enum progress_state state;
    bool recent_active; /* something came from it since the last check */
    bool flow_paused;
    bool is_learner;
    struct inflights inflights;
};

void progress_become_probe(struct progress *pr);
void progress_become_replicate(struct progress *pr);
void progress_become_snapshot(struct progress *pr, uint64_t index);

/* A message with so many entries was sent. */
void progress_sent_entries(struct progress *pr, uint64_t count, uint64_t bytes);

/* Would it learn of this commit index from an empty message? */
bool progress_can_bump_commit(const struct progress *pr, uint64_t commit);

/* It has everything up to this index; false: that was known. */
bool progress_maybe_update(struct progress *pr, uint64_t index);

/* It has refused entries behind this index, and may have what the hint says;
 * false: an old answer. */
bool progress_maybe_decr_to(struct progress *pr, uint64_t rejected,
                            uint64_t hint);

bool progress_paused(const struct progress *pr);
void progress_describe(const struct progress *pr, struct text *text);

/* ---- Of all members, ascending by id ------------------------------------*/

struct progress_map {
    struct progress *at;
    size_t count, room;
};
void progress_map_release(struct progress_map *map);
void progress_map_copy(struct progress_map *to,
                       const struct progress_map *from);

/* NULL: no member. Valid until one is added or removed. */
struct progress *progress_map_get(const struct progress_map *map, uint64_t id);

/* Takes what it holds. There is none with its id yet. */
void progress_map_add(struct progress_map *map, struct progress progress);
void progress_map_remove(struct progress_map *map, uint64_t id);
void progress_map_describe(const struct progress_map *map, struct text *text);

#endif
