/* stuck.c - can any thread of a real run ever go on?
 * Layer: sim. Called by the runner, without the mutex: others wait for that,
 * too. Where the kernel does not tell, the answer is that one can. */
#include "sim/real/mode.h"

#include <dirent.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/random.h"

/* What /proc says of a thread of this process, as text. */
static bool read_about(const char *thread, const char *file, char *text,
                       size_t bytes)
{
    char path[320];
    snprintf(path, sizeof(path), "/proc/self/task/%s/%s", thread, file);
    FILE *stream = fopen(path, "r");
    if (!stream) {
        return false;
    }
    size_t got = fread(text, 1, bytes - 1, stream);
    text[got] = '\0';
    fclose(stream);
    return got > 0;
}

/* Mutexes, condition variables, semaphores and joins of libc all wait by a
 * futex; without a timeout only another thread can end that. */
static bool waits_for_others(const char *thread)
{
    char text[256];
    long number;
    unsigned long long argument[4]; /* address, operation, value, timeout */
    if (!read_about(thread, "syscall", text, sizeof(text)) ||
        sscanf(text, "%ld %llx %llx %llx %llx", &number, &argument[0],
               &argument[1], &argument[2], &argument[3]) != 5) {
        return false; /* "running" */
    }
    int operation = (int)argument[1] & FUTEX_CMD_MASK;
    bool wait = operation == FUTEX_WAIT || operation == FUTEX_WAIT_BITSET ||
                operation == FUTEX_LOCK_PI;
    return number == SYS_futex && wait && argument[3] == 0;
}

/* How often it has stopped running by itself. */
static bool count_stops(const char *thread, uint64_t *count)
{
    static const char field[] = "\nvoluntary_ctxt_switches:";
    char text[4096];
    const char *found = read_about(thread, "status", text, sizeof(text))
                            ? strstr(text, field)
                            : NULL;
    if (found) {
        *count = strtoull(found + sizeof(field) - 1, NULL, 10);
    }
    return found != NULL;
}

/* Does each thread but this one wait for others? The digest says which there
 * are, and how often each of them has stopped before. */
static bool all_wait(DIR *threads, uint64_t *digest)
{
    const struct dirent *entry;
    *digest = 0;
    while ((entry = readdir(threads))) {
        uint64_t number = strtoull(entry->d_name, NULL, 10);
        uint64_t stops;
        if (number == 0 || number == (uint64_t)gettid()) {
            continue;
        }
        if (!waits_for_others(entry->d_name) ||
            !count_stops(entry->d_name, &stops)) {
            return false;
        }
        *digest = random_key(random_key(*digest, number), stops);
    }
    return true;
}

/* One look is not enough: whoever was seen waiting may have been woken before
 * the last one was looked at. Who waits in both looks and has not stopped anew
 * has waited all the time between; so after the first look all did at once. */
bool real_stuck(void)
{
    uint64_t first, second;
    DIR *threads = opendir("/proc/self/task");
    if (!threads) {
        return false;
    }
    bool stuck = all_wait(threads, &first);
    rewinddir(threads);
    stuck = stuck && all_wait(threads, &second) && first == second;
    closedir(threads);
    return stuck;
}
