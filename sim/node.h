/* node.h - servers: sets of threads with a heap, which can crash.
 * Layer: sim; includes base.
 *
 * A node is like a process. A crash stops its threads where they are, for good,
 * and destroys its heap: a kill -9, without cooperation. What must survive it
 * lies in the framework's heap. Call these functions on tester fibers, unless
 * one says otherwise. */
#ifndef SIM_NODE_H
#define SIM_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_node;

/* Create a node with this server number (>= 0), which is down. Reports call its
 * threads "<name><index>/<thread>", such as "server2/ticker". */
struct sim_node *sim_node_new(const char *name, int index);

/* Boot a node that is down: next generation, empty heap, a fresh stream of
 * random numbers. */
void sim_node_boot(struct sim_node *node);

/* Kill the node; no effect if it is down. Not on a fiber of the node itself. */
void sim_node_crash(struct sim_node *node);

/* In real runs, end the node, which cannot be killed: start nothing new on it,
 * and end the sleeps of the framework on its threads; when its handlers and
 * calls have returned, or after a second, run fn(argument) on a thread of it,
 * which should end the rest; wait until all of its threads have ended. Fails
 * the run if that takes longer than 30 s. */
void sim_node_end(struct sim_node *node, const char *name, void (*fn)(void *),
                  void *argument);

bool sim_node_up(const struct sim_node *node);
int sim_node_index(const struct sim_node *node);

/* 1 after the first boot, and one more after each later one. */
uint32_t sim_node_generation(const struct sim_node *node);

/* How many of its threads live. */
size_t sim_node_threads(const struct sim_node *node);

/* Run fn(argument) on a new thread of the node and wait for its return. False
 * if the node is down or crashes before fn returns. The argument may lie on the
 * caller's stack. Not on a fiber of the same node. */
bool sim_node_call(struct sim_node *node, const char *name, void (*fn)(void *),
                   void *argument);

/* The same without waiting; timers may call it, too. False if down. */
bool sim_node_spawn(struct sim_node *node, const char *name, void (*fn)(void *),
                    void *argument);

/* ---- Control, for directed tests ----------------------------------------
 * Each call that changes something is an event in the trace. */

/* Set the rate of the server's clocks from now on, as a fraction of virtual
 * time: 0/1 stops them, 1/4 is slow, 1001/1000 drifts. A server with a stopped
 * clock still runs and replies, but none of its own timeouts expires. The rate
 * outlives crashes. */
void sim_node_set_clock(struct sim_node *node, uint32_t numerator,
                        uint32_t denominator);

/* Step the server's wall clock (CLOCK_REALTIME and kin) forwards or back. A
 * wait until a time of the wall clock ends when it shows that time; all other
 * waits last as long as before. The step outlives crashes. */
void sim_node_step_clock(struct sim_node *node, int64_t by_ns);

/* Let none of its threads run until it is resumed, as after a SIGSTOP; its
 * clocks go on. A crash ends a pause. */
void sim_node_pause(struct sim_node *node);
void sim_node_resume(struct sim_node *node);
bool sim_node_paused(const struct sim_node *node);

/* Let node draw the same random numbers as other from now on. */
void sim_node_copy_random(struct sim_node *node, const struct sim_node *other);

/* Stop points: where a test can stop a server, before or after it saves, sends
 * a request or sends a reply by labrpc. BEFORE: nothing has left yet. */
enum sim_stop_point {
    SIM_BEFORE_SAVE,
    SIM_AFTER_SAVE,
    SIM_BEFORE_SEND,
    SIM_AFTER_SEND,
    SIM_BEFORE_REPLY,
    SIM_AFTER_REPLY,
    SIM_STOP_POINTS,
};

/* Stop the server when it passes this point for the nth time from now (from 1;
 * 0: take an earlier request back). The server is paused at once; then
 * stopped(argument) runs on a fiber of the tester, which may crash it.
 *
 * The request and the counts belong to the server, not to one of its
 * generations: they survive crashes and boots, and can be set while it is
 * down. So a test can restart the server and stop it at each of its saves in
 * turn. A stop uses the request up; the counts go on. */
void sim_node_stop_at(struct sim_node *node, enum sim_stop_point point,
                      uint64_t nth, void (*stopped)(void *), void *argument);

/* How often the server has passed a point, in all generations, since the last
 * sim_node_stop_at(), which counts all points anew. */
uint64_t sim_node_passed(const struct sim_node *node,
                         enum sim_stop_point point);

/* Pass a stop point: persister and labrpc call this on fibers of servers,
 * outside of sim_enter(). No effect on the tester's fibers. */
void sim_pass_stop_point(enum sim_stop_point point);

/* Crash the node if it is up, then free it. */
void sim_node_free(struct sim_node *node);

#endif
