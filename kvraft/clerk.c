/* clerk.c - a client: whom to ask, and when to ask another.
 * Layer: kvraft. Paper: §8. */
#include "kvraft/kvraft.h"

#include <stdlib.h>
#include <string.h>

#include "kvraft/clerk_state.h"
#include "kvraft/clock.h"

/* A server that has not answered for ANSWER_MS may be dead, or cut off from
 * the others: the next one is asked, while the first can still answer. It is
 * not asked again before AGAIN_MS, as its answer still counts, and a leader
 * that is cut off would fill its log with copies. After a round without
 * success there may be no leader at all: PAUSE_MS. */
#define ANSWER_MS 150
#define AGAIN_MS  1000
#define PAUSE_MS  15

/* ---- Beginning and end --------------------------------------------------*/

struct clerk *clerk_make(const struct clerk_config *config)
{
    struct clerk *ck = lab_xcalloc(1, sizeof(*ck));
    size_t count = (size_t)config->count;

    LAB_ASSERT(config->count > 0);
    ck->id = config->id;
    ck->count = config->count;
    ck->servers = lab_xcalloc(count, sizeof(ck->servers[0]));
    memcpy(ck->servers, config->servers, count * sizeof(ck->servers[0]));
    ck->holders = 1;
    pthread_mutex_init(&ck->mu, NULL);
    clock_cond_init(&ck->news);
    return ck;
}

void clerk_drop_and_unlock(struct clerk *ck)
{
    ck->holders--;
    bool last = ck->holders == 0;

    pthread_mutex_unlock(&ck->mu);
    if (last) {
        pthread_cond_destroy(&ck->news);
        pthread_mutex_destroy(&ck->mu);
        free(ck->servers);
        free(ck);
    }
}

/* Does not wait for calls under way, whose answers nobody needs. */
void clerk_free(struct clerk *ck)
{
    pthread_mutex_lock(&ck->mu);
    clerk_drop_and_unlock(ck);
}

/* ---- One operation ------------------------------------------------------*/

static bool may_ask(const struct operation *op, int server)
{
    const struct asked *asked = &op->asked[server];

    return asked->calls == 0 ||
           clock_now_ns() - asked->last_ns >= AGAIN_MS * NS_PER_MS;
}

/* Ask one server. Returns when the operation is done, the server has refused
 * or failed, or it is time to ask the next. */
static void try_server(struct operation *op, int server)
{
    struct clerk *ck = op->ck;

    if (!may_ask(op, server)) {
        return;
    }
    operation_ask(op, server);
    uint64_t deadline_ns = op->asked[server].last_ns + ANSWER_MS * NS_PER_MS;
    while (!op->done && op->asked[server].calls > 0 &&
           clock_now_ns() < deadline_ns) {
        clock_cond_wait(&ck->news, &ck->mu, deadline_ns);
    }
}

static void pause_after_round(struct operation *op)
{
    struct clerk *ck = op->ck;
    uint64_t deadline_ns = clock_now_ns() + PAUSE_MS * NS_PER_MS;

    while (!op->done && clock_now_ns() < deadline_ns) {
        clock_cond_wait(&ck->news, &ck->mu, deadline_ns);
    }
}

/* Ask round and round until one server has done it. */
static struct bytes run(struct clerk *ck, enum op kind, struct bytes key,
                        struct bytes value)
{
    pthread_mutex_lock(&ck->mu);
    struct operation *op = operation_new(ck, kind, key, value);
    int first = ck->leader;

    while (!op->done) {
        for (int i = 0; i < ck->count && !op->done; i++) {
            try_server(op, (first + i) % ck->count);
        }
        pause_after_round(op);
    }
    struct bytes result = op->result;
    op->result = (struct bytes){NULL, 0};
    operation_drop_and_unlock(op);
    return result;
}

struct bytes clerk_get(struct clerk *ck, struct bytes key)
{
    return run(ck, OP_GET, key, (struct bytes){NULL, 0});
}

void clerk_put(struct clerk *ck, struct bytes key, struct bytes value)
{
    run(ck, OP_PUT, key, value);
}

void clerk_append(struct clerk *ck, struct bytes key, struct bytes value)
{
    run(ck, OP_APPEND, key, value);
}
