/* cond.h - what reports ask of simulated condition variables.
 * Layer: sim, internal. */
#ifndef SIM_CALLS_COND_H
#define SIM_CALLS_COND_H

#include <stdint.h>

/* How many signals in a row, up to the last one, found nobody waiting. */
uint32_t cond_missed(const void *cond);

#endif
