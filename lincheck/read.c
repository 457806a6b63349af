/* read.c - histories from files: which format it is, and what all share.
 * Layer: lincheck. */
#include "lincheck/read.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "lincheck/reader.h"

/* Of an operation up to four strings are numbered, by 32 bits. */
#define OP_COUNT_MAX (UINT32_C(1) << 29)

/* ---- For all formats -----------------------------------------------------*/

bool reader_fail(struct reader *reader, uint32_t line, const char *format, ...)
{
    char reason[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof(reason), format, arguments);
    va_end(arguments);
    snprintf(reader->error, reader->error_bytes, "%s:%u: %s", reader->name,
             line, reason);
    return false;
}

bool reader_call(struct reader *reader, const struct lin_request *request,
                 size_t *op)
{
    if (lin_op_count(reader->history) == OP_COUNT_MAX) {
        return reader_fail(reader, request->line, "more than %u operations",
                           (unsigned)OP_COUNT_MAX);
    }
    *op = lin_call(reader->history, request);
    return true;
}

struct shown shown(struct bytes bytes)
{
    struct shown to;
    size_t room = sizeof(to.text) - 4; /* for dots and zero */
    size_t size = bytes.size < room ? bytes.size : room;
    for (size_t i = 0; i < size; i++) {
        uint8_t c = bytes.data[i];
        to.text[i] = (char)(c < ' ' || c > '~' ? '?' : c);
    }
    memcpy(to.text + size, "...", 4);
    if (size == bytes.size) {
        to.text[size] = '\0';
    }
    return to;
}

uint8_t *scratch_room(struct scratch *scratch, size_t bytes)
{
    if (bytes > scratch->room || !scratch->data) {
        scratch->room = bytes * 2 + 64;
        free(scratch->data); /* nobody wants the old content */
        scratch->data = lab_xmalloc(scratch->room);
    }
    return scratch->data;
}

/* ---- Names of functions --------------------------------------------------*/

static const char *const register_names[] = {
    [LIN_READ] = "read",
    [LIN_WRITE] = "write",
    [LIN_CAS] = "cas",
};

static const char *const text_names[] = {
    [LIN_READ] = "get",
    [LIN_WRITE] = "put",
    [LIN_APPEND] = "append",
};

const char *function_name(const struct lin_model *model,
                          enum lin_function function)
{
    LAB_ASSERT(lin_model_has(model, function));
    return model == &lin_register ? register_names[function]
                                  : text_names[function];
}

bool function_named(const struct lin_model *model, struct bytes name,
                    enum lin_function *function)
{
    for (enum lin_function f = LIN_READ; f <= LIN_CAS; f++) {
        if (lin_model_has(model, f) &&
            bytes_equal(name, bytes_of_text(function_name(model, f)))) {
            *function = f;
            return true;
        }
    }
    return false;
}

bool function_has_outcomes(const struct lin_model *model,
                           enum lin_function function)
{
    return function == LIN_CAS ||
           (function == LIN_WRITE && model == &lin_versioned);
}

/* ---- Which format --------------------------------------------------------*/

/* The first byte that says something: behind white space, and in EDN behind
 * commas and comments. */
static const uint8_t *first_of(const uint8_t *at, const uint8_t *end)
{
    bool in_comment = false;
    for (; at < end; at++) {
        if (in_comment || *at == ';') {
            in_comment = *at != '\n';
        } else if (!memchr(" \t\r\n\f,", *at, 6)) {
            break;
        }
    }
    return at;
}

/* Of maps, tagged ones or nothing. */
static bool begins_list(const uint8_t *first, const uint8_t *end)
{
    if (*first == '[' || *first == '(') {
        first = first_of(first + 1, end);
        return first == end || memchr("{#])", *first, 4);
    }
    return *first == '#';
}

static bool read_by_content(struct reader *reader)
{
    static const uint8_t byte_order_mark[] = {0xef, 0xbb, 0xbf};
    if (reader->end - reader->at >= 3 &&
        memcmp(reader->at, byte_order_mark, 3) == 0) {
        reader->at += 3;
    }
    const uint8_t *first = first_of(reader->at, reader->end);
    if (first == reader->end) {
        return reader_fail(reader, 1, "there is nothing in it");
    }
    if (*first == '{') {
        /* Keys are strings in JSON, keywords in EDN. */
        const uint8_t *key = first_of(first + 1, reader->end);
        return key < reader->end && *key == '"' ? read_json(reader)
                                                : read_edn(reader);
    }
    if (begins_list(first, reader->end)) {
        return read_edn(reader);
    }
    if (memmem(first, (size_t)(reader->end - first), "jepsen.util", 11)) {
        return read_jepsen(reader);
    }
    return reader_fail(reader, 1,
                       "this is no history: neither a log of Jepsen, nor maps "
                       "of EDN, nor JSON of raftlab");
}

struct lin_history *lin_parse(const char *name, struct bytes text, char *error,
                              size_t error_bytes)
{
    /* So that there is a pointer to compare with, even of nothing. */
    const uint8_t *start = text.size > 0 ? text.data : (const uint8_t *)"";
    struct reader reader = {
        .name = name,
        .at = start,
        .end = start + text.size,
        .line = 1,
        .error = error,
        .error_bytes = error_bytes,
    };
    if (read_by_content(&reader)) {
        LAB_ASSERT(reader.history);
        if (error_bytes > 0) {
            error[0] = '\0';
        }
        return reader.history;
    }
    lin_history_free(reader.history);
    return NULL;
}

/* ---- Files ---------------------------------------------------------------*/

/* All that is in the file. False: errno says why. */
static bool read_all(FILE *file, struct bytes *all)
{
    size_t room = 65536;
    *all = (struct bytes){lab_xmalloc(room), 0};
    size_t got;
    while ((got = fread(all->data + all->size, 1, room - all->size, file)) >
           0) {
        all->size += got;
        if (all->size == room) {
            room *= 2;
            all->data = lab_xrealloc(all->data, room);
        }
    }
    return !ferror(file);
}

struct lin_history *lin_read(const char *path, char *error, size_t error_bytes)
{
    bool is_stdin = strcmp(path, "-") == 0;
    const char *name = is_stdin ? "stdin" : path;
    FILE *file = is_stdin ? stdin : fopen(path, "rb");
    struct bytes text = {NULL, 0};
    struct lin_history *history = NULL;
    if (file && read_all(file, &text)) {
        history = lin_parse(name, text, error, error_bytes);
    } else {
        snprintf(error, error_bytes, "%s: %s", name, strerror(errno));
    }
    if (file && !is_stdin) {
        fclose(file);
    }
    bytes_free(&text);
    return history;
}
