/* raft.h - one Raft server: its state in the words of Figure 2, its rules.
 * Layer: raft; includes the public headers only, plain pthreads, POSIX time.
 * Paper: Ongaro and Ousterhout, extended version; §n and Figure n are its.
 *
 * Where to read what, in the order of the paper:
 *
 *     messages.h    RequestVote, AppendEntries, InstallSnapshot, saved state
 *     log.h         the log
 *     role.c        follower, candidate, leader: the transitions (§5.1, §5.2)
 *     election.c    starting an election, gathering votes (§5.2)
 *     vote.c        RequestVote receiver: granting a vote (§5.2, §5.4.1)
 *     start.c       a command reaches the leader (§5.3)
 *     replicate.c   AppendEntries sender: the leader brings a log up to date
 *     append.c      AppendEntries receiver (§5.3)
 *     commit.c      when an entry is committed (§5.3, §5.4.2)
 *     apply.c       committed entries go to the service (§5.3)
 *     snapshot.c    log compaction, sending and installing snapshots (§7)
 *     persist.c     what must survive a crash (§5.2, Figure 2)
 *     peer.c        which RPC is due to which peer; outstanding RPCs (§5.1)
 *     ticker.c      the thread that acts when time passes (§5.2)
 *     timer.c       deadlines: election timeout, next tick
 *     thread.c      the lock, the clock, threads
 *     make.c        creating and ending a server
 *
 * One header for all of them: every function below takes the same state under
 * the same lock, so a header per file would repeat that for one or two
 * prototypes each. The sections name the files; files call each other without
 * circles.
 *
 * One lock, rf->mu, guards everything that changes. The caller of every
 * function here holds it unless the comment says otherwise. "Waits" means
 * that the function releases the lock in between: re-check the term and the
 * role afterwards. No thread holds the lock while it calls another server,
 * sleeps, or hands something to the service. */
#ifndef RAFT_RAFT_H
#define RAFT_RAFT_H

#include <pthread.h>
#include <stdatomic.h>

#include "raft/log.h"
#include "raft/messages.h"

/* Times, in milliseconds. A leader sends a request to each peer at least
 * every HEARTBEAT_MS; a request without a reply is retried after the same
 * time. A follower waits for ELECTION_MS_MIN to ELECTION_MS_MAX, drawn anew
 * each time: at least five heartbeats, so that losing one message in ten does
 * not depose a leader, and spread widely enough that usually one candidate
 * has won before the next one times out (§5.2, §5.6). */
#define HEARTBEAT_MS 100
#define COMMIT_NOTIFY_MS                                                       \
    5 /* how long a new commit_index waits for an entry                        \
       */
#define ELECTION_MS_MIN 500
#define ELECTION_MS_MAX 1000

/* Limit of outstanding RPCs to one peer. An RPC can take seven seconds to
 * fail, and is retried every HEARTBEAT_MS. */
#define OUTSTANDING_MAX 100

#define NOBODY (-1) /* voted_for: null, no vote given in this term */

/* What a server knows of one other server, and the RPCs to it. */
struct peer {
    /* Never change. */
    struct raft *rf;
    struct labrpc_end *end;
    int id;

    /* Volatile state on leaders (Figure 2): reinitialized after election. */
    uint64_t next_index;       /* index of the next entry to send */
    uint64_t match_index;      /* highest entry known to be replicated there */
    uint64_t commit_sent;      /* commit_index in the last request sent */
    uint64_t commit_behind_ns; /* since when commit_index is higher than that;
                                  of no meaning while it is not */

    /* Volatile state on candidates: reset when an election starts. */
    bool vote_replied, vote_granted;

    /* Outstanding RPCs (peer.c). */
    uint64_t sent_ns; /* when the last request was sent; 0: none in this term */
    bool awaiting_reply; /* no reply has arrived since then */
    bool starting;       /* a peer thread was started and does not run yet */
    int outstanding;     /* requests without a reply so far */
};

struct raft {
    /* Never change. */
    int me, peer_count;
    struct persister *persister;
    struct apply_channel *apply;

