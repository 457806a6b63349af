/* switch.h - which context switch this build has.
 * Layer: sim, internal.
 *
 * SIM_UCONTEXT: the portable one, of libc; on machines without one in
 * assembly, and wherever it is asked for with -DSIM_UCONTEXT. The kind of
 * switch changes nothing but its cost: no trace shows it. */
#ifndef SIM_SWITCH_H
#define SIM_SWITCH_H

#if !defined(__x86_64__) && !defined(__aarch64__) && !defined(SIM_UCONTEXT)
#define SIM_UCONTEXT 1
#endif

#endif
