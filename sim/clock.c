/* clock.c - the clocks of servers, and waits that they end.
 * Layer: sim. One OS thread. */
#include "sim/clock.h"

#include "base/assert.h"
#include "sim/real/mode.h"

/* Products of a time and a rate exceed 64 bits. Integers only: floating point
 * would round differently on another machine. */
__extension__ typedef unsigned __int128 wide;

static sim_ns local_of(const struct sim_node *node, struct deadline deadline)
{
    return deadline.wall ? clock_since(deadline.at, clock_wall_start(node))
                         : deadline.at;
}

sim_ns clock_local(struct deadline deadline)
{
    return local_of(sched.current->node, deadline);
}

sim_ns clock_of(const struct node_clock *clock)
{
    LAB_ASSERT(clock->denominator > 0 && sched.now >= clock->set_at);
    wide passed = (wide)(sched.now - clock->set_at) * clock->numerator;
    return clock->local_then + (sim_ns)(passed / clock->denominator);
}

/* The virtual time at which a local time will have come, rounded up: rounded
 * down, the thread would wake up too early and wait again. */
static sim_ns virtual_time(const struct sim_node *node, sim_ns local)
{
    if (!node || !node->clock.set || local == SIM_FOREVER) {
        return local;
    }
    const struct node_clock *clock = &node->clock;
    if (local <= clock->local_then) {
        return clock->set_at; /* it has come long ago */
    }
    if (clock->numerator == 0) {
        return SIM_FOREVER; /* the clock is stopped */
    }
    wide ahead = (wide)(local - clock->local_then) * clock->denominator;
    wide at = clock->set_at + (ahead + clock->numerator - 1) / clock->numerator;
    LAB_ASSERT(at > clock->set_at);
    return at < SIM_FOREVER ? (sim_ns)at : SIM_FOREVER;
}

bool clock_passed(struct deadline deadline)
{
    return clock_local(deadline) <= clock_now();
}

/* waits_by of struct thread. Waits by a later clock of this list depend on the
 * earlier ones, too. */
enum { BY_NO_CLOCK, BY_LOCAL_TIME, BY_WALL_CLOCK };

bool clock_wait(struct deadline deadline, const char *what)
{
    struct thread *me = sched.current;
    LAB_ASSERT(me->waits_by == BY_NO_CLOCK);
    me->deadline = deadline.at;
    me->waits_by = deadline.at == SIM_FOREVER ? BY_NO_CLOCK
                   : deadline.wall            ? BY_WALL_CLOCK
                                              : BY_LOCAL_TIME;
    sim_ns local = local_of(me->node, deadline);
    bool woken = sched_wait(virtual_time(me->node, local), what);
    me->waits_by = BY_NO_CLOCK;
    return woken;
}

/* A clock was set: move the ends of waits by this one or a later one of the
 * list. */
static void move_deadlines(struct sim_node *node, int first)
{
    LAB_ASSERT(first > BY_NO_CLOCK);
    for (struct thread *t = node->threads; t; t = t->node_next) {
        if (t->state == THREAD_WAITING && t->waits_by >= first) {
            struct deadline deadline = {t->deadline,
                                        t->waits_by == BY_WALL_CLOCK};
            sched_set_deadline(t, virtual_time(node, local_of(node, deadline)));
        }
    }
}

/* Signed values travel as their distance from 0 and a sign. */
static const struct sim_event_kind event_clock = {
    "clock", {"node", "numerator", "denominator"}};
static const struct sim_event_kind event_step_clock = {"step clock",
                                                       {"node", "by", "back"}};

void sim_node_set_clock(struct sim_node *node, uint32_t numerator,
                        uint32_t denominator)
{
    real_refuse("setting a server's clock");
    LAB_ASSERT(denominator > 0);
    sim_event(&event_clock, (uint64_t)node->index, numerator, denominator, 0);
    /* Local time goes on from what it is now: a change of rate is no step. */
    node->clock = (struct node_clock){
        .set = true,
        .numerator = numerator,
        .denominator = denominator,
        .set_at = sched.now,
        .local_then = clock_local_time(node),
        .offset = node->clock.offset,
    };
    move_deadlines(node, BY_LOCAL_TIME);
}

void sim_node_step_clock(struct sim_node *node, int64_t by)
{
    real_refuse("setting a server's clock");
    uint64_t distance = by < 0 ? -(uint64_t)by : (uint64_t)by;
    sim_event(&event_step_clock, (uint64_t)node->index, distance, by < 0, 0);
    node->clock.offset += by;
    move_deadlines(node, BY_WALL_CLOCK);
}
