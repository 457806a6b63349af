/* node.c - servers: boot, crash, and running code on them.
 * Layer: sim. Called on tester fibers, so records lie in the framework's heap.
 *
 * The tester never runs a server's code on its own fiber: it could be killed in
 * it. A call runs on a new fiber of the server, and the caller waits for its
 * return or for the server's crash. */
#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/random.h"
#include "sim/heap.h"
#include "sim/keys.h"
#include "sim/node_internal.h"
#include "sim/race/race.h"
#include "sim/real/mode.h"
#include "sim/threads.h"

static const struct sim_event_kind event_boot = {"boot",
                                                 {"node", "generation"}};
static const struct sim_event_kind event_crash = {"crash",
                                                  {"node", "generation"}};

struct sim_node *sim_node_new(const char *name, int index)
{
    LAB_ASSERT(index >= 0); /* -1 is the tester */
    struct sim_node *node = sim_framework_alloc(sizeof(*node));
    *node = (struct sim_node){.index = index};
    snprintf(node->name, sizeof(node->name), "%s", name);
    return node;
}

void sim_node_boot(struct sim_node *node)
{
    LAB_ASSERT(!node->up);
    if (real_on()) {
        real_node_boot(node);
        return;
    }
    LAB_ASSERT(node->threads == NULL && node->living == 0);
    LAB_ASSERT(node->heap == NULL && !node->paused);
    node->up = true;
    node->generation++;
    node->heap = heap_new();
    race_booted(node);
    node->spawned = 0;
    /* A key for each server and generation: a restarted server draws other
     * timeouts than before, and no server's draws depend on another's. */
    uint64_t key = random_key_text(sched.seed, node->name);
    key = random_key(key, (uint64_t)node->index);
    node->path = random_key(key, node->generation);
    node->random.key = random_key_text(node->path, "rand");
    node->random.count = 0;
    sim_event(&event_boot, (uint64_t)node->index, node->generation, 0, 0);
}

/* One sim_node_call(), on the stack of its caller, which waits until it is
 * over: fn has returned, or its thread was killed. */
struct node_call {
    bool returned, over;
    struct sim_queue caller;
};

void node_call_returned(struct node_call *call)
{
    LAB_ASSERT(!call->over);
    call->returned = true;
    call->over = true;
    sim_wake_all(&call->caller);
}

static void call_killed(struct node_call *call)
{
    if (call) {
        LAB_ASSERT(!call->returned); /* then its thread would have ended */
        call->over = true;
        sim_wake_all(&call->caller);
    }
}

void sim_node_crash(struct sim_node *node)
{
    if (real_on()) {
        real_node_end(node, NULL, NULL, NULL);
        return;
    }
    if (!node->up) {
        return;
    }
    LAB_ASSERT(sched.current->node != node); /* it could not go on in here */
    LAB_ASSERT(!sched.in_timer);
    sim_event(&event_crash, (uint64_t)node->index, node->generation, 0, 0);
    /* Down first: whatever a kill wakes must not start threads on the node. The
     * heap last: killing a thread frees what it owns there. */
    node->up = false;
    node->paused = false;
    while (node->threads) {
        struct thread *thread = node->threads;
        if (thread->state != THREAD_ENDED) {
            call_killed(thread->call);
        }
        sched_kill(thread);
    }
    LAB_ASSERT(node->living == 0);
    keys_forget_node(node);
    race_crashed(node);
    heap_destroy(node->heap);
    node->heap = NULL;
}

bool sim_node_up(const struct sim_node *node)
{
    return node->up;
}

int sim_node_index(const struct sim_node *node)
{
    return node->index;
}

uint32_t sim_node_generation(const struct sim_node *node)
{
    return node->generation;
}

size_t sim_node_threads(const struct sim_node *node)
{
    return node->living;
}

/* ---- Running code on a server --------------------------------------------*/

static struct thread *spawn_on(struct sim_node *node, const char *name,
                               void (*fn)(void *), void *argument)
{
    uint64_t path = random_key(node->path, node->spawned++);
    struct thread *thread = sched_create(node, name, path, NULL, fn, argument);
    thread->detached = true;
    return thread;
}

bool sim_node_spawn(struct sim_node *node, const char *name, void (*fn)(void *),
                    void *argument)
{
    if (real_on()) {
        return real_node_spawn(node, name, fn, argument, NULL);
    }
    if (!node->up) {
        return false;
    }
    race_spawned(spawn_on(node, name, fn, argument));
    return true;
}

static bool real_call(struct sim_node *node, const char *name,
                      void (*fn)(void *), void *argument)
{
    struct node_call call = {false, false, {0, 0}};
    if (!real_node_spawn(node, name, fn, argument, &call)) {
        return false;
    }
    while (!call.over) {
        real_wait(&call.caller, SIM_FOREVER, "a call on a server to return");
    }
    return true;
}

bool sim_node_call(struct sim_node *node, const char *name, void (*fn)(void *),
                   void *argument)
{
    if (real_on()) {
        return real_call(node, name, fn, argument);
    }
    LAB_ASSERT(sched.current->node != node);
    LAB_ASSERT(!sched.inside);
    if (!node->up) {
        return false;
    }
    struct node_call call = {false, false, {0, 0}};
    struct thread *thread = spawn_on(node, name, fn, argument);
    thread->call = &call;
    race_called(thread);
    while (!call.over) {
        sched_enqueue(&call.caller);
        sched_wait(SIM_FOREVER, "a call on a server to return");
    }
    LAB_ASSERT(sim_queue_empty(&call.caller)); /* it lies in this frame */
    return call.returned;
}

void sim_node_end(struct sim_node *node, const char *name, void (*fn)(void *),
                  void *argument)
{
    LAB_ASSERT(real_on());
    real_node_end(node, name, fn, argument);
}

void sim_node_free(struct sim_node *node)
{
    sim_node_crash(node);
    LAB_ASSERT(node->threads == NULL);
    free(node);
}
