/* stuck.c - is a real run deadlocked?
 * Layer: sim; real runs. Asks the kernel (Linux, proc(5)): libc does not know
 * who waits. No state. */
#include "sim/real/stuck.h"

#include <dirent.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/random.h"

/* Read a file of /proc about a thread of this process, as text. False if the
 * thread has ended, or the file cannot be read. */
static bool read_task_file(const char *thread, const char *file, char *text,
                           size_t bytes)
{
    LAB_ASSERT(bytes > 1);
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

/* Is the thread in a futex wait without a timeout? Mutexes, condition
 * variables, semaphores and joins of libc all wait so, and only another thread
 * can end it. */
static bool waits_for_others(const char *thread)
{
    char text[256];
    long number;
    unsigned long long argument[4]; /* address, operation, value, timeout */
    if (!read_task_file(thread, "syscall", text, sizeof(text)) ||
        sscanf(text, "%ld %llx %llx %llx %llx", &number, &argument[0],
               &argument[1], &argument[2], &argument[3]) != 5) {
        return false; /* it says "running" */
    }
    int operation = (int)argument[1] & FUTEX_CMD_MASK;
    bool wait = operation == FUTEX_WAIT || operation == FUTEX_WAIT_BITSET ||
                operation == FUTEX_LOCK_PI;
    return number == SYS_futex && wait && argument[3] == 0;
}

/* Count the thread's voluntary context switches so far: one for each wait. */
static bool count_switches(const char *thread, uint64_t *count)
{
    static const char field[] = "\nvoluntary_ctxt_switches:";
    char text[4096];
    const char *found = read_task_file(thread, "status", text, sizeof(text))
                            ? strstr(text, field)
                            : NULL;
    if (found) {
        *count = strtoull(found + sizeof(field) - 1, NULL, 10);
    }
    return found != NULL;
}

/* Does each thread but this one wait for others? The digest is of the threads
 * there are, and of their context switches so far. */
static bool all_wait(DIR *threads, uint64_t *digest)
{
    const struct dirent *entry;
    *digest = 0;
    while ((entry = readdir(threads))) {
        uint64_t number = strtoull(entry->d_name, NULL, 10);
        uint64_t switches;
        if (number == 0 || number == (uint64_t)gettid()) {
            continue;
        }
        if (!waits_for_others(entry->d_name) ||
            !count_switches(entry->d_name, &switches)) {
            return false;
        }
        *digest = random_key(random_key(*digest, number), switches);
    }
    return true;
}

/* One pass is not enough: a thread that was seen waiting may have been woken
 * before the pass came to the last one. A thread that waits in two passes, and
 * has made no context switch in between, has waited all that time; so at the
 * end of the first pass all waited at once. */
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
