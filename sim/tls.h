/* tls.h - thread-local variables of plug-ins, per simulated thread.
 * Layer: sim, internal. One OS thread.
 *
 * The dynamic linker keeps one block of variables for each OS thread, and there
 * is one OS thread. But code calls __tls_get_addr() to find a variable, so that
 * call is redirected in each image to a function that gives every simulated
 * thread a block of its own, in its server's heap. plugin_check() refuses
 * plug-ins that find variables without that call: elf_thread_locals(). */
#ifndef SIM_TLS_H
#define SIM_TLS_H

#include <link.h>

struct thread;

/* From now on give every thread of a server its own variables of this image;
 * `segment` is its PT_TLS. On a fiber of the tester. */
void tls_image_loaded(void *handle, const struct link_map *map,
                      const ElfW(Phdr) * segment);

/* Free the variables of a thread that has ended or is killed. */
void tls_forget(struct thread *thread);

#endif
