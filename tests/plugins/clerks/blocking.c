/* blocking.c - the clerk that most people write: one server after the other,
 * each call until it returns, and a pause after a round without success.
 * Layer: tests; in place of kvraft/clerk.c. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kvraft/messages.h"

struct clerk {
    uint64_t id, seq;
    int count, leader;
    struct labrpc_end **servers;
};

struct clerk *clerk_make(const struct clerk_config *config)
{
    struct clerk *ck = lab_xcalloc(1, sizeof(*ck));
    size_t bytes = (size_t)config->count * sizeof(ck->servers[0]);

    ck->id = config->id;
    ck->count = config->count;
    ck->servers = lab_xmalloc(bytes);
    memcpy(ck->servers, config->servers, bytes);
    return ck;
}

void clerk_free(struct clerk *ck)
{
    free(ck->servers);
    free(ck);
}

static void next_server(struct clerk *ck, int *tried)
{
    ck->leader = (ck->leader + 1) % ck->count;
    if (++*tried % ck->count == 0) {
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    }
}

struct bytes clerk_get(struct clerk *ck, struct bytes key)
{
    struct get_args args = {.key = key};
    for (int tried = 0;; next_server(ck, &tried)) {
        struct get_reply reply = {0};
        if (call_Get(ck->servers[ck->leader], &args, &reply)) {
            if (reply.done) {
                return reply.value;
            }
            FREE(get_reply, &reply);
        }
    }
}

static void change(struct clerk *ck, bool append, struct bytes key,
                   struct bytes value)
{
    struct put_append_args args = {
        .client = ck->id,
        .seq = ++ck->seq,
        .append = append,
        .key = key,
        .value = value,
    };
    for (int tried = 0;; next_server(ck, &tried)) {
        struct put_append_reply reply = {0};
        if (call_PutAppend(ck->servers[ck->leader], &args, &reply) &&
            reply.done) {
            return;
        }
    }
}

void clerk_put(struct clerk *ck, struct bytes key, struct bytes value)
{
    change(ck, false, key, value);
}

void clerk_append(struct clerk *ck, struct bytes key, struct bytes value)
{
    change(ck, true, key, value);
}
