/* clerk_rpc.c - one RPC to one server, on a thread of its own.
 * Layer: kvraft. An RPC may take seconds to fail (labrpc.h), and meanwhile
 * the clerk asks other servers. */
#include "kvraft/clerk_state.h"

#include <stdlib.h>

#include "kvraft/clock.h"

struct rpc {
    struct operation *op;
    int server;
};

static bool call_get(struct labrpc_end *end, const struct operation *op,
                     struct bytes *value)
{
    struct get_args args = {.key = op->key};
    struct get_reply reply = {0};

    bool arrived = call_Get(end, &args, &reply);
    *value = reply.value;
    return arrived && reply.done;
}

static bool call_put_append(struct labrpc_end *end, const struct operation *op)
{
    struct put_append_reply reply = {0};
    struct put_append_args args = {
        .client = op->ck->id,
        .seq = op->seq,
        .append = op->op == OP_APPEND,
        .key = op->key,
        .value = op->value,
    };

    LAB_ASSERT(op->seq > 0);
    return call_PutAppend(end, &args, &reply) && reply.done;
}

/* Call the server, and take its result if it is the first. Needs ck->mu, and
 * releases it in between. */
static void call(struct operation *op, int server)
{
    struct clerk *ck = op->ck;
    struct labrpc_end *end = ck->servers[server];
    struct bytes value = {NULL, 0};

    pthread_mutex_unlock(&ck->mu);
    bool done =
        op->op == OP_GET ? call_get(end, op, &value) : call_put_append(end, op);
    pthread_mutex_lock(&ck->mu);
    if (done && !op->done) {
        op->done = true;
        op->result = value;
        value = (struct bytes){NULL, 0};
        ck->leader = server;
    }
    bytes_free(&value); /* of a second reply */
}

/* The thread of the RPC. */
static void *call_server(void *argument)
{
    struct rpc rpc = *(struct rpc *)argument;
    struct operation *op = rpc.op;

    free(argument);
    pthread_mutex_lock(&op->ck->mu);
    if (!op->done) {
        call(op, rpc.server);
    }
    LAB_ASSERT(op->attempts[rpc.server].outstanding > 0);
    op->attempts[rpc.server].outstanding--;
    pthread_cond_signal(&op->ck->replied);
    operation_unref_and_unlock(op);
    return NULL;
}

void operation_call(struct operation *op, int server)
{
    struct rpc *rpc = lab_xcalloc(1, sizeof(*rpc));
    pthread_t thread;

    LAB_ASSERT(server >= 0);
    LAB_ASSERT(server < op->ck->count);
    *rpc = (struct rpc){op, server};
    op->refs++;
    op->attempts[server].outstanding++;
    op->attempts[server].last_ns = clock_now_ns();
    int err = pthread_create(&thread, NULL, call_server, rpc);
    if (err != 0) {
        LAB_BUG("pthread_create: error %d", err);
    }
    pthread_detach(thread);
}
