/* clerk_state.h - the inside of a clerk: its operations and their lifetime.
 * Layer: kvraft.
 *
 *     clerk.c         which server to ask, and when to ask another
 *     clerk_rpc.c     one RPC to one server, on a thread of its own
 *     clerk_state.c   reference counts of clerks and operations
 *
 * The caller of every function here holds ck->mu. */
#ifndef KVRAFT_CLERK_STATE_H
#define KVRAFT_CLERK_STATE_H

#include <pthread.h>

#include "kvraft/messages.h"

struct clerk {
    /* Never change. */
    uint64_t id;
    int count;
    struct labrpc_end **servers;

    pthread_mutex_t mu;
    pthread_cond_t replied; /* an RPC has returned */
    uint64_t seq;           /* serial number of the last Put or Append */
    int leader; /* the server that executed the last operation: asked first */
    int refs;   /* the owner of the clerk, and one per operation */
};

/* One Get, Put or Append. It is done with the first reply that says so.
 * Outstanding RPCs then go on without it, so it lives until the last of them
 * has returned. */
struct operation {
    /* Never change. */
    struct clerk *ck;
    enum op op;
    uint64_t seq;
    struct bytes key, value;

    /* Guarded by ck->mu. */
    int refs; /* the caller of the clerk, and one per outstanding RPC */
    bool done;
    struct bytes result;
    struct attempt {
        int outstanding;  /* RPCs to this server */
        uint64_t last_ns; /* when the last one was sent */
    } attempts[];         /* by server */
};

/* ---- clerk_state.c ------------------------------------------------------*/

/* Create an operation with one reference, the caller's. Copies key and value.
 * A Put or Append gets the next serial number. */
struct operation *operation_new(struct clerk *ck, enum op op, struct bytes key,
                                struct bytes value);

/* Give up a reference; the last one frees. Both release the lock too, because
 * the clerk, and the lock in it, may be freed with its last operation. */
void operation_unref_and_unlock(struct operation *op);
void clerk_unref_and_unlock(struct clerk *ck);

/* ---- clerk_rpc.c --------------------------------------------------------*/

/* Call a server on a new thread. Signals ck->replied when it returns. */
void operation_call(struct operation *op, int server);

#endif
