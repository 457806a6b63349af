/* quorum.c - majorities, of one configuration or of two at once.
 * Layer: raftcore. */
#include "raftcore/quorum.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/bytes.h"

enum { ON_STACK = 16 };

const char *vote_result_name(enum vote_result result)
{
    static const char *const names[] = {"VotePending", "VoteLost", "VoteWon"};
    return names[result];
}

/* ---- Sets ----------------------------------------------------------------*/

void joint_release(struct joint *joint)
{
    ids_release(&joint->incoming);
    ids_release(&joint->outgoing);
}

void joint_copy(struct joint *to, const struct joint *from)
{
    ids_copy(&to->incoming, &from->incoming);
    ids_copy(&to->outgoing, &from->outgoing);
}

bool joint_has(const struct joint *joint, uint64_t id)
{
    return ids_has(&joint->incoming, id) || ids_has(&joint->outgoing, id);
}

struct ids joint_ids(const struct joint *joint)
{
    struct ids all;
    ids_copy(&all, &joint->incoming);
    for (size_t i = 0; i < joint->outgoing.count; i++) {
        ids_add(&all, joint->outgoing.at[i]);
    }
    return all;
}

void majority_text(const struct ids *ids, struct text *text)
{
    text_add(text, "(");
    for (size_t i = 0; i < ids->count; i++) {
        text_add(text, i ? " %" PRIx64 : "%" PRIx64, ids->at[i]);
    }
    text_add(text, ")");
}

void joint_text(const struct joint *joint, struct text *text)
{
    majority_text(&joint->incoming, text);
    if (joint->outgoing.count > 0) {
        text_add(text, "&&");
        majority_text(&joint->outgoing, text);
    }
}

/* ---- Commitment ----------------------------------------------------------*/

/* Insertion: configurations are small, and mostly nearly in order. */
uint64_t majority_index(uint64_t *indexes, size_t count)
{
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

uint64_t majority_committed(const struct ids *ids, acked_index acked,
                            void *context)
{
    uint64_t few[ON_STACK];
    size_t count = ids->count;
    uint64_t *indexes =
        count <= ON_STACK ? few : lab_xmalloc(count * sizeof(*indexes));
    for (size_t i = 0; i < count; i++) {
        indexes[i] = 0;
        acked(context, ids->at[i], &indexes[i]);
    }
    uint64_t committed = majority_index(indexes, count);
    if (indexes != few) {
        free(indexes);
    }
    return committed;
}

uint64_t joint_committed(const struct joint *joint, acked_index acked,
                         void *context)
{
    uint64_t a = majority_committed(&joint->incoming, acked, context);
    uint64_t b = majority_committed(&joint->outgoing, acked, context);
    return a < b ? a : b;
}

/* ---- Votes ---------------------------------------------------------------*/

enum vote_result majority_vote(const struct ids *ids, vote_of vote,
                               void *context)
{
    size_t quorum = ids->count / 2 + 1, yes = 0, missing = 0;
    if (ids->count == 0) {
        return VOTE_WON;
    }
    for (size_t i = 0; i < ids->count; i++) {
        bool granted = false;
        if (!vote(context, ids->at[i], &granted)) {
            missing++;
        } else {
            yes += granted;
        }
    }
    return yes >= quorum             ? VOTE_WON
           : yes + missing >= quorum ? VOTE_PENDING
                                     : VOTE_LOST;
}

enum vote_result joint_vote(const struct joint *joint, vote_of vote,
                            void *context)
{
    enum vote_result a = majority_vote(&joint->incoming, vote, context);
    enum vote_result b = majority_vote(&joint->outgoing, vote, context);
    if (a == b) {
        return a;
    }
    return a == VOTE_LOST || b == VOTE_LOST ? VOTE_LOST : VOTE_PENDING;
}
