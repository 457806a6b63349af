/* lab_core.h - raftcore as a Raft of the labs: its state, and who does what.
 * Layer: hosts; inner.
 *
 *     lab_core.c      raftapi.h: make, start, get_state, snapshot, kill
 *     lab_storage.c   what the core reads and what is saved for it
 *     lab_drive.c     what the core has to have done, and applying
 *     lab_peers.c     messages travel in calls
 *
 * Server i of the labs has id i + 1. The lab numbers its commands from 1 on
 * and without gaps; the log of a core has other entries, too: a leader's first
 * of its term is empty. See saved_log.h.
 *
 * One lock, in crew, guards everything. Functions need it unless they say
 * otherwise. Whoever makes an event happen calls drive() before it gives the
 * lock back. */
#ifndef HOSTS_LAB_CORE_H
#define HOSTS_LAB_CORE_H

#include "hosts/crew.h"
#include "hosts/saved_log.h"
#include "raftapi/raftapi.h"
#include "raftcore/memory_storage.h"
#include "raftcore/rawnode.h"

/* Ten ticks to a heartbeat; a follower waits for five heartbeats to ten. */
#define TICK_MS       10
#define HEARTBEAT_MS  100
#define ELECTION_TICK 50

/* A call to one peer can hang for seven seconds; after HEARTBEAT_MS the next
 * is made beside it. */
#define CALLS_MAX 100

/* Messages on their way to one peer, in one call. The answer brings what the
 * other side says at once. */
RECORD(packed_message, BYTES(bytes));
RECORD(step_args, INT(from) LIST(packed_message, messages));
RECORD(step_reply, LIST(packed_message, messages));

/* A snapshot between servers: of the service, and its lab index. */
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
    uint64_t sent_ns;         /* when the last call was made */
    bool waiting;             /* it has not come back */
    bool starting;            /* a thread for the next is about to run */
    int calls;                /* on their way */
};

struct raft {
    /* Never change. */
    int me, count;
    struct persister *persister;
    struct apply_channel *apply;

    struct crew crew;
    struct rc_rawnode *node;
    struct rc_memory_storage *ms; /* the log as the core reads it */
    struct saved_log log;         /* and as it is saved */
    struct rc_hard_state hard_state;
    struct rc_ready ready; /* used again and again */

    uint64_t committed; /* may be applied, all saved */
    uint64_t applied;   /* taken out for the service */
    pthread_cond_t apply_wanted;
    pthread_cond_t tick_wanted; /* only to end */

    struct peer_link *peers;
};

/* ---- lab_storage.c -------------------------------------------------------*/

/* From what was saved; sets everything but the node. */
void storage_load(struct raft *rf);
void storage_release(struct raft *rf);

/* What a Ready brings. */
void storage_write(struct raft *rf, const struct rc_ready *ready);

/* The service has a snapshot up to this lab index. */
void storage_compact(struct raft *rf, uint64_t lab_index,
                     struct bytes snapshot);

/* ---- lab_drive.c ---------------------------------------------------------*/

/* Everything that the core wants: save, then send. What is for server
 * answer_to (-1: nobody) goes into answers instead. */
void drive(struct raft *rf, int answer_to, struct rc_messages *answers);

/* The thread that hands to the service what is committed. */
void *apply_committed(void *rf);

/* The thread that counts time. */
void *tick_on(void *rf);

/* ---- lab_peers.c ---------------------------------------------------------*/

void peers_init(struct raft *rf, struct labrpc_end *const *ends);
void peers_release(struct raft *rf);

/* Takes what m holds. */
void peers_queue(struct raft *rf, struct rc_message m);

/* Calls that are due are made, on threads of their own. */
void peers_contact(struct raft *rf);

#endif
