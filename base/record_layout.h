/* record_layout.h - the layout of a record, computed from its field list.
 * Layer: base, internal. A layout is immutable once its type refers to it, so
 * any thread may read it. */
#ifndef BASE_RECORD_LAYOUT_H
#define BASE_RECORD_LAYOUT_H

#include <string.h>

#include "base/record.h"

enum record_kind {
    RECORD_U64,
    RECORD_I64,
    RECORD_INT,
    RECORD_BOOL,
    RECORD_TEXT,
    RECORD_BYTES,
    RECORD_LIST,
};

/* Wire types of protobuf. Only VARINT and DELIMITED are written. */
enum {
    WIRE_VARINT = 0,
    WIRE_FIXED64 = 1,
    WIRE_DELIMITED = 2,
    WIRE_FIXED32 = 5
};

struct record_field {
    const char *name;
    enum record_kind kind;
    uint32_t tag;        /* number << 3 | wire type */
    size_t offset;       /* in the struct; LIST: of its pointer */
    size_t count_offset; /* LIST only, like the rest */
    struct record_type *element_type;
    const struct record_layout *element; /* that of element_type */
};

struct record_layout {
    uint64_t digest; /* of name and fields, those of elements included */
    size_t size;     /* of the struct */
    int depth;       /* 1 without LIST, else 1 + that of its deepest one */
    bool owns;       /* has a TEXT, BYTES or LIST: something to free */
    size_t count;
    struct record_field field[];
};

/* Compute the layout and publish it in type->layout. Ends the run if the field
 * list is wrong. Use record_layout_of(). */
const struct record_layout *record_layout_make(struct record_type *type);

/* Return the layout of a type, computing it at first use. */
static inline const struct record_layout *
record_layout_of(struct record_type *type)
{
    const struct record_layout *layout =
        __atomic_load_n(&type->layout, __ATOMIC_ACQUIRE);
    return layout ? layout : record_layout_make(type);
}

/* ---- Members, by field --------------------------------------------------
 * By memcpy(), which compiles to a plain move. The pointer of a LIST has type
 * struct x *, so reading it through a void ** would break the aliasing rule.
 * A bool is read as a byte: one that is neither 0 nor 1 is undefined as a
 * bool, and a program under test may have left anything there. */

static inline uint64_t record_get_u64(const struct record_field *field,
                                      const void *record)
{
    uint64_t value;
    memcpy(&value, (const char *)record + field->offset, sizeof(value));
    return value;
}

static inline int64_t record_get_i64(const struct record_field *field,
                                     const void *record)
{
    int64_t value;
    memcpy(&value, (const char *)record + field->offset, sizeof(value));
    return value;
}

static inline int record_get_int(const struct record_field *field,
                                 const void *record)
{
    int value;
    memcpy(&value, (const char *)record + field->offset, sizeof(value));
    return value;
}

static inline bool record_get_bool(const struct record_field *field,
                                   const void *record)
{
    return *((const unsigned char *)record + field->offset) != 0;
}

static inline char *record_get_text(const struct record_field *field,
                                    const void *record)
{
    char *value;
    memcpy(&value, (const char *)record + field->offset, sizeof(value));
    return value;
}

static inline struct bytes record_get_bytes(const struct record_field *field,
                                            const void *record)
{
    struct bytes value;
    memcpy(&value, (const char *)record + field->offset, sizeof(value));
    return value;
}

static inline char *record_get_list(const struct record_field *field,
                                    const void *record, size_t *count)
{
    char *elements;
    memcpy(&elements, (const char *)record + field->offset, sizeof(elements));
    memcpy(count, (const char *)record + field->count_offset, sizeof(*count));
    return elements;
}

static inline void record_set(void *record, size_t offset, const void *value,
                              size_t size)
{
    memcpy((char *)record + offset, value, size);
}

/* Does the member hold something: a number other than zero, a pointer to a
 * text, bytes, elements? */
bool record_field_is_set(const struct record_field *field, const void *record);

#endif
