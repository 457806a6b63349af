/* trace.h - where events are written, as JSON lines.
 * Layer: sim, internal. Public face: sim_event. */
#ifndef SIM_TRACE_H
#define SIM_TRACE_H

/* 0: write nothing. The descriptor stays the caller's. */
void trace_open(int fd);
void trace_flush(void); /* async-signal-safe */
void trace_close(void);

#endif
