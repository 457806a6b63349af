/* trace.h - writing events as JSON lines.
 * Layer: sim, internal. Public face: sim_event, sim_digest. */
#ifndef SIM_TRACE_H
#define SIM_TRACE_H

#include <stdint.h>

/* Write events to fd from now on; 0: write none. The caller keeps fd. */
void trace_open(int fd);

/* With sched.trace_steps: a step that this thread takes; a wait of the current
 * thread. */
struct thread;
void trace_step(struct thread *next);
void trace_wait(const char *what, uint64_t deadline);

/* Write what is buffered. Returns the errno of the first write of this run that
 * failed, after which nothing more is written; 0: none has failed.
 * Async-signal-safe. */
int trace_flush(void);

/* Flush, and write no more. Returns the same. Async-signal-safe. */
int trace_close(void);

#endif
