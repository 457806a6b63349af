/* values.h - interned byte strings: equal content, equal number.
 * Layer: lincheck, internal.
 *
 * The states of models are such numbers, so comparing states is comparing
 * numbers. A string made by appending is kept as the string before and the
 * piece, so a history of n appends takes memory for its pieces only. Hashes
 * find candidates; the content decides. */
#ifndef LINCHECK_VALUES_H
#define LINCHECK_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum {
    VALUE_NIL,   /* no string */
    VALUE_EMPTY, /* "" */
};

struct values;

struct values *values_new(void);
void values_free(struct values *values);

/* Return the number of this string; copies the bytes if they are new. */
uint32_t values_intern(struct values *values, struct bytes bytes);

/* Return the number of the string followed by the piece. */
uint32_t values_append(struct values *values, uint32_t value, uint32_t piece);

/* Return the string of a number (not VALUE_NIL), borrowed until
 * values_free(); and its size in bytes. */
struct bytes values_bytes(struct values *values, uint32_t value);
size_t values_size(const struct values *values, uint32_t value);

/* Does the second string begin with the first? Compares hashes only, so it may
 * be wrongly true: by chance once in 2^60, and for strings chosen to collide.
 * Use it to prune a search, never for a verdict. */
bool values_may_be_prefix(struct values *values, uint32_t prefix,
                          uint32_t value);

/* Return the number of the first `size` bytes of a string. */
uint32_t values_prefix(struct values *values, uint32_t value, size_t size);

/* Memory in use, in bytes. */
size_t values_memory(const struct values *values);

#endif
