/* real_node.c - servers in real runs. They cannot be killed: they are told to
 * end, and waited for.
 * Layer: sim. Everything needs the mutex: called on threads of the tester, or
 * between sim_enter and sim_leave. */
#include "sim/real_mode.h"

#include "base/assert.h"

/* For a server to end. Calls of long reordering take 2.4 s, all else less. */
static const sim_ns end_limit = 30 * SIM_SECOND;
static const sim_ns look_pause = SIM_MS;

void real_node_boot(struct sim_node *node)
{
    LAB_ASSERT(node->living == 0);
    node->up = true;
    node->ending = false;
    node->generation++;
}

bool real_node_spawn(struct sim_node *node, const char *name,
                     void (*fn)(void *), void *argument, struct node_call *call)
{
    if (!node->up || node->ending) {
        return false;
    }
    real_spawn(node, name, fn, argument, call);
    return true;
}

static void wait_for(const struct sim_node *node, const size_t *threads,
                     const char *what)
{
    sim_ns end = real_now() + end_limit;
    while (*threads > 0) {
        if (real_now() > end) {
            sim_fail(SIM_DEADLOCK,
                     "server %d was to end, but %zu of its %s still there "
                     "after %.0f s; with real threads it has to end by itself",
                     node->index, *threads, what, (double)end_limit / 1e9);
        }
        real_wait(NULL, real_now() + look_pause, "the end of a server");
    }
}

void real_node_end(struct sim_node *node, const char *name, void (*fn)(void *),
                   void *argument)
{
    if (!node->up || node->ending) {
        return;
    }
    node->ending = true;
    real_wake_sleepers(node);
    wait_for(node, &node->tasks, "handlers and calls are");
    if (fn) {
        real_spawn(node, name, fn, argument, NULL);
    }
    wait_for(node, &node->living, "threads are");
    node->up = false;
}
