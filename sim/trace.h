/* trace.h - where events are written, as JSON lines.
 * Layer: sim, internal. Public face: sim_event. */
#ifndef SIM_TRACE_H
#define SIM_TRACE_H

#include <stdint.h>

/* 0: write nothing. The descriptor stays the caller's. */
void trace_open(int fd);

/* For sched.trace_steps: this thread runs on, the current one waits. */
struct thread;
void trace_step(struct thread *next);
void trace_wait(const char *what, uint64_t deadline);

/* Write what is kept. Returns the errno of the first write of this run that
 * failed, after which nothing is written any more; 0: none has. */
int trace_flush(void); /* async-signal-safe */
int trace_close(void); /* as well */

#endif
