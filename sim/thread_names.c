/* thread_names.c - names of simulated and of real threads.
 * Layer: sim. Made on demand: most threads end before a report needs theirs. */
#include "sim/thread_names.h"

#include <stdio.h>

#include "base/assert.h"
#include "sim/image/symbols.h"
#include "sim/node_internal.h"

void thread_names_set(struct thread_names *names, const char *label)
{
    LAB_ASSERT(label != NULL);
    snprintf(names->label, sizeof(names->label), "%s", label);
    names->full[0] = '\0'; /* it contains the former label */
}

const char *thread_names_full(struct thread_names *names, const void *start,
                              const struct sim_node *node)
{
    if (names->full[0] != '\0') {
        return names->full;
    }
    if (names->label[0] == '\0') {
        LAB_ASSERT(start != NULL); /* tasks of the framework have labels */
        symbols_name(start, names->label, sizeof(names->label));
    }
    if (node) {
        snprintf(names->full, sizeof(names->full), "%s%d/%s", node->name,
                 node->index, names->label);
    } else {
        snprintf(names->full, sizeof(names->full), "%s", names->label);
    }
    return names->full;
}
