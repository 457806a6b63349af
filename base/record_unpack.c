/* record_unpack.c - bytes to records (protobuf wire form), of any origin.
 * Layer: base. State: who is told of dirty targets.
 *
 * Nothing is believed: every length is checked against what is left, and
 * memory is taken only for what is there. Recursion goes as deep as the type
 * nests LISTs, not as the bytes do. */
#include <stdio.h>
#include <stdlib.h>

#include "base/record_layout.h"

/* ---- Reading the wire ---------------------------------------------------
 * Each function reads at `at`, not beyond `end`, and returns the place behind
 * what it read, or NULL if that is malformed. */

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

static inline const uint8_t *read_varint(const uint8_t *at, const uint8_t *end,
                                         uint64_t *value)
{
    if (at < end && *at < 0x80) {
        *value = *at;
        return at + 1;
    }
    return read_long_varint(at, end, value);
}

/* A field's number and wire type. */
static inline const uint8_t *read_tag(const uint8_t *at, const uint8_t *end,
                                      uint32_t *tag)
{
    uint64_t value;
    at = read_varint(at, end, &value);
    *tag = (uint32_t)value;
    return at && value >= 8 && value <= UINT32_MAX ? at : NULL;
}

/* The length before a content, which is all there. */
static inline const uint8_t *read_size(const uint8_t *at, const uint8_t *end,
                                       size_t *size)
{
    uint64_t value;
    at = read_varint(at, end, &value);
    *size = (size_t)value;
    return at && value <= (size_t)(end - at) ? at : NULL;
}

/* Groups, long out of use, and types that do not exist are malformed. */
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

/* ---- Fields -------------------------------------------------------------*/

static int64_t unzigzag(uint64_t value)
{
    uint64_t sign = value & 1 ? UINT64_MAX : 0;
    return (int64_t)(value >> 1 ^ sign);
}

static inline enum lab_err set_scalar(const struct record_field *field,
                                      uint64_t value, void *record)
{
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
            return LAB_EMALFORMED;
        }
        text = malloc(size + 1);
        if (!text) {
            return LAB_ENOMEM;
        }
        memcpy(text, content, size);
        text[size] = '\0';
    }
    free(record_get_text(field, record)); /* of an earlier occurrence */
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
    free(record_get_bytes(field, record).data); /* an earlier occurrence */
    record_set(record, field->offset, &bytes, sizeof(bytes));
    return LAB_OK;
}

/* Elements of the field in the rest of the message, until its end or the
 * first malformed place, which the caller finds too when it gets there. */
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

/* end: of the message, of which there may be more behind this element. */
static enum lab_err add_element(const struct record_field *field,
                                const uint8_t *content, size_t content_size,
                                const uint8_t *end, void *record)
{
    size_t count;
    size_t size = field->element->size;
    char *list = record_get_list(field, record, &count);
    const uint8_t *rest = content + content_size;
    if (!list) {
        /* The first: take memory for all of them, once. */
        list = calloc(1 + count_elements(field, rest, end), size ? size : 1);
        if (!list) {
            return LAB_ENOMEM;
        }
        record_set(record, field->offset, &list, sizeof(list));
    }
    char *element = list + count++ * size;
    record_set(record, field->count_offset, &count, sizeof(count));
    return unpack_members(field->element, content, rest, element);
}

/* Of a field that is a varint, or a length and its content. */
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
        size_t place = (tag >> 3) - 1;
        if (place >= layout->count) {
            at = skip_value(at, end, tag);
            err = at ? LAB_OK : LAB_EMALFORMED;
        } else if (tag != layout->field[place].tag) {
            err = LAB_ETYPE;
        } else {
            at = unpack_value(&layout->field[place], at, end, record, &err);
        }
    }
    return err;
}

/* ---- The whole ----------------------------------------------------------*/

static void print_complaint(const char *type, const char *field)
{
    fprintf(stderr,
            "record_unpack: %s.%s already holds a value; fields that are zero "
            "are not sent, so unpack into an empty record only\n",
            type, field);
}

static void (*complain)(const char *, const char *) = print_complaint;

void record_set_dirty_hook(void (*hook)(const char *type, const char *field))
{
    complain = hook ? hook : print_complaint;
}

static void refuse_dirty(struct record_type *type,
                         const struct record_layout *layout, void *record)
{
    for (size_t i = 0; i < layout->count; i++) {
        if (record_field_is_set(&layout->field[i], record)) {
            complain(type->name, layout->field[i].name);
            break;
        }
    }
    /* A pointer without content counts as empty, but must not be freed or
     * written to. */
    memset(record, 0, layout->size);
}

enum lab_err record_unpack(struct record_type *type, struct bytes from,
                           void *record)
{
    const struct record_layout *layout = record_layout_of(type);
    refuse_dirty(type, layout, record);
    if (from.size == 0) {
        return LAB_OK; /* without computing with a NULL pointer */
    }
    enum lab_err err =
        unpack_members(layout, from.data, from.data + from.size, record);
    if (err) {
        record_free(type, record);
    }
    return err;
}
