/* server.c - a key/value server: the state machine, and the handlers that turn
 * the RPCs of clerks into commands in the log.
 * Layer: kvraft. Paper: §8.
 *
 * Reads go through the log as well. A leader that was deposed without knowing
 * it cannot commit them, so it never returns stale data.
 * DEVIATION: §8 serves reads without the log, after a round of heartbeats. */
#include "kvraft/server.h"

#include <stdlib.h>

#include "kvraft/messages.h"

KV_RPCS(&rpc_Get, &rpc_PutAppend);

/* ---- The state machine --------------------------------------------------*/

/* A clerk without a reply sends its operation again, perhaps to another server,
 * so the log can hold a command twice. Only the first one takes effect (§8). */
static void execute_write(struct kv_server *kv, const struct command *command)
{
    if (!sessions_begin(&kv->sessions, command->client, command->seq)) {
        return;
    }
    if (command->op == OP_APPEND) {
        store_append(&kv->store, command->key, command->value);
    } else {
        store_put(&kv->store, command->key, command->value);
    }
}

static struct bytes execute(void *self, struct bytes packed)
{
    struct kv_server *kv = self;
    struct command command = {0};
    struct bytes result = {NULL, 0};

    enum lab_err err = UNPACK(command, packed, &command);
    LAB_ASSERT(err == LAB_OK); /* only servers write commands */
    LAB_ASSERT(command.op <= OP_APPEND);
    if (command.op == OP_GET) {
        result = bytes_copy(store_get(&kv->store, command.key));
    } else {
        execute_write(kv, &command);
    }
    FREE(command, &command);
    return result;
}

static struct bytes snapshot(void *self)
{
    struct kv_server *kv = self;
    struct kv_state state = {0};

    state.items = store_list(&kv->store, &state.items_count);
    state.sessions = sessions_list(&kv->sessions, &state.sessions_count);
    struct bytes packed = PACK(kv_state, &state);
    free(state.items);
    free(state.sessions);
    return packed;
}

static void release(struct kv_server *kv)
{
    store_release(&kv->store);
    sessions_release(&kv->sessions);
}

static void restore(void *self, struct bytes packed)
{
    struct kv_server *kv = self;
    struct kv_state state = {0};

    enum lab_err err = UNPACK(kv_state, packed, &state);
    LAB_ASSERT(err == LAB_OK);
    release(kv);
    store_load(&kv->store, state.items, state.items_count);
    sessions_load(&kv->sessions, state.sessions, state.sessions_count);
    FREE(kv_state, &state);
}

struct rsm_machine kv_machine(struct kv_server *kv)
{
    return (struct rsm_machine){.self = kv,
                                .execute = execute,
                                .snapshot = snapshot,
                                .restore = restore};
}

/* ---- Handlers -----------------------------------------------------------*/

/* kv may be freed when this returns. */
static bool submit(struct kv_server *kv, const struct command *command,
                   struct bytes *result)
{
    struct bytes packed = PACK(command, command);
    bool done = rsm_submit(kv->rsm, packed, result);

    bytes_free(&packed);
    return done;
}

void on_Get(struct kv_server *kv, const struct get_args *args,
            struct get_reply *reply)
{
    struct command command = {.op = OP_GET, .key = args->key};

    reply->done = submit(kv, &command, &reply->value);
}

void on_PutAppend(struct kv_server *kv, const struct put_append_args *args,
                  struct put_append_reply *reply)
{
    struct bytes nothing = {NULL, 0};
    struct command command = {
        .op = args->append ? OP_APPEND : OP_PUT,
        .client = args->client,
        .seq = args->seq,
        .key = args->key,
        .value = args->value,
    };

    reply->done = submit(kv, &command, &nothing);
    LAB_ASSERT(nothing.size == 0);
}

/* ---- Creating and ending ------------------------------------------------*/

struct kv_server *kv_make(const struct kv_config *config)
{
    struct kv_server *kv = lab_xcalloc(1, sizeof(*kv));
    struct rsm_config below = {
        .raft = config->raft,
        .max_raft_state = config->max_raft_state,
        .machine = kv_machine(kv),
    };

    kv->rsm = rsm_make(&below);
    return kv;
}

void kv_kill(struct kv_server *kv)
{
    rsm_kill(kv->rsm);
    release(kv);
    free(kv);
}
