/* bytes.h - a run of bytes with its length.
 * Layer: raftcore. Any thread.
 *
 * Ownership is said by the function, not by the type: a struct rc_bytes passed
 * to a function is borrowed until it returns; one that an encoder returns is
 * the caller's, who frees it with rc_bytes_free(). {NULL, 0} is valid
 * everywhere and owns nothing. */
#ifndef RAFTCORE_BYTES_H
#define RAFTCORE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct rc_bytes {
    uint8_t *data;
    size_t size;
};

/* Refer to size bytes at data, or to the characters of a string without its
 * final zero. Nothing is copied. */
static inline struct rc_bytes rc_bytes_of(const void *data, size_t size)
{
    /* One type serves borrowing and owning, hence the cast. */
    return (struct rc_bytes){(uint8_t *)data, size};
}

static inline struct rc_bytes rc_bytes_of_text(const char *text)
{
    return rc_bytes_of(text, strlen(text));
}

/* Same length and same content. */
static inline bool rc_bytes_equal(struct rc_bytes a, struct rc_bytes b)
{
    /* memcmp must not see NULL, even for no bytes. */
    return a.size == b.size &&
           (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* Free what *owned holds and make it empty. */
static inline void rc_bytes_free(struct rc_bytes *owned)
{
    free(owned->data);
    *owned = (struct rc_bytes){NULL, 0};
}

#endif
