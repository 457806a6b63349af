/* node.c - servers in real runs. They cannot be killed: they are told to
 * end, and waited for.
 * Layer: sim. Everything needs the mutex: called on threads of the tester, or
 * between sim_enter and sim_leave. */
#include "sim/real/mode.h"

#include "base/assert.h"

/* For a server to end. Calls of long reordering take 2.4 s, all else less. */
static const sim_ns end_limit = 30 * SIM_SECOND;
/* Handlers that have begun may return before; those of a service may wait for
 * an entry that only the end keeps from being committed. */
static const sim_ns patience = SIM_SECOND;
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

/* Is *threads zero before the time limit? */
static bool wait_for(const size_t *threads, sim_ns limit)
{
    sim_ns end = real_now() + limit;
    while (*threads > 0 && real_now() <= end) {
        real_wait(NULL, real_now() + look_pause, "the end of a server");
    }
    return *threads == 0;
}

void real_node_end(struct sim_node *node, const char *name, void (*fn)(void *),
                   void *argument)
{
    if (!node->up || node->ending) {
        return;
    }
    node->ending = true;
    real_wake_sleepers(node);
    wait_for(&node->tasks, patience);
    if (fn) {
        real_spawn(node, name, fn, argument, NULL);
    }
    if (!wait_for(&node->living, end_limit)) {
        sim_fail(SIM_DEADLOCK,
                 "server %d was to end, but %zu of its threads are still there "
                 "after %.0f s; with real threads it has to end by itself",
                 node->index, node->living, (double)end_limit / 1e9);
    }
    node->up = false;
}
