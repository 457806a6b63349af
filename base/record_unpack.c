/* record_unpack.c - from bytes of any origin to records.
 * Layer: base. State: the hook for dirty targets.
 *
 * The input is untrusted: every length is compared with what is left, and
 * memory is taken only for what is there. Recursion is as deep as the type
 * nests LISTs, whatever the bytes say. */
#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/record_layout.h"

/* ---- Reading the wire ---------------------------------------------------
 * Each function reads at `at`, before `end`, and returns the position behind
 * what it has read, or NULL if that is malformed. */

/* A varint has seven bits per byte, the least significant ones first; all bytes
 * but the last have the high bit set. */
static const uint8_t *read_long_varint(const uint8_t *at, const uint8_t *end,
                                       uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; shift < 64 && at < end; shift += 7) {
        uint64_t byte = *at++;
        if (shift == 63 && byte > 1) {
            return NULL; /* more than 64 bits */
        }
        *value |= (byte & 0x7f) << shift;
        if (byte < 0x80) {
            return at;
        }
    }
    return NULL;
}

/* Most varints are a single byte. */
static inline const uint8_t *read_varint(const uint8_t *at, const uint8_t *end,
                                         uint64_t *value)
{
    if (at < end && *at < 0x80) {
        *value = *at;
        return at + 1;
    }
    return read_long_varint(at, end, value);
}

/* Read the number and wire type of a field. Number 0 is malformed. */
static inline const uint8_t *read_tag(const uint8_t *at, const uint8_t *end,
                                      uint32_t *tag)
{
    uint64_t value;
    at = read_varint(at, end, &value);
    *tag = (uint32_t)value;
    return at && value >= 8 && value <= UINT32_MAX ? at : NULL;
}

/* Read the length in front of a content that is not cut off. */
static inline const uint8_t *read_size(const uint8_t *at, const uint8_t *end,
                                       size_t *size)
{
    uint64_t value;
    at = read_varint(at, end, &value);
    *size = (size_t)value;
    return at && value <= (size_t)(end - at) ? at : NULL;
}

/* Skip the value of an unknown field. Groups, which are deprecated, and wire
 * types that do not exist are malformed. */
static inline const uint8_t *skip_value(const uint8_t *at, const uint8_t *end,
                                        uint32_t tag)
{
    uint64_t ignored;
    size_t size;
    switch (tag & 7) {
    case WIRE_VARINT:
        return read_varint(at, end, &ignored);
    case WIRE_DELIMITED:
        at = read_size(at, end, &size);
        return at ? at + size : NULL;
    case WIRE_FIXED64:
        return end - at < 8 ? NULL : at + 8;
    case WIRE_FIXED32:
        return end - at < 4 ? NULL : at + 4;
    default:
        return NULL;
    }
}

/* ---- Fields --------------------------------------------------------------*/

/* The inverse of zigzag() in record_pack.c. */
static int64_t unzigzag(uint64_t value)
{
    uint64_t sign = value & 1 ? UINT64_MAX : 0;
    return (int64_t)(value >> 1 ^ sign);
}

static inline enum lab_err set_scalar(const struct record_field *field,
                                      uint64_t value, void *record)
{
    /* Only one of these applies. Computing all is cheaper than choosing. */
    int64_t number = unzigzag(value);
    int small = (int)number;
    bool truth = value != 0;
    switch (field->kind) {
    case RECORD_U64:
        record_set(record, field->offset, &value, sizeof(value));
        return LAB_OK;
    case RECORD_I64:
        record_set(record, field->offset, &number, sizeof(number));
        return LAB_OK;
    case RECORD_INT:
        record_set(record, field->offset, &small, sizeof(small));
        return number == small ? LAB_OK : LAB_ERANGE;
    default:
        record_set(record, field->offset, &truth, sizeof(truth));
        return LAB_OK;
    }
}

static enum lab_err set_text(const struct record_field *field,
                             const uint8_t *content, size_t size, void *record)
{
    char *text = NULL;
    if (size) {
        if (memchr(content, 0, size)) {
            return LAB_EMALFORMED; /* a C string would end there */
        }
        text = malloc(size + 1);
        if (!text) {
            return LAB_ENOMEM;
        }
        memcpy(text, content, size);
        text[size] = '\0';
    }
    free(record_get_text(field, record)); /* the last occurrence wins */
    record_set(record, field->offset, &text, sizeof(text));
    return LAB_OK;
}

static enum lab_err set_bytes(const struct record_field *field,
                              const uint8_t *content, size_t size, void *record)
{
    struct bytes bytes = {NULL, size};
    if (size) {
        bytes.data = malloc(size);
        if (!bytes.data) {
            return LAB_ENOMEM;
        }
        memcpy(bytes.data, content, size);
    }
    free(record_get_bytes(field, record).data); /* the last one wins */
    record_set(record, field->offset, &bytes, sizeof(bytes));
    return LAB_OK;
}

