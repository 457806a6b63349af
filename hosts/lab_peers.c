/* lab_peers.c - messages to the other servers wait for their calls.
 * Layer: hosts. One call at a time brings all that waits to a peer; while it is
 * outstanding further messages wait for the next. But after HEARTBEAT_MS the
 * next is made beside it: so a server is never silent for longer, however its
 * calls hang, and a burst of proposals does not become a burst of calls. */
#include <stdlib.h>

#include "hosts/lab_core.h"

void peers_init(struct raft *rf, struct labrpc_end *const *ends)
{
    rf->peers = lab_xcalloc((size_t)rf->count, sizeof(*rf->peers));
    for (int i = 0; i < rf->count; i++) {
        rf->peers[i].rf = rf;
        rf->peers[i].id = i;
        rf->peers[i].end = ends[i];
    }
}

void peers_release(struct raft *rf)
{
    for (int i = 0; i < rf->count; i++) {
        rc_messages_release(&rf->peers[i].queue);
    }
    free(rf->peers);
}

void peers_queue(struct raft *rf, struct rc_message m)
{
    LAB_ASSERT(m.to >= 1);
    LAB_ASSERT(m.to <= (uint64_t)rf->count);
    rc_messages_append(&rf->peers[m.to - 1].queue, &m);
}

bool peer_is_due(const struct peer_link *peer)
{
    return peer->queue.count > 0 && peer->calls < CALLS_MAX &&
           (!peer->waiting ||
            crew_now_ns() >= peer->sent_ns + HEARTBEAT_MS * NS_PER_MS);
}

void peers_start_calls(struct raft *rf)
{
    for (int i = 0; i < rf->count && !rf->crew.ended; i++) {
        struct peer_link *peer = &rf->peers[i];
        if (!peer->starting && peer_is_due(peer)) {
            peer->starting = true;
            crew_start(&rf->crew, rf->peer_thread, peer);
        }
    }
}
