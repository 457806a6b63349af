/* context.c - the chain of calls that an access is in, as a number.
 * Layer: sim; part of the race detector. One OS thread.
 *
 * A report needs the stacks of both accesses, and the former one's stack is
 * gone by then. So each access keeps its context: a node of a tree that has
 * each chain of calls once, found by a hash table of (parent, pc). */
#include "sim/race/context.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/random.h"
#include "sim/heap.h"

#define CONTEXTS_MAX (UINT32_C(1) << 20) /* against endless recursion */

struct context {
    const void *pc;
    uint32_t parent;
    uint32_t last_child; /* entered last: most calls are repeated */
    uint32_t chain;      /* the next one in its bucket */
};

static struct {
    struct context *at; /* [0]: the root */
    uint32_t count, room;
    uint32_t *buckets; /* as many as room */
} tree;

static uint32_t bucket_of(uint32_t parent, const void *pc)
{
    LAB_ASSERT((tree.room & (tree.room - 1)) == 0); /* a power of two */
    uint64_t key = random_mix((uintptr_t)pc ^ (uint64_t)parent << 40);
    return (uint32_t)key & (tree.room - 1);
}

static void grow(void)
{
    void *former = heap_enter();
    tree.room = tree.room ? 2 * tree.room : 1024;
    tree.at = lab_xrealloc(tree.at, tree.room * sizeof(tree.at[0]));
    free(tree.buckets);
    tree.buckets = lab_xcalloc(tree.room, sizeof(tree.buckets[0]));
    heap_use(former);
    LAB_ASSERT(tree.count < tree.room);
    if (tree.count == 0) {
        tree.at[tree.count++] = (struct context){NULL, 0, 0, 0};
    }
    /* Hash all anew. The root is in no bucket: it is nobody's child. */
    for (uint32_t i = 1; i < tree.count; i++) {
        uint32_t bucket = bucket_of(tree.at[i].parent, tree.at[i].pc);
        tree.at[i].chain = tree.buckets[bucket];
        tree.buckets[bucket] = i;
    }
}

static uint32_t find_or_add(uint32_t parent, const void *pc)
{
    if (tree.count == tree.room) {
        /* The report then lacks the innermost frames, nothing else. */
        if (tree.count >= CONTEXTS_MAX) {
            return parent;
        }
        grow();
    }
    LAB_ASSERT(parent < tree.count);
    uint32_t bucket = bucket_of(parent, pc);
    uint32_t i = tree.buckets[bucket];
    while (i && (tree.at[i].parent != parent || tree.at[i].pc != pc)) {
        i = tree.at[i].chain;
    }
    if (!i) {
        i = tree.count++;
        tree.at[i] = (struct context){pc, parent, 0, tree.buckets[bucket]};
        tree.buckets[bucket] = i;
    }
    tree.at[parent].last_child = i;
    return i;
}

uint32_t race_context_enter(uint32_t parent, const void *pc)
{
    if (parent < tree.count) {
        uint32_t likely = tree.at[parent].last_child;
        if (likely && tree.at[likely].pc == pc) {
            return likely;
        }
    }
    return find_or_add(parent, pc);
}

const void *race_context_pc(uint32_t context, uint32_t *parent)
{
    LAB_ASSERT(context < tree.count);
    *parent = tree.at[context].parent;
    return tree.at[context].pc;
}

void race_context_clear(void)
{
    free(tree.at);
    free(tree.buckets);
    memset(&tree, 0, sizeof(tree));
}
