/* control.c - steps of a directed test on servers.
 * Layer: tester/harness. See control.h. */
#include "tester/harness/control.h"

#include "base/assert.h"
#include "tester/harness/lab.h"
#include "tester/harness/servers.h"

static struct sim_node *node_of(const struct cluster *c, int index)
{
    return lab_server(c->lab, index)->node;
}

void set_clock(struct cluster *c, int server, uint32_t numerator,
               uint32_t denominator)
{
    LAB_ASSERT(denominator > 0);
    sim_node_set_clock(node_of(c, server), numerator, denominator);
}

void step_clock(struct cluster *c, int server, int64_t ms)
{
    sim_node_step_clock(node_of(c, server), ms * (int64_t)SIM_MS);
}

void pause_server(struct cluster *c, int server)
{
    sim_node_pause(node_of(c, server));
}

void resume_server(struct cluster *c, int server)
{
    sim_node_resume(node_of(c, server));
}

void share_random(struct cluster *c, int server, int other)
{
    sim_node_copy_random(node_of(c, server), node_of(c, other));
}

/* Runs on a fiber of its own when the server has been paused at its stop point.
 * Nothing to do if the test has crashed it meanwhile, which ended the pause. */
static void crash_stopped(void *argument)
{
    struct server *server = argument;
    if (sim_node_paused(server->node)) {
        struct cluster stopper = {.lab = server->lab};
        cluster_crash(&stopper, server->index);
    }
}

void crash_at(struct cluster *c, int server, enum sim_stop_point point,
              uint64_t nth)
{
    sim_node_stop_at(node_of(c, server), point, nth, crash_stopped,
                     lab_server(c->lab, server));
}

uint64_t points_passed(const struct cluster *c, int server,
                       enum sim_stop_point point)
{
    return sim_node_passed(node_of(c, server), point);
}
