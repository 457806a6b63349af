/* rawnode.h - a Raft node that its application drives.
 * Layer: raftcore. Specification, sections 6 and 7.
 *
 * Nothing here waits, starts threads, looks at clocks, writes or sends. The
 * application calls rc_rawnode_tick() at even times, rc_rawnode_step() with
 * what comes from other nodes, and whenever rc_rawnode_has_ready() says so it
 * takes a Ready and does what it asks for (ready.h). One thread at a time.
 *
 * What is passed in is borrowed for the call. What comes back in a record is
 * held by that record. Errors are values; a broken invariant calls the hook of
 * fatal.h, which does not return. */
#ifndef RAFTCORE_RAWNODE_H
#define RAFTCORE_RAWNODE_H

#include "raftcore/conf_change.h"
#include "raftcore/config.h"
#include "raftcore/ready.h"
#include "raftcore/tracker.h"

struct rc_rawnode;

/* A node from what its storage holds, at its first start and later. NULL: the
 * configuration is wrong, *wrong says how. */
struct rc_rawnode *rc_rawnode_new(const struct rc_config *config,
                                  const char **wrong);
void rc_rawnode_free(struct rc_rawnode *node);

struct rc_peer {
    uint64_t id;
    struct rc_bytes context; /* for the application, with its change */
};

/* At the first start of a cluster, on each node with the same peers: as if
 * their joining had been agreed upon. Else the storage has to hold a
 * configuration. RC_NO_PEERS, RC_NOT_EMPTY. */
enum rc_error rc_rawnode_bootstrap(struct rc_rawnode *node,
                                   const struct rc_peer *peers, size_t count);

/* ---- Events --------------------------------------------------------------*/

void rc_rawnode_tick(struct rc_rawnode *node);

/* Time passes, and nothing follows: for groups at rest. */
void rc_rawnode_tick_quiesced(struct rc_rawnode *node);

enum rc_error rc_rawnode_campaign(struct rc_rawnode *node);

/* The data is copied (rc_rawnode_propose) or shared. RC_PROPOSAL_DROPPED: try
 * again later. It may be lost afterwards, too. */
enum rc_error rc_rawnode_propose(struct rc_rawnode *node, struct rc_bytes data);
enum rc_error rc_rawnode_propose_payload(struct rc_rawnode *node,
                                         struct rc_payload *data);

/* Several entries in one message, their terms and indexes not set. */
enum rc_error rc_rawnode_propose_entries(struct rc_rawnode *node,
                                         const struct rc_entries *entries);

/* As an entry of the first version if v1: then it has exactly one change and
 * no transition. A change that is refused becomes an empty entry, or with
 * report_refused_changes RC_CHANGE_REFUSED. */
enum rc_error rc_rawnode_propose_conf_change(struct rc_rawnode *node,
                                             const struct rc_conf_change *cc,
                                             bool v1);

/* When the application applies such an entry; a change without changes and
 * transition leaves a joint configuration. The caller releases what it
 * returns. One that cannot be applied is a broken invariant.
 * Before, the hard state must be saved that has the entry as committed: a node
 * that came back with former members could elect itself. An entry up to the
 * last snapshot that was applied is not applied any more. */
struct rc_conf_state
rc_rawnode_apply_conf_change(struct rc_rawnode *node,
                             const struct rc_conf_change *cc);

/* From another node, or from one of its own threads that write and apply.
 * RC_STEP_LOCAL: not from outside. RC_STEP_PEER_NOT_FOUND: a response of who is
 * no member. RC_MALFORMED: nothing has happened, rc_rawnode_why() says more.
 * RC_PROPOSAL_DROPPED, RC_CHANGE_REFUSED. */
enum rc_error rc_rawnode_step(struct rc_rawnode *node,
                              const struct rc_message *m);
const char *rc_rawnode_why(const struct rc_rawnode *node);

enum rc_error rc_rawnode_transfer_leader(struct rc_rawnode *node, uint64_t to);
enum rc_error rc_rawnode_forget_leader(struct rc_rawnode *node);

/* A read_state with the same context comes when it is known; it may never
 * come, so ask again after a time. */
enum rc_error rc_rawnode_read_index(struct rc_rawnode *node,
                                    struct rc_bytes context);

/* A message could not be sent; a snapshot has arrived, or not. */
void rc_rawnode_report_unreachable(struct rc_rawnode *node, uint64_t id);
void rc_rawnode_report_snapshot(struct rc_rawnode *node, uint64_t id,
                                bool arrived);

/* ---- Ready ---------------------------------------------------------------*/

bool rc_rawnode_has_ready(const struct rc_rawnode *node);

/* What is to be done now, into a record that was cleared. Until the next
 * rc_rawnode_advance() no other may be taken, unless writes are asynchronous.
 */
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

/* Copies: the caller releases it. Progress is of a leader only. */
struct rc_status {
    struct rc_basic_status basic;
    struct rc_tracker_config config; /* without auto_leave */
    struct rc_progress_map progress;
};
struct rc_status rc_rawnode_status(const struct rc_rawnode *node);
void rc_status_release(struct rc_status *status);
void rc_status_json(const struct rc_status *status, struct rc_text *text);

/* Each member in ascending order, without copies. */
void rc_rawnode_with_progress(const struct rc_rawnode *node,
                              void (*visit)(void *context,
                                            const struct rc_progress *progress),
                              void *context);

/* Who the members are now. The caller releases it. */
struct rc_conf_state rc_rawnode_conf_state(const struct rc_rawnode *node);

/* For tests: until the timeout is next drawn. */
void rc_rawnode_set_randomized_timeout(struct rc_rawnode *node, int ticks);

#endif
