/* text.c - a text that grows, and Go's quoting.
 * Layer: raftcore. docs/raftcore-spec.md §8.1, §14.4. */
#include "raftcore/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"

void rc_text_release(struct rc_text *text)
{
    free(text->at);
    *text = (struct rc_text){NULL, 0, 0};
}

void rc_text_clear(struct rc_text *text)
{
    text->size = 0;
    if (text->at) {
        text->at[0] = '\0';
    }
}

const char *rc_text_of(const struct rc_text *text)
{
    return text->at ? text->at : "";
}

static void make_room(struct rc_text *text, size_t more)
{
    if (text->size + more + 1 > text->room) {
        text->room = 2 * (text->size + more + 1);
        text->at = lab_xrealloc(text->at, text->room);
    }
    LAB_ASSERT(text->size < text->room); /* room for the zero at the end */
}

void rc_text_add_bytes(struct rc_text *text, const void *bytes, size_t size)
{
    make_room(text, size);
    if (size > 0) {
        memcpy(text->at + text->size, bytes, size);
    }
    text->size += size;
    text->at[text->size] = '\0';
}

void rc_text_add_args(struct rc_text *text, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int size = vsnprintf(NULL, 0, format, args);
    LAB_ASSERT(size >= 0);
    make_room(text, (size_t)size);
    vsnprintf(text->at + text->size, (size_t)size + 1, format, again);
    text->size += (size_t)size;
    va_end(again);
}

void rc_text_add(struct rc_text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    rc_text_add_args(text, format, args);
    va_end(args);
}

/* ---- Go's %q -------------------------------------------------------------*/

/* Return how many bytes the UTF-8 character at data has, and its code point; 0
 * if the bytes are not valid UTF-8 (overlong forms and surrogates are not). */
static size_t decode(const uint8_t *data, size_t size, uint32_t *code)
{
    LAB_ASSERT(size > 0);
    uint8_t first = data[0];
    size_t need = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if ((first >= 0x80 && first < 0xc2) || first > 0xf4 || size < need) {
        return 0;
    }
    *code = need == 1 ? first : first & (0x7fu >> need);
    for (size_t i = 1; i < need; i++) {
        if ((data[i] & 0xc0) != 0x80) {
            return 0;
        }
        *code = *code << 6 | (data[i] & 0x3f);
    }
    bool wrong = *code < least[need] || *code > 0x10ffff ||
                 (*code >= 0xd800 && *code < 0xe000);
    return wrong ? 0 : need;
}

static void add_plain(struct rc_text *text, uint8_t c)
{
    static const char letters[] = "abtnvfr"; /* of 7 to 13 */
    if (c == '"' || c == '\\') {
        rc_text_add(text, "\\%c", c);
    } else if (c >= 7 && c <= 13) {
        rc_text_add(text, "\\%c", letters[c - 7]);
    } else {
        rc_text_add(text, c < 0x20 || c == 0x7f ? "\\x%02x" : "%c", c);
    }
}

/* Approximates Go's unicode.IsPrint by blocks: controls, formats, separators,
 * private use, and what is not assigned at the end of the range are not. */
static bool is_printable(uint32_t code)
{
    return !(code < 0xa1 || code == 0xad ||
             (code >= 0x2000 && code <= 0x200f) ||
             (code >= 0x2028 && code <= 0x202f) ||
             (code >= 0x205f && code <= 0x206f) || code == 0x3000 ||
             (code >= 0xe000 && code <= 0xf8ff) || code == 0xfeff ||
             (code >= 0xfff0 && code <= 0xfffb) || code == 0xfffe ||
             code == 0xffff || code >= 0xe0000);
}

void rc_text_add_quoted(struct rc_text *text, struct rc_bytes bytes)
{
    LAB_ASSERT(bytes.data || bytes.size == 0);
    rc_text_add(text, "\"");
    for (size_t i = 0; i < bytes.size;) {
        uint32_t code = 0;
        size_t size = decode(bytes.data + i, bytes.size - i, &code);
        if (size == 0) {
            rc_text_add(text, "\\x%02x", bytes.data[i]);
            size = 1;
        } else if (size == 1) {
            add_plain(text, bytes.data[i]);
        } else if (is_printable(code)) {
            rc_text_add_bytes(text, bytes.data + i, size);
        } else {
            rc_text_add(text, code > 0xffff ? "\\U%08x" : "\\u%04x", code);
        }
        i += size;
    }
    rc_text_add(text, "\"");
}
