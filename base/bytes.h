/* bytes.h - a run of bytes with its length.
 * Layer: base; public to labs. Any thread. Nothing here waits.
 *
 *     struct bytes command = bytes_of_text("x=1");   borrowed, do not free
 *     struct bytes copy = bytes_copy(command);       owned
 *     bytes_free(&copy);
 *
 * Ownership depends on the function, not on the type. A struct bytes that you
 * pass to a function stays yours: it is borrowed until the function returns.
 * One that a function returns is yours to free with bytes_free(), unless the
 * function says that it only borrows. {NULL, 0} is the empty value: valid
 * everywhere, and it owns nothing. */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
    uint8_t *data; /* may be NULL when size is 0 */
    size_t size;   /* in bytes */
};

/* Borrow size bytes at data; nothing is copied. */
struct bytes bytes_of(const void *data, size_t size);

/* Borrow the characters of a string, without the final zero. */
struct bytes bytes_of_text(const char *text);

/* Return a copy that the caller owns; the empty value for an empty one. Ends
 * the run if there is no memory. */
struct bytes bytes_copy(struct bytes from);

/* Free what *owned holds and make it empty. Harmless on an empty value. */
void bytes_free(struct bytes *owned);

/* Do both have the same length and content? */
bool bytes_equal(struct bytes a, struct bytes b);

/* malloc(), calloc(), realloc() and strdup() that never return NULL: they end
 * the run with a message, because running out of memory is outside of the
 * fault model. For sizes that the program chooses, not for lengths found in
 * input. Free with free(). */
void *lab_xmalloc(size_t size);
void *lab_xcalloc(size_t count, size_t size);
void *lab_xrealloc(void *old, size_t size);
char *lab_xstrdup(const char *text);

/* Where base takes memory that must outlive the thread that asked for it: the
 * layouts of records. Freed with free(). It is malloc(), until the runtime
 * puts in its own, while there is one thread: a server of the simulator has a
 * heap of its own, which a crash destroys. */
extern void *(*lab_framework_alloc)(size_t size);

#endif
