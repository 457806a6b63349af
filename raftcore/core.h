/* core.h - the state of one Raft node, and the rules that change it.
 * Layer: raftcore; inner. Specification, sections 2.3 and 5.
 *
 * Events come in by core_step() and core_tick(), messages are queued, and
 * rawnode.h hands them out. */
#ifndef RAFTCORE_CORE_H
#define RAFTCORE_CORE_H

#include "raftcore/confchange.h"
#include "raftcore/config.h"
#include "raftcore/message.h"
#include "raftcore/raftlog.h"
#include "raftcore/read_only.h"
#include "raftcore/ready.h"

struct core {
    struct core_config config;
    struct raftlog log;
    struct tracker tracker;

    uint64_t term, vote;
    uint64_t lead;
    enum state_type state;
    bool is_learner;
    uint64_t lead_transferee;

    /* Only one change of the configuration may be in the log and not applied;
     * none is proposed before the entry with this index is applied. It may be
     * too high. */
    uint64_t pending_conf_index;

    /* Bytes of data in entries that are not applied: an estimate. */
    uint64_t uncommitted_size;

    int election_elapsed, heartbeat_elapsed;
    int randomized_election_timeout;
    uint64_t draws;

    struct read_only read_only;
    struct read_states read_states;
    struct messages pending_reads; /* wait for the first commit of the term */

    /* Members that were removed in this term, and the next epoch. */
    struct ids removed;
    uint64_t next_epoch;

    struct messages msgs;              /* may leave at once */
    struct messages msgs_after_append; /* once all that is unstable is saved */
};

/* config is checked. The caller frees it. */
struct core *core_new(const struct core_config *config);
void core_free(struct core *core);

void core_tick(struct core *core);

/* What a message does: borrowed. Some answer to whoever proposes:
 * CORE_PROPOSAL_DROPPED, CORE_CHANGE_REFUSED. */
enum core_error core_step(struct core *core, const struct message *m);

/* Can anything be wrong with it that no core sends? CORE_MALFORMED: then it
 * must not be stepped, and why says what. */
enum core_error core_check_message(const struct core *core,
                                   const struct message *m, const char **why);

struct soft_state core_soft_state(const struct core *core);
struct hard_state core_hard_state(const struct core *core);

/* ---- roles.c -------------------------------------------------------------*/

void core_become_follower(struct core *core, uint64_t term, uint64_t lead);
void core_become_candidate(struct core *core);
void core_become_pre_candidate(struct core *core);
void core_become_leader(struct core *core);
void core_reset_randomized_timeout(struct core *core);
bool core_promotable(const struct core *core);

/* ---- election.c ----------------------------------------------------------*/

enum campaign { CAMPAIGN_PRE_ELECTION, CAMPAIGN_ELECTION, CAMPAIGN_TRANSFER };

/* What the context of a request for a vote says of a transfer. */
extern const char campaign_transfer_text[];

void core_hup(struct core *core, enum campaign campaign);

/* A request for a vote, real or not, that is not of a lower term. */
void core_on_vote_request(struct core *core, const struct message *m);
void core_on_vote_response(struct core *core, const struct message *m);

/* ---- send.c --------------------------------------------------------------*/

/* Takes what m holds; sets its sender and its term. */
void core_send(struct core *core, struct message *m);

/* ---- replicate.c: a leader's side ----------------------------------------*/

/* CORE_PROPOSAL_DROPPED: too much is not applied yet. */
enum core_error core_append_entries(struct core *core, const struct entry *at,
                                    size_t count);
bool core_maybe_send_append(struct core *core, struct progress *pr,
                            bool send_if_empty);
void core_bcast_append(struct core *core);
void core_bcast_heartbeat(struct core *core);
bool core_maybe_commit(struct core *core);
void core_on_append_response(struct core *core, const struct message *m,
                             struct progress *pr);
void core_on_heartbeat_response(struct core *core, const struct message *m,
                                struct progress *pr);
void core_on_snapshot_status(struct core *core, const struct message *m,
                             struct progress *pr);
void core_on_unreachable(struct core *core, const struct message *m,
                         struct progress *pr);

/* ---- follow.c: a follower's side -----------------------------------------*/

void core_handle_append(struct core *core, const struct message *m);
void core_handle_heartbeat(struct core *core, const struct message *m);
void core_handle_snapshot(struct core *core, const struct message *m);

/* ---- propose.c -----------------------------------------------------------*/

enum core_error core_propose_as_leader(struct core *core,
                                       const struct entries *entries);

/* ---- applied.c -----------------------------------------------------------*/

void core_applied_to(struct core *core, uint64_t index, uint64_t bytes);
void core_applied_snapshot(struct core *core, uint64_t index);
void core_reduce_uncommitted(struct core *core, uint64_t bytes);
struct conf_state core_apply_conf_change(struct core *core,
                                         const struct conf_change *cc);

/* A new configuration is in place; told with what it is. */
void core_switch_config(struct core *core);

/* ---- transfer.c ----------------------------------------------------------*/

void core_on_transfer_leader(struct core *core, const struct message *m,
                             struct progress *pr);
void core_send_timeout_now(struct core *core, uint64_t to);

/* ---- reads.c -------------------------------------------------------------*/

void core_on_read_index(struct core *core, const struct message *m);
void core_on_read_ack(struct core *core, const struct message *m);
void core_release_pending_reads(struct core *core);
bool core_committed_in_term(const struct core *core);

/* ---- trace.c -------------------------------------------------------------*/

void core_trace_event(const struct core *core, enum trace_event event,
                      const struct message *m);

static inline void core_trace(const struct core *core, enum trace_event event,
                              const struct message *m)
{
    if (core->config.tracer) {
        core_trace_event(core, event, m);
    }
}

/* ---- Logging -------------------------------------------------------------*/

/* The texts that need a progress or a configuration are made only if somebody
 * reads them. */
#define CORE_LOG(core, level, ...)                                             \
    core_log((core)->config.logger, level, __VA_ARGS__)

struct text core_progress_text(const struct core *core,
                               const struct progress *pr);

#endif
