/* clerk_state.h - the inside of a clerk.
 * Layer: kvraft; for clerk.c (whom to ask, and when) and asking.c (one call
 * to one server, on a thread of its own). */
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
    pthread_cond_t news; /* an answer has come */
    uint64_t seq;        /* of the last Put or Append */
    int leader;          /* who has answered last: a good first guess */
    int holders;         /* the clerk's owner, and operations; the last of them
                            frees it */
};

/* One Get, Put or Append. It ends with the first answer that says "done";
 * calls that are still under way then go on without it, so it lives until the
 * last of them has returned. */
struct operation {
    /* Never change. */
    struct clerk *ck;
    enum op op;
    uint64_t seq;
    struct bytes key, value;

    /* Guarded by ck->mu. */
    int holders; /* the caller of the clerk, and calls under way */
    bool done;
    struct bytes result;
    struct asked {
        int calls;        /* under way */
        uint64_t last_ns; /* when the last one left */
    } asked[];            /* by server */
};

/* All need ck->mu. */

struct operation *operation_new(struct clerk *ck, enum op op, struct bytes key,
                                struct bytes value);

/* The holder is done with it. The lock is given back, since with the last
 * operation the clerk may go, too. */
void operation_drop_and_unlock(struct operation *op);

/* Call a server, on a new thread. */
void operation_ask(struct operation *op, int server);

/* The holder is done with the clerk; gives the lock back. */
void clerk_drop_and_unlock(struct clerk *ck);

#endif
