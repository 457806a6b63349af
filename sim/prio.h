/* prio.h - an indexed priority queue of small numbers.
 * Layer: sim, internal. One OS thread. Least key first; equal keys in the order
 * in which they were added, so that no tie depends on anything else. */
#ifndef SIM_PRIO_H
#define SIM_PRIO_H

#include <stdbool.h>
#include <stdint.h>

struct prio_entry {
    uint64_t key;
    uint64_t order; /* of being added */
    uint32_t item;
};

/* A binary heap that knows where each item is. All zero is empty. Memory comes
 * from the framework's heap. */
struct prio {
    struct prio_entry *heap;
    uint32_t *at; /* index in heap of each item that is in */
    uint32_t count, heap_room, item_room;
    uint64_t order;
};

/* Add an item that is not in the queue. */
void prio_add(struct prio *prio, uint64_t key, uint32_t item);

/* Remove an item that is in the queue. */
void prio_remove(struct prio *prio, uint32_t item);

/* Free its memory; it is empty then. */
void prio_release(struct prio *prio);

/* The first entry; the queue must not be empty. Valid until the next change. */
static inline const struct prio_entry *prio_first(const struct prio *prio)
{
    return &prio->heap[0];
}

#endif
