/* node.h - a Raft node that several threads drive.
 * Layer: hosts. Plain pthreads and POSIX time: it runs simulated and real.
 * docs/raftcore-spec.md §7.2; etcd: Node.
 *
 * rawnode.h behind a lock. Any thread may call anything at any time. A call
 * that can wait has a time limit in nanoseconds (NODE_FOREVER: none) and
 * returns RC_CANCELLED when it is over, or RC_STOPPED after node_stop(). One
 * thread takes Readys and does what they ask for. Any thread that calls makes
 * the node read its storage, which therefore needs a lock: locked_storage.h.
 * What is passed in is borrowed for the call; what is returned is the caller's
 * to release. */
#ifndef HOSTS_NODE_H
#define HOSTS_NODE_H

#include "raftcore/rawnode.h"

#define NODE_FOREVER UINT64_MAX

struct node;

/* Start a node of a new cluster, with the same peers on each, at least one.
 * NULL: the configuration is wrong, *wrong says how. */
struct node *node_start(const struct rc_config *config,
                        const struct rc_peer *peers, size_t count,
                        const char **wrong);

/* Start a node from what its storage holds. */
struct node *node_restart(const struct rc_config *config, const char **wrong);

/* End all calls that wait, and let none do anything any more. Returns when
 * nobody is inside. May be called more than once. */
void node_stop(struct node *node);

/* After node_stop(). */
void node_free(struct node *node);

/* ---- Events --------------------------------------------------------------*/

/* One tick of the clock has passed. Never waits: while the lock is held, up to
 * 128 ticks are kept for its holder; more are lost, which is logged. */
void node_tick(struct node *node);

enum rc_error node_campaign(struct node *node);

/* Wait until a leader is known, then propose. RC_PROPOSAL_DROPPED and the other
 * results of rc_rawnode_propose(). Once the application has applied a change
 * that removes this node, it waits until the limit. */
enum rc_error node_propose(struct node *node, struct rc_bytes data,
                           uint64_t limit_ns);

/* Wait likewise; whether the change was dropped is not returned. */
enum rc_error node_propose_conf_change(struct node *node,
                                       const struct rc_conf_change *cc, bool v1,
                                       uint64_t limit_ns);

/* Process a message from another node. Local ones, and responses from a node
 * that is not a member, are ignored. */
enum rc_error node_step(struct node *node, const struct rc_message *m);

/* The rest as in rawnode.h. */
struct rc_conf_state node_apply_conf_change(struct node *node,
                                            const struct rc_conf_change *cc);
enum rc_error node_transfer_leadership(struct node *node, uint64_t lead,
                                       uint64_t transferee);
enum rc_error node_forget_leader(struct node *node);
enum rc_error node_read_index(struct node *node, struct rc_bytes context);
void node_report_unreachable(struct node *node, uint64_t id);
void node_report_snapshot(struct node *node, uint64_t id, bool arrived);

/* ---- Ready ---------------------------------------------------------------*/

/* Wait for something to do and fill it in; *ready is cleared first. With
 * synchronous writes there is none before the last one is advanced. */
enum rc_error node_ready(struct node *node, struct rc_ready *ready,
                         uint64_t limit_ns);
void node_advance(struct node *node);

/* ---- Status --------------------------------------------------------------*/

/* The caller releases *status, unless RC_STOPPED: then nothing is filled in. */
enum rc_error node_status(struct node *node, struct rc_status *status);

#endif
