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

/* Crash it if up, then forget it. */
void sim_node_free(struct sim_node *node);

#endif
