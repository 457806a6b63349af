/* rawnode.h - a Raft node that its application drives.
 * Layer: raftcore. One thread at a time. docs/raftcore-spec.md §6, §7; etcd:
 * RawNode. raftcore.h has the loop around it, and its duties.
 *
 * Nothing here waits, starts threads, looks at clocks, writes or sends. What is
 * passed in is borrowed for the call. Errors are values; a broken invariant or
 * a call that is not allowed ends in rc_fatal() (fatal.h). */
#ifndef RAFTCORE_RAWNODE_H
#define RAFTCORE_RAWNODE_H

#include "raftcore/conf_change.h"
#include "raftcore/config.h"
#include "raftcore/ready.h"
#include "raftcore/tracker.h"

struct rc_rawnode;

/* Make a node from what its storage holds: at its first start and at each later
 * one. It is a follower. NULL: the configuration is wrong, *wrong says how. */
struct rc_rawnode *rc_rawnode_new(const struct rc_config *config,
                                  const char **wrong);
void rc_rawnode_free(struct rc_rawnode *node); /* or NULL */

struct rc_peer {
    uint64_t id;
    struct rc_bytes context; /* for the application, with the change */
};

/* Give an empty cluster its first members: call it once, directly after
 * rc_rawnode_new(), with the same peers on each of them. The log begins with
 * one committed change per peer. Not needed if the storage has a configuration.
 * RC_NO_PEERS; RC_NOT_EMPTY: the storage has entries. */
enum rc_error rc_rawnode_bootstrap(struct rc_rawnode *node,
                                   const struct rc_peer *peers, size_t count);

/* ---- Events --------------------------------------------------------------*/

/* One tick of the clock has passed. */
void rc_rawnode_tick(struct rc_rawnode *node);

/* The same, but let nothing follow from it: for groups at rest, whose nodes
 * agree not to send heartbeats. */
void rc_rawnode_tick_quiesced(struct rc_rawnode *node);

/* Campaign now, as if the election timeout had passed. */
enum rc_error rc_rawnode_campaign(struct rc_rawnode *node);

/* Propose an entry with this data, which is copied (rc_rawnode_propose) or
 * shared. On RC_OK it is in the log of the leader, or on the way to it; it is
 * committed later, or lost with its leader. RC_PROPOSAL_DROPPED: there is no
 * leader, or it takes none at present; propose again later. RC_NO_MEMORY. */
enum rc_error rc_rawnode_propose(struct rc_rawnode *node, struct rc_bytes data);
enum rc_error rc_rawnode_propose_payload(struct rc_rawnode *node,
                                         struct rc_payload *data);

/* Propose several entries at once, at least one, with type and data. */
enum rc_error rc_rawnode_propose_entries(struct rc_rawnode *node,
                                         const struct rc_entries *entries);

/* Propose a change of the configuration. v1: as an entry of the first version,
 * for which it has exactly one change and no transition. One that is refused,
 * for instance because another is pending, becomes an empty entry; with
 * report_refused_changes it returns RC_CHANGE_REFUSED. */
enum rc_error rc_rawnode_propose_conf_change(struct rc_rawnode *node,
                                             const struct rc_conf_change *cc,
                                             bool v1);

/* Put a change into effect: when the application applies its entry. A change
 * without changes and transition leaves a joint configuration. Returns the
 * members from now on, for the caller to release. A change that is not possible
 * is a broken invariant.
 * The hard state that has the entry as committed must be durable before: a node
 * that restarted with its former members could elect itself. Entries up to the
 * last snapshot that was applied are not applied any more. */
struct rc_conf_state
rc_rawnode_apply_conf_change(struct rc_rawnode *node,
                             const struct rc_conf_change *cc);

/* Process a message from another node, or a response from the node's own append
 * or apply thread. Any bytes that were decoded may be stepped.
 * RC_STEP_LOCAL           only the node itself makes such messages
 * RC_STEP_PEER_NOT_FOUND  a response from a node that is not a member
 * RC_MALFORMED            no correct peer sends it; nothing has changed, and
 *                         rc_rawnode_why() says more until the next one
 * RC_PROPOSAL_DROPPED, RC_CHANGE_REFUSED  a forwarded proposal, as above */
enum rc_error rc_rawnode_step(struct rc_rawnode *node,
                              const struct rc_message *m);
const char *rc_rawnode_why(const struct rc_rawnode *node);

/* Ask the leader to hand over to this member. Nothing tells whether it has but
 * the soft state. */
enum rc_error rc_rawnode_transfer_leader(struct rc_rawnode *node, uint64_t to);

/* Forget the leader, so that this node can vote for another at once. For when
 * the application knows that it is dead. */
enum rc_error rc_rawnode_forget_leader(struct rc_rawnode *node);

/* Ask for the index of a linearizable read. A read state with the same context
 * will be in a Ready; it may be lost, so ask again after a time. RC_NO_MEMORY.
 */
enum rc_error rc_rawnode_read_index(struct rc_rawnode *node,
                                    struct rc_bytes context);

/* A message to this member could not be sent. */
void rc_rawnode_report_unreachable(struct rc_rawnode *node, uint64_t id);

/* Sending a snapshot to this member has ended, whether it arrived or not.
 * Required for each RC_MSG_SNAP: until then the member is sent nothing else. */
void rc_rawnode_report_snapshot(struct rc_rawnode *node, uint64_t id,
                                bool arrived);

/* ---- Ready ---------------------------------------------------------------*/

/* Return true if there is something to do. */
bool rc_rawnode_has_ready(const struct rc_rawnode *node);

/* Fill in what there is to do now; *ready is cleared first, and holds what it
 * shows. With synchronous writes no other Ready may be taken before
 * rc_rawnode_advance(). */
void rc_rawnode_ready(struct rc_rawnode *node, struct rc_ready *ready);

/* All of the last Ready is done. Not with asynchronous writes. */
void rc_rawnode_advance(struct rc_rawnode *node);

/* ---- Status --------------------------------------------------------------*/

struct rc_basic_status {
    uint64_t id;
    struct rc_hard_state hard_state;
    struct rc_soft_state soft_state;
    uint64_t applied, lead_transferee;
};
struct rc_basic_status rc_rawnode_basic_status(const struct rc_rawnode *node);

/* Holds copies: the caller releases it. Only a leader has progress. */
struct rc_status {
    struct rc_basic_status basic;
    struct rc_tracker_config config; /* without auto_leave, as in etcd */
    struct rc_progress_map progress;
};
struct rc_status rc_rawnode_status(const struct rc_rawnode *node);
void rc_status_release(struct rc_status *status);

/* Add the status as a JSON object, as etcd's Status.MarshalJSON; members are in
 * ascending order. */
void rc_status_json(const struct rc_status *status, struct rc_text *text);

/* Call visit with each member's progress in ascending order; nothing is copied.
 * visit must not call the node. */
void rc_rawnode_with_progress(const struct rc_rawnode *node,
                              void (*visit)(void *context,
                                            const struct rc_progress *progress),
                              void *context);

/* Return the members; the caller releases them. */
struct rc_conf_state rc_rawnode_conf_state(const struct rc_rawnode *node);

/* For tests: set the election timeout until it is next drawn. */
void rc_rawnode_set_randomized_timeout(struct rc_rawnode *node, int ticks);

#endif
