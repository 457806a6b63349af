/* quorum.h - majorities of one configuration, or of two at once.
 * Layer: raftcore. Any thread; pure functions. Paper §6; docs/raftcore-spec.md
 * §3.1; etcd: quorum.MajorityConfig, quorum.JointConfig. */
#ifndef RAFTCORE_QUORUM_H
#define RAFTCORE_QUORUM_H

#include "raftcore/ids.h"
#include "raftcore/text.h"

enum rc_vote_result { RC_VOTE_PENDING, RC_VOTE_LOST, RC_VOTE_WON };
const char *rc_vote_result_name(enum rc_vote_result result);

/* The voters. In a joint configuration a decision needs a majority of incoming
 * and one of outgoing; otherwise outgoing is empty and decides nothing. */
struct rc_joint {
    struct rc_ids incoming, outgoing;
};
void rc_joint_release(struct rc_joint *joint);

/* Overwrite *to by a copy that the caller releases. */
void rc_joint_copy(struct rc_joint *to, const struct rc_joint *from);
bool rc_joint_has(const struct rc_joint *joint, uint64_t id);

/* Return the ids of both, ascending; the caller releases them. */
struct rc_ids rc_joint_ids(const struct rc_joint *joint);

/* Add "(1 2 3)", and "(1 2)&&(1)" of a joint one; ids in hexadecimal. */
void rc_majority_text(const struct rc_ids *ids, struct rc_text *text);
void rc_joint_text(const struct rc_joint *joint, struct rc_text *text);

/* Sets *index to what a member has acknowledged; false: nothing. */
typedef bool (*rc_acked_index)(void *context, uint64_t id, uint64_t *index);

/* Return the highest index that a majority of count members has, of which each
 * has one of these indexes; sorts them. Of no members UINT64_MAX. */
uint64_t rc_majority_index(uint64_t *indexes, size_t count);

/* Return the highest index that the members have committed; UINT64_MAX of no
 * members. */
uint64_t rc_majority_committed(const struct rc_ids *ids, rc_acked_index acked,
                               void *context);
uint64_t rc_joint_committed(const struct rc_joint *joint, rc_acked_index acked,
                            void *context);

/* Sets *granted to how a member has voted; false: not yet. */
typedef bool (*rc_vote_of)(void *context, uint64_t id, bool *granted);

/* Return the result, won of no members. */
enum rc_vote_result rc_majority_vote(const struct rc_ids *ids, rc_vote_of vote,
                                     void *context);
enum rc_vote_result rc_joint_vote(const struct rc_joint *joint, rc_vote_of vote,
                                  void *context);

#endif
