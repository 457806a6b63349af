/* cmd_interrupt.c - Ctrl-C: finish what is in hand, say what was done.
 * Layer: tester. */
#include "tester/cmd.h"

#include <stddef.h>

static volatile sig_atomic_t interrupted;

static void note(int signal_number)
{
    interrupted = signal_number;
}

const volatile sig_atomic_t *interrupt_watch(void)
{
    /* The second time the default action: the way out of any hang of ours. */
    struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESETHAND};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    struct sigaction hangup;
    if (sigaction(SIGHUP, NULL, &hangup) == 0 &&
        hangup.sa_handler != SIG_IGN) { /* else nohup: go on */
        sigaction(SIGHUP, &action, NULL);
    }
    return &interrupted;
}
