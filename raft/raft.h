/* raft.h - one Raft server: its state in the words of Figure 2, its rules.
 * Layer: raft; includes the public headers only, plain pthreads, POSIX time.
 *
 * Where to read what, in the order of the paper:
 *
 *     messages.h    RequestVote, AppendEntries, InstallSnapshot, saved state
 *     log.h         the log
 *     role.c        follower, candidate, leader: how a server becomes one
 *     election.c    when to stand for election, asking for votes (§5.2)
 *     vote.c        giving a vote (§5.2, §5.4.1)
 *     start.c       a command arrives at the leader (§5.3)
 *     replicate.c   the leader brings a follower's log up to date (§5.3)
 *     append.c      the follower takes entries (§5.3)
 *     commit.c      when an entry is committed (§5.4.2)
 *     apply.c       committed entries go to the service
 *     snapshot.c    log compaction, sending and installing snapshots (§7)
 *     persist.c     what must survive a crash
 *     contact.c     when to speak to whom, on which thread
 *     thread.c      the lock, the clock, threads
 *     make.c        beginning and end of a server
 *
 * One lock, rf->mu, guards everything that changes. Every function here needs
 * it held unless it says otherwise; "waits" says that a function gives it up
 * in between, so that whatever was read before may be wrong afterwards. No
 * thread holds it while it calls another server, sleeps, or hands something
 * to the service. */
#ifndef RAFT_RAFT_H
#define RAFT_RAFT_H

#include <pthread.h>
#include <stdatomic.h>

#include "raft/log.h"
#include "raft/messages.h"

/* Times, in milliseconds. A leader speaks at least every HEARTBEAT_MS, which
 * is also how long an answer is awaited before the call is made again. A
 * follower waits for a time from ELECTION_MS_MIN to ELECTION_MS_MAX, drawn
 * anew each time: at least five heartbeats, so that losing one in ten does
 * not depose a leader, and a wide enough spread that one candidate is
 * usually through before the next one moves (§5.2, §5.6). */
#define HEARTBEAT_MS    100
#define COMMIT_NEWS_MS  5 /* so long they wait for an entry to travel with */
#define ELECTION_MS_MIN 500
#define ELECTION_MS_MAX 1000

/* The most calls to one peer at a time. A call can hang for seven seconds,
 * and is made again after each HEARTBEAT_MS. */
#define CALLS_MAX 100

#define NOBODY (-1) /* voted_for: no vote given in this term */

/* What a server knows of one of the others, and its conversation with it. */
struct peer {
    /* Never change. */
    struct raft *rf;
    struct labrpc_end *end;
    int id;

    /* Volatile state on leaders (Figure 2): set anew by every election. */
    uint64_t next_index;  /* of the next entry to send */
    uint64_t match_index; /* highest entry known to be replicated there */
    uint64_t commit_sent; /* commit_index of the last request sent */
    uint64_t news_ns;     /* since when commit_index is above that */

    /* The same for candidates. */
    bool vote_answered, vote_granted;

    /* The conversation (contact.c). */
    uint64_t sent_ns; /* when the last request left; 0: none did in this term */
    bool waiting;     /* no answer has come since then */
    bool starting;    /* a thread for the next request is about to run */
    int calls;        /* requests on their way */
};

struct raft {
    /* Never change. */
    int me, peer_count;
    struct persister *persister;
    struct apply_channel *apply;

    pthread_mutex_t mu;
    bool mu_taken; /* with mu_holder: for assertions */
    pthread_t mu_holder;

    /* Persistent state on all servers (Figure 2): saved before any message
     * that depends on it leaves. */
    uint64_t current_term;
    int voted_for;
    struct log log;
    bool unsaved; /* one of these has changed since the last save; never
                     true when the lock is given up */

    /* Volatile state on all servers (Figure 2). */
    uint64_t commit_index;
    uint64_t last_applied; /* apply.c has taken it out for the service */
    enum lab_role role;
    uint64_t election_deadline_ns; /* follower, candidate: when to stand */

    /* Volatile state on leaders and candidates: one for each server, the own
     * one unused. */
    struct peer *peers;

    /* Threads (thread.c). */
    bool killed;
    pthread_cond_t ticker_wanted; /* the ticker has something to do earlier */
    uint64_t next_tick_ns;        /* than this */
    pthread_cond_t apply_wanted;  /* there is something to apply */
    pthread_cond_t all_ended;     /* threads is 0 */
    int threads;                  /* that run */
    bool any_ended;
    pthread_t last_ended; /* ended last, and is not joined yet */
    atomic_int visitors;  /* threads from outside that hold or want mu; not
                             guarded by it */
};

/* ---- role.c -------------------------------------------------------------*/

/* All Servers, rule 2: a message with this term, which is not below ours, was
 * seen. Takes over the term if it is new, and follows. */
void become_follower(struct raft *rf, uint64_t term);

/* Begin an election: next term, vote for self (§5.2). */
void become_candidate(struct raft *rf);

/* The election is won (§5.2). */
void become_leader(struct raft *rf);

/* Votes or replicas that make a majority. */
int majority(const struct raft *rf);

/* Tell the tester of a change of term, role, commit_index or log; after the
 * next save if there is something to save. */
