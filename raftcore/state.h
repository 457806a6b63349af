/* state.h - what a node saves and what it says of itself.
 * Layer: raftcore. Specification, sections 1.1, 2.4. */
#ifndef RAFTCORE_STATE_H
#define RAFTCORE_STATE_H

#include "raftcore/ids.h"
#include "raftcore/payload.h"

enum rc_state_type { RC_FOLLOWER, RC_CANDIDATE, RC_LEADER, RC_PRE_CANDIDATE };
const char *rc_state_name(enum rc_state_type state);

/* Not to be saved. */
struct rc_soft_state {
    uint64_t lead;
    enum rc_state_type state;
};
static inline bool rc_soft_state_equal(struct rc_soft_state a,
                                       struct rc_soft_state b)
{
    return a.lead == b.lead && a.state == b.state;
}

/* To be saved before any message that follows from it is sent. */
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

/* Who is a member, and how. */
struct rc_conf_state {
    struct rc_ids voters, learners, voters_outgoing, learners_next;
    bool auto_leave;
};
void rc_conf_state_release(struct rc_conf_state *cs);
void rc_conf_state_copy(struct rc_conf_state *to,
                        const struct rc_conf_state *from);

/* The same members, in whatever order. */
bool rc_conf_state_equivalent(const struct rc_conf_state *a,
                              const struct rc_conf_state *b);

/* The state of the application, in place of the entries up to index. Never
 * changes once it has two references. */
struct rc_snapshot {
    size_t refcount;
    uint64_t index, term;
    struct rc_conf_state conf_state;
    struct rc_payload *data;
};

/* One holder, the caller; everything is zero. */
struct rc_snapshot *rc_snapshot_new(void);
struct rc_snapshot *
rc_snapshot_share(struct rc_snapshot *snapshot);     /* or NULL */
void rc_snapshot_drop(struct rc_snapshot *snapshot); /* or NULL */

/* NULL, or of index 0. */
bool rc_snapshot_empty(const struct rc_snapshot *snapshot);

#endif
