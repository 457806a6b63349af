/* state.c - what a node saves and what it says of itself.
 * Layer: raftcore. */
#include "raftcore/state.h"

#include <stdlib.h>

const char *state_name(enum state_type state)
{
    static const char *const names[] = {"StateFollower", "StateCandidate",
                                        "StateLeader", "StatePreCandidate"};
    return names[state];
}

/* ---- Members -------------------------------------------------------------*/

void conf_state_release(struct conf_state *cs)
{
    ids_release(&cs->voters);
    ids_release(&cs->learners);
    ids_release(&cs->voters_outgoing);
    ids_release(&cs->learners_next);
    cs->auto_leave = false;
}

void conf_state_copy(struct conf_state *to, const struct conf_state *from)
{
    ids_copy(&to->voters, &from->voters);
    ids_copy(&to->learners, &from->learners);
    ids_copy(&to->voters_outgoing, &from->voters_outgoing);
    ids_copy(&to->learners_next, &from->learners_next);
    to->auto_leave = from->auto_leave;
}

static bool same_members(const struct ids *a, const struct ids *b)
{
    struct ids x, y;
    ids_copy(&x, a);
    ids_copy(&y, b);
    ids_sort(&x);
    ids_sort(&y);
    bool same = ids_equal(&x, &y);
    ids_release(&x);
    ids_release(&y);
    return same;
}

bool conf_state_equivalent(const struct conf_state *a,
                           const struct conf_state *b)
{
    return same_members(&a->voters, &b->voters) &&
           same_members(&a->learners, &b->learners) &&
           same_members(&a->voters_outgoing, &b->voters_outgoing) &&
           same_members(&a->learners_next, &b->learners_next) &&
           a->auto_leave == b->auto_leave;
}

/* ---- Snapshots -----------------------------------------------------------*/

struct snapshot *snapshot_new(void)
{
    struct snapshot *snapshot = lab_xcalloc(1, sizeof(*snapshot));
    atomic_init(&snapshot->holders, 1);
    return snapshot;
}

struct snapshot *snapshot_share(struct snapshot *snapshot)
{
    if (snapshot) {
        holders_add(&snapshot->holders);
    }
    return snapshot;
}

void snapshot_drop(struct snapshot *snapshot)
{
    if (snapshot && holders_drop(&snapshot->holders)) {
        conf_state_release(&snapshot->conf_state);
        payload_drop(snapshot->data);
        free(snapshot);
    }
}

bool snapshot_empty(const struct snapshot *snapshot)
{
    return !snapshot || snapshot->index == 0;
}
