/* record_layout.h - what is known about a record after reading its fields.
 * Layer: base, internal. Layouts never change once they are published in
 * their type, so any thread may read them. */
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

/* Wire types of protobuf that we write. */
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
    size_t offset;       /* in the struct; of LIST: its pointer */
    size_t count_offset; /* of LIST */
    struct record_type *element_type;
    const struct record_layout *element; /* of element_type */
};

struct record_layout {
    uint64_t digest; /* of name and fields, LIST elements included */
    size_t size;     /* of the struct */
    int depth;       /* 1 without LIST, else one more than the deepest */
    bool owns;       /* has a TEXT, BYTES or LIST */
    size_t count;
    struct record_field field[];
};

/* Read the field list and publish the layout in type->layout. */
const struct record_layout *record_layout_make(struct record_type *type);

static inline const struct record_layout *
record_layout_of(struct record_type *type)
{
    const struct record_layout *layout =
        __atomic_load_n(&type->layout, __ATOMIC_ACQUIRE);
    return layout ? layout : record_layout_make(type);
}

/* ---- Members, by field --------------------------------------------------
 * By memcpy, which compiles to a plain move: a LIST's pointer has the type
 * struct x *, so reading it through a void ** would break the aliasing rule;
 * and a bool is read as a byte, because a garbage one must not be UB. */

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

/* Is the member other than zero or empty? Such fields are sent. */
bool record_field_is_set(const struct record_field *field, const void *record);

#endif
