/* node.c - servers of a real run. They cannot be killed: they are asked to end,
 * and waited for.
 * Layer: sim; real runs. All functions need the mutex: they are called on
 * threads of the tester, or between sim_enter() and sim_leave(). */
#include "base/assert.h"
#include "sim/real/lock.h"
#include "sim/real/thread.h"

/* For a server to end. A call takes up to 2.4 s, with long reordering. */
static const sim_ns end_limit = 30 * SIM_SECOND;
/* For handlers that have started to return first. Not longer: a handler of a
 * service may wait for an entry that is not committed before the server ends.
 */
static const sim_ns handler_limit = SIM_SECOND;
static const sim_ns poll_period = SIM_MS;

void real_node_boot(struct sim_node *node)
{
    LAB_ASSERT(!node->up && node->living == 0);
    node->up = true;
    node->ending = false;
    node->generation++;
}

bool real_node_spawn(struct sim_node *node, const char *name,
                     void (*fn)(void *), void *argument, struct node_call *call)
{
    LAB_ASSERT(real_holds());
    if (!node->up || node->ending) {
        return false;
    }
    real_spawn(node, name, fn, argument, call);
    return true;
}

/* Wait until *threads is zero; false if the time limit comes first. */
static bool wait_for(const size_t *threads, sim_ns limit)
{
    sim_ns end = real_now() + limit;
    while (*threads > 0 && real_now() <= end) {
        real_wait(NULL, real_now() + poll_period, "the end of a server");
    }
    return *threads == 0;
}

void real_node_end(struct sim_node *node, const char *name, void (*fn)(void *),
                   void *argument)
{
    if (!node->up || node->ending) {
        return;
    }
    /* No new threads from now on: real_node_spawn() refuses. */
    node->ending = true;
    real_wake_sleepers(node);
    wait_for(&node->tasks, handler_limit);
    if (fn) {
        real_spawn(node, name, fn, argument, NULL);
    }
    if (!wait_for(&node->living, end_limit)) {
        sim_fail(SIM_DEADLOCK,
                 "server %d does not end: %zu of its threads still run after "
                 "%.0f s; real threads cannot be killed, so %s must end them",
                 node->index, node->living, (double)end_limit / 1e9,
                 fn ? name : "its own code");
    }
    LAB_ASSERT(node->tasks == 0);
    node->up = false;
}
