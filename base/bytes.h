/* bytes.h - a run of bytes with its length.
 * Layer: base; public to labs. Any thread.
 *
 * Ownership is said by the function, not by the type: a struct bytes passed
 * to a function is borrowed until it returns, one that a function returns is
 * the caller's, to be freed with bytes_free(). The empty value {NULL, 0} is
 * valid everywhere and owns nothing. */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
    uint8_t *data;
    size_t size;
};

/* Look at size bytes at data; nothing is copied. */
struct bytes bytes_of(const void *data, size_t size);

/* Look at the characters of a string, without the final zero. */
struct bytes bytes_of_text(const char *text);

/* A copy that the caller owns; empty for empty. Aborts if memory is out. */
struct bytes bytes_copy(struct bytes from);

/* Free what *owned holds and make it empty. */
void bytes_free(struct bytes *owned);

/* Same length and same content. */
bool bytes_equal(struct bytes a, struct bytes b);

/* malloc, calloc, realloc for sizes that the program itself chose: abort with
 * a message where they cannot be had (memory is outside the fault model). */
void *lab_xmalloc(size_t size);
void *lab_xcalloc(size_t count, size_t size);
void *lab_xrealloc(void *old, size_t size);
char *lab_xstrdup(const char *text);

/* Where base takes memory that has to survive whoever asked for it (the
 * layouts of records). Freed with free(). malloc() unless the runtime, whose
 * servers have heaps that die with them, has put in its own; it does so once,
 * before threads exist. */
extern void *(*lab_framework_alloc)(size_t size);

#endif
