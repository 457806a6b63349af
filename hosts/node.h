/* node.h - a Raft node that several threads drive.
 * Layer: hosts. Plain pthreads and POSIX time: it runs simulated and real.
 * Specification of raftcore, section 7.2.
 *
 * rawnode.h behind a lock. Any thread may call anything at any time; what can
 * wait takes a time limit in nanoseconds (NODE_FOREVER: none) and returns
 * RC_CANCELLED when that is over, or RC_STOPPED after node_stop(). One
 * thread takes Readys and does what they ask for. The storage is read by
 * whatever thread calls, so it has to be for several: locked_storage.h. What is
 * passed in is borrowed for the call; what comes back is the caller's to
 * release. */
#ifndef HOSTS_NODE_H
#define HOSTS_NODE_H

#include "raftcore/rawnode.h"

#define NODE_FOREVER UINT64_MAX

struct node;

/* The first start of a cluster: the same peers on each of its nodes, at least
 * one. NULL: the configuration is wrong, *wrong says how. */
struct node *node_start(const struct rc_config *config,
                        const struct rc_peer *peers, size_t count,
                        const char **wrong);

/* From what the storage holds. */
struct node *node_restart(const struct rc_config *config, const char **wrong);

/* No call waits any more, and none does anything. Returns when nobody is
 * inside. More than one call does no harm. */
void node_stop(struct node *node);

/* After node_stop(). */
void node_free(struct node *node);

/* ---- Events --------------------------------------------------------------*/

/* Never waits: while the node is busy, up to 128 ticks are kept for when it no
 * longer is; more are lost, and the log says so. */
void node_tick(struct node *node);

enum rc_error node_campaign(struct node *node);

/* Waits until a leader is known, then says what became of the step:
 * RC_PROPOSAL_DROPPED and what else rc_rawnode_propose() returns. A node that
 * was removed by a change that it applied waits in vain. */
enum rc_error node_propose(struct node *node, struct rc_bytes data,
                           uint64_t limit_ns);

/* Waits for a leader as well; what becomes of it is not told. */
enum rc_error node_propose_conf_change(struct node *node,
                                       const struct rc_conf_change *cc, bool v1,
                                       uint64_t limit_ns);

/* A message from another node. Local ones, and responses of who is no member,
 * are dropped without a word. */
enum rc_error node_step(struct node *node, const struct rc_message *m);

struct rc_conf_state node_apply_conf_change(struct node *node,
                                            const struct rc_conf_change *cc);
enum rc_error node_transfer_leadership(struct node *node, uint64_t lead,
                                       uint64_t transferee);
enum rc_error node_forget_leader(struct node *node);
enum rc_error node_read_index(struct node *node, struct rc_bytes context);
void node_report_unreachable(struct node *node, uint64_t id);
void node_report_snapshot(struct node *node, uint64_t id, bool arrived);

/* ---- Ready ---------------------------------------------------------------*/

/* Waits for something to do. While a Ready is not advanced there is no other,
 * unless writes are asynchronous. ready: any, it is cleared first. */
enum rc_error node_ready(struct node *node, struct rc_ready *ready,
                         uint64_t limit_ns);
void node_advance(struct node *node);

/* ---- Status --------------------------------------------------------------*/

/* RC_STOPPED: nothing was filled in. Else rc_status_release() it. */
enum rc_error node_status(struct node *node, struct rc_status *status);

#endif
