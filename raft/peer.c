/* peer.c - which RPC is due to which peer; the threads of outstanding RPCs.
 * Layer: raft. Needs rf->mu. Paper: §5.1 (RPCs in parallel, retried if there
 * is no reply in time), Figure 2 (Leaders rule 1), §5.5.
 *
 * An RPC can take long: seconds if the peer is dead or its replies are
 * delayed. Only a peer thread, started for it, waits for the reply. Until the
 * reply arrives the peer gets no other request, so that entries which come in
 * meanwhile leave together in the next one (batching). After HEARTBEAT_MS the
 * request counts as lost and is retried, with what is due by then. So a leader
 * is never silent for longer, however slow its RPCs are, and a candidate
 * repeats RequestVote until it has a reply.
 *
 *     request 1 --> reply           request 2 ... no reply
 *     |-- entries are batched --|   |-- HEARTBEAT_MS --| request 3
 *
 * DEVIATION: Figure 2 lets a leader send entries as soon as it has them. Here
 * at most one request with new entries is outstanding until HEARTBEAT_MS, and
 * a heartbeat carries whatever entries the peer lacks. */
#include "raft/raft.h"

/* Passing time is one reason to send a request; the other, new entries, is in
 * is_due(). */
uint64_t rpc_due_ns(const struct raft *rf, const struct peer *peer)
{
    if (rf->role == LAB_FOLLOWER || peer->outstanding >= OUTSTANDING_MAX ||
        (rf->role == LAB_CANDIDATE && peer->vote_replied)) {
        return FOREVER_NS;
    }
    /* The first request of a term: sent_ns is 0, so it is due at once. */
    uint64_t heartbeat_ns = peer->sent_ns + HEARTBEAT_MS * NS_PER_MS;
    if (rf->role != LAB_LEADER || peer->awaiting_reply) {
        return heartbeat_ns;
    }
    uint64_t notify_ns = commit_notify_ns(rf, peer);
    return notify_ns < heartbeat_ns ? notify_ns : heartbeat_ns;
}

static bool is_due(const struct raft *rf, const struct peer *peer)
{
    if (rf->killed || peer->outstanding >= OUTSTANDING_MAX) {
        return false;
    }
    if (rf->role == LAB_LEADER && !peer->awaiting_reply &&
        has_unsent_entries(rf, peer)) {
        return true; /* Leaders rule 3 */
    }
    return now_ns() >= rpc_due_ns(rf, peer);
}

/* Send the request that the role and next_index call for, and handle its
 * reply. Waits. */
static void call(struct raft *rf, struct peer *peer)
{
    bool arrived;

    LAB_ASSERT(rf->role != LAB_FOLLOWER);
    LAB_ASSERT(peer->outstanding < OUTSTANDING_MAX);
    peer->sent_ns = now_ns();
    peer->awaiting_reply = true;
    peer->outstanding++;
    if (rf->role == LAB_CANDIDATE) {
        arrived = send_vote_request(rf, peer);
    } else if (peer->next_index > rf->log.last_included_index) {
        arrived = send_append_request(rf, peer);
    } else { /* the next entry is discarded (§7) */
        arrived = send_snapshot_request(rf, peer);
    }
    LAB_ASSERT(peer->outstanding > 0);
    peer->outstanding--;
    /* After a loss awaiting_reply stays true: the next request is due as a
     * heartbeat, not at once, so that a dead peer is not flooded. */
    if (arrived) {
        peer->awaiting_reply = false;
    }
}

/* The peer thread: one RPC, and the next ones as long as they are due when
 * the reply has arrived. */
static void *call_peer(void *argument)
{
    struct peer *peer = argument;
    struct raft *rf = peer->rf;

    mu_lock(rf);
    LAB_ASSERT(peer->starting);
    peer->starting = false;
    while (is_due(rf, peer)) {
        call(rf, peer);
        /* The reply may have made this server leader, or committed an entry:
         * then requests to the other peers are due. */
        start_due_rpcs(rf);
    }
    tick_by(rf, rpc_due_ns(rf, peer)); /* a commit notification may be left */
    thread_end(rf);
    return NULL;
}

void start_due_rpcs(struct raft *rf)
{
    LAB_ASSERT(mu_held(rf));
    for (int i = 0; i < rf->peer_count; i++) {
        struct peer *peer = &rf->peers[i];
        if (i != rf->me && !peer->starting && is_due(rf, peer)) {
            peer->starting = true;
            thread_start(rf, call_peer, peer);
        }
    }
}
