/* state.h - hard state, soft state, members, snapshots.
 * Layer: raftcore. docs/raftcore-spec.md §1.1, §2.4. */
#ifndef RAFTCORE_STATE_H
#define RAFTCORE_STATE_H

#include "raftcore/ids.h"
#include "raftcore/payload.h"

enum rc_state_type { RC_FOLLOWER, RC_CANDIDATE, RC_LEADER, RC_PRE_CANDIDATE };
const char *rc_state_name(enum rc_state_type state);

/* Volatile: for information. */
struct rc_soft_state {
    uint64_t lead; /* 0: not known */
    enum rc_state_type state;
};
static inline bool rc_soft_state_equal(struct rc_soft_state a,
                                       struct rc_soft_state b)
{
    return a.lead == b.lead && a.state == b.state;
}

/* Persistent, with the log: to be durable before any message that follows from
 * it is sent. All zero: empty, a node that never ran. */
struct rc_hard_state {
    uint64_t term, vote, commit;
};
static inline bool rc_hard_state_empty(struct rc_hard_state hs)
{
    return (hs.term | hs.vote | hs.commit) == 0;
}

static inline bool rc_hard_state_equal(struct rc_hard_state a,
                                       struct rc_hard_state b)
{
    return a.term == b.term && a.vote == b.vote && a.commit == b.commit;
}

/* The members and their roles. Outside a joint configuration voters_outgoing
 * and learners_next are empty (reconfigure.c draws one). */
struct rc_conf_state {
    struct rc_ids voters, learners, voters_outgoing, learners_next;
    bool auto_leave; /* the joint configuration is left by itself */
};
void rc_conf_state_release(struct rc_conf_state *cs);

/* Overwrite *to by a copy that the caller releases. */
void rc_conf_state_copy(struct rc_conf_state *to,
                        const struct rc_conf_state *from);

/* The same members in each role, in any order. */
bool rc_conf_state_equivalent(const struct rc_conf_state *a,
                              const struct rc_conf_state *b);

/* The application's state after the entries up to index, which it replaces.
 * Never changes once it has two references. */
struct rc_snapshot {
    size_t refcount;
    uint64_t index, term; /* of the last entry that it includes */
    struct rc_conf_state conf_state;
    struct rc_payload *data; /* the application's; NULL: none */
};

/* Make one with one reference, the caller's; all else is zero. */
struct rc_snapshot *rc_snapshot_new(void);

/* Add a reference and return the snapshot; drop one. Nothing for NULL. */
struct rc_snapshot *rc_snapshot_share(struct rc_snapshot *snapshot);
void rc_snapshot_drop(struct rc_snapshot *snapshot);

/* Return true for NULL and for index 0. */
bool rc_snapshot_empty(const struct rc_snapshot *snapshot);

#endif
