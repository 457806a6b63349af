/* raft.c - the smallest Raft that passes part 2A: leader election.
 * Layer: examples; like a student's, it includes raftapi/raftapi.h only.
 * Walk-through: README.md beside this file. Paper: Figure 2, §5.1, §5.2.
 *
 * One lock, rf->mu, guards everything that changes. No thread holds it while
 * it calls another server or sleeps. */
#include "raftapi/raftapi.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

/* Figure 2, without what the log adds in part 2B. */
RECORD(vote_args, U64(term) INT(candidate_id));
RECORD(vote_reply, U64(term) BOOL(vote_granted));
RECORD(append_args, U64(term) INT(leader_id));
RECORD(append_reply, U64(term) BOOL(success));

RPC(RequestVote, vote_args, vote_reply);
RPC(AppendEntries, append_args, append_reply);
RPCS(&rpc_RequestVote, &rpc_AppendEntries);

/* A leader sends a heartbeat every HEARTBEAT_MS. A follower waits for five to
 * ten of them, so that a lost one deposes nobody; the spread keeps candidates
 * apart (§5.2). */
enum { TICK_MS = 10, HEARTBEAT_MS = 100, ELECTION_MS = 500, SPREAD_MS = 500 };
enum { NOBODY = -1 };

struct raft {
    /* Never change. */
    int me, count;
    struct labrpc_end *const *peers;

    pthread_mutex_t mu;
    uint64_t term;      /* Figure 2: currentTerm */
    int voted_for;      /* in this term, or NOBODY */
    enum lab_role role; /* LAB_FOLLOWER, LAB_CANDIDATE or LAB_LEADER */
    int votes;          /* candidate: received in this term */
    uint64_t due_ms;    /* next heartbeat; of the others: next election */

    bool killed;
    int threads; /* that run */
    pthread_cond_t thread_ended;
};

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void reset_election_timer(struct raft *rf)
{
    rf->due_ms = now_ms() + ELECTION_MS + (uint64_t)rand() % SPREAD_MS;
}

/* Optional, but the tester checks more of a Raft that reports its state, and
 * its failures show it. */
static void report(struct raft *rf)
{
    lab_state(rf, rf->term, rf->role, 0, 0); /* nothing committed, no log */
}

/* ---- Threads -------------------------------------------------------------*/

/* Needs rf->mu, as does everything below unless it says otherwise. */
static void start_thread(struct raft *rf, void *(*body)(void *), void *argument)
{
    pthread_t thread;
    rf->threads++;
    if (pthread_create(&thread, NULL, body, argument) != 0) {
        abort();
    }
    pthread_detach(thread);
}

/* The last call of a thread: gives rf->mu up, rf may be freed afterwards. */
static void end_thread(struct raft *rf)
{
    rf->threads--;
    pthread_cond_signal(&rf->thread_ended);
    pthread_mutex_unlock(&rf->mu);
}

/* ---- Roles ---------------------------------------------------------------*/

/* All Servers, rule 2: a message of this term, which is not below ours. */
static void become_follower(struct raft *rf, uint64_t term)
{
    if (term > rf->term) {
        rf->term = term;
        rf->voted_for = NOBODY;
    }
    if (rf->role == LAB_LEADER) {
        reset_election_timer(rf); /* due_ms was that of a heartbeat */
    }
    rf->role = LAB_FOLLOWER;
    report(rf);
}

/* A call that cannot reach its server may take 7 s to return. So each has a
 * thread of its own, and a copy of what it depends on. */
struct request {
    struct raft *rf;
    int peer;
    uint64_t term; /* when it was sent */
};

static void request_all(struct raft *rf, void *(*body)(void *))
{
    for (int i = 0; i < rf->count; i++) {
        if (i != rf->me) {
            struct request *request = lab_xmalloc(sizeof(*request));
            *request = (struct request){rf, i, rf->term};
            start_thread(rf, body, request);
        }
    }
}

/* Runs on a thread of its own, without rf->mu. */
static void *send_heartbeat(void *argument)
{
    struct request request = *(struct request *)argument;
    struct raft *rf = request.rf;
    struct append_args args = {.term = request.term, .leader_id = rf->me};
    struct append_reply reply = {0};
    free(argument);
    bool replied = call_AppendEntries(rf->peers[request.peer], &args, &reply);

    pthread_mutex_lock(&rf->mu);
    if (replied && reply.term > rf->term) {
        become_follower(rf, reply.term);
    }
    end_thread(rf);
    return NULL;
}

static void send_heartbeats(struct raft *rf)
{
    rf->due_ms = now_ms() + HEARTBEAT_MS;
    request_all(rf, send_heartbeat);
}

static void become_leader(struct raft *rf)
{
    lab_log("election", "leader of term %d", (int)rf->term);
    rf->role = LAB_LEADER;
    report(rf);
    send_heartbeats(rf);
}

/* ---- Candidates (§5.2) ---------------------------------------------------*/

/* Candidates rule 2: a majority has voted for us. */
static void count_vote(struct raft *rf)
{
    rf->votes++;
    if (rf->votes > rf->count / 2) {
        become_leader(rf);
    }
}

