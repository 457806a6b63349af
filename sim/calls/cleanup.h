/* cleanup.h - handlers of pthread_cleanup_push at pthread_exit.
 * Layer: sim, internal. */
#ifndef SIM_CALLS_CLEANUP_H
#define SIM_CALLS_CLEANUP_H

/* Unwind the current thread's stack: run the pushed handlers, innermost first,
 * and the cleanups of frames between them. Then end the thread with the result
 * that it has. */
_Noreturn void cleanup_run_next(void);

#endif
