/* calls.c - what the test calls, and helpers of all groups.
 * Layer: tests. */
#include "tests/plugins/calls/calls.h"

static char failures[4096];

int run_calls(char *text, size_t room);

void calls_failed(const char *file, int line, const char *fact)
{
    size_t used = strlen(failures);
    snprintf(failures + used, sizeof(failures) - used, "%s:%d: %s\n", file,
             line, fact);
}

uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 * MS + (uint64_t)now.tv_nsec;
}

bool passed(uint64_t since_ns, uint64_t duration_ns)
{
    uint64_t spent = now_ns() - since_ns;
    return spent >= duration_ns && spent < duration_ns + MS / 10;
}

struct timespec duration(uint64_t duration_ns)
{
    return (struct timespec){(time_t)(duration_ns / (1000 * MS)),
                             (long)(duration_ns % (1000 * MS))};
}

struct timespec after(clockid_t clock, uint64_t duration_ns)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return duration((uint64_t)now.tv_sec * 1000 * MS + (uint64_t)now.tv_nsec +
                    duration_ns);
}

pthread_t started(void *(*fn)(void *), void *argument)
{
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, fn, argument) == 0);
    return thread;
}

void joined(pthread_t thread)
{
    CHECK(pthread_join(thread, NULL) == 0);
}

/* Returns how many bytes of text there are: a line per fact that fails. */
int run_calls(char *text, size_t room)
{
    call_threads();
    call_keys();
    call_cleanup();
    call_mutexes();
    call_conds();
    call_rwlocks();
    call_semaphores();
    call_spins();
    call_barriers();
    call_c11();
    call_time();
    call_random();
    call_memory();
    call_process();
    call_files();
    return snprintf(text, room, "%s", failures);
}
