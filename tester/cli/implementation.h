/* implementation.h - the plug-in under test, found, checked and loaded once.
 * Layer: tester/cli. */
#ifndef TESTER_CLI_IMPLEMENTATION_H
#define TESTER_CLI_IMPLEMENTATION_H

#include "sim/plugin.h"
#include "tester/cli/options.h"
#include "tester/harness/test.h"

/* An implementation that is ready to run. For roles that the plug-in under test
 * does not have, it contains the reference. */
struct implementation {
    char *path;     /* absolute, of the plug-in under test */
    unsigned roles; /* of the plug-in under test; of the reference, all */
    struct sim_plugin *raft, *service; /* may be one plug-in; service NULL:
                                        * neither it nor a reference exists */
};

/* Open options->impl or the reference: check the files, and load them once in a
 * probe process. False: it cannot be used, and one line says why. */
bool implementation_open(const struct options *options,
                         struct implementation *impl);

/* Open a plug-in by path, without the probe. race: use the instrumented
 * reference. */
bool implementation_open_unprobed(const char *path, bool race,
                                  struct implementation *impl);
void implementation_close(struct implementation *impl);

/* Does the implementation have all that the test needs? False: a line says what
 * is missing. */
bool implementation_has(const struct implementation *impl,
                        const struct lab_test *test);

#endif
