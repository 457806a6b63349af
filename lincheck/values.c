/* values.c - interned byte strings: equal content, equal number.
 * Layer: lincheck. The hash of a string s of n bytes is the polynomial
 * s[0] B^(n-1) + ... + s[n-1] modulo 2^64, so the hash after an append takes
 * time for the piece only. */
#include "lincheck/values.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

#define B UINT64_C(0x9e3779b97f4a7c15)

#define VALUES_MAX  UINT32_MAX
#define PREFIX_STEP 64 /* a hash is kept for each prefix of this many bytes */
#define CHUNK_BYTES 65536

struct value {
    uint64_t hash;
    uint64_t power; /* B^size */
    size_t size;
    uint8_t *data;           /* NULL: not concatenated yet */
    uint32_t base;           /* VALUE_NIL, or the string is this one */
    uint32_t piece;          /* followed by this one, which has data */
    uint64_t *prefix_hashes; /* [i]: of the first i * PREFIX_STEP bytes; NULL:
                              * not needed so far */
};

/* base followed by piece is whole. */
struct join {
    uint32_t base, piece, whole; /* whole: 0 in free slots */
};

/* Memory for string data, allocated in chunks and freed together. */
struct chunk {
    struct chunk *next;
    size_t used, size;
    uint8_t bytes[];
};

/* Both hash tables use open addressing; their capacity is a power of two, and
 * half of it stays free. */
struct values {
    struct value *at;
    size_t count, capacity;
    uint32_t *by_content; /* 0: free */
    size_t content_capacity;
    struct join *joins;
    size_t join_count, join_capacity;
    struct chunk *chunks;
    size_t memory; /* of chunks and prefix hashes, in bytes */
};

/* ---- Memory --------------------------------------------------------------*/

/* Return memory that lives as long as the table. */
static uint8_t *allocate(struct values *values, size_t size)
{
    struct chunk *chunk = values->chunks;
    if (!chunk || chunk->size - chunk->used < size) {
        size_t capacity = size > CHUNK_BYTES / 4 ? size : CHUNK_BYTES;
        struct chunk *fresh = lab_xmalloc(sizeof(*fresh) + capacity);
        fresh->used = 0;
        fresh->size = capacity;
        values->memory += sizeof(*fresh) + capacity;
        if (chunk &&
            capacity == size) { /* full at once: go on with the other */
            fresh->next = chunk->next;
            chunk->next = fresh;
        } else {
            fresh->next = chunk;
            values->chunks = fresh;
        }
        chunk = fresh;
    }
    LAB_ASSERT(size <= chunk->size - chunk->used);
    uint8_t *at = chunk->bytes + chunk->used;
    chunk->used += size;
    return at;
}

struct values *values_new(void)
{
    struct values *values = lab_xcalloc(1, sizeof(*values));
    values->at = lab_xcalloc(64, sizeof(*values->at));
    values->capacity = 64;
    values->count = 1; /* VALUE_NIL */
    values->content_capacity = 128;
    values->by_content = lab_xcalloc(128, sizeof(*values->by_content));
    values->join_capacity = 64;
    values->joins = lab_xcalloc(64, sizeof(*values->joins));
    uint32_t empty = values_intern(values, bytes_of(NULL, 0));
    LAB_ASSERT(empty == VALUE_EMPTY);
    return values;
}

void values_free(struct values *values)
{
    if (!values) {
        return;
    }
    while (values->chunks) {
        struct chunk *next = values->chunks->next;
        free(values->chunks);
        values->chunks = next;
    }
    for (size_t i = 0; i < values->count; i++) {
        free(values->at[i].prefix_hashes);
    }
    free(values->by_content);
    free(values->joins);
    free(values->at);
    free(values);
}

size_t values_memory(const struct values *values)
{
    return values->memory + values->capacity * sizeof(*values->at) +
           values->content_capacity * sizeof(*values->by_content) +
           values->join_capacity * sizeof(*values->joins);
}