void report(struct raft *rf);

/* ---- election.c ---------------------------------------------------------*/

/* Wait for a newly drawn time from now on before standing for election. */
void reset_election_timer(struct raft *rf);

/* The timer has run out: stand (Followers rule 2, Candidates rules 1, 4). */
void start_election(struct raft *rf);

/* Ask one peer for its vote. Waits. True if an answer came. */
bool ask_for_vote(struct raft *rf, struct peer *peer);

/* Count the answer (Candidates rule 2). */
void take_vote_reply(struct raft *rf, struct peer *peer,
                     const struct vote_args *args,
                     const struct vote_reply *reply);

/* ---- vote.c, append.c, snapshot.c: receivers ----------------------------*/

/* on_RequestVote() and so on, which take the lock, are these. Whatever the
 * reply promises is saved on return. */
void answer_vote(struct raft *rf, const struct vote_args *args,
                 struct vote_reply *reply);
void answer_append(struct raft *rf, const struct append_args *args,
                   struct append_reply *reply);
void answer_snapshot(struct raft *rf, const struct snapshot_args *args,
                     struct snapshot_reply *reply);

/* ---- replicate.c --------------------------------------------------------*/

/* Is there an entry that was not sent yet? */
bool has_entries(const struct raft *rf, const struct peer *peer);

/* When the peer is to hear of commitment, if no entry takes the news along
 * before; FOREVER_NS: it has heard. */
uint64_t commit_news_ns(const struct raft *rf, const struct peer *peer);

/* Send what the peer lacks, or nothing as a heartbeat. Its next_index must be
 * in the log. Waits. True if an answer came. */
bool send_entries(struct raft *rf, struct peer *peer);

/* Learn from the answer (Leaders rule 3). */
void take_append_reply(struct raft *rf, struct peer *peer,
                       const struct append_args *args,
                       const struct append_reply *reply);

/* The follower's log equals ours up to and including this index: update
 * next_index, match_index, and what follows from them. */
void note_match(struct raft *rf, struct peer *peer, uint64_t match);

/* ---- commit.c -----------------------------------------------------------*/

/* Leader: commit what a majority holds (Leaders rule 4; §5.4.2). */
void advance_commit_index(struct raft *rf);

/* Everything up to index is committed. */
void commit_up_to(struct raft *rf, uint64_t index);

/* ---- apply.c ------------------------------------------------------------*/

/* The thread that hands what is committed to the service, in order. */
void *apply_committed(void *rf);

/* ---- snapshot.c (sending) -----------------------------------------------*/

/* Send the snapshot to a peer whose next_index is covered by it. Waits. True
 * if an answer came. */
bool send_snapshot(struct raft *rf, struct peer *peer);

void take_snapshot_reply(struct raft *rf, struct peer *peer,
                         const struct snapshot_args *args,
                         const struct snapshot_reply *reply);

/* ---- persist.c ----------------------------------------------------------*/

/* Save the persistent state if it has changed. Others may run meanwhile, but
 * the lock stays held. */
void persist(struct raft *rf);

/* Save it together with a new snapshot, at once. */
void persist_with_snapshot(struct raft *rf, struct bytes snapshot);

/* Take over what the last instance saved. */
void restore(struct raft *rf);

/* ---- contact.c ----------------------------------------------------------*/

/* Start a thread for each peer that should hear from this server now. */
void contact_peers(struct raft *rf);

/* The ticker is to look again at this time, or earlier. */
void tick_by(struct raft *rf, uint64_t ns);

/* The thread that watches the clock: elections, heartbeats, calls to be made
 * again. */
void *tick(void *rf);

/* ---- thread.c -----------------------------------------------------------*/

/* Set up, and destroy, the lock and what belongs to it. */
void threads_init(struct raft *rf);
void threads_release(struct raft *rf);

void mu_lock(struct raft *rf);
void mu_unlock(struct raft *rf);
bool mu_held(const struct raft *rf); /* by the calling thread */

/* The same, for threads that are not ours: those of calls to this server and
 * of its service. raft_kill() waits until they have left. */
void visit(struct raft *rf);
void leave(struct raft *rf);

/* Start a thread of this server; it runs body(argument), which ends with
 * thread_end(). */
void thread_start(struct raft *rf, void *(*body)(void *), void *argument);

/* Last words of a thread: gives up the lock; rf may be gone on return. */
void thread_end(struct raft *rf);

/* Tell all threads to end, and wait until they have, and until all visitors
 * have left. Called without the lock. */
void threads_stop(struct raft *rf);

/* Wait until the condition is signalled, at most until the deadline. Waits.
 * Can return early: look again at what was waited for. */
#define FOREVER_NS UINT64_MAX
void wait_until(struct raft *rf, pthread_cond_t *condition,
                uint64_t deadline_ns);

/* A clock that only goes forward. No lock needed. */
#define NS_PER_MS UINT64_C(1000000)
uint64_t now_ns(void);

/* ---- make.c -------------------------------------------------------------*/

/* A server without threads: raft_make() starts them, tests do not. */
struct raft *raft_new(const struct raft_config *config);
void raft_free(struct raft *rf);

#endif
