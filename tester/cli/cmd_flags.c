/* cmd_flags.c - raftlab flags: compiler flags for a plug-in.
 * Layer: tester/cli. */
#include "tester/cli/cmd.h"

#include <stdio.h>
#include <stdlib.h>

#include "tester/cli/program_path.h"

/* Flags for --race: they make every use of libc a call that can be observed,
 * and clang must not implement 16-byte atomics by its library. Not linked with
 * the library of the thread sanitizer: hence no default libraries, but libc. */
#ifdef __x86_64__
#define FLAGS_WIDE "-mcx16 "
#else
#define FLAGS_WIDE ""
#endif
#define FLAGS_RACE                                                             \
    "-fsanitize=thread -fno-builtin " FLAGS_WIDE                               \
    "-nodefaultlibs -Wl,--no-as-needed -lc"

int cmd_flags(const struct options *options)
{
    char *root = program_root();
    int status = STATUS_USAGE;
    if (options->name_count > 0) {
        complain("flags takes no names");
    } else if (!has_lab_headers(root)) {
        complain("raftapi/raftapi.h is not in %s: this program was moved away "
                 "from its sources",
                 root);
    } else {
        printf("-std=c11 -D_POSIX_C_SOURCE=200809L -g -fPIC -shared -pthread "
               "%s-I%s\n",
               options->race ? FLAGS_RACE " " : "", root);
        status = STATUS_PASSED;
    }
    free(root);
    return status;
}
