/* fixed.h - a "Raft" in which server 0 always leads: the decent part of the
 * bad plug-ins in this folder.
 * Layer: tests; what students could write. It passes TestInitialElection2A
 * and TestBasicAgree2B, and loses nothing as long as nothing goes wrong.
 *
 * Each plug-in defines misbehave(): it is called in raft_make(), in clusters
 * of seven only. That is TestManyElections2A; all other tests show whether
 * the bad run disturbed them. */
#ifndef TESTS_PLUGINS_BAD_FIXED_H
#define TESTS_PLUGINS_BAD_FIXED_H

#include <pthread.h>
#include <stdlib.h>

#include "raftapi/raftapi.h"

enum { FIXED_TERM = 1, BAD_COUNT = 7, COMMANDS_MAX = 4096 };

struct raft {
    int me, count;
    struct labrpc_end *const *peers;
    struct apply_channel *apply;
    pthread_mutex_t mu;
    pthread_cond_t changed;
    struct bytes commands[COMMANDS_MAX]; /* of the leader, by index - 1 */
    uint64_t command_count;
    bool killed;
    pthread_t sender;
};

static void misbehave(struct raft *rf);

/* Defined by a plug-in that misbehaves while it serves a call. */
#ifndef MISBEHAVE_SERVING
#define MISBEHAVE_SERVING(rf) ((void)(rf))
#endif

RECORD(forward_args, U64(index) BYTES(command));
RECORD(forward_reply, BOOL(taken));
RPC(Forward, forward_args, forward_reply);
RPCS(&rpc_Forward);

void on_Forward(struct raft *rf, const struct forward_args *args,
                struct forward_reply *reply)
{
    MISBEHAVE_SERVING(rf);
    reply->taken = apply_put(rf->apply, (struct apply_msg){
                                            .index = args->index,
                                            .term = FIXED_TERM,
                                            .bytes = args->command,
                                        });
}

static void forward(struct raft *rf, uint64_t index, struct bytes command)
{
    for (int i = 0; i < rf->count; i++) {
        struct forward_args args = {.index = index, .command = command};
        struct forward_reply reply = {.taken = false};
        if (i != rf->me) {
            call_Forward(rf->peers[i], &args, &reply);
        }
    }
    apply_put(rf->apply, (struct apply_msg){
                             .index = index,
                             .term = FIXED_TERM,
                             .bytes = command,
                         });
}

static void *send_commands(void *argument)
{
    struct raft *rf = argument;
    uint64_t sent = 0;
    pthread_mutex_lock(&rf->mu);
    while (!rf->killed) {
        if (sent == rf->command_count) {
            pthread_cond_wait(&rf->changed, &rf->mu);
            continue;
        }
        struct bytes command = rf->commands[sent++];
        pthread_mutex_unlock(&rf->mu);
        forward(rf, sent, command);
        pthread_mutex_lock(&rf->mu);
    }
    pthread_mutex_unlock(&rf->mu);
    return NULL;
}

struct raft *raft_make(const struct raft_config *config)
{
    struct raft *rf = calloc(1, sizeof(*rf));
    rf->me = config->me;
    rf->count = config->count;
    rf->peers = config->peers;
    rf->apply = config->apply;
    pthread_mutex_init(&rf->mu, NULL);
    pthread_cond_init(&rf->changed, NULL);
    if (rf->count == BAD_COUNT) {
        misbehave(rf);
    }
    pthread_create(&rf->sender, NULL, send_commands, rf);
    return rf;
}

struct raft_start raft_start(struct raft *rf, struct bytes command)
{
    struct raft_start start = {.term = FIXED_TERM, .is_leader = rf->me == 0};
    if (!start.is_leader) {
        return start;
    }
    pthread_mutex_lock(&rf->mu);
    if (rf->command_count < COMMANDS_MAX) {
        rf->commands[rf->command_count++] = bytes_copy(command);
    }
    start.index = rf->command_count;
    pthread_cond_signal(&rf->changed);
    pthread_mutex_unlock(&rf->mu);
    return start;
}

struct raft_state raft_get_state(struct raft *rf)
{
    return (struct raft_state){.is_leader = rf->me == 0, .term = FIXED_TERM};
}

void raft_snapshot(struct raft *rf, uint64_t index, struct bytes snapshot)
{
    (void)rf;
    (void)index;
    (void)snapshot;
}

void raft_kill(struct raft *rf)
{
    pthread_mutex_lock(&rf->mu);
    rf->killed = true;
    pthread_cond_signal(&rf->changed);
    pthread_mutex_unlock(&rf->mu);
    pthread_join(rf->sender, NULL);
    for (uint64_t i = 0; i < rf->command_count; i++) {
        bytes_free(&rf->commands[i]);
    }
    pthread_cond_destroy(&rf->changed);
    pthread_mutex_destroy(&rf->mu);
    free(rf);
}

#endif