/* ---- Hashing -------------------------------------------------------------*/

/* B^exponent, by squaring. */
static uint64_t power(uint64_t exponent)
{
    uint64_t result = 1;
    for (uint64_t square = B; exponent; exponent >>= 1, square *= square) {
        result *= exponent & 1 ? square : 1;
    }
    return result;
}

/* Return the hash of a string followed by these bytes; four at a time, because
 * the multiplications are then independent. */
static uint64_t hash_more(uint64_t hash, const uint8_t *data, size_t size)
{
    const uint64_t b2 = B * B, b4 = b2 * b2;
    for (; size >= 4; data += 4, size -= 4) {
        hash = hash * b4 + data[0] * (b2 * B) + data[1] * b2 + data[2] * B +
               data[3];
    }
    for (; size > 0; data++, size--) {
        hash = hash * B + *data;
    }
    return hash;
}

/* Spread a hash over the low bits, which select the slot. */
static size_t mix(uint64_t hash)
{
    hash ^= hash >> 32;
    hash *= UINT64_C(0xd6e8feb86659fd93);
    return (size_t)(hash ^ hash >> 32);
}

/* Return the slot at which probing for this hash and size starts. */
static size_t content_slot(const struct values *values, uint64_t hash,
                           size_t size)
{
    return mix(hash + size) & (values->content_capacity - 1);
}

static void content_put(struct values *values, uint32_t number)
{
    const struct value *value = &values->at[number];
    size_t i = content_slot(values, value->hash, value->size);
    while (values->by_content[i]) {
        i = (i + 1) & (values->content_capacity - 1);
    }
    values->by_content[i] = number;
}

/* ---- Content -------------------------------------------------------------*/

/* Copy the string to `to`, piece by piece from its end. */
static void copy_content(const struct values *values, uint32_t number,
                         uint8_t *to)
{
    const struct value *value = &values->at[number];
    while (!value->data) {
        const struct value *piece = &values->at[value->piece];
        const struct value *base = &values->at[value->base];
        memcpy(to + base->size, piece->data, piece->size);
        value = base;
    }
    memcpy(to, value->data, value->size);
}

struct bytes values_bytes(struct values *values, uint32_t number)
{
    struct value *value = &values->at[number];
    LAB_ASSERT(number != VALUE_NIL);
    LAB_ASSERT(number < values->count);
    if (!value->data) { /* first use: concatenate, and keep the result */
        uint8_t *data = allocate(values, value->size);
        copy_content(values, number, data);
        value->data = data;
    }
    return bytes_of(value->data, value->size);
}

size_t values_size(const struct values *values, uint32_t number)
{
    LAB_ASSERT(number < values->count);
    return values->at[number].size;
}

/* Is the string equal to the bytes at data? The caller has compared sizes. */
static bool is_equal(const struct values *values, uint32_t number,
                     const uint8_t *data)
{
    const struct value *value = &values->at[number];
    while (!value->data) {
        const struct value *piece = &values->at[value->piece];
        const struct value *base = &values->at[value->base];
        if (memcmp(data + base->size, piece->data, piece->size) != 0) {
            return false;
        }
        value = base;
    }
    return value->size == 0 || memcmp(data, value->data, value->size) == 0;
}

/* ---- Finding and adding --------------------------------------------------*/

/* Add a string that is not in the table. Both arrays grow together. */
static uint32_t value_new(struct values *values, struct value value)
{
    LAB_ASSERT(values->count < VALUES_MAX);
    LAB_ASSERT(value.data || value.base != VALUE_NIL);
    if (values->count == values->capacity) {
        values->capacity *= 2;
        values->at =
            lab_xrealloc(values->at, values->capacity * sizeof(*values->at));
        free(values->by_content);
        values->content_capacity = values->capacity * 2;
        values->by_content =
            lab_xcalloc(values->content_capacity, sizeof(*values->by_content));
        for (uint32_t i = VALUE_EMPTY; i < values->count; i++) {
            content_put(values, i);
        }
    }
    values->at[values->count] = value;
    content_put(values, (uint32_t)values->count);
    return (uint32_t)values->count++;
}

