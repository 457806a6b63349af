/* quorum.h - majorities, of one configuration or of two at once.
 * Layer: raftcore. Pure functions. Specification, section 3.1. */
#ifndef RAFTCORE_QUORUM_H
#define RAFTCORE_QUORUM_H

#include "raftcore/ids.h"
#include "raftcore/text.h"

enum vote_result { VOTE_PENDING, VOTE_LOST, VOTE_WON };
const char *vote_result_name(enum vote_result result);

/* Voters of a joint configuration; outgoing is empty unless it is one. */
struct joint {
    struct ids incoming, outgoing;
};
void joint_release(struct joint *joint);
void joint_copy(struct joint *to, const struct joint *from);
bool joint_has(const struct joint *joint, uint64_t id);
/* All of both, ascending; the caller releases it. */
struct ids joint_ids(const struct joint *joint);
void majority_text(const struct ids *ids, struct text *text);
void joint_text(const struct joint *joint, struct text *text);

/* What somebody has acknowledged; false: nothing. */
typedef bool (*acked_index)(void *context, uint64_t id, uint64_t *index);

/* What a majority of so many members has, of which each has one of these
 * indexes; sorts them. UINT64_MAX of nobody: a half without members decides
 * nothing. */
uint64_t majority_index(uint64_t *indexes, size_t count);

/* The highest index that a quorum has; UINT64_MAX of nobody. */
uint64_t majority_committed(const struct ids *ids, acked_index acked,
                            void *context);
uint64_t joint_committed(const struct joint *joint, acked_index acked,
                         void *context);

/* How somebody has voted; false: not yet. */
typedef bool (*vote_of)(void *context, uint64_t id, bool *granted);

enum vote_result majority_vote(const struct ids *ids, vote_of vote,
                               void *context);
enum vote_result joint_vote(const struct joint *joint, vote_of vote,
                            void *context);

#endif
