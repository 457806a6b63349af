/* raft.c - a compact Raft in one file, written from the paper and
 * docs/raft-contract.md alone.
 * Layer: tests; only what a student includes.
 *
 * It shares no design with raft/: one lock, a ticker that sleeps in nanosleep,
 * a detached thread for each call, and the log is saved as one piece each time.
 * The tests must accept it like the reference; mutants and the course's
 * skeleton are made from it.
 *
 * Section and figure numbers are those of the extended Raft paper.
 * lint: file-length one file, as students write it */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "raftapi/raftapi.h"

enum {
    TICK_MS = 10,
    HEARTBEAT_MS = 100,
    ELECTION_MIN_MS = 300, /* a leader is silent for HEARTBEAT_MS at most */
    ELECTION_MAX_MS = 600,
    NOBODY = -1,
};

RECORD(entry, U64(term) BYTES(command));
RECORD(vote_args,
       U64(term) INT(candidate_id) U64(last_log_index) U64(last_log_term));
RECORD(vote_reply, U64(term) BOOL(vote_granted));
RECORD(append_args,
       U64(term) INT(leader_id) U64(prev_log_index) U64(prev_log_term)
           LIST(entry, entries) U64(leader_commit));
/* conflict_*: §5.3, last paragraphs. conflict_term 0: the log is too short,
 * and conflict_index is the index behind its end. */
RECORD(append_reply,
       U64(term) BOOL(success) U64(conflict_term) U64(conflict_index));
RECORD(snapshot_args, U64(term) INT(leader_id) U64(last_included_index)
                          U64(last_included_term) BYTES(data));
RECORD(snapshot_reply, U64(term));

/* Persistent state (Figure 2). The snapshot replaces the log up to
 * base_index; log[0] has index base_index + 1. */
RECORD(saved, U64(current_term) INT(voted_for) U64(base_index) U64(base_term)
                  LIST(entry, log));

RPC(RequestVote, vote_args, vote_reply);
RPC(AppendEntries, append_args, append_reply);
RPC(InstallSnapshot, snapshot_args, snapshot_reply);
RPCS(&rpc_RequestVote, &rpc_AppendEntries, &rpc_InstallSnapshot);

struct peer {
    uint64_t next_index, match_index; /* Figure 2, leaders */
};

struct raft {
    pthread_mutex_t mu;
    pthread_cond_t changed; /* commit_index, snapshot_waits, dead, threads */
    struct raft_config config;
    struct saved saved;
    enum lab_role role;
    uint64_t commit_index, last_applied;
    int votes;
    uint64_t election_at_ms, heartbeat_at_ms;
    bool snapshot_waits; /* the applier is to hand over the saved snapshot */
    bool dead;
    int threads; /* that raft_kill() waits for */
    struct peer peers[];
};

/* ---- Log ----------------------------------------------------------------*/

static uint64_t last_index(const struct raft *rf)
{
    return rf->saved.base_index + rf->saved.log_count;
}

static struct entry *entry_at(const struct raft *rf, uint64_t index)
{
    LAB_ASSERT(index > rf->saved.base_index);
    LAB_ASSERT(index <= last_index(rf));
    return &rf->saved.log[index - rf->saved.base_index - 1];
}

static uint64_t term_at(const struct raft *rf, uint64_t index)
{
    return index == rf->saved.base_index ? rf->saved.base_term
                                         : entry_at(rf, index)->term;
}

static void log_append(struct raft *rf, uint64_t term, struct bytes command)
{
    struct saved *s = &rf->saved;
    s->log = lab_xrealloc(s->log, (s->log_count + 1) * sizeof(*s->log));
    s->log[s->log_count++] =
        (struct entry){.term = term, .command = bytes_copy(command)};
}

/* Keep the entries up to index, which may be base_index. */
static void log_cut_after(struct raft *rf, uint64_t index)
{
    while (last_index(rf) > index) {
        bytes_free(&rf->saved.log[--rf->saved.log_count].command);
    }
}

