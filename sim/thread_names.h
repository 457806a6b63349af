/* thread_names.h - names of threads, for reports.
 * Layer: sim, internal. Any thread; the caller guards the names. */
#ifndef SIM_THREAD_NAMES_H
#define SIM_THREAD_NAMES_H

struct sim_node;

struct thread_names {
    char label[32]; /* as given; "": the start function's, on demand */
    char full[64];  /* with the server; "": not made yet */
};

/* Set the label, cut to size. */
void thread_names_set(struct thread_names *names, const char *label);

/* Return the full name, such as "server1/ticker"; make it and the label if they
 * do not exist yet. node NULL: a thread of the tester. */
const char *thread_names_full(struct thread_names *names, const void *start,
                              const struct sim_node *node);

#endif