uint32_t values_intern(struct values *values, struct bytes bytes)
{
    uint64_t hash = hash_more(0, bytes.data, bytes.size);
    uint32_t number;
    for (size_t i = content_slot(values, hash, bytes.size);
         (number = values->by_content[i]) != 0;
         i = (i + 1) & (values->content_capacity - 1)) {
        const struct value *value = &values->at[number];
        if (value->hash == hash && value->size == bytes.size &&
            is_equal(values, number, bytes.data)) {
            return number;
        }
    }
    struct value value = {
        .hash = hash, .power = power(bytes.size), .size = bytes.size};
    value.data = allocate(values, bytes.size);
    if (bytes.size > 0) {
        memcpy(value.data, bytes.data, bytes.size);
    }
    return value_new(values, value);
}

/* A cursor that goes through a string from its end. */
struct cursor {
    const struct value *rest; /* the string before the tail; NULL: none */
    const uint8_t *tail;
    size_t tail_size; /* bytes of the tail that are left */
};

/* Make the last piece of the rest the tail. */
static void next_tail(const struct values *values, struct cursor *end)
{
    const struct value *value = end->rest;
    const struct value *tail = value;
    if (!value) {
        return;
    }
    end->rest = NULL;
    if (!value->data) {
        tail = &values->at[value->piece];
        end->rest = &values->at[value->base];
    }
    end->tail = tail->data;
    end->tail_size = tail->size;
}

/* Do two strings of equal size have equal content? Strings of a history mostly
 * share their base: then only their ends are compared. */
static bool is_same(const struct values *values, const struct value *one,
                    const struct value *other)
{
    struct cursor a = {.rest = one}, b = {.rest = other};
    while (a.tail_size > 0 || b.tail_size > 0 || a.rest != b.rest) {
        if (a.tail_size == 0) {
            next_tail(values, &a);
        }
        if (b.tail_size == 0) {
            next_tail(values, &b);
        }
        size_t n = a.tail_size < b.tail_size ? a.tail_size : b.tail_size;
        a.tail_size -= n;
        b.tail_size -= n;
        if (n > 0 && memcmp(a.tail + a.tail_size, b.tail + b.tail_size, n)) {
            return false;
        }
    }
    return true;
}

/* Return the string with the content of base and piece; 0 if there is none. */
static uint32_t find_whole(const struct values *values,
                           const struct value *parts)
{
    uint32_t number;
    for (size_t i = content_slot(values, parts->hash, parts->size);
         (number = values->by_content[i]) != 0;
         i = (i + 1) & (values->content_capacity - 1)) {
        const struct value *value = &values->at[number];
        if (value->hash == parts->hash && value->size == parts->size &&
            is_same(values, parts, value)) {
            return number;
        }
    }
    return 0;
}

/* Return the slot of this join, or the free one for it. */
static struct join *join_slot(const struct values *values, uint32_t base,
                              uint32_t piece)
{
    size_t i = mix((uint64_t)base << 32 | piece) & (values->join_capacity - 1);
    struct join *join = &values->joins[i];
    while (join->whole && (join->base != base || join->piece != piece)) {
        i = (i + 1) & (values->join_capacity - 1);
        join = &values->joins[i];
    }
    return join;
}

static void joins_grow(struct values *values)
{
    struct join *old = values->joins;
    size_t capacity = values->join_capacity;
    values->join_capacity *= 2;
    values->joins = lab_xcalloc(values->join_capacity, sizeof(*values->joins));
    for (size_t i = 0; i < capacity; i++) {
        if (old[i].whole) {
            *join_slot(values, old[i].base, old[i].piece) = old[i];
        }
    }
    free(old);
}

