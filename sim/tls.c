/* tls.c - thread-local variables of plug-ins, per simulated thread.
 * Layer: sim. */
#include "sim/tls.h"

#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sim/nodes.h"
#include "sim/slots.h"

/* What compilers call for a variable: module and offset. */
struct tls_index {
    size_t module, offset;
};
void *__tls_get_addr(struct tls_index *index);

/* In the server's heap: a pointer to another thread's variable is good as
 * long as that thread lives, as with real threads. */
static void *block_new(const struct tls_image *tls)
{
    size_t align = tls->align > sizeof(void *) ? tls->align : sizeof(void *);
    char *block =
        aligned_alloc(align, (tls->bytes + align - 1) / align * align);
    if (block) {
        memcpy(block, tls->initial, tls->initial_bytes);
        memset(block + tls->initial_bytes, 0, tls->bytes - tls->initial_bytes);
    }
    return block;
}

/* Compilers call this as any other function, but for some that do not align
 * the stack for it. */
#ifdef __x86_64__
__attribute__((force_align_arg_pointer))
#endif
static void *
address_of(struct tls_index *index)
{
    struct thread *me = sched.active ? sched.current : NULL;
    if (!me || !me->node || me->node->tls.module != index->module) {
        return __tls_get_addr(index);
    }
    if (!me->tls) {
        me->tls = block_new(&me->node->tls);
        if (!me->tls) {
            sim_fail(SIM_CRASHED,
                     "no memory for the thread-local variables "
                     "of thread %s",
                     sim_thread_name());
        }
    }
    return (char *)me->tls + index->offset;
}

static uintptr_t instead(const char *name)
{
    return strcmp(name, "__tls_get_addr") == 0 ? (uintptr_t)address_of : 0;
}

void tls_attach(struct tls_image *tls, void *handle, const struct link_map *map,
                const ElfW(Phdr) * segment)
{
    if (dlinfo(handle, RTLD_DI_TLS_MODID, &tls->module) != 0) {
        return;
    }
    tls->initial = (const void *)(map->l_addr + segment->p_vaddr);
    tls->initial_bytes = segment->p_filesz;
    tls->bytes = segment->p_memsz;
    tls->align = segment->p_align;
    slots_turn(map, instead);
}

void tls_forget(struct thread *thread)
{
    free(thread->tls);
    thread->tls = NULL;
}
