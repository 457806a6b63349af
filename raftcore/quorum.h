/* quorum.h - majorities, of one configuration or of two at once.
 * Layer: raftcore. Pure functions. Specification, section 3.1. */
#ifndef RAFTCORE_QUORUM_H
#define RAFTCORE_QUORUM_H

#include "raftcore/ids.h"
#include "raftcore/text.h"

enum rc_vote_result { RC_VOTE_PENDING, RC_VOTE_LOST, RC_VOTE_WON };
const char *rc_vote_result_name(enum rc_vote_result result);

/* Voters of a joint configuration; outgoing is empty unless it is one. */
struct rc_joint {
    struct rc_ids incoming, outgoing;
};
void rc_joint_release(struct rc_joint *joint);
void rc_joint_copy(struct rc_joint *to, const struct rc_joint *from);
bool rc_joint_has(const struct rc_joint *joint, uint64_t id);
/* All of both, ascending; the caller releases it. */
struct rc_ids rc_joint_ids(const struct rc_joint *joint);
void rc_majority_text(const struct rc_ids *ids, struct rc_text *text);
void rc_joint_text(const struct rc_joint *joint, struct rc_text *text);

/* What somebody has acknowledged; false: nothing. */
typedef bool (*rc_acked_index)(void *context, uint64_t id, uint64_t *index);

/* What a majority of so many members has, of which each has one of these
 * indexes; sorts them. UINT64_MAX of nobody: a half without members decides
 * nothing. */
uint64_t rc_majority_index(uint64_t *indexes, size_t count);

/* The highest index that a quorum has; UINT64_MAX of nobody. */
uint64_t rc_majority_committed(const struct rc_ids *ids, rc_acked_index acked,
                               void *context);
uint64_t rc_joint_committed(const struct rc_joint *joint, rc_acked_index acked,
                            void *context);

/* How somebody has voted; false: not yet. */
typedef bool (*rc_vote_of)(void *context, uint64_t id, bool *granted);

enum rc_vote_result rc_majority_vote(const struct rc_ids *ids, rc_vote_of vote,
                                     void *context);
enum rc_vote_result rc_joint_vote(const struct rc_joint *joint, rc_vote_of vote,
                                  void *context);

#endif
