/* tls.c - thread-local variables of plug-ins, per simulated thread.
 * Layer: sim. */
#include "sim/tls.h"

#include <stdlib.h>
#include <string.h>

#include "sim/sched.h"

/* What compilers call for a variable: module and offset. */
struct tls_index {
    size_t module, offset;
};
void *__tls_get_addr(struct tls_index *index);

void tls_find(struct tls_block *tls, size_t module, size_t size)
{
    struct tls_index start = {module, 0};
    tls->block = __tls_get_addr(&start);
    tls->initial = sim_framework_alloc(size);
    memcpy(tls->initial, tls->block, size);
    tls->size = size;
    tls->owner = NULL;
}

void tls_release(struct tls_block *tls)
{
    free(tls->initial);
    *tls = (struct tls_block){.size = 0};
}

void tls_switch(struct tls_block *tls, struct thread *next)
{
    struct thread *owner = tls->owner;
    if (owner == next) {
        return;
    }
    if (owner) {
        if (!owner->tls) {
            owner->tls = sim_framework_alloc(tls->size);
        }
        memcpy(owner->tls, tls->block, tls->size);
    }
    memcpy(tls->block, next->tls ? next->tls : tls->initial, tls->size);
    tls->owner = next;
}

void tls_forget(struct tls_block *tls, struct thread *thread)
{
    free(thread->tls);
    thread->tls = NULL;
    if (tls->owner == thread) {
        tls->owner = NULL;
    }
}
