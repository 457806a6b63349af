/* race.h - the race detector: hooks for the rest of sim/.
 * Layer: sim, internal. One OS thread.
 *
 * A plug-in compiled with -fsanitize=thread calls a function at each access to
 * memory (calls.c, atomic.c). With sim_options.race, vector clocks tell which
 * accesses of two threads of a server are ordered (happens-before, Lamport).
 * Two accesses to the same byte that are not, one of them a write, end the run
 * with SIM_RACE.
 *
 * These order: creating and joining threads; locks, semaphores, barriers and
 * pthread_once(); C11 atomics, by their memory orders; the apply channel; a
 * call on a server, which comes after all that the tester has seen return.
 * Messages and the persister order nothing: servers share no memory.
 *
 * While the detector is off, each hook costs a branch. */
#ifndef SIM_RACE_RACE_H
#define SIM_RACE_RACE_H

#include <stdbool.h>
#include <stddef.h>

struct sim_node;
struct thread;

extern bool race_on;

/* Called by sim/run.c before the first and after the last thread. */
void race_begin(bool on);
void race_end(void);

/* Order the current thread after all releases of an object so far; release it.
 * Any address can identify an object. Threads of the tester are not watched:
 * nothing happens for them. */
void race_do_acquire(const void *object);
void race_do_release(const void *object);
static inline void race_acquire(const void *object)
{
    if (race_on) {
        race_do_acquire(object);
    }
}
static inline void race_release(const void *object)
{
    if (race_on) {
        race_do_release(object);
    }
}

/* Acquire for another thread, which waits. */
void race_do_acquire_for(struct thread *thread, const void *object);
static inline void race_acquire_for(struct thread *thread, const void *object)
{
    if (race_on) {
        race_do_acquire_for(thread, object);
    }
}

/* Forget all releases of an object so far: its memory is an object anew. */
void race_do_forget(const void *object);
static inline void race_forget(const void *object)
{
    if (race_on) {
        race_do_forget(object);
    }
}

/* ---- Threads -------------------------------------------------------------*/

/* A thread was created, by the current one, a timer or the tester; has ended,
 * so that its stack will be used again; was joined by the current one; its
 * record goes. */
void race_thread_made(struct thread *thread);
void race_thread_ended(struct thread *thread);
void race_thread_joined(const struct thread *thread);
void race_thread_forgotten(struct thread *thread);

/* ---- Servers -------------------------------------------------------------*/

/* sim_node_call() has created this thread; sim_node_spawn() has. */
void race_called(struct thread *thread);
void race_spawned(struct thread *thread);

/* The node has booted; it has crashed, and its threads are gone. */
void race_booted(struct sim_node *node);
void race_crashed(struct sim_node *node);

/* ---- Memory --------------------------------------------------------------*/

/* A block is freed, or moved by realloc(): this counts as a write to all of
 * it. A block is allocated: forget what is known of its memory. */
void race_freed(const void *block, size_t size);
void race_allocated(const void *block, size_t size);

/* An image was loaded: watch its calls of memcpy(), strlen() and others. */
struct link_map;
void race_image_loaded(const struct link_map *map);

#endif
