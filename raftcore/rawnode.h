/* rawnode.h - a Raft node that its application drives.
 * Layer: raftcore. Specification, sections 6 and 7.
 *
 * Nothing here waits, starts threads, looks at clocks, writes or sends. The
 * application calls rawnode_tick() at even times, rawnode_step() with what
 * comes from other nodes, and whenever rawnode_has_ready() says so it takes a
 * Ready and does what it asks for (ready.h). One thread at a time.
 *
 * What is passed in is borrowed for the call. What comes back in a record is
 * held by that record. Errors are values; a broken invariant calls the hook of
 * fatal.h, which does not return. */
#ifndef RAFTCORE_RAWNODE_H
#define RAFTCORE_RAWNODE_H

#include "raftcore/change.h"
#include "raftcore/config.h"
#include "raftcore/ready.h"
#include "raftcore/tracker.h"

struct rawnode;

/* A node from what its storage holds, at its first start and later. NULL: the
 * configuration is wrong, *wrong says how. */
struct rawnode *rawnode_new(const struct core_config *config,
                            const char **wrong);
void rawnode_free(struct rawnode *node);

struct peer {
    uint64_t id;
    struct bytes context; /* for the application, with its change */
};

/* At the first start of a cluster, on each node with the same peers: as if
 * their joining had been agreed upon. Else the storage has to hold a
 * configuration. CORE_NO_PEERS, CORE_NOT_EMPTY. */
enum core_error rawnode_bootstrap(struct rawnode *node,
                                  const struct peer *peers, size_t count);

/* ---- Events --------------------------------------------------------------*/

void rawnode_tick(struct rawnode *node);

/* Time passes, and nothing follows: for groups at rest. */
void rawnode_tick_quiesced(struct rawnode *node);

enum core_error rawnode_campaign(struct rawnode *node);

/* The data is copied (rawnode_propose) or shared. CORE_PROPOSAL_DROPPED: try
 * again later. It may be lost afterwards, too. */
enum core_error rawnode_propose(struct rawnode *node, struct bytes data);
enum core_error rawnode_propose_payload(struct rawnode *node,
                                        struct payload *data);

/* Several entries in one message, their terms and indexes not set. */
enum core_error rawnode_propose_entries(struct rawnode *node,
                                        const struct entries *entries);

/* As an entry of the first version if v1: then it has exactly one change and
 * no transition. A change that is refused becomes an empty entry, or with
 * report_refused_changes CORE_CHANGE_REFUSED. */
enum core_error rawnode_propose_conf_change(struct rawnode *node,
                                            const struct conf_change *cc,
                                            bool v1);

/* When the application applies such an entry; a change without changes and
 * transition leaves a joint configuration. The caller releases what it
 * returns. One that cannot be applied is a broken invariant.
 * Before, the hard state must be saved that has the entry as committed: a node
 * that came back with former members could elect itself. An entry up to the
 * last snapshot that was applied is not applied any more. */
struct conf_state rawnode_apply_conf_change(struct rawnode *node,
                                            const struct conf_change *cc);

/* From another node, or from one of its own threads that write and apply.
 * CORE_STEP_LOCAL: not from outside. CORE_STEP_STRANGER: a response of who is
 * no member. CORE_MALFORMED: nothing has happened, rawnode_why() says more.
 * CORE_PROPOSAL_DROPPED, CORE_CHANGE_REFUSED. */
enum core_error rawnode_step(struct rawnode *node, const struct message *m);
const char *rawnode_why(const struct rawnode *node);

enum core_error rawnode_transfer_leader(struct rawnode *node, uint64_t to);
enum core_error rawnode_forget_leader(struct rawnode *node);

/* A read_state with the same context comes when it is known; it may never
 * come, so ask again after a time. */
enum core_error rawnode_read_index(struct rawnode *node, struct bytes context);

/* A message could not be sent; a snapshot has arrived, or not. */
void rawnode_report_unreachable(struct rawnode *node, uint64_t id);
void rawnode_report_snapshot(struct rawnode *node, uint64_t id, bool arrived);

/* ---- Ready ---------------------------------------------------------------*/

bool rawnode_has_ready(const struct rawnode *node);

/* What is to be done now, into a record that was cleared. Until the next
 * rawnode_advance() no other may be taken, unless writes are asynchronous. */
void rawnode_ready(struct rawnode *node, struct ready *ready);

/* All of the last Ready is done. Not with asynchronous writes. */
void rawnode_advance(struct rawnode *node);

/* ---- Status --------------------------------------------------------------*/

struct basic_status {
    uint64_t id;
    struct hard_state hard_state;
    struct soft_state soft_state;
    uint64_t applied, lead_transferee;
};
struct basic_status rawnode_basic_status(const struct rawnode *node);

/* Copies: the caller releases it. Progress is of a leader only. */
struct status {
    struct basic_status basic;
    struct tracker_config config; /* without auto_leave */
    struct progress_map progress;
};
struct status rawnode_status(const struct rawnode *node);
void status_release(struct status *status);
void status_json(const struct status *status, struct text *text);

/* Each member in ascending order, without copies. */
void rawnode_with_progress(const struct rawnode *node,
                           void (*visit)(void *context,
                                         const struct progress *progress),
                           void *context);

/* Who the members are now. The caller releases it. */
struct conf_state rawnode_conf_state(const struct rawnode *node);

/* For tests: until the timeout is next drawn. */
void rawnode_set_randomized_timeout(struct rawnode *node, int ticks);

#endif
