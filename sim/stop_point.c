/* stop_point.c - pausing servers, and stopping them at stop points.
 * Layer: sim. One OS thread. */
#include "base/assert.h"
#include "sim/node_internal.h"
#include "sim/ready.h"
#include "sim/real/mode.h"

static const struct sim_event_kind event_pause = {"pause", {"node"}};
static const struct sim_event_kind event_resume = {"resume", {"node"}};
static const struct sim_event_kind event_stop_at = {"stop at",
                                                    {"node", "point", "nth"}};
static const struct sim_event_kind event_copy_random = {"copy random",
                                                        {"node", "other"}};
static const struct sim_event_kind event_stop = {"stop",
                                                 {"node", "point", "nth"}};

void sim_node_pause(struct sim_node *node)
{
    real_refuse("pausing a server");
    if (!node->up || node->paused) {
        return;
    }
    sim_event(&event_pause, (uint64_t)node->index, 0, 0, 0);
    node->paused = true;
    /* Ready threads leave the ready queue; those that wait are paused when they
     * wake up: ready_add(). */
    for (struct thread *t = node->threads; t; t = t->node_next) {
        if (t->state == THREAD_READY) {
            ready_remove(t);
            t->state = THREAD_PAUSED;
        }
    }
}

void sim_node_resume(struct sim_node *node)
{
    real_refuse("pausing a server");
    if (!node->paused) {
        return;
    }
    LAB_ASSERT(node->up); /* a crash ends a pause */
    sim_event(&event_resume, (uint64_t)node->index, 0, 0, 0);
    node->paused = false;
    for (struct thread *t = node->threads; t; t = t->node_next) {
        if (t->state == THREAD_PAUSED) {
            ready_add(t);
        }
    }
}

bool sim_node_paused(const struct sim_node *node)
{
    return node->paused;
}

void sim_node_stop_at(struct sim_node *node, enum sim_stop_point point,
                      uint64_t nth, void (*stopped)(void *), void *argument)
{
    real_refuse("stopping a server at a stop point");
    LAB_ASSERT(point < SIM_STOP_POINTS);
    sim_event(&event_stop_at, (uint64_t)node->index, point, nth, 0);
    node->stop = (struct node_stop){
        .stop_point = point,
        .stop_at = nth,
        .stopped = stopped,
        .argument = argument,
    };
}

uint64_t sim_node_passed(const struct sim_node *node, enum sim_stop_point point)
{
    LAB_ASSERT(point < SIM_STOP_POINTS);
    return node->stop.passed[point];
}

/* The pause comes before the switch, so that no other thread of the server runs
 * between this point and the tester's function. */
void sim_pass_stop_point(enum sim_stop_point point)
{
    if (real_on()) {
        return;
    }
    struct sim_node *node = sched.active ? sched.current->node : NULL;
    if (!node) {
        return;
    }
    LAB_ASSERT(!sched.inside);
    struct node_stop *stop = &node->stop;
    uint64_t nth = ++stop->passed[point];
    if (nth != stop->stop_at || point != stop->stop_point) {
        return;
    }
    LAB_ASSERT(stop->stopped != NULL);
    sim_event(&event_stop, (uint64_t)node->index, point, nth, 0);
    stop->stop_at = 0;
    sim_node_pause(node);
    sched_spawn(NULL, "stopper", stop->stopped, stop->argument);
    sched_pause();
}

void sim_node_copy_random(struct sim_node *node, const struct sim_node *other)
{
    real_refuse("copying the random numbers of a server");
    LAB_ASSERT(node != other);
    uint64_t index = (uint64_t)other->index;
    sim_event(&event_copy_random, (uint64_t)node->index, index, 0, 0);
    node->random = other->random;
}
