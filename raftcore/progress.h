/* progress.h - what a leader knows of one member, and of all.
 * Layer: raftcore. docs/raftcore-spec.md §3.4; etcd: tracker.Progress.
 *
 *     PROBE      where the member's log matches is not known: one message with
 *                entries, then wait for its response
 *     REPLICATE  it is known: send entries as they are appended, up to a window
 *                of messages (inflights.h)
 *     SNAPSHOT   the entries that the member needs are compacted: a snapshot
 * was sent, nothing else until it is acknowledged or has failed
 *
 *              acknowledgement, or its probe matches
 *     PROBE ------------------------------------------> REPLICATE
 *           <------------------------------------------
 *       | ^    rejection, or reported as unreachable        |
 *       | |                                                 |
 *       | | the snapshot has arrived or failed              | compacted
 *       v |                                                 v
 *     SNAPSHOT <--------------------------------------------+
 *         and to REPLICATE by an acknowledgement that reaches the log */
#ifndef RAFTCORE_PROGRESS_H
#define RAFTCORE_PROGRESS_H

#include "raftcore/inflights.h"
#include "raftcore/text.h"

enum rc_progress_state {
    RC_PROGRESS_PROBE,
    RC_PROGRESS_REPLICATE,
    RC_PROGRESS_SNAPSHOT
};
const char *rc_progress_state_name(enum rc_progress_state state);

struct rc_progress {
    uint64_t id;
    uint64_t match, next;      /* Figure 2, matchIndex and nextIndex */
    uint64_t sent_commit;      /* the highest commit index that was sent */
    uint64_t pending_snapshot; /* index of the one sent; 0: none */
    uint64_t epoch; /* of the membership, with member_epochs; 0: since before
                     * this term */
    enum rc_progress_state state;
    bool recent_active; /* it responded since the last check of the quorum */
    bool flow_paused;   /* until its next response */
    bool is_learner;
    struct rc_inflights inflights;
};

void rc_progress_become_probe(struct rc_progress *pr);
void rc_progress_become_replicate(struct rc_progress *pr);
void rc_progress_become_snapshot(struct rc_progress *pr, uint64_t index);

/* A message with count entries, and this many bytes of data, was sent. */
void rc_progress_sent_entries(struct rc_progress *pr, uint64_t count,
                              uint64_t bytes);

/* Return true if an empty message with this commit index would let the member
 * commit more. */
bool rc_progress_can_bump_commit(const struct rc_progress *pr, uint64_t commit);

/* The member acknowledged all entries up to index. False: that was known. */
bool rc_progress_maybe_update(struct rc_progress *pr, uint64_t index);

/* The member rejected entries behind index rejected; those up to hint may
 * match. False: the rejection is of an earlier message. */
bool rc_progress_maybe_decr_to(struct rc_progress *pr, uint64_t rejected,
                               uint64_t hint);

/* Return true if nothing with entries may be sent now. */
bool rc_progress_paused(const struct rc_progress *pr);
void rc_progress_describe(const struct rc_progress *pr, struct rc_text *text);

/* ---- All members ---------------------------------------------------------*/

/* All zero: none. Ascending by id. */
struct rc_progress_map {
    struct rc_progress *at; /* owned */
    size_t count, room;
};
void rc_progress_map_release(struct rc_progress_map *map);

/* Overwrite *to by a copy that the caller releases. */
void rc_progress_map_copy(struct rc_progress_map *to,
                          const struct rc_progress_map *from);

/* Return a member's progress, valid until a member is added or removed; NULL if
 * there is no such member. */
struct rc_progress *rc_progress_map_get(const struct rc_progress_map *map,
                                        uint64_t id);

/* Add a member that is not there; takes over what the progress holds. Remove
 * one that is there. */
void rc_progress_map_add(struct rc_progress_map *map,
                         struct rc_progress progress);
void rc_progress_map_remove(struct rc_progress_map *map, uint64_t id);

/* A line for each member. */
void rc_progress_map_describe(const struct rc_progress_map *map,
                              struct rc_text *text);

#endif