    pthread_mutex_t mu;
    bool mu_taken; /* with mu_holder: for mu_held() */
    pthread_t mu_holder;

    /* Persistent state on all servers (Figure 2): saved before the server
     * sends any message that depends on it. */
    uint64_t current_term;
    int voted_for;
    struct log log;
    bool unsaved; /* one of these has changed since the last save; always
                     false when the lock is released */

    /* Volatile state on all servers (Figure 2). */
    uint64_t commit_index;
    uint64_t last_applied; /* apply.c has taken it out for the service */
    enum lab_role role;
    uint64_t election_deadline_ns; /* followers, candidates: election timeout */

    /* Volatile state on leaders and candidates: one per server; peers[me] is
     * not used. */
    struct peer *peers;

    /* Threads (thread.c). */
    bool killed;
    pthread_cond_t ticker_wanted; /* the ticker must act earlier than it */
    uint64_t next_tick_ns;        /* planned, which is here */
    pthread_cond_t apply_wanted;  /* there is something to apply */
    pthread_cond_t all_ended;     /* threads is 0 */
    int threads;                  /* running threads of this server */
    bool any_ended;
    pthread_t last_ended; /* the thread that ended last, not joined yet */
    atomic_int callers;   /* threads from outside that hold or want mu; not
                             guarded by it */
};

/* ---- role.c -------------------------------------------------------------*/

/* All Servers rule 2 (§5.1): a request or reply with this term, at least
 * ours, has arrived. Adopt the term if it is newer, and become follower. */
void become_follower(struct raft *rf, uint64_t term);

/* Candidates rule 1 (§5.2): increment the term and vote for self. */
void become_candidate(struct raft *rf);

/* Candidates rule 2 (§5.2): the votes are in. */
void become_leader(struct raft *rf);

/* Return the number of servers that make a majority of the cluster. */
int majority(const struct raft *rf);

/* Report term, role, commit_index and log to the tester after a change. If
 * the change is not saved yet, persist() reports it. */
void report_state(struct raft *rf);

/* ---- election.c ---------------------------------------------------------*/

/* The election timeout has elapsed: start an election (Followers rule 2,
 * Candidates rules 1 and 4). */
void start_election(struct raft *rf);

/* Send RequestVote to a peer and handle the reply. Waits. Return true if a
 * reply arrived. */
bool send_vote_request(struct raft *rf, struct peer *peer);

/* Count the vote (Candidates rule 2). args: the request it replies to. */
void handle_vote_reply(struct raft *rf, struct peer *peer,
                       const struct vote_args *args,
                       const struct vote_reply *reply);

/* ---- vote.c, append.c, snapshot.c: receivers ----------------------------*/

/* The receivers of Figures 2 and 13, without on_RequestVote() and so on,
 * which take the lock. Whatever *reply says is durable on return. */
void handle_vote_request(struct raft *rf, const struct vote_args *args,
                         struct vote_reply *reply);
void handle_append_request(struct raft *rf, const struct append_args *args,
                           struct append_reply *reply);
void handle_snapshot_request(struct raft *rf, const struct snapshot_args *args,
                             struct snapshot_reply *reply);

/* ---- replicate.c --------------------------------------------------------*/

/* Leader: is there an entry that was not sent to the peer yet? */
bool has_unsent_entries(const struct raft *rf, const struct peer *peer);

/* Leader: return the latest time to send commit_index to the peer, unless an
 * entry carries it earlier; FOREVER_NS if it was sent already. */
uint64_t commit_notify_ns(const struct raft *rf, const struct peer *peer);

/* Leader: send AppendEntries with all entries from next_index on, or without
 * entries as heartbeat, and handle the reply (Leaders rules 1, 3). The log
 * must still hold the entry at next_index - 1, or its term. Waits. Return
 * true if a reply arrived. */
bool send_append_request(struct raft *rf, struct peer *peer);

/* Learn from the reply (Leaders rule 3). args: the request it replies to. */
void handle_append_reply(struct raft *rf, struct peer *peer,
                         const struct append_args *args,
                         const struct append_reply *reply);

