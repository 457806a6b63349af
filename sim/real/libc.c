/* libc.c - look-up of libc's own functions, behind the interposed names.
 * Layer: sim; real runs. Any thread: two may look a function up at once, and
 * both store the same address. */
#include "sim/real/libc.h"

#include <dlfcn.h>
#include <string.h>
#include <unistd.h>

/* The oldest ABIs have condition variables of another layout, under the same
 * names. dlsym() would find these; this is the version of the current ones. */
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
    /* By write(): stdio may be what is being looked up. */
    if (!found) {
        static const char text[] = "raftlab: libc lacks a function: ";
        (void)!write(STDERR_FILENO, text, sizeof(text) - 1);
        (void)!write(STDERR_FILENO, name, strlen(name));
        (void)!write(STDERR_FILENO, "\n", 1);
        __builtin_trap();
    }
    return found;
}
