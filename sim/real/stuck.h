/* stuck.h - is a real run deadlocked?
 * Layer: sim, internal to real/. */
#ifndef SIM_REAL_STUCK_H
#define SIM_REAL_STUCK_H

#include <stdbool.h>

/* Does every thread of the process but this one wait for another one, for
 * good? False if any can go on, or if the kernel does not tell. Call it
 * without the mutex: threads wait for that, too. */
bool real_stuck(void);

#endif
