/* read.c - histories from files: recognising formats, errors, and the events
 * of processes.
 * Layer: lincheck. */
#include "lincheck/read.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "lincheck/reader.h"

/* ---- What the formats share ----------------------------------------------*/

bool reader_fail(struct lin_reader *reader, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = snprintf(reader->error, reader->error_bytes,
                     "%s:%u: ", reader->name, reader->line);
    if (n > 0 && (size_t)n < reader->error_bytes) {
        vsnprintf(reader->error + n, reader->error_bytes - (size_t)n, format,
                  args);
    }
    va_end(args);
    return false;
}

bool reader_line(struct lin_reader *reader, struct bytes *line)
{
    if (reader->at >= reader->text.size) {
        return false;
    }
    uint8_t *begin = reader->text.data + reader->at;
    size_t left = reader->text.size - reader->at;
    const uint8_t *end = memchr(begin, '\n', left);
    size_t size = end ? (size_t)(end - begin) : left;
    reader->at += size + 1;
    reader->line++;
    if (size > 0 && begin[size - 1] == '\r') {
        size--;
    }
    *line = bytes_of(begin, size);
    return true;
}

static struct lin_pending *find(const struct lin_reader *reader,
                                int64_t process)
{
    struct lin_pending *pending;
    HASH_FIND(hh, reader->pending, &process, sizeof(process), pending);
    return pending;
}

bool reader_invoke(struct lin_reader *reader, int64_t process,
                   struct lin_request *request)
{
    struct lin_pending *pending = find(reader, process);
    if (pending) {
        return reader_fail(reader,
                           "process %lld invokes an operation while its last "
                           "one is pending",
                           (long long)process);
    }
    request->at = ++reader->events;
    request->line = reader->line;
    request->client = (uint32_t)process;
    pending = lab_xcalloc(1, sizeof(*pending));
    pending->process = process;
    pending->op = lin_call(reader->history, request);
    pending->function = request->function;
    HASH_ADD(hh, reader->pending, process, sizeof(process), pending);
    return true;
}

bool reader_complete(struct lin_reader *reader, int64_t process,
                     enum lin_event event, enum lin_function function,
                     struct lin_answer *answer, bool mismatches)
{
    struct lin_pending *pending = find(reader, process);
    if (!pending) {
        return reader_fail(reader,
                           "process %lld completes an operation that it has "
                           "not invoked",
                           (long long)process);
    }
    if (pending->function != function) {
        return reader_fail(reader,
                           "process %lld completes another kind of operation "
                           "than it has invoked",
                           (long long)process);
    }
    answer->at = ++reader->events;
    answer->line = reader->line;
    if (event == LIN_FAILED && function == LIN_CAS && mismatches) {
        answer->outcome = LIN_MISMATCH;
        event = LIN_ANSWERED;
    }
    if (event == LIN_ANSWERED) {
        lin_return(reader->history, pending->op, answer);
    } else if (event == LIN_FAILED) {
        lin_withdraw(reader->history, pending->op);
    }
    HASH_DEL(reader->pending, pending);
    free(pending);
    return true;
}

/* ---- Recognising ---------------------------------------------------------*/

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n' ||
           byte == ',';
}

/* The first byte that is not blank, not in a comment of EDN and not the
 * bracket of a list; 0: there is none. */
static size_t first_byte(struct bytes text)
{
    size_t i = 0;
    while (i < text.size) {
        if (text.data[i] == ';') {
            while (i < text.size && text.data[i] != '\n') {
                i++;
            }
        } else if (!is_blank(text.data[i])) {
            break;
        } else {
            i++;
        }
    }
    return i;
}

static bool contains(struct bytes text, const char *word)
{
    return memmem(text.data, text.size, word, strlen(word)) != NULL;
}

typedef bool (*format)(struct lin_reader *reader);

static format recognise(struct bytes text)
{
    size_t i = first_byte(text);
    if (i == text.size) {
        return NULL;
    }
    struct bytes start = bytes_of(text.data + i, text.size - i);
    const uint8_t *end = memchr(start.data, '\n', start.size);
    struct bytes line =
        bytes_of(start.data, end ? (size_t)(end - start.data) : start.size);
    if (line.data[0] == '{' && contains(line, "\"history\"")) {
        return read_json;
    }
    if (line.data[0] == '{' || line.data[0] == '[' || line.data[0] == '(') {
        return read_edn;
    }
    if (contains(text, "jepsen.util")) {
        return read_jepsen;
    }
    return NULL;
}

/* ---- The whole -----------------------------------------------------------*/

struct lin_history *lin_parse(const char *name, struct bytes text, char *error,
                              size_t error_bytes)
{
    struct lin_reader reader = {
        .name = name,
        .text = text,
        .error = error,
        .error_bytes = error_bytes,
    };
    struct lin_pending *pending, *next;
    format read = recognise(text);
    bool read_whole = false;
    if (read) {
        read_whole = read(&reader);
    } else if (first_byte(text) == text.size) {
        snprintf(error, error_bytes, "%s:1: it is empty", name);
    } else {
        snprintf(error, error_bytes,
                 "%s:1: not a history: neither Jepsen's log nor EDN maps nor "
                 "raftlab's JSON (see docs/lincheck.md)",
                 name);
    }
    HASH_ITER (hh, reader.pending, pending, next) {
        HASH_DEL(reader.pending, pending);
        free(pending);
    }
    if (!read_whole) {
        lin_history_free(reader.history);
        return NULL;
    }
    return reader.history;
}

static bool read_stream(FILE *from, struct bytes *text)
{
    size_t room = 65536;
    *text = (struct bytes){lab_xmalloc(room), 0};
    size_t n;
    while ((n = fread(text->data + text->size, 1, room - text->size, from)) >
           0) {
        text->size += n;
        if (text->size == room) {
            room *= 2;
            text->data = lab_xrealloc(text->data, room);
        }
    }
    return !ferror(from);
}

struct lin_history *lin_read(const char *path, char *error, size_t error_bytes)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *from = standard ? stdin : fopen(path, "re");
    struct bytes text = {NULL, 0};
    struct lin_history *history = NULL;
    if (!from || !read_stream(from, &text)) {
        snprintf(error, error_bytes, "%s: cannot be read: %s", path,
                 strerror(errno));
    } else {
        history = lin_parse(standard ? "standard input" : path, text, error,
                            error_bytes);
    }
    free(text.data);
    if (from && !standard) {
        fclose(from);
    }
    return history;
}
