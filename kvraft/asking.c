/* asking.c - one call to one server, on a thread of its own.
 * Layer: kvraft. A call may take seconds to fail (labrpc.h), and the clerk
 * has others to ask. */
#include "kvraft/clerk_state.h"

#include <stdlib.h>

#include "kvraft/clock.h"

struct asking {
    struct operation *op;
    int server;
};

struct operation *operation_new(struct clerk *ck, enum op op, struct bytes key,
                                struct bytes value)
{
    size_t asked_bytes = (size_t)ck->count * sizeof(struct asked);
    struct operation *new = lab_xcalloc(1, sizeof(*new) + asked_bytes);

    new->ck = ck;
    new->op = op;
    new->key = bytes_copy(key);
    new->value = bytes_copy(value);
    new->holders = 1;
    if (op != OP_GET) {
        new->seq = ++ck->seq;
    }
    ck->holders++;
    return new;
}

void operation_drop_and_unlock(struct operation *op)
{
    struct clerk *ck = op->ck;

    op->holders--;
    if (op->holders > 0) {
        pthread_mutex_unlock(&ck->mu);
        return;
    }
    bytes_free(&op->key);
    bytes_free(&op->value);
    bytes_free(&op->result);
    free(op);
    clerk_drop_and_unlock(ck);
}

/* ---- The call -----------------------------------------------------------*/

static bool call_get(struct labrpc_end *end, const struct operation *op,
                     struct bytes *value)
{
    struct get_args args = {.key = op->key};
    struct get_reply reply = {0};

    bool answered = call_Get(end, &args, &reply);
    *value = reply.value;
    return answered && reply.done;
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

    return call_PutAppend(end, &args, &reply) && reply.done;
}

/* Needs ck->mu, and gives it up in between. */
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
    bytes_free(&value); /* a second answer */
}

static void *ask(void *argument)
{
    struct asking asking = *(struct asking *)argument;
    struct operation *op = asking.op;

    free(argument);
    pthread_mutex_lock(&op->ck->mu);
    if (!op->done) {
        call(op, asking.server);
    }
    op->asked[asking.server].calls--;
    pthread_cond_signal(&op->ck->news);
    operation_drop_and_unlock(op);
    return NULL;
}

void operation_ask(struct operation *op, int server)
{
    struct asking *asking = lab_xcalloc(1, sizeof(*asking));
    pthread_t thread;

    *asking = (struct asking){op, server};
    op->holders++;
    op->asked[server].calls++;
    op->asked[server].last_ns = clock_now_ns();
    int err = pthread_create(&thread, NULL, ask, asking);
    if (err != 0) {
        LAB_BUG("pthread_create: error %d", err);
    }
    pthread_detach(thread);
}
