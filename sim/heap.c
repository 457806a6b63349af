/* heap.c - the current heap, and memory of the framework.
 * Layer: sim. One OS thread. */
#include "sim/heap.h"

#include "base/bytes.h"
#include "sim/sim.h"

void *heap_current;
unsigned char heap_fill;

void *sim_framework_alloc(size_t size)
{
    void *former = heap_enter();
    void *block = lab_xmalloc(size);
    heap_use(former);
    return block;
}
