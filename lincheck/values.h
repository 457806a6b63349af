/* values.h - byte strings as numbers: equal content, equal number.
 * Layer: lincheck, internal.
 *
 * The states of models are such numbers. A string that came about by appending
 * is kept as what it was before plus the piece, so that a history of appends
 * costs memory for its pieces only, and comparing states is comparing numbers.
 * Hashes only find candidates: content decides. */
#ifndef LINCHECK_VALUES_H
#define LINCHECK_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum {
    VALUE_NIL,   /* no string at all */
    VALUE_EMPTY, /* "" */
};

struct values;

struct values *values_new(void);
void values_free(struct values *values);

/* The number of this string; the bytes are copied when they are new. */
uint32_t values_of(struct values *values, struct bytes bytes);

/* The number of a string with a piece behind it. */
uint32_t values_append(struct values *values, uint32_t value, uint32_t piece);

/* The string of a number (not of VALUE_NIL); lies in the table. */
struct bytes values_bytes(struct values *values, uint32_t value);
size_t values_size(const struct values *values, uint32_t value);

/* Does the second begin with the first? May say yes wrongly, by chance once in
 * 2^60, and of texts that were made for it:
 * for leaving out of searches what leads nowhere, not for verdicts. */
bool values_may_begin(struct values *values, uint32_t beginning,
                      uint32_t value);

/* The number of the first bytes of a string, no more than it has. */
uint32_t values_beginning(struct values *values, uint32_t value, size_t size);

/* Memory in use. */
size_t values_memory(const struct values *values);

#endif
