/* state.c - hard state, soft state, members, snapshots.
 * Layer: raftcore. docs/raftcore-spec.md §1.3, §2.4. */
#include "raftcore/state.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/bytes.h"

const char *rc_state_name(enum rc_state_type state)
{
    static const char *const names[] = {"StateFollower", "StateCandidate",
                                        "StateLeader", "StatePreCandidate"};
    LAB_ASSERT((unsigned)state <= RC_PRE_CANDIDATE);
    return names[state];
}

/* ---- Members -------------------------------------------------------------*/

void rc_conf_state_release(struct rc_conf_state *cs)
{
    rc_ids_release(&cs->voters);
    rc_ids_release(&cs->learners);
    rc_ids_release(&cs->voters_outgoing);
    rc_ids_release(&cs->learners_next);
    cs->auto_leave = false;
}

void rc_conf_state_copy(struct rc_conf_state *to,
                        const struct rc_conf_state *from)
{
    rc_ids_copy(&to->voters, &from->voters);
    rc_ids_copy(&to->learners, &from->learners);
    rc_ids_copy(&to->voters_outgoing, &from->voters_outgoing);
    rc_ids_copy(&to->learners_next, &from->learners_next);
    to->auto_leave = from->auto_leave;
}

/* As sets: the lists of a message are in any order. */
static bool same_members(const struct rc_ids *a, const struct rc_ids *b)
{
    struct rc_ids x, y;
    rc_ids_copy(&x, a);
    rc_ids_copy(&y, b);
    rc_ids_sort(&x);
    rc_ids_sort(&y);
    bool same = rc_ids_equal(&x, &y);
    rc_ids_release(&x);
    rc_ids_release(&y);
    return same;
}

bool rc_conf_state_equivalent(const struct rc_conf_state *a,
                              const struct rc_conf_state *b)
{
    return same_members(&a->voters, &b->voters) &&
           same_members(&a->learners, &b->learners) &&
           same_members(&a->voters_outgoing, &b->voters_outgoing) &&
           same_members(&a->learners_next, &b->learners_next) &&
           a->auto_leave == b->auto_leave;
}

/* ---- Snapshots -----------------------------------------------------------*/

struct rc_snapshot *rc_snapshot_new(void)
{
    struct rc_snapshot *snapshot = lab_xcalloc(1, sizeof(*snapshot));
    snapshot->refcount = 1;
    return snapshot;
}

struct rc_snapshot *rc_snapshot_share(struct rc_snapshot *snapshot)
{
    if (snapshot) {
        LAB_ASSERT(snapshot->refcount > 0);
        rc_refcount_add(&snapshot->refcount);
    }
    return snapshot;
}

/* Snapshots can be large: they are shared by log, message, Ready and storage.
 */
void rc_snapshot_drop(struct rc_snapshot *snapshot)
{
    if (snapshot && rc_refcount_drop(&snapshot->refcount)) {
        rc_conf_state_release(&snapshot->conf_state);
        rc_payload_drop(snapshot->data);
        free(snapshot);
    }
}

bool rc_snapshot_empty(const struct rc_snapshot *snapshot)
{
    return !snapshot || snapshot->index == 0;
}
