/* core.h - the state of one Raft node, and the rules that change it.
 * Layer: raftcore; inner. Specification, sections 2.3 and 5.
 *
 * Events come in by core_step() and core_tick(), messages are queued, and
 * rawnode.h hands them out. */
#ifndef RAFTCORE_CORE_H
#define RAFTCORE_CORE_H

#include "raftcore/config.h"
#include "raftcore/format.h"
#include "raftcore/message.h"
#include "raftcore/raftlog.h"
#include "raftcore/read_queue.h"
#include "raftcore/ready.h"
#include "raftcore/reconfigure.h"

struct core {
    struct rc_config config;
    struct raftlog log;
    struct rc_tracker tracker;

    uint64_t term, vote;
    uint64_t lead;
    enum rc_state_type state;
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

    struct read_queue read_queue;
    struct rc_read_states read_states;
    struct rc_messages
        pending_reads; /* wait for the first commit of the term */

    /* Members that were removed in this term, and the next epoch. */
    struct rc_ids removed;
    uint64_t next_epoch;

    struct rc_messages msgs; /* may leave at once */
    struct rc_messages
        msgs_after_append; /* once all that is unstable is saved */
};

/* config is checked. The caller frees it. */
struct core *core_new(const struct rc_config *config);
void core_free(struct core *core);

void core_tick(struct core *core);

/* What a message does: borrowed. Some answer to whoever proposes:
 * RC_PROPOSAL_DROPPED, RC_CHANGE_REFUSED. */
enum rc_error core_step(struct core *core, const struct rc_message *m);

/* Can anything be wrong with it that no core sends? RC_MALFORMED: then it
 * must not be stepped, and why says what. */
enum rc_error core_validate(const struct core *core, const struct rc_message *m,
                            const char **why);

struct rc_soft_state core_soft_state(const struct core *core);
struct rc_hard_state core_hard_state(const struct core *core);

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
void core_on_vote_request(struct core *core, const struct rc_message *m);
void core_on_vote_response(struct core *core, const struct rc_message *m);

/* ---- send.c --------------------------------------------------------------*/

/* Takes what m holds; sets its sender and its term. */
void core_send(struct core *core, struct rc_message *m);

/* ---- replicate.c: a leader's side ----------------------------------------*/

/* RC_PROPOSAL_DROPPED: too much is not applied yet. */
enum rc_error core_append_entries(struct core *core, const struct rc_entry *at,
                                  size_t count);
bool core_maybe_send_append(struct core *core, struct rc_progress *pr,
                            bool send_if_empty);
void core_bcast_append(struct core *core);
void core_bcast_heartbeat(struct core *core);
bool core_maybe_commit(struct core *core);
void core_on_append_response(struct core *core, const struct rc_message *m,
                             struct rc_progress *pr);
void core_on_heartbeat_response(struct core *core, const struct rc_message *m,
                                struct rc_progress *pr);
void core_on_snapshot_status(struct core *core, const struct rc_message *m,
                             struct rc_progress *pr);
void core_on_unreachable(struct core *core, struct rc_progress *pr);

/* ---- follow.c: a follower's side -----------------------------------------*/

void core_handle_append(struct core *core, const struct rc_message *m);
void core_handle_heartbeat(struct core *core, const struct rc_message *m);
void core_handle_snapshot(struct core *core, const struct rc_message *m);

/* ---- propose.c -----------------------------------------------------------*/

enum rc_error core_propose_as_leader(struct core *core,
                                     const struct rc_entries *entries);

/* ---- applied.c -----------------------------------------------------------*/

void core_applied_to(struct core *core, uint64_t index, uint64_t bytes);
void core_applied_snapshot(struct core *core, uint64_t index);
void core_reduce_uncommitted(struct core *core, uint64_t bytes);
struct rc_conf_state core_apply_conf_change(struct core *core,
                                            const struct rc_conf_change *cc);

/* A new configuration is in place; told with what it is. */
void core_switch_config(struct core *core);

/* ---- transfer.c ----------------------------------------------------------*/

void core_on_transfer_leader(struct core *core, const struct rc_message *m,
                             struct rc_progress *pr);
void core_send_timeout_now(struct core *core, uint64_t to);

/* ---- reads.c -------------------------------------------------------------*/

void core_on_read_index(struct core *core, const struct rc_message *m);
void core_on_read_ack(struct core *core, const struct rc_message *m);
void core_release_pending_reads(struct core *core);
bool core_committed_in_term(const struct core *core);

/* ---- trace.c -------------------------------------------------------------*/

void core_trace_event(const struct core *core, enum rc_trace_event event,
                      const struct rc_message *m);

static inline void core_trace(const struct core *core,
                              enum rc_trace_event event,
                              const struct rc_message *m)
{
    if (core->config.tracer) {
        core_trace_event(core, event, m);
    }
}

/* ---- Logging -------------------------------------------------------------*/

/* CORE_LOG(core, INFO, format, ...) logs "<id> ..." and CORE_LOG_TERM() logs
 * "<id> [term <term>] ..."; texts that do not begin so go to rc_log(). All of
 * them are etcd's, to the byte (docs/raftcore-spec.md §8.3). */
#define CORE_LOG(core, level, ...)                                             \
    core_log(core, RC_LOG_##level, false, __VA_ARGS__)
#define CORE_LOG_TERM(core, level, ...)                                        \
    core_log(core, RC_LOG_##level, true, __VA_ARGS__)

void core_log(const struct core *core, enum rc_log_level level, bool with_term,
              const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Log "<id> <before> <id of pr><after>[<progress>]" at level DEBUG. */
void core_log_progress(const struct core *core, const struct rc_progress *pr,
                       const char *before, const char *after);

/* Log "<id> [own last entry and vote] <verb> <type> <preposition> <sender>
 * [its last entry] at term <term><end>" of a request for a vote. */
void core_log_vote(const struct core *core, const struct rc_message *m,
                   const char *verb, const char *preposition, const char *end);

#endif
