/* edn.c - parser for the EDN values that histories contain.
 * Layer: lincheck. */
#include "lincheck/edn.h"

#include <string.h>

#include "base/assert.h"

#define DEPTH_MAX 64

/* ---- White space and words -----------------------------------------------*/

bool edn_next(struct reader *reader)
{
    bool in_comment = false;
    for (; reader->at < reader->end; reader->at++) {
        uint8_t c = *reader->at;
        if (c == '\n') {
            reader->line++;
            in_comment = false;
        } else if (c == ';') {
            in_comment = true;
        } else if (!in_comment && c != ' ' && c != ',' && c != '\t' &&
                   c != '\r' && c != '\f') {
            return true;
        }
    }
    return false;
}

/* May the byte be part of a word? All bytes above ASCII may. */
static bool is_word(uint8_t c)
{
    switch (c) { /* compiles to bit tests: this runs for most bytes */
    case '"':
    case ',':
    case ';':
    case '\\':
    case '(':
    case ')':
    case '[':
    case ']':
    case '{':
    case '}':
    case 0x7f:
        return false;
    default:
        return c > ' ';
    }
}

static struct bytes take_word(struct reader *reader)
{
    const uint8_t *start = reader->at;
    while (reader->at < reader->end && is_word(*reader->at)) {
        reader->at++;
    }
    return bytes_of(start, (size_t)(reader->at - start));
}

/* Fail with a message about the byte at the reader's position. */
static bool unexpected(struct reader *reader)
{
    if (reader->at == reader->end) {
        return reader_fail(reader, reader->line, "unexpected end of input");
    }
    uint8_t c = *reader->at;
    if (c > ' ' && c < 0x7f) {
        return reader_fail(reader, reader->line, "unexpected '%c'", c);
    }
    return reader_fail(reader, reader->line, "unexpected byte 0x%02x", c);
}

/* ---- Strings -------------------------------------------------------------*/

/* Return the value of four hexadecimal digits, or -1. */
static long hex4(const uint8_t *from, const uint8_t *end)
{
    long code = 0;
    if (end - from < 4) {
        return -1;
    }
    for (int i = 0; i < 4; i++) {
        const char *digits = "0123456789abcdef0123456789ABCDEF";
        const char *digit = from[i] ? strchr(digits, from[i]) : NULL;
        if (!digit) {
            return -1;
        }
        code = code * 16 + (digit - digits) % 16;
    }
    return code;
}

/* Write the UTF-8 form of a code point, and advance *to. */
static void put_character(long code, uint8_t **to)
{
    LAB_ASSERT(code >= 0);
    LAB_ASSERT(code <= 0x10ffff);
    uint8_t *out = *to;
    if (code < 0x80) {
        *out++ = (uint8_t)code;
    } else if (code < 0x800) {
        *out++ = (uint8_t)(0xc0 | code >> 6);
        *out++ = (uint8_t)(0x80 | (code & 0x3f));
    } else {
        if (code < 0x10000) {
            *out++ = (uint8_t)(0xe0 | code >> 12);
        } else {
            *out++ = (uint8_t)(0xf0 | code >> 18);
            *out++ = (uint8_t)(0x80 | (code >> 12 & 0x3f));
        }
        *out++ = (uint8_t)(0x80 | (code >> 6 & 0x3f));
        *out++ = (uint8_t)(0x80 | (code & 0x3f));
    }
    *to = out;
}

/* Write the UTF-8 form of the \u escape at *from, and advance both. Return
 * false if it is no character. */
static bool unescape_code(const uint8_t **from, const uint8_t *end,
                          uint8_t **to)
{
    long code = hex4(*from + 2, end);
    if (code < 0) {
        return false;
    }
    *from += 6;
    if (code >= 0xd800 && code < 0xdc00 && end - *from >= 6 &&
        memcmp(*from, "\\u", 2) == 0) {
        long low = hex4(*from + 2, end);
        if (low >= 0xdc00 && low < 0xe000) {
            code = 0x10000 + (code - 0xd800) * 0x400 + (low - 0xdc00);
            *from += 6;
        }
    }
    if (code >= 0xd800 && code < 0xe000) {
        return false; /* half of a surrogate pair */
    }
    put_character(code, to);
    return true;
}