/* A snapshot covers everything up to index, whose term this is. */
static void log_cut_before(struct raft *rf, uint64_t index, uint64_t term)
{
    struct saved *s = &rf->saved;
    size_t gone = index < last_index(rf) ? index - s->base_index : s->log_count;
    for (size_t i = 0; i < gone; i++) {
        bytes_free(&s->log[i].command);
    }
    for (size_t i = gone; i < s->log_count; i++) {
        s->log[i - gone] = s->log[i];
    }
    s->log_count -= gone;
    s->base_index = index;
    s->base_term = term;
}

/* ---- State --------------------------------------------------------------*/

static void save(struct raft *rf)
{
    struct bytes state = PACK(saved, &rf->saved);
    persister_save_state(rf->config.persister, state);
    bytes_free(&state);
}

static void save_with_snapshot(struct raft *rf, struct bytes snapshot)
{
    struct bytes state = PACK(saved, &rf->saved);
    persister_save(rf->config.persister, state, snapshot);
    bytes_free(&state);
}

static void report(struct raft *rf)
{
    lab_state(rf, rf->saved.current_term, rf->role, rf->commit_index,
              last_index(rf));
}

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* §5.2: random, so that split votes are rare. */
static void reset_election_timer(struct raft *rf)
{
    int spread = ELECTION_MAX_MS - ELECTION_MIN_MS;
    rf->election_at_ms =
        now_ms() + ELECTION_MIN_MS + (uint64_t)(rand() % spread);
}

/* Figure 2, all servers: a higher term makes a follower. */
static void see_term(struct raft *rf, uint64_t term)
{
    if (term > rf->saved.current_term) {
        rf->saved.current_term = term;
        rf->saved.voted_for = NOBODY;
        rf->role = LAB_FOLLOWER;
        save(rf);
        report(rf);
    }
}

/* ---- Threads ------------------------------------------------------------*/

static void thread_start(struct raft *rf, void *(*body)(void *), void *argument)
{
    pthread_t thread;
    rf->threads++;
    pthread_create(&thread, NULL, body, argument);
    pthread_detach(thread);
}

/* The last thing that a thread does. Unlocks. */
static void thread_end(struct raft *rf)
{
    rf->threads--;
    pthread_cond_broadcast(&rf->changed);
    pthread_mutex_unlock(&rf->mu);
}

/* ---- Votes: §5.2, §5.4.1 -------------------------------------------------*/

static bool is_up_to_date(const struct raft *rf, const struct vote_args *args)
{
    uint64_t last_term = term_at(rf, last_index(rf));
    if (args->last_log_term != last_term) {
        return args->last_log_term > last_term;
    }
    return args->last_log_index >= last_index(rf);
}

void on_RequestVote(struct raft *rf, const struct vote_args *args,
                    struct vote_reply *reply)
{
    pthread_mutex_lock(&rf->mu);
    see_term(rf, args->term);
    struct saved *s = &rf->saved;
    if (args->term == s->current_term &&
        (s->voted_for == NOBODY || s->voted_for == args->candidate_id) &&
        is_up_to_date(rf, args)) {
        s->voted_for = args->candidate_id;
        save(rf);
        reset_election_timer(rf);
        reply->vote_granted = true;
    }
    reply->term = s->current_term;
    pthread_mutex_unlock(&rf->mu);
}

struct vote_call {
    struct raft *rf;
    int peer;
    struct vote_args args;
};

static void become_leader(struct raft *rf);

static void count_vote(struct raft *rf, uint64_t term)
{
    if (rf->role == LAB_CANDIDATE && rf->saved.current_term == term) {
        rf->votes++;
        if (rf->votes > rf->config.count / 2) {
            become_leader(rf);
        }
    }
}

static void *ask_for_vote(void *argument)
{
    struct vote_call *call = argument;
    struct raft *rf = call->rf;
    struct vote_reply reply = {.vote_granted = false};
    bool ok =
        call_RequestVote(rf->config.peers[call->peer], &call->args, &reply);
    pthread_mutex_lock(&rf->mu);
    if (ok) {
        see_term(rf, reply.term);
        if (reply.vote_granted) {
            count_vote(rf, call->args.term);
        }
    }
    free(call);
    thread_end(rf);
    return NULL;
}

