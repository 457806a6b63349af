/* interrupt.c - Ctrl-C.
 * Layer: tester/cli. See interrupt.h. */
#include "tester/cli/interrupt.h"

#include <stddef.h>

#include "tester/run/runner.h"

static volatile sig_atomic_t interrupted;

static void end(int signal_number)
{
    runner_abandon();
    signal(signal_number, SIG_DFL);
    raise(signal_number); /* delivered when this handler returns */
}

/* The second signal ends the program even if it hangs. */
static void note(int signal_number)
{
    if (interrupted) {
        end(signal_number);
    }
    interrupted = signal_number;
}

const volatile sig_atomic_t *interrupt_watch(void)
{
    struct sigaction action = {.sa_handler = note};
    struct sigaction last = {.sa_handler = end};
    sigaction(SIGQUIT, &last, NULL);
    sigaction(SIGABRT, &last, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    struct sigaction hangup;
    if (sigaction(SIGHUP, NULL, &hangup) == 0 &&
        hangup.sa_handler != SIG_IGN) { /* else nohup: keep running */
        sigaction(SIGHUP, &action, NULL);
    }
    return &interrupted;
}
