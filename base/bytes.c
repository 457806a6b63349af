/* bytes.c - runs of bytes, and allocation that never returns NULL.
 * Layer: base. */
#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

void *(*lab_framework_alloc)(size_t size) = malloc;

struct bytes bytes_of(const void *data, size_t size)
{
    LAB_ASSERT(data || size == 0);
    /* The cast drops const: one struct serves borrowing and owning. */
    return (struct bytes){(uint8_t *)data, size};
}

struct bytes bytes_of_text(const char *text)
{
    LAB_ASSERT(text);
    return bytes_of(text, strlen(text));
}

struct bytes bytes_copy(struct bytes from)
{
    if (from.size == 0) {
        return (struct bytes){NULL, 0};
    }
    LAB_ASSERT(from.data); /* or the size is wrong */
    struct bytes to = {lab_xmalloc(from.size), from.size};
    memcpy(to.data, from.data, from.size);
    return to;
}

void bytes_free(struct bytes *owned)
{
    LAB_ASSERT(owned);
    free(owned->data);
    *owned = (struct bytes){NULL, 0};
}

bool bytes_equal(struct bytes a, struct bytes b)
{
    /* memcmp(NULL, NULL, 0) is undefined. */
    return a.size == b.size &&
           (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* malloc(0) may return NULL, which is not an error: ask for one byte. */
void *lab_xmalloc(size_t size)
{
    void *got = malloc(size ? size : 1);
    if (!got) {
        LAB_BUG("out of memory: cannot allocate %zu bytes", size);
    }
    return got;
}

void *lab_xcalloc(size_t count, size_t size)
{
    void *got = calloc(count ? count : 1, size ? size : 1);
    if (!got) {
        LAB_BUG("out of memory: cannot allocate %zu x %zu bytes", count, size);
    }
    return got;
}

void *lab_xrealloc(void *old, size_t size)
{
    void *got = realloc(old, size ? size : 1);
    if (!got) {
        LAB_BUG("out of memory: cannot reallocate to %zu bytes", size);
    }
    return got;
}

char *lab_xstrdup(const char *text)
{
    size_t size = strlen(text) + 1;
    return memcpy(lab_xmalloc(size), text, size);
}
