/* files.c - opening files: as libc does, except for files that show the
 * machine. Layer: sim/calls. One OS thread. What a server reads there would
 * differ from run to run. Only servers' threads are watched: the tester opens
 * what it likes. */
#undef _FORTIFY_SOURCE /* it would define open and fopen in the headers */
#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sim/real/libc.h"
#include "sim/sched.h"

static const struct {
    const char *path, *instead;
} machine_files[] = {
    {"/dev/random", "use getrandom() or rand()"},
    {"/dev/urandom", "use getrandom() or rand()"},
    {"/dev/hwrng", "use getrandom() or rand()"},
    {"/proc", "it shows the machine, not the server"},
    {"/sys", "it shows the machine, not the server"},
};

/* Is path this directory or file, or below it? "//" and "/./" count as "/". */
static bool lies_below(const char *path, const char *prefix)
{
    while (*prefix) {
        while (path[0] == '/' &&
               (path[1] == '/' || (path[1] == '.' && path[2] == '/'))) {
            path += path[1] == '/' ? 1 : 2;
        }
        if (*path++ != *prefix++) {
            return false;
        }
    }
    return *path == '\0' || *path == '/';
}

static void refuse_machine_file(const char *call, const char *path)
{
    if (!sched.active || !sched.current->node || !path || path[0] != '/') {
        return;
    }
    for (size_t i = 0; i < sizeof(machine_files) / sizeof(machine_files[0]);
         i++) {
        if (lies_below(path, machine_files[i].path)) {
            sim_fail(SIM_MISUSE,
                     "server %d called %s(\"%.100s\") in thread %s, which "
                     "cannot be simulated: %s",
                     sim_server(), call, path, sim_thread_name(),
                     machine_files[i].instead);
        }
    }
}

/* The caller passes a mode only with these flags; open() of libc looks at it
 * only then. */
#define MODE(flags, mode)                                                      \
    mode_t mode = 0;                                                           \
    if ((flags) & (O_CREAT | __O_TMPFILE)) {                                   \
        va_list args;                                                          \
        va_start(args, flags);                                                 \
        mode = va_arg(args, mode_t);                                           \
        va_end(args);                                                          \
    }

int open(const char *path, int flags, ...)
{
    MODE(flags, mode)
    refuse_machine_file("open", path);
    return REAL(open)(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    MODE(flags, mode)
    refuse_machine_file("open64", path);
    return REAL(open64)(path, flags, mode);
}

int __open(const char *path, int flags, ...);
int __open(const char *path, int flags, ...)
{
    MODE(flags, mode)
    refuse_machine_file("open", path);
    return REAL(open)(path, flags, mode);
}

int __open64(const char *path, int flags, ...);
int __open64(const char *path, int flags, ...)
{
    MODE(flags, mode)
    refuse_machine_file("open64", path);
    return REAL(open64)(path, flags, mode);
}

int openat(int directory, const char *path, int flags, ...)
{
    MODE(flags, mode)
    refuse_machine_file("openat", path);
    return REAL(openat)(directory, path, flags, mode);
}

int openat64(int directory, const char *path, int flags, ...)
{
    MODE(flags, mode)
    refuse_machine_file("openat64", path);
    return REAL(openat64)(directory, path, flags, mode);
}

/* What fortified code calls without a mode. */

int __open_2(const char *path, int flags);
int __open_2(const char *path, int flags)
{
    refuse_machine_file("open", path);
    return REAL(__open_2)(path, flags);
}

int __open64_2(const char *path, int flags);
int __open64_2(const char *path, int flags)
{
    refuse_machine_file("open64", path);
    return REAL(__open64_2)(path, flags);
}

int __openat_2(int directory, const char *path, int flags);
int __openat_2(int directory, const char *path, int flags)
{
    refuse_machine_file("openat", path);
    return REAL(__openat_2)(directory, path, flags);
}

int __openat64_2(int directory, const char *path, int flags);
int __openat64_2(int directory, const char *path, int flags)
{
    refuse_machine_file("openat64", path);
    return REAL(__openat64_2)(directory, path, flags);
}

FILE *fopen(const char *restrict path, const char *restrict mode)
{
    refuse_machine_file("fopen", path);
    return REAL(fopen)(path, mode);
}

FILE *fopen64(const char *restrict path, const char *restrict mode)
{
    refuse_machine_file("fopen64", path);
    return REAL(fopen64)(path, mode);
}

FILE *freopen(const char *restrict path, const char *restrict mode,
              FILE *restrict file)
{
    refuse_machine_file("freopen", path);
    return REAL(freopen)(path, mode, file);
}

FILE *freopen64(const char *restrict path, const char *restrict mode,
                FILE *restrict file)
{
    refuse_machine_file("freopen64", path);
    return REAL(freopen64)(path, mode, file);
}

DIR *opendir(const char *path)
{
    refuse_machine_file("opendir", path);
    return REAL(opendir)(path);
}

ssize_t readlink(const char *restrict path, char *restrict text, size_t room)
{
    refuse_machine_file("readlink", path);
    return REAL(readlink)(path, text, room);
}