static void stand_for_election(struct raft *rf)
{
    struct saved *s = &rf->saved;
    s->current_term++;
    s->voted_for = rf->config.me;
    rf->role = LAB_CANDIDATE;
    rf->votes = 0;
    save(rf);
    report(rf);
    reset_election_timer(rf);
    count_vote(rf, s->current_term); /* its own */
    for (int i = 0; i < rf->config.count; i++) {
        if (i == rf->config.me) {
            continue;
        }
        struct vote_call *call = lab_xmalloc(sizeof(*call));
        *call = (struct vote_call){
            .rf = rf,
            .peer = i,
            .args = {.term = s->current_term,
                     .candidate_id = rf->config.me,
                     .last_log_index = last_index(rf),
                     .last_log_term = term_at(rf, last_index(rf))},
        };
        thread_start(rf, ask_for_vote, call);
    }
}

/* ---- Replication: §5.3, §5.4.2 -------------------------------------------*/

/* Figure 2, leaders, last rule: counts entries of its own term only. */
static void advance_commit_index(struct raft *rf)
{
    for (uint64_t n = last_index(rf);
         n > rf->commit_index && term_at(rf, n) == rf->saved.current_term;
         n--) {
        int stored = 1; /* here */
        for (int i = 0; i < rf->config.count; i++) {
            stored += i != rf->config.me && rf->peers[i].match_index >= n;
        }
        if (stored > rf->config.count / 2) {
            rf->commit_index = n;
            report(rf);
            pthread_cond_broadcast(&rf->changed);
            return;
        }
    }
}

/* Where the logs of leader and follower can first agree, by the follower's
 * account of the conflict: skips one term per refusal. */
static uint64_t index_after_refusal(const struct raft *rf,
                                    const struct append_reply *reply)
{
    uint64_t index = last_index(rf);
    if (reply->conflict_term == 0) {
        return reply->conflict_index;
    }
    while (index > rf->saved.base_index &&
           term_at(rf, index) > reply->conflict_term) {
        index--;
    }
    return term_at(rf, index) == reply->conflict_term ? index + 1
                                                      : reply->conflict_index;
}

struct append_call {
    struct raft *rf;
    int peer;
    struct append_args args;     /* owned: freed by record_free() */
    struct snapshot_args follow; /* instead, if data was compacted away */
    bool is_snapshot;
};

static bool still_leads(const struct raft *rf, uint64_t term)
{
    return rf->role == LAB_LEADER && rf->saved.current_term == term;
}

static void acknowledged(struct raft *rf, struct peer *peer, uint64_t index)
{
    if (index > peer->match_index) {
        peer->match_index = index;
        advance_commit_index(rf);
    }
    if (peer->next_index <= index) {
        peer->next_index = index + 1;
    }
}

static void refused(struct raft *rf, struct peer *peer,
                    const struct append_reply *reply)
{
    uint64_t next = index_after_refusal(rf, reply);
    /* A late refusal takes back nothing that was acknowledged since. */
    if (next <= peer->match_index) {
        next = peer->match_index + 1;
    }
    if (next < peer->next_index) {
        peer->next_index = next;
        rf->heartbeat_at_ms = 0; /* go on at once */
    }
}

static void send_append(struct append_call *call)
{
    struct raft *rf = call->rf;
    struct peer *peer = &rf->peers[call->peer];
    struct append_reply reply = {.success = false};
    bool ok =
        call_AppendEntries(rf->config.peers[call->peer], &call->args, &reply);
    pthread_mutex_lock(&rf->mu);
    if (ok) {
        see_term(rf, reply.term);
    }
    if (still_leads(rf, call->args.term)) {
        if (ok && reply.success) {
            acknowledged(rf, peer,
                         call->args.prev_log_index + call->args.entries_count);
        } else if (ok) {
            refused(rf, peer, &reply);
        } else {
            peer->next_index = peer->match_index + 1; /* lost */
        }
    }
}