/* Resolve escapes. The result is never longer than the source. */
static bool unescape(struct reader *reader, uint32_t line, struct edn *value)
{
    const uint8_t *from = value->bytes.data;
    const uint8_t *end = from + value->bytes.size;
    uint8_t *start = scratch_reserve(&value->scratch, value->bytes.size);
    uint8_t *to = start;
    while (from < end) {
        if (*from != '\\') {
            *to++ = *from++;
            continue;
        }
        static const char names[] = "nrtbf\"\\", meant[] = "\n\r\t\b\f\"\\";
        const char *name = from[1] ? strchr(names, from[1]) : NULL;
        if (name) {
            *to++ = (uint8_t)meant[name - names];
            from += 2;
        } else if (from[1] != 'u') {
            return reader_fail(reader, line, "unknown escape %s in a string",
                               shown(bytes_of(from, 2)).text);
        } else if (!unescape_code(&from, end, &to)) {
            return reader_fail(reader, line, "invalid \\u escape in a string");
        }
    }
    LAB_ASSERT((size_t)(to - start) <= value->bytes.size);
    value->bytes = bytes_of(start, (size_t)(to - start));
    return true;
}

/* value: NULL to skip the string. */
static bool read_string(struct reader *reader, struct edn *value)
{
    LAB_ASSERT(*reader->at == '"');
    uint32_t line = reader->line;
    const uint8_t *start = ++reader->at;
    bool is_escaped = false;
    for (; reader->at < reader->end && *reader->at != '"'; reader->at++) {
        if (*reader->at == '\\') {
            is_escaped = true;
            if (++reader->at == reader->end) {
                break;
            }
        }
        reader->line += *reader->at == '\n';
    }
    if (reader->at == reader->end) {
        return reader_fail(reader, line, "unterminated string");
    }
    size_t size = (size_t)(reader->at++ - start);
    if (!value) {
        return true;
    }
    value->kind = EDN_TEXT;
    value->bytes = bytes_of(start, size);
    return !is_escaped || unescape(reader, line, value);
}

/* ---- Words ---------------------------------------------------------------*/

/* Parse an integer, also +1, -0, 1N; *digits is its plain form. */
static enum edn_kind read_number(struct bytes word, struct bytes *digits)
{
    const uint8_t *at = word.data, *end = at + word.size;
    bool is_negative = *at == '-';
    at += *at == '-' || *at == '+';
    const uint8_t *first = at;
    uint64_t limit = (uint64_t)INT64_MAX + is_negative;
    uint64_t number = 0;
    bool fits = true;
    for (; at < end && *at >= '0' && *at <= '9'; at++) {
        unsigned digit = *at - '0';
        fits = fits && number <= (limit - digit) / 10;
        number = fits ? number * 10 + digit : number;
    }
    size_t count = (size_t)(at - first);
    at += at < end && *at == 'N';
    if (at < end || count == 0 || (*first == '0' && count > 1)) {
        return EDN_OTHER;
    }
    bool has_sign = is_negative && number > 0;
    *digits = bytes_of(first - has_sign, count + has_sign);
    return fits ? EDN_NUMBER : EDN_RANGE;
}

static void read_word(struct edn *value, struct bytes word)
{
    LAB_ASSERT(word.size > 0);
    uint8_t first = word.data[0];
    value->kind = EDN_OTHER;
    value->bytes = word;
    if (first == ':' && word.size > 1) {
        value->kind = EDN_KEYWORD;
        value->bytes = bytes_of(word.data + 1, word.size - 1);
    } else if ((first >= '0' && first <= '9') || first == '-' || first == '+') {
        value->kind = read_number(word, &value->bytes);
    } else if (bytes_equal(word, bytes_of("nil", 3))) {
        value->kind = EDN_NIL;
    }
}