/* Leader: the follower's log equals ours up to and including this index.
 * Update match_index and next_index, and commit what a majority now holds. */
void advance_match_index(struct raft *rf, struct peer *peer, uint64_t match);

/* ---- commit.c -----------------------------------------------------------*/

/* Leader: commit what a majority holds (Leaders rule 4; §5.4.2). */
void advance_commit_index(struct raft *rf);

/* Set commit_index, which is lower, to an index in the log that is saved. */
void commit_up_to(struct raft *rf, uint64_t index);

/* ---- apply.c ------------------------------------------------------------*/

/* The thread that hands committed entries to the service, in log order. */
void *apply_committed(void *rf);

/* ---- snapshot.c (sender) ------------------------------------------------*/

/* Leader: send InstallSnapshot to a peer whose next_index the snapshot
 * covers, and handle the reply (§7). Waits. Return true if a reply arrived. */
bool send_snapshot_request(struct raft *rf, struct peer *peer);

/* args: the request it replies to. */
void handle_snapshot_reply(struct raft *rf, struct peer *peer,
                           const struct snapshot_args *args,
                           const struct snapshot_reply *reply);

/* ---- persist.c ----------------------------------------------------------*/

/* Save the persistent state if it has changed. The save takes time, during
 * which other threads run, but the lock stays held. */
void persist(struct raft *rf);

/* Save the persistent state and a new snapshot in one step. */
void persist_with_snapshot(struct raft *rf, struct bytes snapshot);

/* Load what the last instance saved, into a new server. */
void restore(struct raft *rf);

/* ---- peer.c -------------------------------------------------------------*/

/* Start a thread for each peer to which an RPC is due now. */
void start_due_rpcs(struct raft *rf);

/* Return when the next RPC to the peer is due if nothing but time passes;
 * FOREVER_NS: never. */
uint64_t rpc_due_ns(const struct raft *rf, const struct peer *peer);

/* ---- ticker.c -----------------------------------------------------------*/

/* The thread that starts elections, heartbeats and retries on time. */
void *tick(void *rf);

/* ---- timer.c ------------------------------------------------------------*/

/* Restart the election timer with a newly drawn timeout (§5.2). */
void reset_election_timer(struct raft *rf);

/* Make the ticker act at this time or earlier. */
void tick_by(struct raft *rf, uint64_t ns);

/* ---- thread.c -----------------------------------------------------------*/

/* Initialize, and destroy, the lock and the conditions. No lock needed. */
void threads_init(struct raft *rf);
void threads_release(struct raft *rf);

/* Called without the lock, and with it. */
void mu_lock(struct raft *rf);
void mu_unlock(struct raft *rf);

/* Does the calling thread hold the lock? Any thread. */
bool mu_held(const struct raft *rf);

/* mu_lock() and mu_unlock() for threads from outside: those that run a
 * handler, and those of the service. raft_kill() waits for them to exit. */
void raft_enter(struct raft *rf);
void raft_exit(struct raft *rf);

/* Start a thread of this server. It runs body(argument), which ends with
 * thread_end(). */
void thread_start(struct raft *rf, void *(*body)(void *), void *argument);

/* End the calling thread: release the lock, which it holds; rf may be freed
 * on return. */
void thread_end(struct raft *rf);

/* Tell all threads to end. Wait until they have, and until the last caller
 * from outside has exited. Called without the lock. */
void threads_stop(struct raft *rf);

/* Wait until the condition is signalled, at most until the deadline. Waits.
 * May return early: check again what you waited for. */
#define FOREVER_NS UINT64_MAX
void wait_until(struct raft *rf, pthread_cond_t *condition,
                uint64_t deadline_ns);

/* The monotonic clock. No lock needed. */
#define NS_PER_MS UINT64_C(1000000)
uint64_t now_ns(void);

/* ---- make.c -------------------------------------------------------------*/

/* Create a server without threads: raft_make() starts them, unit tests do
 * not. config is borrowed. No lock needed. */
struct raft *raft_new(const struct raft_config *config);

/* Free a server whose threads have ended. No lock needed. */
void raft_free(struct raft *rf);

#endif