static void send_snapshot(struct append_call *call)
{
    struct raft *rf = call->rf;
    struct snapshot_reply reply = {.term = 0};
    bool ok = call_InstallSnapshot(rf->config.peers[call->peer], &call->follow,
                                   &reply);
    pthread_mutex_lock(&rf->mu);
    if (ok) {
        see_term(rf, reply.term);
        if (still_leads(rf, call->follow.term)) {
            acknowledged(rf, &rf->peers[call->peer],
                         call->follow.last_included_index);
        }
    }
}

static void *replicate(void *argument)
{
    struct append_call *call = argument;
    if (call->is_snapshot) {
        send_snapshot(call);
    } else {
        send_append(call);
    }
    FREE(append_args, &call->args);
    FREE(snapshot_args, &call->follow);
    struct raft *rf = call->rf;
    free(call);
    thread_end(rf); /* send_* have locked */
    return NULL;
}

static void fill_append(struct raft *rf, uint64_t next,
                        struct append_args *args)
{
    *args = (struct append_args){
        .term = rf->saved.current_term,
        .leader_id = rf->config.me,
        .prev_log_index = next - 1,
        .prev_log_term = term_at(rf, next - 1),
        .leader_commit = rf->commit_index,
        .entries_count = last_index(rf) + 1 - next,
    };
    args->entries =
        lab_xcalloc(args->entries_count + 1, sizeof(*args->entries));
    for (size_t i = 0; i < args->entries_count; i++) {
        record_copy(&record_entry, entry_at(rf, next + i), &args->entries[i]);
    }
}

/* Send a follower what it lacks; nothing missing: a heartbeat. Assumes that
 * the request arrives, so that the next one carries only what is new. */
static void send_to(struct raft *rf, int i)
{
    struct peer *peer = &rf->peers[i];
    struct append_call *call = lab_xcalloc(1, sizeof(*call));
    call->rf = rf;
    call->peer = i;
    if (peer->next_index > rf->saved.base_index) {
        fill_append(rf, peer->next_index, &call->args);
        peer->next_index = last_index(rf) + 1;
    } else {
        call->is_snapshot = true;
        call->follow = (struct snapshot_args){
            .term = rf->saved.current_term,
            .leader_id = rf->config.me,
            .last_included_index = rf->saved.base_index,
            .last_included_term = rf->saved.base_term,
            .data = persister_snapshot(rf->config.persister),
        };
    }
    thread_start(rf, replicate, call);
}

static void send_to_all(struct raft *rf)
{
    rf->heartbeat_at_ms = now_ms() + HEARTBEAT_MS;
    for (int i = 0; i < rf->config.count; i++) {
        if (i != rf->config.me) {
            send_to(rf, i);
        }
    }
}

static void become_leader(struct raft *rf)
{
    rf->role = LAB_LEADER;
    report(rf);
    for (int i = 0; i < rf->config.count; i++) {
        rf->peers[i] = (struct peer){.next_index = last_index(rf) + 1};
    }
    advance_commit_index(rf); /* a cluster of one */
    send_to_all(rf);
}

/* ---- Followers: §5.3, §7 -------------------------------------------------*/

/* A request of the current leader: Figure 2, candidates, third rule. */
static bool from_leader(struct raft *rf, uint64_t term)
{
    see_term(rf, term);
    if (term < rf->saved.current_term) {
        return false;
    }
    if (rf->role != LAB_FOLLOWER) {
        rf->role = LAB_FOLLOWER;
        report(rf);
    }
    reset_election_timer(rf);
    return true;
}

/* Step 2: does the log hold the entry before the new ones? What a snapshot
 * covers is committed, and so the same at the leader. */
static bool matches(const struct raft *rf, const struct append_args *args,
                    struct append_reply *reply)
{
    uint64_t prev = args->prev_log_index;
    if (prev > last_index(rf)) {
        reply->conflict_index = last_index(rf) + 1;
        return false;
    }
    if (prev <= rf->saved.base_index ||
        term_at(rf, prev) == args->prev_log_term) {
        return true;
    }
    reply->conflict_term = term_at(rf, prev);
    while (prev > rf->saved.base_index + 1 &&
           term_at(rf, prev - 1) == reply->conflict_term) {
        prev--;
    }
    reply->conflict_index = prev;
    return false;
}

