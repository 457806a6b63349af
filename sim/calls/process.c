/* process.c - process numbers, and code under test that ends the process.
 * Layer: sim/calls. Any thread. Only servers' threads are watched: the tester
 * may end the process, which is a child of the grader. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sim/real/libc.h"
#include "sim/sched.h"

static bool on_server(void)
{
    return sim_server() >= 0;
}

pid_t getpid(void)
{
    return on_server() ? 1000 + sim_server() : REAL(getpid)();
}

pid_t gettid(void)
{
    return on_server() ? 1000 + sim_server() : REAL(gettid)();
}

pid_t getppid(void)
{
    return on_server() ? 1 : REAL(getppid)();
}

/* End the run, because the process would end with all servers and the tester.
 */
static void refuse_end(const char *call, int status)
{
    if (on_server()) {
        sim_fail(SIM_EXITED,
                 "server %d called %s(%d) in thread %s: a server runs until it "
                 "is killed",
                 sim_server(), call, status, sim_thread_name());
    }
}

void exit(int status)
{
    refuse_end("exit", status);
    REAL(exit)(status);
    __builtin_unreachable();
}

void _exit(int status)
{
    refuse_end("_exit", status);
    REAL(_exit)(status);
    __builtin_unreachable();
}

void _Exit(int status)
{
    refuse_end("_Exit", status);
    REAL(_exit)(status);
    __builtin_unreachable();
}

void quick_exit(int status)
{
    refuse_end("quick_exit", status);
    REAL(quick_exit)(status);
    __builtin_unreachable();
}

void abort(void)
{
    if (on_server()) {
        sim_fail(SIM_CRASHED, "server %d called abort() in thread %s",
                 sim_server(), sim_thread_name());
    }
    REAL(abort)();
    __builtin_unreachable();
}

void __assert_fail(const char *fact, const char *file, unsigned line,
                   const char *function);
void __assert_fail(const char *fact, const char *file, unsigned line,
                   const char *function)
{
    if (on_server()) {
        sim_fail(SIM_CRASHED, "assertion failed: %s, in %s at %s:%u, server %d",
                 fact, function ? function : "?", file, line, sim_server());
    }
    fprintf(stderr, "%s:%u: %s: assertion failed: %s\n", file, line,
            function ? function : "?", fact);
    REAL(abort)();
    __builtin_unreachable();
}

void __assert(const char *fact, const char *file, int line);
void __assert(const char *fact, const char *file, int line)
{
    __assert_fail(fact, file, (unsigned)line, NULL);
}

void __assert_perror_fail(int error, const char *file, unsigned line,
                          const char *function);
void __assert_perror_fail(int error, const char *file, unsigned line,
                          const char *function)
{
    char fact[32];
    snprintf(fact, sizeof(fact), "errno %d", error);
    __assert_fail(fact, file, line, function);
}