uint32_t values_append(struct values *values, uint32_t base, uint32_t piece)
{
    LAB_ASSERT(base != VALUE_NIL);
    LAB_ASSERT(piece != VALUE_NIL);
    struct join *join = join_slot(values, base, piece);
    if (join->whole) {
        return join->whole;
    }
    struct value parts = {.base = base, .piece = piece};
    uint32_t whole = base;
    if (values_bytes(values, piece).size > 0) {
        const struct value *front = &values->at[base];
        const struct value *back = &values->at[piece];
        parts.hash = front->hash * back->power + back->hash;
        parts.power = front->power * back->power;
        parts.size = front->size + back->size;
        /* The same string may have been made from other parts. */
        whole = find_whole(values, &parts);
        whole = whole ? whole : value_new(values, parts);
    }
    LAB_ASSERT(!join->whole);
    *join = (struct join){base, piece, whole};
    if (++values->join_count > values->join_capacity / 2) {
        joins_grow(values);
    }
    return whole;
}

/* ---- Prefixes ------------------------------------------------------------*/

/* Keep hashes of prefixes of a string that was not made by appending. */
static void hash_prefixes(struct values *values, uint32_t number)
{
    struct bytes all = values_bytes(values, number);
    size_t count = all.size / PREFIX_STEP;
    LAB_ASSERT(!values->at[number].prefix_hashes);
    uint64_t *prefix_hashes = lab_xcalloc(count + 1, sizeof(*prefix_hashes));
    for (size_t i = 0; i < count; i++) {
        prefix_hashes[i + 1] = hash_more(
            prefix_hashes[i], all.data + i * PREFIX_STEP, PREFIX_STEP);
    }
    values->at[number].prefix_hashes = prefix_hashes;
    values->memory += (count + 1) * sizeof(*prefix_hashes);
}

/* Of this string and its bases, return the shortest one that has at least
 * `size` bytes. */
static uint32_t shortest_base(const struct values *values, uint32_t number,
                              size_t size)
{
    const struct value *value = &values->at[number];
    while (value->base != VALUE_NIL && values->at[value->base].size >= size) {
        number = value->base;
        value = &values->at[number];
    }
    return number;
}

/* Return the hash of the first `size` bytes. */
static uint64_t prefix_hash(struct values *values, uint32_t number, size_t size)
{
    LAB_ASSERT(size <= values->at[number].size);
    number = shortest_base(values, number, size);
    const struct value *value = &values->at[number];
    if (value->size == size) {
        return value->hash;
    }
    if (value->base != VALUE_NIL) { /* the prefix ends inside the piece */
        const struct value *base = &values->at[value->base];
        size_t more = size - base->size;
        return hash_more(base->hash, values->at[value->piece].data, more);
    }
    if (!value->prefix_hashes) {
        hash_prefixes(values, number);
    }
    size_t before = size / PREFIX_STEP;
    return hash_more(value->prefix_hashes[before],
                     value->data + before * PREFIX_STEP, size % PREFIX_STEP);
}

bool values_may_be_prefix(struct values *values, uint32_t prefix,
                          uint32_t number)
{
    LAB_ASSERT(prefix != VALUE_NIL);
    LAB_ASSERT(number != VALUE_NIL);
    const struct value *value = &values->at[prefix];
    return value->size <= values->at[number].size &&
           value->hash == prefix_hash(values, number, value->size);
}

uint32_t values_prefix(struct values *values, uint32_t number, size_t size)
{
    LAB_ASSERT(number != VALUE_NIL);
    LAB_ASSERT(size <= values->at[number].size);
    number = shortest_base(values, number, size);
    const struct value *value = &values->at[number];
    if (value->size == size) {
        return number;
    }
    if (value->base == VALUE_NIL) { /* not made by appending */
        return values_intern(values, bytes_of(value->data, size));
    }
    /* The base and the first part of the piece. */
    size_t more = size - values->at[value->base].size;
    uint32_t base = value->base;
    struct bytes rest = bytes_of(values->at[value->piece].data, more);
    return values_append(values, base, values_intern(values, rest));
}