/* Count the elements of the field in the rest of the message, up to the first
 * malformed position, where the caller will fail. */
static size_t count_elements(const struct record_field *field,
                             const uint8_t *at, const uint8_t *end)
{
    size_t count = 0;
    uint32_t tag;
    while (at < end && (at = read_tag(at, end, &tag)) &&
           (at = skip_value(at, end, tag))) {
        count += tag == field->tag;
    }
    return count;
}

static enum lab_err unpack_members(const struct record_layout *layout,
                                   const uint8_t *at, const uint8_t *end,
                                   void *record);

/* Add an element to a LIST. end: of the message, which may have more elements
 * behind this one. */
static enum lab_err add_element(const struct record_field *field,
                                const uint8_t *content, size_t content_size,
                                const uint8_t *end, void *record)
{
    size_t count;
    size_t size = field->element->size;
    char *list = record_get_list(field, record, &count);
    const uint8_t *rest = content + content_size;
    if (!list) {
        /* The first one: allocate for all, so that none has to move. */
        list = calloc(1 + count_elements(field, rest, end), size ? size : 1);
        if (!list) {
            return LAB_ENOMEM;
        }
        record_set(record, field->offset, &list, sizeof(list));
    }
    LAB_ASSERT(content <= end && content_size <= (size_t)(end - content));
    char *element = list + count++ * size;
    record_set(record, field->count_offset, &count, sizeof(count));
    return unpack_members(field->element, content, rest, element);
}

/* Read the value of a field, a varint or a length with its content, into the
 * record. */
static inline const uint8_t *unpack_value(const struct record_field *field,
                                          const uint8_t *at, const uint8_t *end,
                                          void *record, enum lab_err *err)
{
    if (field->kind <= RECORD_BOOL) {
        uint64_t value;
        at = read_varint(at, end, &value);
        *err = at ? set_scalar(field, value, record) : LAB_EMALFORMED;
        return at;
    }
    size_t size;
    at = read_size(at, end, &size);
    if (!at) {
        *err = LAB_EMALFORMED;
        return NULL;
    }
    switch (field->kind) {
    case RECORD_TEXT:
        *err = set_text(field, at, size, record);
        break;
    case RECORD_BYTES:
        *err = set_bytes(field, at, size, record);
        break;
    default:
        *err = add_element(field, at, size, end, record);
        break;
    }
    return at + size;
}

static enum lab_err unpack_members(const struct record_layout *layout,
                                   const uint8_t *at, const uint8_t *end,
                                   void *record)
{
    enum lab_err err = LAB_OK;
    while (at < end && !err) {
        uint32_t tag;
        at = read_tag(at, end, &tag);
        if (!at) {
            return LAB_EMALFORMED;
        }
        size_t index = (tag >> 3) - 1; /* fields are numbered from 1 */
        if (index >= layout->count) {
            /* Of a newer version of the record. */
            at = skip_value(at, end, tag);
            err = at ? LAB_OK : LAB_EMALFORMED;
        } else if (tag != layout->field[index].tag) {
            err = LAB_ETYPE;
        } else {
            at = unpack_value(&layout->field[index], at, end, record, &err);
        }
    }
    return err;
}

/* ---- Records -------------------------------------------------------------*/

static void print_message(const char *message)
{
    fprintf(stderr, "%s\n", message);
}

static void (*dirty_hook)(const char *message) = print_message;

void record_set_dirty_hook(void (*hook)(const char *message))
{
    dirty_hook = hook ? hook : print_message;
}

static void report_dirty(const char *type, const char *field)
{
    char message[320];
    snprintf(message, sizeof(message),
             "record_unpack: %s.%s already holds a value; a field that is zero "
             "is not encoded and would keep it: unpack into an empty record",
             type, field);
    dirty_hook(message);
}

/* Make the target empty, reporting its first field that is not. */
static void empty_target(struct record_type *type,
                         const struct record_layout *layout, void *record)
{
    for (size_t i = 0; i < layout->count; i++) {
        if (record_field_is_set(&layout->field[i], record)) {
            report_dirty(type->name, layout->field[i].name);
            break;
        }
    }
    LAB_ASSERT(record);
    /* A pointer with a size of 0 counts as empty, but unpacking must not free
     * it or write through it. */
    memset(record, 0, layout->size);
}

enum lab_err record_unpack(struct record_type *type, struct bytes from,
                           void *record)
{
    const struct record_layout *layout = record_layout_of(type);
    empty_target(type, layout, record);
    if (from.size == 0) {
        return LAB_OK; /* arithmetic on a NULL pointer is undefined */
    }
    LAB_ASSERT(from.data);
    enum lab_err err =
        unpack_members(layout, from.data, from.data + from.size, record);
    if (err) {
        record_free(type, record); /* the fields read before the error */
    }
    return err;
}
