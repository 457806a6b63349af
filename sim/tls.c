/* tls.c - thread-local variables of plug-ins, per simulated thread.
 * Layer: sim. One OS thread. See tls.h for how it gets between. */
#include "sim/tls.h"

#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "sim/image/imports.h"
#include "sim/node_internal.h"

/* The ABI of __tls_get_addr(): compilers pass the module and the offset of a
 * variable, and the linker fills both in. */
struct tls_index {
    size_t module, offset;
};
void *__tls_get_addr(struct tls_index *index);

/* The variables of a loaded image. */
struct image {
    const void *initial; /* values at the start of a thread, */
    size_t initial_bytes;
    size_t bytes; /* and zero up to here */
    size_t align; /* a power of two */
};

/* By the linker's number of the module. Images are never unloaded. */
static struct {
    struct image *at;
    size_t count;
} images;

/* One thread's variables of one image, behind this header. */
struct tls_block {
    struct tls_block *next; /* of the same thread */
    size_t module;
    char *variables;
};

/* malloc takes it from the server's heap, so a crash frees it. A pointer to
 * another thread's variable is valid as long as that thread lives, as with real
 * threads. */
static struct tls_block *block_new(const struct image *image, size_t module)
{
    LAB_ASSERT(image->initial_bytes <= image->bytes);
    size_t align =
        image->align > sizeof(void *) ? image->align : sizeof(void *);
    size_t header = (sizeof(struct tls_block) + align - 1) / align * align;
    size_t bytes = header + (image->bytes + align - 1) / align * align;
    struct tls_block *block = aligned_alloc(align, bytes);
    if (!block) {
        sim_fail(SIM_MEMORY,
                 "no memory for the thread-local variables of thread %s",
                 sim_thread_name());
    }
    block->module = module;
    block->variables = (char *)block + header;
    LAB_ASSERT((uintptr_t)block->variables % align == 0);
    memcpy(block->variables, image->initial, image->initial_bytes);
    memset(block->variables + image->initial_bytes, 0,
           image->bytes - image->initial_bytes);
    return block;
}

/* The current thread's __tls_get_addr(). Some compilers do not align the stack
 * for this call. The tester's threads, and images loaded outside of runs, have
 * the linker's block. */
#ifdef __x86_64__
__attribute__((force_align_arg_pointer))
#endif
static void *
address_of(struct tls_index *index)
{
    struct thread *me = sched.active ? sched.current : NULL;
    size_t module = index->module;
    if (!me || !me->node || module >= images.count ||
        !images.at[module].bytes) {
        return __tls_get_addr(index);
    }
    LAB_ASSERT(index->offset <= images.at[module].bytes);
    /* A list: a thread uses one or two modules. */
    struct tls_block *block = me->tls;
    while (block && block->module != module) {
        block = block->next;
    }
    if (!block) {
        block = block_new(&images.at[module], module);
        block->next = me->tls;
        me->tls = block;
    }
    return block->variables + index->offset;
}

static uintptr_t replacement(const char *name)
{
    return strcmp(name, "__tls_get_addr") == 0 ? (uintptr_t)address_of : 0;
}

void tls_image_loaded(void *handle, const struct link_map *map,
                      const ElfW(Phdr) * segment)
{
    size_t module;
    LAB_ASSERT(segment->p_type == PT_TLS);
    if (dlinfo(handle, RTLD_DI_TLS_MODID, &module) != 0 || module == 0) {
        return; /* an empty segment */
    }
    if (module >= images.count) {
        images.at = lab_xrealloc(images.at, (module + 1) * sizeof(*images.at));
        memset(images.at + images.count, 0,
               (module + 1 - images.count) * sizeof(*images.at));
        images.count = module + 1;
    }
    images.at[module] = (struct image){
        .initial = (const void *)(map->l_addr + segment->p_vaddr),
        .initial_bytes = segment->p_filesz,
        .bytes = segment->p_memsz,
        .align = segment->p_align,
    };
    imports_redirect(map, replacement);
}

void tls_forget(struct thread *thread)
{
    while (thread->tls) {
        struct tls_block *next = thread->tls->next;
        free(thread->tls);
        thread->tls = next;
    }
}
