/* record_pack.c - from records to bytes, in the wire form of protobuf.
 * Layer: base. No state.
 *
 * The size is computed first; then the bytes are written from the end to the
 * beginning. So the length of an element is known by the time its prefix is
 * written, and no size is computed twice. */
#include <stdlib.h>

#include "base/assert.h"
#include "base/record_layout.h"

static inline size_t varint_size(uint64_t value)
{
    /* Seven bits per byte: (bits + 6) / 7, without a division. */
    unsigned bits = 64 - (unsigned)__builtin_clzll(value | 1);
    return (bits * 9 + 64) / 64;
}

/* 0, -1, 1, -2 ... become 0, 1, 2, 3 ...: small varints either way. */
static uint64_t zigzag(int64_t value)
{
    return (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);
}

/* The varint of a scalar field; 0 is not sent. */
static inline uint64_t scalar_of(const struct record_field *field,
                                 const void *record)
{
    switch (field->kind) {
    case RECORD_U64:
        return record_get_u64(field, record);
    case RECORD_I64:
        return zigzag(record_get_i64(field, record));
    case RECORD_INT:
        return zigzag(record_get_int(field, record));
    default:
        return record_get_bool(field, record);
    }
}

/* The content of a TEXT or BYTES. */
static inline struct bytes content_of(const struct record_field *field,
                                      const void *record)
{
    if (field->kind == RECORD_BYTES) {
        return record_get_bytes(field, record);
    }
    const char *text = record_get_text(field, record);
    return text ? bytes_of_text(text) : (struct bytes){NULL, 0};
}

/* ---- Sizes ---------------------------------------------------------------*/

/* Must agree with put_members(), field by field. */
static size_t members_size(const struct record_layout *layout,
                           const char *record)
{
    size_t total = 0;
    for (size_t i = 0; i < layout->count; i++) {
        const struct record_field *field = &layout->field[i];
        size_t tag_size = varint_size(field->tag);
        if (field->kind <= RECORD_BOOL) {
            uint64_t value = scalar_of(field, record);
            total += value ? tag_size + varint_size(value) : 0;
        } else if (field->kind != RECORD_LIST) {
            size_t size = content_of(field, record).size;
            total += size ? tag_size + varint_size(size) + size : 0;
        } else {
            size_t count;
            const char *list = record_get_list(field, record, &count);
            for (size_t k = 0; k < count; k++) {
                size_t size = members_size(field->element,
                                           list + k * field->element->size);
                total += tag_size + varint_size(size) + size;
            }
        }
    }
    return total;
}

size_t record_packed_size(struct record_type *type, const void *record)
{
    return members_size(record_layout_of(type), record);
}

/* ---- Bytes, from the end -------------------------------------------------*/

/* Each function writes in front of `end` and returns the new beginning. */
static inline uint8_t *put_varint(uint8_t *end, uint64_t value)
{
    if (value < 0x80) {
        *--end = (uint8_t)value;
        return end;
    }
    uint8_t *start = end - varint_size(value);
    uint8_t *at = start;
    while (value >= 0x80) {
        *at++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *at = (uint8_t)value;
    return start;
}

static uint8_t *put_members(uint8_t *end, const struct record_layout *layout,
                            const char *record)
{
    for (size_t i = layout->count; i-- > 0;) {
        const struct record_field *field = &layout->field[i];
        if (field->kind <= RECORD_BOOL) {
            uint64_t value = scalar_of(field, record);
            if (value) {
                end = put_varint(end, value);
                end = put_varint(end, field->tag);
            }
        } else if (field->kind != RECORD_LIST) {
            struct bytes content = content_of(field, record);
            if (content.size) {
                end -= content.size;
                memcpy(end, content.data, content.size);
                end = put_varint(end, content.size);
                end = put_varint(end, field->tag);
            }
        } else {
            size_t count;
            const char *list = record_get_list(field, record, &count);
            for (size_t k = count; k-- > 0;) {
                uint8_t *body_end = end;
                end = put_members(end, field->element,
                                  list + k * field->element->size);
                end = put_varint(end, (uint64_t)(body_end - end));
                end = put_varint(end, field->tag);
            }
        }
    }
    return end;
}

void record_pack_into(struct record_type *type, const void *record, void *to,
                      size_t size)
{
    LAB_ASSERT(to || size == 0);
    uint8_t *end = (uint8_t *)to + size;
    uint8_t *start = put_members(end, record_layout_of(type), record);
    LAB_ASSERT(start == to); /* else size was wrong, or the record changed */
}

void record_pack_onto(struct record_type *type, const void *record,
                      struct bytes *to)
{
    size_t size = record_packed_size(type, record);
    if (size == 0) {
        return; /* *to may be empty, without data */
    }
    LAB_ASSERT(to->data || to->size == 0);
    to->data = lab_xrealloc(to->data, to->size + size);
    record_pack_into(type, record, to->data + to->size, size);
    to->size += size;
}

struct bytes record_pack(struct record_type *type, const void *record)
{
    struct bytes packed = {NULL, 0};
    record_pack_onto(type, record, &packed);
    return packed;
}