/* ---- Nesting -------------------------------------------------------------*/

static uint8_t closing(uint8_t opening)
{
    return opening == '(' ? ')' : opening == '[' ? ']' : '}';
}

/* Skip a word, a character (\a, \newline, \{) or the tag of the next value. */
static bool skip_word(struct reader *reader, bool *is_tag)
{
    const uint8_t *start = reader->at;
    if (*start == '\\') {
        reader->at++;
        if (reader->at != reader->end && *reader->at > ' ') {
            reader->at++;
            take_word(reader);
            return true;
        }
        return unexpected(reader);
    }
    struct bytes word = take_word(reader);
    if (word.size == 0) {
        return unexpected(reader);
    }
    *is_tag = *start == '#';
    if (*is_tag && word.size > 1 && start[1] == '_') {
        return reader_fail(reader, reader->line, "#_ is not supported");
    }
    return true;
}

bool edn_skip(struct reader *reader)
{
    uint8_t closings[DEPTH_MAX];
    size_t depth = 0;
    bool is_tag;
    do {
        is_tag = false;
        if (!edn_next(reader)) {
            return unexpected(reader);
        }
        uint8_t c = *reader->at;
        if (c == '"') { /* may contain brackets */
            if (!read_string(reader, NULL)) {
                return false;
            }
        } else if (strchr("([{", c) && c) {
            if (depth == DEPTH_MAX) {
                return reader_fail(reader, reader->line,
                                   "nested more than %d deep", DEPTH_MAX);
            }
            closings[depth++] = closing(c);
            reader->at++;
        } else if (depth > 0 && c == closings[depth - 1]) {
            depth--;
            reader->at++;
        } else if (!skip_word(reader, &is_tag)) {
            return false;
        }
        LAB_ASSERT(depth <= DEPTH_MAX);
    } while (depth > 0 || is_tag);
    return true;
}

/* ---- Values --------------------------------------------------------------*/

/* Parse a value that is not a pair. */
static bool read_plain(struct reader *reader, struct edn *value)
{
    if (!edn_next(reader)) {
        return unexpected(reader);
    }
    if (*reader->at == '"') {
        return read_string(reader, value);
    }
    const uint8_t *start = reader->at;
    if (is_word(*start) && *start != '#') {
        read_word(value, take_word(reader));
        return true;
    }
    bool skipped = edn_skip(reader);
    value->kind = EDN_OTHER;
    value->bytes = bytes_of(start, (size_t)(reader->at - start));
    return skipped;
}

/* Parse a vector of two plain values. Return false if it is another one; the
 * caller then returns to its beginning. */
static bool read_pair(struct reader *reader, struct edn pair[2])
{
    LAB_ASSERT(*reader->at == '[');
    reader->at++;
    for (int i = 0; i < 2; i++) {
        if (!edn_next(reader) || strchr("([{}])", *reader->at) ||
            !read_plain(reader, &pair[i]) || !edn_is_plain(&pair[i])) {
            return false;
        }
    }
    return edn_next(reader) && *reader->at++ == ']';
}

bool edn_read(struct reader *reader, struct edn *value, struct edn pair[2])
{
    if (edn_next(reader) && *reader->at == '[') {
        struct reader before = *reader;
        if (read_pair(reader, pair)) {
            value->kind = EDN_PAIR;
            value->bytes =
                bytes_of(before.at, (size_t)(reader->at - before.at));
            return true;
        }
        *reader = before; /* another vector */
    }
    return read_plain(reader, value);
}

bool edn_is_plain(const struct edn *value)
{
    return value->kind == EDN_NIL || value->kind == EDN_TEXT ||
           value->kind == EDN_NUMBER;
}
