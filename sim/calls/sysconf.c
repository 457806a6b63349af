/* sysconf.c - the machine as servers see it.
 * Layer: sim/calls. One OS thread. The same on every machine: one processor, 1
 * GiB of memory. */
#include <sys/sysinfo.h>
#include <unistd.h>

#include "sim/real/libc.h"
#include "sim/sched.h"

#define MEMORY_BYTES (1L << 30)

static bool on_server(void)
{
    return sched.active && sched.current->node;
}

long sysconf(int name)
{
    if (on_server()) {
        switch (name) {
        case _SC_NPROCESSORS_CONF:
        case _SC_NPROCESSORS_ONLN:
            return 1;
        case _SC_PHYS_PAGES:
        case _SC_AVPHYS_PAGES:
            return MEMORY_BYTES / REAL(sysconf)(_SC_PAGESIZE);
        default:
            break;
        }
    }
    return REAL(sysconf)(name);
}

long __sysconf(int name);
long __sysconf(int name)
{
    return sysconf(name);
}

int get_nprocs(void)
{
    return on_server() ? 1 : REAL(get_nprocs)();
}

int get_nprocs_conf(void)
{
    return on_server() ? 1 : REAL(get_nprocs_conf)();
}
