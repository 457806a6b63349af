/* contact.c - when to speak to whom, and on which thread.
 * Layer: raft. Needs rf->mu. Paper: §5.1 (calls in parallel, made again if
 * the answer does not come in time), Figure 2 (Leaders rule 1), §5.5.
 *
 * A call to a peer can take long: seconds if the peer is dead or its answers
 * are delayed. Nobody waits for it but a thread started for it. While an
 * answer is awaited nothing else is said to the peer, so what comes up in the
 * meantime goes out together (batching); but after HEARTBEAT_MS the call
 * counts as lost and is made again, with what is due by then. So a leader is
 * never silent for longer, however its calls hang, and a candidate asks for a
 * vote until it has the answer. */
#include "raft/raft.h"

/* When the next request to the peer is due for the passing of time alone. */
static uint64_t due_ns(const struct raft *rf, const struct peer *peer)
{
    if (rf->role == LAB_FOLLOWER || peer->calls >= CALLS_MAX ||
        (rf->role == LAB_CANDIDATE && peer->vote_answered)) {
        return FOREVER_NS;
    }
    uint64_t heartbeat_ns = peer->sent_ns + HEARTBEAT_MS * NS_PER_MS;
    if (rf->role != LAB_LEADER || peer->waiting) {
        return heartbeat_ns;
    }
    uint64_t news_ns = commit_news_ns(rf, peer);
    return news_ns < heartbeat_ns ? news_ns : heartbeat_ns;
}

static bool is_due(const struct raft *rf, const struct peer *peer)
{
    if (rf->killed || peer->calls >= CALLS_MAX) {
        return false;
    }
    if (rf->role == LAB_LEADER && !peer->waiting && has_entries(rf, peer)) {
        return true;
    }
    return now_ns() >= due_ns(rf, peer);
}

/* One request and its answer. Waits. */
static void call(struct raft *rf, struct peer *peer)
{
    bool answered;

    LAB_ASSERT(rf->role != LAB_FOLLOWER);
    LAB_ASSERT(peer->calls < CALLS_MAX);
    peer->sent_ns = now_ns();
    peer->waiting = true;
    peer->calls++;
    if (rf->role == LAB_CANDIDATE) {
        answered = ask_for_vote(rf, peer);
    } else if (peer->next_index > rf->log.last_included_index) {
        answered = send_entries(rf, peer);
    } else {
        answered = send_snapshot(rf, peer);
    }
    peer->calls--;
    /* After a loss, waiting remains: the next attempt is a heartbeat. */
    if (answered) {
        peer->waiting = false;
    }
}

/* The thread of a call. It goes on with the next one if that is due when the
 * answer has come. */
static void *converse(void *argument)
{
    struct peer *peer = argument;
    struct raft *rf = peer->rf;

    mu_lock(rf);
    peer->starting = false;
    while (is_due(rf, peer)) {
        call(rf, peer);
        /* The answer can have made this server leader, or committed an entry:
         * the others want to know. */
        contact_peers(rf);
    }
    tick_by(rf, due_ns(rf, peer)); /* it may have news left to hear */
    thread_end(rf);
    return NULL;
}

void contact_peers(struct raft *rf)
{
    LAB_ASSERT(mu_held(rf));
    for (int i = 0; i < rf->peer_count; i++) {
        struct peer *peer = &rf->peers[i];
        if (i != rf->me && !peer->starting && is_due(rf, peer)) {
            peer->starting = true;
            thread_start(rf, converse, peer);
        }
    }
}

/* When the ticker has to look again if nothing happens until then. A server
 * that talks looks at least once in HEARTBEAT_MS: a thread that is starting
 * or a call that returns changes what is due, and tells nobody. */
static uint64_t next_tick_ns(const struct raft *rf)
{
    if (rf->role == LAB_FOLLOWER) {
        return rf->election_deadline_ns;
    }
    uint64_t next = now_ns() + HEARTBEAT_MS * NS_PER_MS;
    if (rf->role == LAB_CANDIDATE && rf->election_deadline_ns < next) {
        next = rf->election_deadline_ns;
    }
    for (int i = 0; i < rf->peer_count; i++) {
        uint64_t due = due_ns(rf, &rf->peers[i]);
        if (i != rf->me && !rf->peers[i].starting && due < next) {
            next = due;
        }
    }
    return next;
}

void tick_by(struct raft *rf, uint64_t ns)
{
    LAB_ASSERT(mu_held(rf));
    if (ns < rf->next_tick_ns) {
        rf->next_tick_ns = ns;
        pthread_cond_signal(&rf->ticker_wanted);
    }
}

void *tick(void *argument)
{
    struct raft *rf = argument;

    mu_lock(rf);
    while (!rf->killed) {
        if (rf->role != LAB_LEADER && now_ns() >= rf->election_deadline_ns) {
            start_election(rf);
        }
        contact_peers(rf);
        rf->next_tick_ns = next_tick_ns(rf);
        wait_until(rf, &rf->ticker_wanted, rf->next_tick_ns);
    }
    thread_end(rf);
    return NULL;
}
