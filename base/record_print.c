/* record_print.c - records as one line of JSON.
 * Layer: base. No state. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/record_layout.h"

/* Most readers of JSON take numbers for doubles, exact up to here. */
#define EXACT_MAX (UINT64_C(1) << 53)

struct line {
    char *text;
    size_t size, capacity; /* size without the final zero */
};

/* Append characters. The room doubles, so that n of them cost O(n). */
static void add(struct line *line, const char *text, size_t size)
{
    LAB_ASSERT(line->size <= line->capacity);
    if (line->size + size + 1 > line->capacity) {
        line->capacity = 2 * (line->size + size + 1);
        line->text = lab_xrealloc(line->text, line->capacity);
    }
    memcpy(line->text + line->size, text, size);
    line->size += size;
    line->text[line->size] = '\0';
}

static void add_text(struct line *line, const char *text)
{
    add(line, text, strlen(text));
}

static void add_u64(struct line *line, uint64_t value)
{
    char text[32];
    const char *quote = value > EXACT_MAX ? "\"" : "";
    snprintf(text, sizeof(text), "%s%" PRIu64 "%s", quote, value, quote);
    add_text(line, text);
}

static void add_i64(struct line *line, int64_t value)
{
    char text[32];
    /* The absolute value, which INT64_MIN has only as an unsigned number. */
    uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    const char *quote = size > EXACT_MAX ? "\"" : "";
    snprintf(text, sizeof(text), "%s%" PRId64 "%s", quote, value, quote);
    add_text(line, text);
}

static void add_hex(struct line *line, struct bytes content)
{
    add_text(line, "\"0x");
    for (size_t i = 0; i < content.size; i++) {
        char text[3];
        snprintf(text, sizeof(text), "%02x", content.data[i]);
        add(line, text, 2);
    }
    add_text(line, "\"");
}

static void add_quoted(struct line *line, struct bytes content)
{
    add_text(line, "\"");
    for (size_t i = 0; i < content.size; i++) {
        unsigned char byte = content.data[i];
        char text[8];
        /* RFC 8259, section 7: what must be escaped, and no more. */
        if (byte == '"' || byte == '\\') {
            snprintf(text, sizeof(text), "\\%c", byte);
            add_text(line, text);
        } else if (byte < 0x20) {
            snprintf(text, sizeof(text), "\\u%04x", byte);
            add_text(line, text);
        } else {
            add(line, (const char *)&content.data[i], 1);
        }
    }
    add_text(line, "\"");
}

/* ASCII only: BYTES that happen to be UTF-8 are still no text. */
static bool is_printable(struct bytes content)
{
    for (size_t i = 0; i < content.size; i++) {
        if (content.data[i] < 0x20 || content.data[i] > 0x7e) {
            return false;
        }
    }
    return true;
}

/* Return the size of the UTF-8 character at `at`; 0 if there is none. The
 * table has the least code point that needs so many bytes: overlong forms are
 * malformed (RFC 3629, section 3). */
static size_t utf8_size(const uint8_t *at, size_t left)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t size = at[0] < 0x80   ? 1
                  : at[0] < 0xc0 ? 0
                  : at[0] < 0xe0 ? 2
                  : at[0] < 0xf0 ? 3
                  : at[0] < 0xf8 ? 4
                                 : 0;
    if (size == 1) {
        return 1;
    }
    if (size == 0 || size > left) {
        return 0;
    }
    LAB_ASSERT(size <= 4);
    uint32_t code = at[0] & (0x7fu >> size);
    for (size_t i = 1; i < size; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            return 0;
        }
        code = code << 6 | (at[i] & 0x3fu);
    }
    bool surrogate = code >= 0xd800 && code <= 0xdfff;
    return code < least[size] || code > 0x10ffff || surrogate ? 0 : size;
}

static bool is_utf8(struct bytes content)
{
    size_t size;
    for (size_t i = 0; i < content.size; i += size) {
        size = utf8_size(content.data + i, content.size - i);
        if (size == 0) {
            return false;
        }
    }
    return true;
}

static void add_content(struct line *line, struct bytes content, bool readable)
{
    if (readable) {
        add_quoted(line, content);
    } else {
        add_hex(line, content);
    }
}

static void add_record(struct line *line, const struct record_layout *layout,
                       const char *record);

static void add_list(struct line *line, const struct record_field *field,
                     const char *record)
{
    size_t count;
    const char *list = record_get_list(field, record, &count);
    LAB_ASSERT(list || count == 0);
    add_text(line, "[");
    for (size_t i = 0; i < count; i++) {
        add_text(line, i ? "," : "");
        add_record(line, field->element, list + i * field->element->size);
    }
    add_text(line, "]");
}

/* Append the value of a field. */
static void add_value(struct line *line, const struct record_field *field,
                      const char *record)
{
    struct bytes content;
    const char *text;
    switch (field->kind) {
    case RECORD_U64:
        add_u64(line, record_get_u64(field, record));
        break;
    case RECORD_I64:
        add_i64(line, record_get_i64(field, record));
        break;
    case RECORD_INT:
        add_i64(line, record_get_int(field, record));
        break;
    case RECORD_BOOL:
        add_text(line, record_get_bool(field, record) ? "true" : "false");
        break;
    case RECORD_TEXT:
        text = record_get_text(field, record);
        content = bytes_of_text(text ? text : "");
        add_content(line, content, is_utf8(content));
        break;
    case RECORD_BYTES:
        content = record_get_bytes(field, record);
        add_content(line, content, is_printable(content));
        break;
    case RECORD_LIST:
        add_list(line, field, record);
        break;
    default:
        LAB_BUG("field %s is of unknown kind %d", field->name,
                (int)field->kind);
    }
}

static void add_record(struct line *line, const struct record_layout *layout,
                       const char *record)
{
    add_text(line, "{");
    for (size_t i = 0; i < layout->count; i++) {
        add_text(line, i ? ",\"" : "\"");
        add_text(line, layout->field[i].name);
        add_text(line, "\":");
        add_value(line, &layout->field[i], record);
    }
    add_text(line, "}");
}

char *record_print(struct record_type *type, const void *record)
{
    struct line line = {0};
    add_record(&line, record_layout_of(type), record);
    LAB_ASSERT(line.size >= 2); /* the braces */
    return line.text;
}
