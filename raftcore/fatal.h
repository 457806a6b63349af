/* fatal.h - what happens when an invariant is broken.
 * Layer: raftcore. docs/raftcore-spec.md §14.11.
 *
 * Where etcd panics (a storage that lost committed entries, a call that its
 * contract forbids), a node cannot go on: the text is etcd's. */
#ifndef RAFTCORE_FATAL_H
#define RAFTCORE_FATAL_H

/* Call the hook with the text. If there is none, or it returns: print the text
 * on standard error and abort. */
void rc_fatal(const char *format, ...)
    __attribute__((cold, noreturn, format(printf, 1, 2)));

/* Set the hook for all nodes; NULL: none. It runs on the thread that found the
 * invariant broken, and may leave by longjmp(); that node must not be called
 * any more. Set it while no node runs. */
void rc_set_fatal_hook(void (*hook)(const char *text));

#endif
