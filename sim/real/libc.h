/* libc.h - the functions of libc behind the names that the program defines.
 * Layer: sim, internal. */
#ifndef SIM_REAL_LIBC_H
#define SIM_REAL_LIBC_H

/* The next definition of a name after the program's own; ends the process if
 * there is none. The version that links by default is asked for where libc
 * has several. */
void *real_lookup(const char *name);

/* REAL(nanosleep)(&request, NULL) */
#define REAL(name)                                                             \
    (__extension__({                                                           \
        static __typeof__(&name) real_##name;                                  \
        if (!real_##name) {                                                    \
            real_##name = (__typeof__(&name))real_lookup(#name);               \
        }                                                                      \
        real_##name;                                                           \
    }))

#endif
