/* thread.h - the threads of a real run, for the files of real/.
 * Layer: sim, internal to real/. The rest: mode.h. */
#ifndef SIM_REAL_THREAD_H
#define SIM_REAL_THREAD_H

#include "sim/real/mode.h"

/* Call once, before the first real_spawn(). */
void real_threads_init(void);

/* Let all sleeps of a server's threads end. Needs the mutex. */
void real_wake_sleepers(const struct sim_node *node);

/* Describe what each thread waits for, a line each, as far as there is room
 * for whole lines. Without the mutex, in a signal handler, at best effort. */
void real_describe(char *text, size_t bytes);

#endif
