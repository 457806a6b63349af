/* read.c - histories from files: recognizes the format.
 * Layer: lincheck. */
#include "lincheck/read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "lincheck/reader.h"

/* ---- Which format --------------------------------------------------------*/

/* Return the first byte that is not white space; commas and comments of EDN
 * count as such. */
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

/* Does a list or vector of maps begin here, or a tagged map? */
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
        return reader_fail(reader, 1, "the input is empty");
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
                       "not a history: neither a Jepsen log, nor EDN maps, nor "
                       "raftlab's JSON");
}

struct lin_history *lin_parse(const char *name, struct bytes text, char *error,
                              size_t error_bytes)
{
    /* Never NULL, so that pointers can be compared. */
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

/* Read the entire file. Return false with errno set. */
static bool read_all(FILE *file, struct bytes *all)
{
    size_t capacity = 65536;
    *all = (struct bytes){lab_xmalloc(capacity), 0};
    size_t got;
    while ((got = fread(all->data + all->size, 1, capacity - all->size, file)) >
           0) {
        all->size += got;
        if (all->size == capacity) {
            capacity *= 2;
            all->data = lab_xrealloc(all->data, capacity);
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
