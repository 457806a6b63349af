/* libc.h - libc's own functions, behind the interposed names.
 * Layer: sim, internal. Any thread. */
#ifndef SIM_REAL_LIBC_H
#define SIM_REAL_LIBC_H

/* Return the next definition of a name after the program's own: the version
 * that links by default, if libc has several. Ends the process if there is
 * none. */
void *real_lookup(const char *name);

/* REAL(nanosleep)(&request, NULL) calls libc's nanosleep(). */
#define REAL(name)                                                             \
    (__extension__({                                                           \
        static __typeof__(&name) real_##name;                                  \
        if (!real_##name) {                                                    \
            real_##name = (__typeof__(&name))real_lookup(#name);               \
        }                                                                      \
        real_##name;                                                           \
    }))

#endif
