/* fatal.h - broken invariants of a core.
 * Layer: raftcore. */
#ifndef RAFTCORE_FATAL_H
#define RAFTCORE_FATAL_H

/* Tell the hook, with the text; then abort, if it returns. */
void rc_fatal(const char *format, ...)
    __attribute__((cold, noreturn, format(printf, 1, 2)));

/* What is told of broken invariants, by the thread that meets one. It need not
 * return. NULL: printed. One for all cores; set while none of them runs. */
void rc_set_fatal_hook(void (*hook)(const char *text));

#endif
