/* race.h - finding data races in instrumented plug-ins: hooks for sim/.
 * Layer: sim, internal. One OS thread.
 *
 * A plug-in compiled with -fsanitize=thread calls a function at each access
 * to memory (calls.c, atomic.c). With sim_options.race, vector
 * clocks say which accesses of two threads of a server are ordered; two that
 * are not, one of them a write, end the run: SIM_RACE.
 *
 * What orders: creating and joining threads, locks, semaphores, barriers,
 * pthread_once, C11 atomics by their memory orders, the apply channel, and a
 * call on a server, which is after what the tester has seen return. What
 * crosses the network or the persister orders nothing: servers share no
 * memory.
 *
 * Off, each hook costs a branch. */
#ifndef SIM_RACE_RACE_H
#define SIM_RACE_RACE_H

#include <stdbool.h>
#include <stddef.h>

struct sim_node;
struct thread;

extern bool race_on;

/* From run.c, before the first and after the last thread. */
void race_begin(bool on);
void race_end(void);

/* The current thread is after all who have released this object. Any address
 * can stand for an object; tester threads are not watched. */
void race_do_acquire(const void *object);
void race_do_release(const void *object);
static inline void race_acquire(const void *object)
{
    if (race_on) {
        race_do_acquire(object);
    }
}
/* The same for another thread, which waits. */
void race_do_acquire_for(struct thread *thread, const void *object);
static inline void race_acquire_for(struct thread *thread, const void *object)
{
    if (race_on) {
        race_do_acquire_for(thread, object);
    }
}

/* Whoever has released this object so far, it means nothing any more. */
void race_do_forget(const void *object);
static inline void race_forget(const void *object)
{
    if (race_on) {
        race_do_forget(object);
    }
}
static inline void race_release(const void *object)
{
    if (race_on) {
        race_do_release(object);
    }
}

/* Threads: made (by the current one, a timer or the tester), ended (its stack
 * will be used again), joined by the current one, record gone. */
void race_thread_made(struct thread *thread);
void race_thread_ended(struct thread *thread);
void race_thread_joined(const struct thread *thread);
void race_thread_forgotten(struct thread *thread);

/* Servers: sim_node_call has made this thread; sim_node_spawn has; the node
 * has booted; it has crashed and its threads are gone. */
void race_called(struct thread *thread);
void race_spawned(struct thread *thread);
void race_booted(struct sim_node *node);
void race_crashed(struct sim_node *node);

/* A block is freed, or moved by realloc: like a write to all of it. When the
 * memory is handed out again, nothing is known of it. */
void race_freed(const void *block, size_t size);
void race_allocated(const void *block, size_t size);

/* An image was loaded: let its calls of memcpy, strlen and kin be seen. */
struct link_map;
void race_image_loaded(const struct link_map *map);

#endif
