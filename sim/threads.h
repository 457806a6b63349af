/* threads.h - the table of all simulated threads, and their names.
 * Layer: sim, internal. */
#ifndef SIM_THREADS_H
#define SIM_THREADS_H

#include "sim/sched.h"

/* A record for a thread of a node (NULL: the tester), in the table and in
 * the node's list. name NULL: named after its start function on demand. */
struct thread *threads_new(struct sim_node *node, const char *name);

/* It does not count as living any more. */
void threads_ended(struct thread *thread);

/* The record of an ended thread is not needed any more: joined, detached, or
 * its server crashed. */
void threads_forget(struct thread *thread);

/* The thread with this number; NULL for 0. Ended ones too, until joined. */
struct thread *threads_at(uint32_t number);

/* The record with this number and generation; NULL if it is gone. */
struct thread *threads_find(uint32_t number, uint32_t generation);

/* A name that lives as long as the thread, such as "server1/ticker". */
const char *threads_name(struct thread *thread);
void threads_set_name(struct thread *thread, const char *name);

/* What each thread waits for and where it is, into result: a line and a stack
 * each, cut to size. When the run is over. */
void threads_describe(struct sim_result *result);

/* Does any thread live besides the current one? */
bool threads_living(void);

/* The thread that took the most steps; for livelock reports. */
struct thread *threads_busiest(void);

/* Forget all, between runs. */
void threads_clear(void);

#endif
