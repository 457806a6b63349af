/* core.h - the state of one Raft node, and the rules that change it.
 * Layer: raftcore; inner. docs/raftcore-spec.md §2.3, §5; etcd's raft.go.
 *
 * The application's calls (rawnode.h) become messages and ticks; the rules
 * change this state and queue messages; rawnode_ready.c hands them out.
 *
 * The files below call each other in a ring, as the rules of Raft do: a
 * response advances the commit index, that sends entries, that needs a
 * snapshot. etcd has them in one file of 2,000 lines. Here each has one
 * subject, in the order of the paper; step.c is the entrance.
 *
 * True between two calls, and asserted by core_assert_invariants():
 *
 *     applied <= applying <= committed <= last index of the log
 *     the term and the commit index never fall
 *     a leader's lead is itself; a candidate has none and voted for itself
 *     lead_transferee is set on a leader only
 *     match < next for each member that a leader replicates to */
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

    /* Figure 2, persistent: handed out as the hard state. */
    uint64_t term, vote;

    /* Volatile. */
    uint64_t lead; /* RC_NO_NODE: not known */
    enum rc_state_type state;
    bool is_learner;
    uint64_t lead_transferee; /* RC_NO_NODE: no transfer is pending */

    /* At most one change of the configuration may be in the log and not
     * applied (thesis §4.3): none is proposed until the entry with this index
     * is applied. It may be too high, never too low. */
    uint64_t pending_conf_index;

    /* Bytes of data in entries that are not applied: an estimate, which falls
     * when entries are applied and is 0 in a new term. */
    uint64_t uncommitted_size;

    /* In ticks since the last reset. */
    int election_elapsed, heartbeat_elapsed;
    int randomized_election_timeout;
    uint64_t draws; /* from the seed, so far */

    struct read_queue read_queue;
    struct rc_read_states read_states; /* to be handed out */
    struct rc_messages pending_reads;  /* until the term has a commit */

    /* For member_epochs: members that were removed in this term, and the last
     * epoch that was given out. */
    struct rc_ids removed;
    uint64_t next_epoch;

    /* Outgoing messages: those that may be sent at once, and those that may be
     * sent, or stepped here, only when all that is unstable is durable. */
    struct rc_messages msgs;
    struct rc_messages msgs_after_append;
};

/* Make a node from what its storage holds. config was checked. The caller
 * frees it. A storage that contradicts itself is a broken invariant. */
struct core *core_new(const struct rc_config *config);
void core_free(struct core *core); /* or NULL */

/* One tick of the clock: the election timeout, heartbeats, leases. */
void core_tick(struct core *core);

/* Process a message, which is borrowed: terms, then what every role does, then
 * the role (step.c). Proposals return RC_PROPOSAL_DROPPED, RC_CHANGE_REFUSED
 * or RC_MALFORMED when they are not appended. */
enum rc_error core_step(struct core *core, const struct rc_message *m);

/* Return RC_MALFORMED, and why, for a message that no correct peer can have
 * sent. Stepping it would break an invariant. */
enum rc_error core_validate(const struct core *core, const struct rc_message *m,
                            const char **why);

/* Assert what is said above: after each event of a timer and each change of
 * role or configuration. After each message or idle tick it would cost too
 * much. */
void core_assert_invariants(const struct core *core);

struct rc_soft_state core_soft_state(const struct core *core);
struct rc_hard_state core_hard_state(const struct core *core);

/* ---- roles.c -------------------------------------------------------------*/

void core_become_follower(struct core *core, uint64_t term, uint64_t lead);
void core_become_candidate(struct core *core);
void core_become_pre_candidate(struct core *core);
void core_become_leader(struct core *core);

/* Draw a new election timeout in [election_tick, 2 * election_tick). */
void core_reset_randomized_timeout(struct core *core);

/* Return true if this node may become leader: it is a voter, and no snapshot
 * is waiting to be applied. */
bool core_promotable(const struct core *core);

/* ---- election.c ----------------------------------------------------------*/

enum campaign { CAMPAIGN_PRE_ELECTION, CAMPAIGN_ELECTION, CAMPAIGN_TRANSFER };

/* The context of a vote request in a transfer of leadership. */
extern const char campaign_transfer_text[];

/* Campaign, unless this node may not. */
void core_hup(struct core *core, enum campaign campaign);

/* A request for a vote or a pre-vote, not of a lower term. */
void core_on_vote_request(struct core *core, const struct rc_message *m);
void core_on_vote_response(struct core *core, const struct rc_message *m);

/* ---- send.c --------------------------------------------------------------*/

/* Set sender and term of m and queue it. Takes what m holds. */
void core_send(struct core *core, struct rc_message *m);

/* ---- replicate.c: the leader's side --------------------------------------*/

/* Append entries to the own log, with term and index. RC_PROPOSAL_DROPPED: the
 * limit of uncommitted entries is exceeded. */
enum rc_error core_append_entries(struct core *core, const struct rc_entry *at,
                                  size_t count);

/* Send pr's member the next entries or a snapshot. Return false if nothing was
 * sent: it is paused, or there is nothing (send_if_empty: send then, too). */
bool core_maybe_send_append(struct core *core, struct rc_progress *pr,
                            bool send_if_empty);
void core_bcast_append(struct core *core);
void core_bcast_heartbeat(struct core *core);

/* Advance the commit index to what a quorum has. Return true if it moved. */
bool core_maybe_commit(struct core *core);
void core_on_append_response(struct core *core, const struct rc_message *m,
                             struct rc_progress *pr);
void core_on_heartbeat_response(struct core *core, const struct rc_message *m,
                                struct rc_progress *pr);
void core_on_snapshot_status(struct core *core, const struct rc_message *m,
                             struct rc_progress *pr);
void core_on_unreachable(struct core *core, struct rc_progress *pr);

/* ---- follow.c: the follower's side ---------------------------------------*/

void core_handle_append(struct core *core, const struct rc_message *m);
void core_handle_heartbeat(struct core *core, const struct rc_message *m);
void core_handle_snapshot(struct core *core, const struct rc_message *m);

/* ---- propose.c -----------------------------------------------------------*/

enum rc_error core_propose_as_leader(struct core *core,
                                     const struct rc_entries *entries);

/* ---- applied.c -----------------------------------------------------------*/

/* The application has applied the entries up to index; bytes is their size on
 * the wire. */
void core_applied_to(struct core *core, uint64_t index, uint64_t bytes);
void core_applied_snapshot(struct core *core, uint64_t index);

/* Entries with this many bytes of data were applied. */
void core_reduce_uncommitted(struct core *core, uint64_t bytes);

/* Apply a change of the configuration. The caller releases what it returns. */
struct rc_conf_state core_apply_conf_change(struct core *core,
                                            const struct rc_conf_change *cc);

/* Called after the configuration changed; updates progress, quorum and
 * leadership to match. */
void core_switch_config(struct core *core);

/* ---- transfer.c ----------------------------------------------------------*/

void core_on_transfer_leader(struct core *core, const struct rc_message *m,
                             struct rc_progress *pr);
void core_send_timeout_now(struct core *core, uint64_t to);

/* ---- read_index.c --------------------------------------------------------*/

void core_on_read_index(struct core *core, const struct rc_message *m);

/* A heartbeat response confirms reads by its context. */
void core_on_read_ack(struct core *core, const struct rc_message *m);

/* Serve the reads that waited for the first commit of the term. */
void core_release_pending_reads(struct core *core);

/* Return true if an entry of the current term is committed. */
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
