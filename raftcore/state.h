/* state.h - what a node saves and what it says of itself.
 * Layer: raftcore. Specification, sections 1.1, 2.4. */
#ifndef RAFTCORE_STATE_H
#define RAFTCORE_STATE_H

#include "raftcore/ids.h"
#include "raftcore/payload.h"

enum state_type { FOLLOWER, CANDIDATE, LEADER, PRE_CANDIDATE };
const char *state_name(enum state_type state);

/* Not to be saved. */
struct soft_state {
    uint64_t lead;
    enum state_type state;
};
static inline bool soft_state_equal(struct soft_state a, struct soft_state b)
{
    return a.lead == b.lead && a.state == b.state;
}

/* To be saved before any message that follows from it is sent. */
struct hard_state {
    uint64_t term, vote, commit;
};
static inline bool hard_state_empty(struct hard_state hs)
{
    return (hs.term | hs.vote | hs.commit) == 0;
}

static inline bool hard_state_equal(struct hard_state a, struct hard_state b)
{
    return a.term == b.term && a.vote == b.vote && a.commit == b.commit;
}

/* Who is a member, and how. */
struct conf_state {
    struct ids voters, learners, voters_outgoing, learners_next;
    bool auto_leave;
};
void conf_state_release(struct conf_state *cs);
void conf_state_copy(struct conf_state *to, const struct conf_state *from);

/* The same members, in whatever order. */
bool conf_state_equivalent(const struct conf_state *a,
                           const struct conf_state *b);

/* The state of the application, in place of the entries up to index. Never
 * changes once it has two holders. */
struct snapshot {
    atomic_size_t holders;
    uint64_t index, term;
    struct conf_state conf_state;
    struct payload *data;
};

/* One holder, the caller; everything is zero. */
struct snapshot *snapshot_new(void);
struct snapshot *snapshot_share(struct snapshot *snapshot); /* or NULL */
void snapshot_drop(struct snapshot *snapshot);              /* or NULL */

/* NULL, or of index 0. */
bool snapshot_empty(const struct snapshot *snapshot);

#endif
