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

void trace_flush(void); /* async-signal-safe */
void trace_close(void);

#endif
