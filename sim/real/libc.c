/* libc.c - looking up libc's own functions.
 * Layer: sim. Any thread: an address is stored once or twice, always the
 * same. */
#include "sim/real/libc.h"

#include <dlfcn.h>
#include <string.h>
#include <unistd.h>

/* Condition variables exist twice in older ABIs; plain dlsym() would give the
 * oldest, which has another layout. */
#if defined(__x86_64__)
#define CURRENT_VERSION "GLIBC_2.3.2"
#else
#define CURRENT_VERSION "GLIBC_2.17"
#endif

void *real_lookup(const char *name)
{
    void *found = NULL;
    if (strncmp(name, "pthread_cond_", 13) == 0) {
        found = dlvsym(RTLD_NEXT, name, CURRENT_VERSION);
    }
    if (!found) {
        found = dlsym(RTLD_NEXT, name);
    }
    if (!found) {
        static const char text[] = "raftlab: libc lacks a function: ";
        (void)!write(STDERR_FILENO, text, sizeof(text) - 1);
        (void)!write(STDERR_FILENO, name, strlen(name));
        (void)!write(STDERR_FILENO, "\n", 1);
        __builtin_trap();
    }
    return found;
}
