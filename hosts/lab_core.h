/* lab_core.h - raftcore as a Raft of the labs: its state, and where what is.
 * Layer: hosts; inner. docs/labs.md has the labs, raftapi.h what they call.
 *
 *     lab_core.c      make, start, get_state, snapshot, kill
 *     lab_calls.c     calls of the network carry messages, in and out
 *     lab_drive.c     does what Readys ask for; applies; counts time
 *     lab_peers.c     messages wait for their calls
 *     lab_storage.c   what the core reads, and what is saved for it
 *     saved_log.c     the log as the persister has it
 *
 * Each calls those below it only. Server i of the labs is node i + 1. The labs
 * number commands from 1 on without gaps, while the log of a core has other
 * entries, too: a leader's first in its term is empty. saved_log.h maps one to
 * the other.
 *
 * One lock, crew.mu, guards everything that changes. Functions need it held
 * unless they say otherwise. Whoever makes an event happen calls drive() before
 * releasing it. */
#ifndef HOSTS_LAB_CORE_H
#define HOSTS_LAB_CORE_H

#include "hosts/crew.h"
#include "hosts/saved_log.h"
#include "raftapi/raftapi.h"
#include "raftcore/memory_storage.h"
#include "raftcore/rawnode.h"

/* Ten ticks are a heartbeat; a follower waits for five to ten heartbeats. */
#define TICK_MS       10
#define HEARTBEAT_MS  100
#define ELECTION_TICK 50

/* The most calls to one peer at a time. A call can hang for seven seconds, and
 * another is made beside it after each HEARTBEAT_MS. */
#define CALLS_MAX 100

/* Messages to one peer, in one call. The reply carries those that the peer
 * sends back at once. */
RECORD(packed_message, BYTES(bytes));
RECORD(step_args, INT(from) LIST(packed_message, messages));
RECORD(step_reply, LIST(packed_message, messages));

/* The data of a snapshot between servers: the service's, and its lab index. */
RECORD(lab_snapshot, U64(lab_index) BYTES(state));

LABRPC_METHOD(raft, Raft, Step, step_args, step_reply);

/* The bytes of the labs and those of raftcore: the same run, borrowed. */
static inline struct rc_bytes to_core(struct bytes bytes)
{
    return rc_bytes_of(bytes.data, bytes.size);
}

static inline struct bytes from_core(struct rc_bytes bytes)
{
    return (struct bytes){bytes.data, bytes.size};
}

struct peer_link {
    /* Never change. */
    struct raft *rf;
    struct labrpc_end *end;
    int id;

    struct rc_messages queue; /* wait for the next call */
    uint64_t sent_ns;         /* when the last call began */
    bool waiting;             /* that call is outstanding */
    bool starting;            /* a thread for the next was started */
    int calls;                /* outstanding */
};

struct raft {
    /* Never change. */
    int me, count;
    struct persister *persister;
    struct apply_channel *apply;
    void *(*peer_thread)(void *peer); /* lab_calls.c: makes the calls */

    struct crew crew;
    struct rc_rawnode *node;
    struct rc_memory_storage *ms; /* the log as the core reads it */
    struct saved_log log;         /* and as it is saved */
    struct rc_hard_state hard_state;
    struct rc_ready ready; /* used again and again */

    uint64_t committed; /* core index; all up to it is saved */
    uint64_t applied;   /* core index; handed to the service, or about to be */
    pthread_cond_t apply_wanted;
    pthread_cond_t tick_wanted; /* signalled at the end only */

    struct peer_link *peers;
};

/* ---- lab_storage.c -------------------------------------------------------*/

/* Load what was saved. Sets what concerns the log, not the node. */
void storage_load(struct raft *rf);
void storage_release(struct raft *rf);

/* Save what a Ready has: durable on return. */
void storage_write(struct raft *rf, const struct rc_ready *ready);

/* The service made a snapshot up to this lab index: compact the log. */
void storage_compact(struct raft *rf, uint64_t lab_index,
                     struct bytes snapshot);

/* ---- lab_drive.c ---------------------------------------------------------*/

/* Do what the core asks for: save, then send. Messages to server respond_to
 * (-1: none) are added to responses instead. */
void drive(struct raft *rf, int respond_to, struct rc_messages *responses);

/* Threads: hands committed commands to the service; ticks. */
void *apply_thread(void *rf);
void *tick_thread(void *rf);

/* ---- lab_peers.c ---------------------------------------------------------*/

void peers_init(struct raft *rf, struct labrpc_end *const *ends);
void peers_release(struct raft *rf);

/* Queue a message; takes what it holds. */
void peers_queue(struct raft *rf, struct rc_message m);

/* Return true if a call to this peer should be made now. */
bool peer_is_due(const struct peer_link *peer);

/* Start a thread for each peer to which a call should be made. */
void peers_start_calls(struct raft *rf);

/* ---- lab_calls.c ---------------------------------------------------------*/

/* Thread: calls a peer as long as that is due. Takes the lock. */
void *peer_thread(void *peer);

#endif
