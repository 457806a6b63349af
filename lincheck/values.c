/* values.c - byte strings as numbers.
 * Layer: lincheck. The hash of a string s of n bytes is the polynomial
 * s[0] B^(n-1) + ... + s[n-1] modulo 2^64, so that appending costs what the
 * piece costs. */
#include "lincheck/values.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

#define B UINT64_C(0x9e3779b97f4a7c15)

#define VALUES_MAX  UINT32_MAX
#define MARK_BYTES  64 /* between the hashes of beginnings that are kept */
#define CHUNK_BYTES 65536

struct value {
    uint64_t hash;
    uint64_t power; /* B^size */
    size_t size;
    uint8_t *data;   /* NULL: not put together yet */
    uint32_t base;   /* VALUE_NIL, or it is this string */
    uint32_t piece;  /* and this one behind it, which has data */
    uint64_t *marks; /* [i]: hash of the first i * MARK_BYTES bytes; or NULL */
};

/* What has been appended to what, and what that gave. */
struct join {
    uint32_t base, piece, whole; /* whole: 0 in free places */
};

struct chunk {
    struct chunk *next;
    size_t used, size;
    uint8_t bytes[];
};

/* Both tables: open addressing, a power of two of places, half of them free. */
struct values {
    struct value *at;
    size_t count, room;
    uint32_t *by_content; /* 0: free */
    size_t content_room;
    struct join *joins;
    size_t join_count, join_room;
    struct chunk *chunks;
    size_t memory; /* of chunks and marks */
};

/* ---- Memory --------------------------------------------------------------*/

static uint8_t *keep_room(struct values *values, size_t size)
{
    struct chunk *chunk = values->chunks;
    if (!chunk || chunk->size - chunk->used < size) {
        size_t room = size > CHUNK_BYTES / 4 ? size : CHUNK_BYTES;
        struct chunk *fresh = lab_xmalloc(sizeof(*fresh) + room);
        fresh->used = 0;
        fresh->size = room;
        values->memory += sizeof(*fresh) + room;
        if (chunk && room == size) { /* it is full; go on with the other */
            fresh->next = chunk->next;
            chunk->next = fresh;
        } else {
            fresh->next = chunk;
            values->chunks = fresh;
        }
        chunk = fresh;
    }
    uint8_t *at = chunk->bytes + chunk->used;
    chunk->used += size;
    return at;
}

struct values *values_new(void)
{
    struct values *values = lab_xcalloc(1, sizeof(*values));
    values->at = lab_xcalloc(64, sizeof(*values->at));
    values->room = 64;
    values->count = 1; /* VALUE_NIL */
    values->content_room = 128;
    values->by_content = lab_xcalloc(128, sizeof(*values->by_content));
    values->join_room = 64;
    values->joins = lab_xcalloc(64, sizeof(*values->joins));
    uint32_t empty = values_of(values, bytes_of(NULL, 0));
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
        free(values->at[i].marks);
    }
    free(values->by_content);
    free(values->joins);
    free(values->at);
    free(values);
}

size_t values_memory(const struct values *values)
{
    return values->memory + values->room * sizeof(*values->at) +
           values->content_room * sizeof(*values->by_content) +
           values->join_room * sizeof(*values->joins);
}

/* ---- Hashing -------------------------------------------------------------*/

static uint64_t power(uint64_t exponent)
{
    uint64_t result = 1;
    for (uint64_t square = B; exponent; exponent >>= 1, square *= square) {
        result *= exponent & 1 ? square : 1;
    }
    return result;
}

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

static size_t mix(uint64_t hash)
{
    hash ^= hash >> 32;
    hash *= UINT64_C(0xd6e8feb86659fd93);
    return (size_t)(hash ^ hash >> 32);
}

/* Where a search for this hash and size begins. */
static size_t content_place(const struct values *values, uint64_t hash,
                            size_t size)
{
    return mix(hash + size) & (values->content_room - 1);
}

static void content_put(struct values *values, uint32_t number)
{
    const struct value *value = &values->at[number];
    size_t i = content_place(values, value->hash, value->size);
    while (values->by_content[i]) {
        i = (i + 1) & (values->content_room - 1);
    }
    values->by_content[i] = number;
}

/* ---- Content -------------------------------------------------------------*/

/* Write the string's bytes; parts are found from its end. */
static void put_together(const struct values *values, uint32_t number,
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
    LAB_ASSERT(number != VALUE_NIL && number < values->count);
    if (!value->data) {
        uint8_t *data = keep_room(values, value->size);
        put_together(values, number, data);
        value->data = data;
    }
    return bytes_of(value->data, value->size);
}

size_t values_size(const struct values *values, uint32_t number)
{
    return values->at[number].size;
}

/* Is the string, in its parts, equal to these bytes? */
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

static uint32_t value_new(struct values *values, struct value value)
{
    LAB_ASSERT(values->count < VALUES_MAX);
    if (values->count == values->room) {
        values->room *= 2;
        values->at =
            lab_xrealloc(values->at, values->room * sizeof(*values->at));
        free(values->by_content);
        values->content_room = values->room * 2;
        values->by_content =
            lab_xcalloc(values->content_room, sizeof(*values->by_content));
        for (uint32_t i = VALUE_EMPTY; i < values->count; i++) {
            content_put(values, i);
        }
    }
    values->at[values->count] = value;
    content_put(values, (uint32_t)values->count);
    return (uint32_t)values->count++;
}