/* Steps 3 and 4: replace what conflicts, append what is missing, keep the
 * rest: the request may be older than the log. */
static void take_entries(struct raft *rf, const struct append_args *args)
{
    bool changed = false;
    for (size_t i = 0; i < args->entries_count; i++) {
        uint64_t index = args->prev_log_index + 1 + i;
        const struct entry *entry = &args->entries[i];
        if (index <= rf->saved.base_index) {
            continue;
        }
        if (index <= last_index(rf)) {
            if (term_at(rf, index) == entry->term) {
                continue;
            }
            LAB_ASSERT(index > rf->commit_index);
            log_cut_after(rf, index - 1);
        }
        log_append(rf, entry->term, entry->command);
        changed = true;
    }
    if (changed) {
        save(rf);
        report(rf);
    }
}

void on_AppendEntries(struct raft *rf, const struct append_args *args,
                      struct append_reply *reply)
{
    pthread_mutex_lock(&rf->mu);
    if (from_leader(rf, args->term) && matches(rf, args, reply)) {
        take_entries(rf, args);
        reply->success = true;
        /* Step 5. Entries behind the last new one may be of another leader. */
        uint64_t last_new = args->prev_log_index + args->entries_count;
        uint64_t commit =
            args->leader_commit < last_new ? args->leader_commit : last_new;
        if (commit > rf->commit_index) {
            rf->commit_index = commit;
            report(rf);
            pthread_cond_broadcast(&rf->changed);
        }
    }
    reply->term = rf->saved.current_term;
    pthread_mutex_unlock(&rf->mu);
}

static void install(struct raft *rf, const struct snapshot_args *args)
{
    uint64_t index = args->last_included_index;
    /* Figure 13, steps 6 and 7: entries behind it stay if the log agrees. */
    if (index > last_index(rf) ||
        term_at(rf, index) != args->last_included_term) {
        log_cut_after(rf, rf->saved.base_index);
    }
    log_cut_before(rf, index, args->last_included_term);
    save_with_snapshot(rf, args->data);
    rf->commit_index = index;
    rf->snapshot_waits = true;
    report(rf);
    pthread_cond_broadcast(&rf->changed);
}

void on_InstallSnapshot(struct raft *rf, const struct snapshot_args *args,
                        struct snapshot_reply *reply)
{
    pthread_mutex_lock(&rf->mu);
    if (from_leader(rf, args->term) &&
        args->last_included_index > rf->commit_index) {
        install(rf, args);
    }
    reply->term = rf->saved.current_term;
    pthread_mutex_unlock(&rf->mu);
}

/* ---- Threads of a server's life ------------------------------------------*/

static void tick(struct raft *rf)
{
    uint64_t now = now_ms();
    if (rf->role == LAB_LEADER && now >= rf->heartbeat_at_ms) {
        send_to_all(rf);
    } else if (rf->role != LAB_LEADER && now >= rf->election_at_ms) {
        stand_for_election(rf);
    }
}

static void *ticker(void *argument)
{
    struct raft *rf = argument;
    pthread_mutex_lock(&rf->mu);
    while (!rf->dead) {
        tick(rf);
        pthread_mutex_unlock(&rf->mu);
        nanosleep(&(struct timespec){.tv_nsec = TICK_MS * 1000000L}, NULL);
        pthread_mutex_lock(&rf->mu);
    }
    thread_end(rf);
    return NULL;
}

/* What the service gets next; bytes are the caller's. */
static struct apply_msg next_message(struct raft *rf)
{
    if (rf->snapshot_waits) {
        rf->snapshot_waits = false;
        rf->last_applied = rf->saved.base_index;
        return (struct apply_msg){
            .is_snapshot = true,
            .index = rf->saved.base_index,
            .term = rf->saved.base_term,
            .bytes = persister_snapshot(rf->config.persister),
        };
    }
    uint64_t index = ++rf->last_applied;
    const struct entry *entry = entry_at(rf, index);
    return (struct apply_msg){
        .index = index,
        .term = entry->term,
        .bytes = bytes_copy(entry->command),
    };
}

