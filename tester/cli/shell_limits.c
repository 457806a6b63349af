/* shell_limits.c - are the limits of the shell (ulimit) wide enough?
 * Layer: tester/cli. Without this check a run that exceeds them would look like
 * a mistake of the code under test. */
#include "tester/cli/shell_limits.h"

#include <sys/resource.h>

/* For plug-ins, verdicts and files of the code under test. */
#define FILE_BYTES_LEAST (UINT64_C(16) << 20)

/* Descriptors: runner_child.c needs numbers from 16 on; then the report, the
 * trace and files that are read; and two for each child. */
enum { OPEN_LEAST = 32, OPEN_PER_CHILD = 2 };

/* Is a limit at least that high? Raise the soft limit if necessary. */
static bool suffices(int resource, rlim_t least)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0 || limit.rlim_cur >= least) {
        return true;
    }
    limit.rlim_cur = limit.rlim_max < least ? limit.rlim_max : least;
    return setrlimit(resource, &limit) == 0 && limit.rlim_cur == least;
}

bool shell_limits_suffice(const struct options *options)
{
    rlim_t open = OPEN_LEAST + OPEN_PER_CHILD * (rlim_t)options->parallel;
    if (!suffices(RLIMIT_AS, RLIM_INFINITY)) {
        complain("the address space is limited (ulimit -v), but each of "
                 "thousands of threads needs 9 MiB of it; type: ulimit -v "
                 "unlimited, or start a new shell if that is forbidden "
                 "(raftlab limits the memory of each run to 1 GiB)");
        return false;
    }
    if (!suffices(RLIMIT_NOFILE, open)) {
        complain("too few files may be open (ulimit -n): -j %d needs %u; "
                 "type: ulimit -n 1024, or start a new shell if that is "
                 "forbidden",
                 options->parallel, (unsigned)open);
        return false;
    }
    if (!suffices(RLIMIT_FSIZE, FILE_BYTES_LEAST)) {
        complain("the size of files is limited to less than %u MiB (ulimit "
                 "-f); type: ulimit -f unlimited, or start a new shell if "
                 "that is forbidden",
                 (unsigned)(FILE_BYTES_LEAST >> 20));
        return false;
    }
    return true;
}
