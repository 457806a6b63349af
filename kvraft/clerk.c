/* clerk.c - a client: which server to ask, and when to ask another.
 * Layer: kvraft. Paper: §8 (clients find the leader by asking servers). */
#include "kvraft/kvraft.h"

#include <stdlib.h>
#include <string.h>

#include "kvraft/clerk_state.h"
#include "kvraft/clock.h"

/* A server without a reply for REPLY_MS may be dead, or partitioned from the
 * others: ask the next one, while the first may still reply. Do not ask it
 * again before AGAIN_MS, because its reply still counts, and a partitioned
 * leader would fill its log with copies of the command. After a round without
 * success there may be no leader at all: pause for PAUSE_MS. */
#define REPLY_MS 150
#define AGAIN_MS 1000
#define PAUSE_MS 15

/* ---- Creating and ending ------------------------------------------------*/

struct clerk *clerk_make(const struct clerk_config *config)
{
    struct clerk *ck = lab_xcalloc(1, sizeof(*ck));
    size_t count = (size_t)config->count;

    LAB_ASSERT(config->count > 0);
    ck->id = config->id;
    ck->count = config->count;
    ck->servers = lab_xcalloc(count, sizeof(ck->servers[0]));
    memcpy(ck->servers, config->servers, count * sizeof(ck->servers[0]));
    ck->refs = 1;
    pthread_mutex_init(&ck->mu, NULL);
    clock_cond_init(&ck->replied);
    return ck;
}

/* Does not wait for outstanding RPCs: nobody needs their replies. */
void clerk_free(struct clerk *ck)
{
    pthread_mutex_lock(&ck->mu);
    clerk_unref_and_unlock(ck);
}

/* ---- One operation ------------------------------------------------------*/

static bool may_ask(const struct operation *op, int server)
{
    const struct attempt *attempt = &op->attempts[server];

    return attempt->outstanding == 0 ||
           clock_now_ns() - attempt->last_ns >= AGAIN_MS * NS_PER_MS;
}

/* Ask one server. Return when the operation is done, when the server has
 * refused or failed, or after REPLY_MS. Needs ck->mu, and releases it while
 * it waits. */
static void try_server(struct operation *op, int server)
{
    struct clerk *ck = op->ck;

    if (!may_ask(op, server)) {
        return;
    }
    operation_call(op, server);
    uint64_t deadline_ns = op->attempts[server].last_ns + REPLY_MS * NS_PER_MS;
    while (!op->done && op->attempts[server].outstanding > 0 &&
           clock_now_ns() < deadline_ns) {
        clock_cond_wait(&ck->replied, &ck->mu, deadline_ns);
    }
}

/* Replies that are late end the pause. */
static void pause_after_round(struct operation *op)
{
    struct clerk *ck = op->ck;
    uint64_t deadline_ns = clock_now_ns() + PAUSE_MS * NS_PER_MS;

    while (!op->done && clock_now_ns() < deadline_ns) {
        clock_cond_wait(&ck->replied, &ck->mu, deadline_ns);
    }
}

/* Ask one server after the other, round after round, until one has executed
 * the operation. Return its result, the caller's to free. */
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
    operation_unref_and_unlock(op);
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
