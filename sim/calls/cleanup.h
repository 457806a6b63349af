/* cleanup.h - handlers of pthread_cleanup_push at pthread_exit.
 * Layer: sim, internal. */
#ifndef SIM_CALLS_CLEANUP_H
#define SIM_CALLS_CLEANUP_H

/* Run the innermost pushed handler, which comes back here for the next; when
 * none is left the current thread ends, with its result as set. */
_Noreturn void cleanup_run_next(void);

#endif