/* No lock is held while the service takes a message: it may call
 * raft_snapshot() or raft_start() meanwhile. */
static void *applier(void *argument)
{
    struct raft *rf = argument;
    pthread_mutex_lock(&rf->mu);
    while (!rf->dead) {
        if (!rf->snapshot_waits && rf->last_applied == rf->commit_index) {
            pthread_cond_wait(&rf->changed, &rf->mu);
            continue;
        }
        struct apply_msg msg = next_message(rf);
        pthread_mutex_unlock(&rf->mu);
        apply_put(rf->config.apply, msg);
        bytes_free(&msg.bytes);
        pthread_mutex_lock(&rf->mu);
    }
    thread_end(rf);
    return NULL;
}

/* ---- What the service calls ----------------------------------------------*/

static void restore(struct raft *rf)
{
    struct bytes state = persister_state(rf->config.persister);
    rf->saved.voted_for = NOBODY;
    if (state.size > 0) {
        rf->saved = (struct saved){.voted_for = 0};
        enum lab_err err = UNPACK(saved, state, &rf->saved);
        LAB_ASSERT(err == LAB_OK);
    }
    bytes_free(&state);
    rf->commit_index = rf->last_applied = rf->saved.base_index;
}

struct raft *raft_make(const struct raft_config *config)
{
    size_t peers = (size_t)config->count * sizeof(struct peer);
    struct raft *rf = lab_xcalloc(1, sizeof(*rf) + peers);
    rf->config = *config;
    rf->role = LAB_FOLLOWER;
    pthread_mutex_init(&rf->mu, NULL);
    pthread_cond_init(&rf->changed, NULL);
    restore(rf);
    pthread_mutex_lock(&rf->mu);
    reset_election_timer(rf);
    report(rf);
    thread_start(rf, ticker, rf);
    thread_start(rf, applier, rf);
    pthread_mutex_unlock(&rf->mu);
    return rf;
}

struct raft_start raft_start(struct raft *rf, struct bytes command)
{
    struct raft_start result = {.is_leader = false};
    pthread_mutex_lock(&rf->mu);
    if (rf->role == LAB_LEADER && !rf->dead) {
        log_append(rf, rf->saved.current_term, command);
        save(rf);
        report(rf);
        advance_commit_index(rf);
        send_to_all(rf);
        result = (struct raft_start){.is_leader = true,
                                     .index = last_index(rf),
                                     .term = rf->saved.current_term};
    }
    pthread_mutex_unlock(&rf->mu);
    return result;
}

struct raft_state raft_get_state(struct raft *rf)
{
    pthread_mutex_lock(&rf->mu);
    struct raft_state state = {.is_leader = rf->role == LAB_LEADER,
                               .term = rf->saved.current_term};
    pthread_mutex_unlock(&rf->mu);
    return state;
}

void raft_snapshot(struct raft *rf, uint64_t index, struct bytes snapshot)
{
    pthread_mutex_lock(&rf->mu);
    if (index > rf->saved.base_index && index <= rf->commit_index) {
        log_cut_before(rf, index, term_at(rf, index));
        save_with_snapshot(rf, snapshot);
        report(rf);
    }
    pthread_mutex_unlock(&rf->mu);
}

void raft_kill(struct raft *rf)
{
    pthread_mutex_lock(&rf->mu);
    rf->dead = true;
    pthread_cond_broadcast(&rf->changed);
    while (rf->threads > 0) {
        pthread_cond_wait(&rf->changed, &rf->mu);
    }
    pthread_mutex_unlock(&rf->mu);
    pthread_cond_destroy(&rf->changed);
    pthread_mutex_destroy(&rf->mu);
    FREE(saved, &rf->saved);
    free(rf);
}