uint32_t values_of(struct values *values, struct bytes bytes)
{
    uint64_t hash = hash_more(0, bytes.data, bytes.size);
    uint32_t number;
    for (size_t i = content_place(values, hash, bytes.size);
         (number = values->by_content[i]) != 0;
         i = (i + 1) & (values->content_room - 1)) {
        const struct value *value = &values->at[number];
        if (value->hash == hash && value->size == bytes.size &&
            is_equal(values, number, bytes.data)) {
            return number;
        }
    }
    struct value value = {
        .hash = hash, .power = power(bytes.size), .size = bytes.size};
    value.data = keep_room(values, bytes.size);
    if (bytes.size > 0) {
        memcpy(value.data, bytes.data, bytes.size);
    }
    return value_new(values, value);
}

/* A string as it is gone through from its end. */
struct end {
    const struct value *rest; /* what is before the tail; NULL: nothing */
    const uint8_t *tail;
    size_t tail_size; /* of it that is left */
};

static void take_tail(const struct values *values, struct end *end)
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

/* Have two strings of one size the same content? Strings of a history share
 * most of what they are made of: then this looks at their ends only. */
static bool is_same(const struct values *values, const struct value *one,
                    const struct value *other)
{
    struct end a = {.rest = one}, b = {.rest = other};
    while (a.tail_size > 0 || b.tail_size > 0 || a.rest != b.rest) {
        if (a.tail_size == 0) {
            take_tail(values, &a);
        }
        if (b.tail_size == 0) {
            take_tail(values, &b);
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

/* The string of these parts, if it is there; 0 if not. */
static uint32_t find_whole(const struct values *values,
                           const struct value *parts)
{
    uint32_t number;
    for (size_t i = content_place(values, parts->hash, parts->size);
         (number = values->by_content[i]) != 0;
         i = (i + 1) & (values->content_room - 1)) {
        const struct value *value = &values->at[number];
        if (value->hash == parts->hash && value->size == parts->size &&
            is_same(values, parts, value)) {
            return number;
        }
    }
    return 0;
}

static struct join *join_place(const struct values *values, uint32_t base,
                               uint32_t piece)
{
    size_t i = mix((uint64_t)base << 32 | piece) & (values->join_room - 1);
    struct join *join = &values->joins[i];
    while (join->whole && (join->base != base || join->piece != piece)) {
        i = (i + 1) & (values->join_room - 1);
        join = &values->joins[i];
    }
    return join;
}

static void joins_grow(struct values *values)
{
    struct join *old = values->joins;
    size_t room = values->join_room;
    values->join_room *= 2;
    values->joins = lab_xcalloc(values->join_room, sizeof(*values->joins));
    for (size_t i = 0; i < room; i++) {
        if (old[i].whole) {
            *join_place(values, old[i].base, old[i].piece) = old[i];
        }
    }
    free(old);
}

uint32_t values_append(struct values *values, uint32_t base, uint32_t piece)
{
    LAB_ASSERT(base != VALUE_NIL && piece != VALUE_NIL);
    struct join *join = join_place(values, base, piece);
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
        whole = find_whole(values, &parts);
        whole = whole ? whole : value_new(values, parts);
    }
    *join = (struct join){base, piece, whole};
    if (++values->join_count > values->join_room / 2) {
        joins_grow(values);
    }
    return whole;
}

/* ---- Beginnings ----------------------------------------------------------*/

static void mark(struct values *values, uint32_t number)
{
    struct bytes all = values_bytes(values, number);
    size_t count = all.size / MARK_BYTES;
    uint64_t *marks = lab_xcalloc(count + 1, sizeof(*marks));
    for (size_t i = 0; i < count; i++) {
        marks[i + 1] =
            hash_more(marks[i], all.data + i * MARK_BYTES, MARK_BYTES);
    }
    values->at[number].marks = marks;
    values->memory += (count + 1) * sizeof(*marks);
}

/* The longest of the strings that this one came from, or itself, that is not
 * shorter than size. */
static uint32_t made_from(const struct values *values, uint32_t number,
                          size_t size)
{
    const struct value *value = &values->at[number];
    while (value->base != VALUE_NIL && values->at[value->base].size >= size) {
        number = value->base;
        value = &values->at[number];
    }
    return number;
}

/* Of the first bytes, no more than it has. */
static uint64_t hash_of_beginning(struct values *values, uint32_t number,
                                  size_t size)
{
    number = made_from(values, number, size);
    const struct value *value = &values->at[number];
    if (value->size == size) {
        return value->hash;
    }
    if (value->base != VALUE_NIL) {
        const struct value *base = &values->at[value->base];
        size_t more = size - base->size;
        return hash_more(base->hash, values->at[value->piece].data, more);
    }
    if (!value->marks) {
        mark(values, number);
    }
    size_t before = size / MARK_BYTES;
    return hash_more(value->marks[before], value->data + before * MARK_BYTES,
                     size % MARK_BYTES);
}

bool values_may_begin(struct values *values, uint32_t beginning,
                      uint32_t number)
{
    const struct value *value = &values->at[beginning];
    return value->size <= values->at[number].size &&
           value->hash == hash_of_beginning(values, number, value->size);
}

uint32_t values_beginning(struct values *values, uint32_t number, size_t size)
{
    LAB_ASSERT(size <= values->at[number].size);
    number = made_from(values, number, size);
    const struct value *value = &values->at[number];
    if (value->size == size) {
        return number;
    }
    if (value->base == VALUE_NIL) {
        return values_of(values, bytes_of(value->data, size));
    }
    size_t more = size - values->at[value->base].size;
    uint32_t base = value->base;
    struct bytes rest = bytes_of(values->at[value->piece].data, more);
    return values_append(values, base, values_of(values, rest));
}