/* Runs on a thread of its own, without rf->mu. */
static void *ask_for_vote(void *argument)
{
    struct request request = *(struct request *)argument;
    struct raft *rf = request.rf;
    struct vote_args args = {.term = request.term, .candidate_id = rf->me};
    struct vote_reply reply = {0};
    free(argument);
    bool replied = call_RequestVote(rf->peers[request.peer], &args, &reply);

    /* Time has passed: we may be in another term, or lead already. */
    pthread_mutex_lock(&rf->mu);
    if (replied && reply.term > rf->term) {
        become_follower(rf, reply.term);
    } else if (replied && reply.vote_granted && rf->role == LAB_CANDIDATE &&
               rf->term == request.term) {
        count_vote(rf);
    }
    end_thread(rf);
    return NULL;
}

/* Candidates rule 1. */
static void start_election(struct raft *rf)
{
    rf->term++;
    rf->role = LAB_CANDIDATE;
    rf->voted_for = rf->me;
    rf->votes = 0;
    lab_log("election", "stand for election in term %d", (int)rf->term);
    report(rf);
    reset_election_timer(rf);
    request_all(rf, ask_for_vote);
    count_vote(rf); /* our own */
}

/* ---- Receivers (Figure 2) ------------------------------------------------*/

void on_RequestVote(struct raft *rf, const struct vote_args *args,
                    struct vote_reply *reply)
{
    pthread_mutex_lock(&rf->mu);
    if (args->term > rf->term) {
        become_follower(rf, args->term);
    }
    reply->term = rf->term;
    bool has_vote =
        rf->voted_for == NOBODY || rf->voted_for == args->candidate_id;
    if (args->term == rf->term && has_vote) {
        reply->vote_granted = true;
        rf->voted_for = args->candidate_id;
        reset_election_timer(rf); /* Followers rule 2 */
    }
    lab_log("vote", "%s server %d in term %d",
            reply->vote_granted ? "vote for" : "no vote for",
            args->candidate_id, (int)args->term);
    pthread_mutex_unlock(&rf->mu);
}

void on_AppendEntries(struct raft *rf, const struct append_args *args,
                      struct append_reply *reply)
{
    pthread_mutex_lock(&rf->mu);
    if (args->term >= rf->term) { /* else step 1: a leader of the past */
        become_follower(rf, args->term);
        reset_election_timer(rf); /* Followers rule 2 */
        reply->success = true;
    }
    reply->term = rf->term;
    pthread_mutex_unlock(&rf->mu);
}

/* ---- The five functions of raftapi.h -------------------------------------*/

/* The thread that watches the clock; takes rf->mu itself. */
static void *tick(void *argument)
{
    struct raft *rf = argument;
    const struct timespec pause = {.tv_nsec = TICK_MS * 1000000L};

    pthread_mutex_lock(&rf->mu);
    while (!rf->killed) {
        if (now_ms() >= rf->due_ms) {
            if (rf->role == LAB_LEADER) {
                send_heartbeats(rf);
            } else {
                start_election(rf);
            }
        }
        pthread_mutex_unlock(&rf->mu);
        nanosleep(&pause, NULL);
        pthread_mutex_lock(&rf->mu);
    }
    end_thread(rf);
    return NULL;
}

struct raft *raft_make(const struct raft_config *config)
{
    struct raft *rf = lab_xcalloc(1, sizeof(*rf));
    rf->me = config->me;
    rf->count = config->count;
    rf->peers = config->peers;
    rf->voted_for = NOBODY;
    rf->role = LAB_FOLLOWER;
    pthread_mutex_init(&rf->mu, NULL);
    pthread_cond_init(&rf->thread_ended, NULL);

    pthread_mutex_lock(&rf->mu);
    reset_election_timer(rf);
    start_thread(rf, tick, rf);
    pthread_mutex_unlock(&rf->mu);
    return rf;
}

struct raft_state raft_get_state(struct raft *rf)
{
    pthread_mutex_lock(&rf->mu);
    struct raft_state state = {
        .is_leader = rf->role == LAB_LEADER,
        .term = rf->term,
    };
    pthread_mutex_unlock(&rf->mu);
    return state;
}

void raft_kill(struct raft *rf)
{
    pthread_mutex_lock(&rf->mu);
    rf->killed = true;
    while (rf->threads > 0) {
        pthread_cond_wait(&rf->thread_ended, &rf->mu);
    }
    pthread_mutex_unlock(&rf->mu);
    pthread_cond_destroy(&rf->thread_ended);
    pthread_mutex_destroy(&rf->mu);
    free(rf);
}

/* Part 2B begins here. */
struct raft_start raft_start(struct raft *rf, struct bytes command)
{
    (void)rf;
    (void)command;
    return (struct raft_start){.is_leader = false};
}

/* And part 2D here. */
void raft_snapshot(struct raft *rf, uint64_t index, struct bytes snapshot)
{
    (void)rf;
    (void)index;
    (void)snapshot;
}
