/* prio.c - an indexed priority queue: a binary heap that knows where each item
 * is.
 * Layer: sim. One OS thread. The children of heap[i] are heap[2i + 1] and
 * heap[2i + 2], and neither comes before it. */
#include "sim/prio.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "sim/heap.h"

/* A total order: no two entries have the same `order`, so the layout of the
 * heap never decides. */
static bool before(const struct prio_entry *a, const struct prio_entry *b)
{
    return a->key != b->key ? a->key < b->key : a->order < b->order;
}

static void put(struct prio *prio, uint32_t at, struct prio_entry entry)
{
    prio->heap[at] = entry;
    prio->at[entry.item] = at;
}

/* Place an entry at `at` or, while its parent comes after it, above. */
static void up(struct prio *prio, uint32_t at, struct prio_entry entry)
{
    while (at > 0 && before(&entry, &prio->heap[(at - 1) / 2])) {
        put(prio, at, prio->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    put(prio, at, entry);
}

/* Place an entry at `at` or, while a child comes before it, below. */
static void down(struct prio *prio, uint32_t at, struct prio_entry entry)
{
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= prio->count) {
            break;
        }
        if (child + 1 < prio->count &&
            before(&prio->heap[child + 1], &prio->heap[child])) {
            child++;
        }
        if (!before(&prio->heap[child], &entry)) {
            break;
        }
        put(prio, at, prio->heap[child]);
        at = child;
    }
    put(prio, at, entry);
}

/* In the framework's heap, whichever server's thread runs: a crash of the
 * server must not free the queue. */
static void make_room(struct prio *prio, uint32_t item)
{
    void *former = heap_enter();
    if (prio->count == prio->heap_room) {
        prio->heap_room = prio->heap_room ? 2 * prio->heap_room : 64;
        prio->heap =
            lab_xrealloc(prio->heap, prio->heap_room * sizeof(prio->heap[0]));
    }
    if (item >= prio->item_room) {
        prio->item_room = 2 * item + 64;
        prio->at =
            lab_xrealloc(prio->at, prio->item_room * sizeof(prio->at[0]));
    }
    LAB_ASSERT(prio->count < prio->heap_room && item < prio->item_room);
    heap_use(former);
}

void prio_add(struct prio *prio, uint64_t key, uint32_t item)
{
    if (prio->count == prio->heap_room || item >= prio->item_room) {
        make_room(prio, item);
    }
    struct prio_entry entry = {key, prio->order++, item};
    up(prio, prio->count++, entry);
}

void prio_remove(struct prio *prio, uint32_t item)
{
    LAB_ASSERT(item < prio->item_room);
    uint32_t at = prio->at[item];
    LAB_ASSERT(at < prio->count && prio->heap[at].item == item);
    struct prio_entry last = prio->heap[--prio->count];
    if (at == prio->count) {
        return;
    }
    /* The last entry fills the gap. It comes from another branch, so it may
     * come before its new parent as well as after its new children. */
    if (at > 0 && before(&last, &prio->heap[(at - 1) / 2])) {
        up(prio, at, last);
    } else {
        down(prio, at, last);
    }
}

void prio_release(struct prio *prio)
{
    free(prio->heap);
    free(prio->at);
    *prio = (struct prio){0};
}
