/* node.h - servers: sets of threads with a heap, that can crash.
 * Layer: sim; includes base.
 *
 * A node is like a process. A crash stops all of its threads where they are,
 * for good, and destroys its heap: a kill -9, with no cooperation. What has
 * to outlive it lies in the framework's heap. Called on tester fibers. */
#ifndef SIM_NODE_H
#define SIM_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_node;

/* A node with this server number (>= 0), down at first. Its threads are
 * named "<name><index>/<thread>" in reports, such as "server2/ticker". */
struct sim_node *sim_node_new(const char *name, int index);

/* Bring a node that is down up: next generation, empty heap, fresh streams
 * of rand() and kin. */
void sim_node_boot(struct sim_node *node);

/* kill -9. Nothing happens to a node that is down. Not from a fiber of the
 * node itself. */
void sim_node_crash(struct sim_node *node);

/* In real runs only, and there instead of a crash: from now on nothing new is
 * started on the node, and sleeps of the framework on its threads end; once
 * its handlers and calls have returned, or after a second, fn(argument), which
 * should end the rest, runs on a thread of it; when all its threads have ended
 * it is down.
 * The run fails if that takes longer than 30 s. */
void sim_node_end(struct sim_node *node, const char *name, void (*fn)(void *),
                  void *argument);

bool sim_node_up(const struct sim_node *node);
int sim_node_index(const struct sim_node *node);

/* 1 after the first boot, and one more at each. */
uint32_t sim_node_generation(const struct sim_node *node);

/* Threads that live, blocks of the heap in use (0 where not known). */
size_t sim_node_threads(const struct sim_node *node);

/* Run fn(argument) on a new thread of the node and wait for its return.
 * False if the node is down, or crashed before fn returned. The argument
 * may lie on the caller's stack. The caller must not be on the same node. */
bool sim_node_call(struct sim_node *node, const char *name, void (*fn)(void *),
                   void *argument);

/* The same without waiting. May be called from timers. False if down. */
bool sim_node_spawn(struct sim_node *node, const char *name, void (*fn)(void *),
                    void *argument);

/* ---- Control, for directed tests ----------------------------------------
 * Each call that changes something is an event of its own in the trace. */

/* The rate of the server's clocks from now on, as a fraction of virtual time:
 * 0/1 stops them, 1/4 is slow, 1001/1000 drifts. A server with a stopped clock
 * still runs and answers; only its own deadlines do not come. Stays over
 * crashes. */
void sim_node_set_clock(struct sim_node *node, uint32_t numerator,
                        uint32_t denominator);

/* Step the wall clock (CLOCK_REALTIME and kin) forwards or back. Waits under
 * way until a time that it shows end when it shows that; all others, also by
 * other clocks, last as long as before. Stays over crashes. */
void sim_node_step_clock(struct sim_node *node, int64_t by_ns);

/* None of its threads runs until it is resumed, like after a SIGSTOP; its
 * clocks go on. A crash ends a pause. */
void sim_node_pause(struct sim_node *node);
void sim_node_resume(struct sim_node *node);
bool sim_node_paused(const struct sim_node *node);

/* From now on both draw the same random numbers. */
void sim_node_copy_random(struct sim_node *node, const struct sim_node *other);

/* What servers pass now and then. SEND and REPLY: of a message of labrpc;
 * BEFORE: it has not left yet. */
enum sim_stop_point {
    SIM_BEFORE_SAVE,
    SIM_AFTER_SAVE,
    SIM_BEFORE_SEND,
    SIM_AFTER_SEND,
    SIM_BEFORE_REPLY,
    SIM_AFTER_REPLY,
    SIM_STOP_POINTS,
};

/* Stop the server where it passes this point for the nth time (from 1),
 * counted from now: it is paused in that moment, then stopped(argument) runs
 * on a fiber of the tester, which can crash it. nth 0: not any more.
 *
 * Point and count belong to the server, not to one of its lives: they survive
 * crashes and boots, and a server that is down can be given one. So a script
 * that restarts the server has an n-th save for each of its saves, until a run
 * comes to its end with fewer. What stops the server is used up by that; the
 * count goes on. */
void sim_node_stop_at(struct sim_node *node, enum sim_stop_point point,
                      uint64_t nth, void (*stopped)(void *), void *argument);

/* How often it was passed since the last sim_node_stop_at() (any point
 * counts, not only the one given there), in all lives. */
uint64_t sim_node_passed(const struct sim_node *node,
                         enum sim_stop_point point);

/* The current thread passes a point: called by persister and labrpc on fibers
 * of servers, outside of sim_enter. Nothing on the tester's. */
void sim_pass_stop_point(enum sim_stop_point point);

/* Crash it if up, then forget it. */
void sim_node_free(struct sim_node *node);

#endif
