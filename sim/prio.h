/* prio.h - small numbers in the order of a key; equal keys: first come, first.
 * Layer: sim, internal. A binary heap that knows where each number is. */
#ifndef SIM_PRIO_H
#define SIM_PRIO_H

#include <stdbool.h>
#include <stdint.h>

struct prio_entry {
    uint64_t key;
    uint64_t order; /* of coming */
    uint32_t item;
};

/* All zero is empty. Memory comes from the framework's heap. */
struct prio {
    struct prio_entry *heap;
    uint32_t *at; /* place of each item that is in */
    uint32_t count, heap_room, item_room;
    uint64_t order;
};

/* Put in an item that is not in. */
void prio_add(struct prio *prio, uint64_t key, uint32_t item);

/* Take out an item that is in. */
void prio_remove(struct prio *prio, uint32_t item);

/* Empty it and free its memory. */
void prio_release(struct prio *prio);

/* The first one; count must not be 0. */
static inline const struct prio_entry *prio_first(const struct prio *prio)
{
    return &prio->heap[0];
}

#endif
