/* thread_names.h - names of threads, for reports.
 * Layer: sim, internal. */
#ifndef SIM_THREAD_NAMES_H
#define SIM_THREAD_NAMES_H

struct sim_node;

struct thread_names {
    char label[32]; /* as given; "": after its start function, on demand */
    char full[64];  /* with the server; "": not asked for yet */
};

/* From now on the thread is called so; cut to size. */
void thread_names_set(struct thread_names *names, const char *label);

/* The full name, such as "server1/ticker", and the label are made if they are
 * not there yet. node NULL: a thread of the tester. */
const char *thread_names_full(struct thread_names *names, const void *start,
                              const struct sim_node *node);

#endif
