/* quorum.c - majorities of one configuration, or of two at once.
 * Layer: raftcore. docs/raftcore-spec.md §3.1; etcd's quorum/. */
#include "raftcore/quorum.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "raftcore/format.h"

enum { ON_STACK = 16 };

const char *rc_vote_result_name(enum rc_vote_result result)
{
    static const char *const names[] = {"VotePending", "VoteLost", "VoteWon"};
    LAB_ASSERT((unsigned)result <= RC_VOTE_WON);
    return names[result];
}

/* ---- Sets ----------------------------------------------------------------*/

void rc_joint_release(struct rc_joint *joint)
{
    rc_ids_release(&joint->incoming);
    rc_ids_release(&joint->outgoing);
}

void rc_joint_copy(struct rc_joint *to, const struct rc_joint *from)
{
    rc_ids_copy(&to->incoming, &from->incoming);
    rc_ids_copy(&to->outgoing, &from->outgoing);
}

bool rc_joint_has(const struct rc_joint *joint, uint64_t id)
{
    return rc_ids_has(&joint->incoming, id) || rc_ids_has(&joint->outgoing, id);
}

struct rc_ids rc_joint_ids(const struct rc_joint *joint)
{
    struct rc_ids all;
    rc_ids_copy(&all, &joint->incoming);
    for (size_t i = 0; i < joint->outgoing.count; i++) {
        rc_ids_add(&all, joint->outgoing.at[i]);
    }
    LAB_ASSERT(all.count >= joint->outgoing.count);
    return all;
}

void rc_majority_text(const struct rc_ids *ids, struct rc_text *text)
{
    rc_text_add(text, "(");
    for (size_t i = 0; i < ids->count; i++) {
        rc_text_add(text, i ? " " X64 : X64, ids->at[i]);
    }
    rc_text_add(text, ")");
}

void rc_joint_text(const struct rc_joint *joint, struct rc_text *text)
{
    rc_majority_text(&joint->incoming, text);
    if (joint->outgoing.count > 0) {
        rc_text_add(text, "&&");
        rc_majority_text(&joint->outgoing, text);
    }
}

/* ---- Commitment ----------------------------------------------------------*/

/* The q-th highest, where q is a majority:
 *
 *     3 members   indexes 4 7 9     q = 2: index 7, which two of three have
 *     4 members   indexes 4 7 8 9   q = 3: index 7
 *
 * Insertion sort, as configurations are small and mostly nearly in order. */
uint64_t rc_majority_index(uint64_t *indexes, size_t count)
{
    /* No members decide nothing: the other half of a joint configuration, of
     * which this is the minimum, decides alone. */
    if (count == 0) {
        return UINT64_MAX;
    }
    for (size_t i = 1; i < count; i++) {
        uint64_t index = indexes[i];
        size_t place = i;
        for (; place > 0 && indexes[place - 1] > index; place--) {
            indexes[place] = indexes[place - 1];
        }
        indexes[place] = index;
    }
    return indexes[count - (count / 2 + 1)];
}

uint64_t rc_majority_committed(const struct rc_ids *ids, rc_acked_index acked,
                               void *context)
{
    uint64_t few[ON_STACK];
    size_t count = ids->count;
    uint64_t *indexes =
        count <= ON_STACK ? few : lab_xmalloc(count * sizeof(*indexes));
    for (size_t i = 0; i < count; i++) {
        indexes[i] = 0; /* unless acked() says more */
        acked(context, ids->at[i], &indexes[i]);
    }
    uint64_t committed = rc_majority_index(indexes, count);
    if (indexes != few) {
        free(indexes);
    }
    return committed;
}

uint64_t rc_joint_committed(const struct rc_joint *joint, rc_acked_index acked,
                            void *context)
{
    uint64_t a = rc_majority_committed(&joint->incoming, acked, context);
    uint64_t b = rc_majority_committed(&joint->outgoing, acked, context);
    return a < b ? a : b;
}

/* ---- Votes ---------------------------------------------------------------*/

enum rc_vote_result rc_majority_vote(const struct rc_ids *ids, rc_vote_of vote,
                                     void *context)
{
    size_t quorum = ids->count / 2 + 1, yes = 0, missing = 0;
    if (ids->count == 0) {
        return RC_VOTE_WON; /* as above: the other half decides */
    }
    for (size_t i = 0; i < ids->count; i++) {
        bool granted = false;
        if (!vote(context, ids->at[i], &granted)) {
            missing++;
        } else {
            yes += granted;
        }
    }
    LAB_ASSERT(yes + missing <= ids->count);
    return yes >= quorum             ? RC_VOTE_WON
           : yes + missing >= quorum ? RC_VOTE_PENDING
                                     : RC_VOTE_LOST;
}

enum rc_vote_result rc_joint_vote(const struct rc_joint *joint, rc_vote_of vote,
                                  void *context)
{
    enum rc_vote_result a = rc_majority_vote(&joint->incoming, vote, context);
    enum rc_vote_result b = rc_majority_vote(&joint->outgoing, vote, context);
    if (a == b) {
        return a;
    }
    /* Both must be won; one that is lost cannot be made up for. */
    return a == RC_VOTE_LOST || b == RC_VOTE_LOST ? RC_VOTE_LOST
                                                  : RC_VOTE_PENDING;
}
