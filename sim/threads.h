/* threads.h - the table of all simulated threads, and their names.
 * Layer: sim, internal. One OS thread. */
#ifndef SIM_THREADS_H
#define SIM_THREADS_H

#include "base/assert.h"
#include "sim/sched.h"

/* Add a record for a thread of a node (NULL: the tester) to the table and to
 * the node's list. name NULL: named after its start function, on demand. */
struct thread *threads_new(struct sim_node *node, const char *name);

/* A thread has ended: it no longer counts as living. */
void threads_ended(struct thread *thread);

/* Free the record of a thread that was joined or detached, or whose server
 * crashed. Its number is used again, with the next generation. */
void threads_forget(struct thread *thread);

/* All threads by number. Records lie in the framework's heap. */
extern struct threads {
    struct thread **at; /* [0] is unused */
    uint32_t count, room;
    uint32_t free; /* first free number, linked by next */
} threads;

/* The thread with this number, also one that ended and is not joined yet; NULL
 * for 0. */
static inline struct thread *threads_at(uint32_t number)
{
    LAB_ASSERT(number == 0 || number < threads.count);
    return number ? threads.at[number] : NULL;
}

/* The thread with this number and generation; NULL if its record was freed. */
struct thread *threads_find(uint32_t number, uint32_t generation);

/* The thread's name, such as "server1/ticker"; it lives as long as the thread.
 * threads_set_name() replaces the part after the slash. */
const char *threads_name(struct thread *thread);
void threads_set_name(struct thread *thread, const char *name);

/* Write into result what each thread waits for and where it is: a line and a
 * stack each, as far as there is room. When the run is over. */
void threads_describe(struct sim_result *result);

/* Does any thread live besides the current one? */
bool threads_living(void);

/* The thread that took the most steps, for reports of livelock. */
struct thread *threads_busiest(void);

/* Free all records, between runs. */
void threads_clear(void);

#endif
