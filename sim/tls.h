/* tls.h - thread-local variables of plug-ins, per simulated thread.
 * Layer: sim, internal.
 *
 * The dynamic linker knows one block of variables for each OS thread, so one
 * in all. But code finds a variable by asking __tls_get_addr for it: the
 * images' slots for that are turned to a function that gives every simulated
 * thread a block of its own, in its server's heap. Plug-ins that know their
 * variables' place without asking are refused: elf_thread_locals(). */
#ifndef SIM_TLS_H
#define SIM_TLS_H

#include <link.h>

struct thread;

/* Threads of servers have their own variables of this image, which lie in
 * this segment of it, from now on. On a fiber of the tester. */
void tls_image_loaded(void *handle, const struct link_map *map,
                      const ElfW(Phdr) * segment);

/* A thread has ended, or is about to be killed. */
void tls_forget(struct thread *thread);

#endif
