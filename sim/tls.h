/* tls.h - thread-local variables of plug-ins, per simulated thread.
 * Layer: sim, internal.
 *
 * The dynamic linker gives an image one block per OS thread, so one in all.
 * It holds the variables of the thread of that server that ran last; they
 * are exchanged only when another thread of the same server runs. So a pointer
 * to such a variable is good only in the thread whose variable it is. */
#ifndef SIM_TLS_H
#define SIM_TLS_H

#include <stddef.h>

struct thread;

struct tls_block {
    void *block;          /* of the image, for this OS thread */
    void *initial;        /* its content after loading */
    size_t size;          /* 0: the image has no such variables */
    struct thread *owner; /* whose values the block holds; NULL: nobody's */
};

/* Look up the block of a loaded module, and keep its content. */
void tls_find(struct tls_block *tls, size_t module, size_t size);

/* A thread of this server is about to run. */
void tls_switch(struct tls_block *tls, struct thread *next);

/* The server is forgotten. */
void tls_release(struct tls_block *tls);

/* A thread of this server has ended. */
void tls_forget(struct tls_block *tls, struct thread *thread);

#endif
