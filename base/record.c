/* record.c - records in memory: free, copy, compare.
 * Layer: base. No state. */
#include "base/record.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/record_layout.h"

bool record_field_is_set(const struct record_field *field, const void *record)
{
    size_t count;
    switch (field->kind) {
    case RECORD_U64:
        return record_get_u64(field, record) != 0;
    case RECORD_I64:
        return record_get_i64(field, record) != 0;
    case RECORD_INT:
        return record_get_int(field, record) != 0;
    case RECORD_BOOL:
        return record_get_bool(field, record);
    case RECORD_TEXT:
        return record_get_text(field, record) != NULL;
    case RECORD_BYTES:
        return record_get_bytes(field, record).size != 0;
    case RECORD_LIST:
        (void)record_get_list(field, record, &count);
        return count != 0;
    }
    LAB_BUG("field %s is of unknown kind %d", field->name, (int)field->kind);
}

/* ---- Free ----------------------------------------------------------------*/

/* Not zero, which would pass for an empty record; and no valid pointer. */
enum { WIPED = 0xDB };

/* Free what the members point to; overwrite it first if `wipe`. */
static void free_members(const struct record_layout *layout, void *record,
                         bool wipe)
{
    for (size_t i = 0; i < layout->count; i++) {
        const struct record_field *field = &layout->field[i];
        size_t size = 0;
        void *owned = NULL;
        if (field->kind == RECORD_TEXT) {
            owned = record_get_text(field, record);
            size = owned && wipe ? strlen(owned) : 0;
        } else if (field->kind == RECORD_BYTES) {
            owned = record_get_bytes(field, record).data;
            size = record_get_bytes(field, record).size;
        } else if (field->kind == RECORD_LIST) {
            size_t count;
            char *elements = record_get_list(field, record, &count);
            LAB_ASSERT(elements || count == 0);
            /* Elements that own nothing need no visit: wiping their array
             * wipes them. */
            for (size_t k = 0; field->element->owns && k < count; k++) {
                free_members(field->element,
                             elements + k * field->element->size, wipe);
            }
            owned = elements;
            size = count * field->element->size;
        }
        if (wipe && owned) {
            memset(owned, WIPED, size);
        }
        free(owned);
    }
}

void record_free(struct record_type *type, void *record)
{
    const struct record_layout *layout = record_layout_of(type);
    LAB_ASSERT(record);
    if (layout->owns) {
        free_members(layout, record, false);
    }
    memset(record, 0, layout->size);
}

void record_wipe(struct record_type *type, void *record)
{
    const struct record_layout *layout = record_layout_of(type);
    LAB_ASSERT(record);
    if (layout->owns) {
        free_members(layout, record, true);
    }
    memset(record, WIPED, layout->size);
}

/* ---- Copy ----------------------------------------------------------------*/

/* Copy *from into *to, whose former content is lost. */
static void copy_members(const struct record_layout *layout, const void *from,
                         void *to)
{
    LAB_ASSERT(to != from);
    /* All at once, padding too; then replace the pointers by copies. */
    memcpy(to, from, layout->size);
    for (size_t i = 0; layout->owns && i < layout->count; i++) {
        const struct record_field *field = &layout->field[i];
        if (field->kind == RECORD_TEXT) {
            char *text = record_get_text(field, from);
            text = text ? lab_xstrdup(text) : NULL;
            record_set(to, field->offset, &text, sizeof(text));
        } else if (field->kind == RECORD_BYTES) {
            struct bytes bytes = bytes_copy(record_get_bytes(field, from));
            record_set(to, field->offset, &bytes, sizeof(bytes));
        } else if (field->kind == RECORD_LIST) {
            size_t count;
            const char *old = record_get_list(field, from, &count);
            LAB_ASSERT(old || count == 0);
            size_t size = field->element->size;
            char *elements = count ? lab_xcalloc(count, size) : NULL;
            for (size_t k = 0; k < count; k++) {
                copy_members(field->element, old + k * size,
                             elements + k * size);
            }
            record_set(to, field->offset, &elements, sizeof(elements));
        }
    }
}

void record_copy(struct record_type *type, const void *from, void *to)
{
    copy_members(record_layout_of(type), from, to);
}

/* ---- Compare -------------------------------------------------------------*/

/* Field by field, not by memcmp(): padding may hold anything, and pointers
 * differ. */
static bool members_equal(const struct record_layout *layout, const void *a,
                          const void *b);

static bool lists_equal(const struct record_field *field, const void *a,
                        const void *b)
{
    size_t a_count, b_count;
    const char *a_list = record_get_list(field, a, &a_count);
    const char *b_list = record_get_list(field, b, &b_count);
    if (a_count != b_count) {
        return false;
    }
    LAB_ASSERT(a_count == 0 || (a_list && b_list));
    for (size_t i = 0; i < a_count; i++) {
        size_t offset = i * field->element->size;
        if (!members_equal(field->element, a_list + offset, b_list + offset)) {
            return false;
        }
    }
    return true;
}

static bool field_equal(const struct record_field *field, const void *a,
                        const void *b)
{
    const char *a_text, *b_text;
    switch (field->kind) {
    case RECORD_U64:
        return record_get_u64(field, a) == record_get_u64(field, b);
    case RECORD_I64:
        return record_get_i64(field, a) == record_get_i64(field, b);
    case RECORD_INT:
        return record_get_int(field, a) == record_get_int(field, b);
    case RECORD_BOOL:
        return record_get_bool(field, a) == record_get_bool(field, b);
    case RECORD_TEXT:
        a_text = record_get_text(field, a);
        b_text = record_get_text(field, b);
        return strcmp(a_text ? a_text : "", b_text ? b_text : "") == 0;
    case RECORD_BYTES:
        return bytes_equal(record_get_bytes(field, a),
                           record_get_bytes(field, b));
    case RECORD_LIST:
        return lists_equal(field, a, b);
    }
    LAB_BUG("field %s is of unknown kind %d", field->name, (int)field->kind);
}

static bool members_equal(const struct record_layout *layout, const void *a,
                          const void *b)
{
    for (size_t i = 0; i < layout->count; i++) {
        if (!field_equal(&layout->field[i], a, b)) {
            return false;
        }
    }
    return true;
}

bool record_equal(struct record_type *type, const void *a, const void *b)
{
    return members_equal(record_layout_of(type), a, b);
}
