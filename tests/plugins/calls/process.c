/* process.c - who a server is, where it runs, and the calls that end it.
 * Layer: tests. */
#include <sys/sysinfo.h>
#include <unistd.h>

#include "tests/plugins/calls/calls.h"

pid_t __getpid(void);
long __sysconf(int name);
void end_by(int way);
void __assert(const char *fact, const char *file, int line);
void __assert_fail(const char *fact, const char *file, unsigned line,
                   const char *function);
void __assert_perror_fail(int error, const char *file, unsigned line,
                          const char *function);

void call_process(void)
{
    CHECK(getpid() == 1000 && __getpid() == 1000); /* server 0 */
    CHECK(gettid() == 1000 && getppid() == 1);
    CHECK(sysconf(_SC_NPROCESSORS_ONLN) == 1);
    CHECK(__sysconf(_SC_NPROCESSORS_CONF) == 1);
    CHECK(sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE) == 1L << 30);
    CHECK(get_nprocs() == 1 && get_nprocs_conf() == 1);
}

/* In the order of tests/unit/sim/test_calls.c. */
void end_by(int way)
{
    switch (way) {
    case 0:
        exit(3);
    case 1:
        _exit(3);
    case 2:
        _Exit(3);
    case 3:
        quick_exit(3);
    case 4:
        abort();
    case 5:
        __assert_fail("fact", "file", 3, "function");
        break;
    case 6:
        __assert("fact", "file", 3);
        break;
    default:
        __assert_perror_fail(EIO, "file", 3, "function");
    }
}
