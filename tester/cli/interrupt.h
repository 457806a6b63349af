/* interrupt.h - Ctrl-C.
 * Layer: tester/cli. */
#ifndef TESTER_CLI_INTERRUPT_H
#define TESTER_CLI_INTERRUPT_H

#include <signal.h>

/* Handle SIGINT, SIGTERM and SIGHUP from now on: the first one stores its
 * number in the flag that is returned (0 before), the second one ends the
 * program without leaving files behind. May be called again. */
const volatile sig_atomic_t *interrupt_watch(void);

#endif
