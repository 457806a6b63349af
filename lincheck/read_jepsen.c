/* read_jepsen.c - Jepsen's text logs of a register.
 * Layer: lincheck. A line of one operation is
 *     INFO  jepsen.util - 4 <tab> :invoke <tab> :cas <tab> [2 4]
 * Lines of other loggers, and of processes that are no numbers (the nemesis),
 * are left out. */
#include <string.h>

#include "lincheck/reader.h"

static const char mark[] = "jepsen.util - ";

/* The next word up to a tab or the end. */
static struct bytes field(struct bytes *rest)
{
    const uint8_t *tab =
        rest->size ? memchr(rest->data, '\t', rest->size) : NULL;
    size_t size = tab ? (size_t)(tab - rest->data) : rest->size;
    struct bytes word = bytes_of(rest->data, size);
    size += tab != NULL;
    *rest = bytes_of(rest->data + size, rest->size - size);
    return word;
}

static bool is(struct bytes word, const char *text)
{
    return bytes_equal(word, bytes_of_text(text));
}

static bool number(struct bytes word, int64_t *value)
{
    *value = 0;
    for (size_t i = 0; i < word.size; i++) {
        if (word.data[i] < '0' || word.data[i] > '9' || *value > 1000000000) {
            return false;
        }
        *value = *value * 10 + (word.data[i] - '0');
    }
    return word.size > 0;
}

static bool event_of(struct bytes word, enum lin_event *event)
{
    static const char *const names[] = {":invoke", ":ok", ":fail", ":info"};
    for (int i = 0; i < 4; i++) {
        if (is(word, names[i])) {
            *event = (enum lin_event)i;
            return true;
        }
    }
    return false;
}

static bool function_of(struct bytes word, enum lin_function *function)
{
    if (is(word, ":read")) {
        *function = LIN_READ;
    } else if (is(word, ":write")) {
        *function = LIN_WRITE;
    } else {
        *function = LIN_CAS;
        return is(word, ":cas");
    }
    return true;
}

/* A value without blanks or brackets; NULL in *at for nil. */
static bool take_value(struct bytes word, struct bytes *room,
                       const struct bytes **at)
{
    *room = word;
    *at = is(word, "nil") ? NULL : room;
    for (size_t i = 0; i < word.size; i++) {
        if (strchr(" []\"{}()", word.data[i])) {
            return false; /* a zero byte, too */
        }
    }
    return word.size > 0;
}

/* "[2 4]" */
static bool take_pair(struct bytes word, struct bytes room[2],
                      const struct bytes *at[2])
{
    const uint8_t *blank =
        word.size > 2 ? memchr(word.data, ' ', word.size) : NULL;
    if (!blank || word.data[0] != '[' || word.data[word.size - 1] != ']') {
        return false;
    }
    size_t first = (size_t)(blank - word.data);
    return take_value(bytes_of(word.data + 1, first - 1), &room[0], &at[0]) &&
           take_value(bytes_of(blank + 1, word.size - first - 2), &room[1],
                      &at[1]);
}

static bool invoke(struct lin_reader *reader, int64_t process,
                   enum lin_function function, struct bytes value)
{
    struct bytes room[2];
    const struct bytes *at[2] = {NULL, NULL};
    bool right = function == LIN_CAS    ? take_pair(value, room, at)
                 : function == LIN_READ ? is(value, "nil")
                                        : take_value(value, &room[1], &at[1]);
    if (!right) {
        return reader_fail(reader, "the value of this operation is malformed");
    }
    struct lin_request request = {
        .function = function,
        .expected = at[0],
        .value = at[1],
    };
    return reader_invoke(reader, process, &request);
}

static bool complete(struct lin_reader *reader, int64_t process,
                     enum lin_event event, enum lin_function function,
                     struct bytes value)
{
    struct bytes room;
    struct lin_answer answer = {.outcome = LIN_OK};
    if (event == LIN_ANSWERED && function == LIN_READ &&
        !take_value(value, &room, &answer.value)) {
        return reader_fail(reader, "the value that was read is malformed");
    }
    return reader_complete(reader, process, event, function, &answer, true);
}

static bool read_event(struct lin_reader *reader, struct bytes rest)
{
    int64_t process;
    enum lin_event event;
    enum lin_function function;
    if (!number(field(&rest), &process)) {
        return true; /* the nemesis */
    }
    struct bytes type = field(&rest);
    if (!event_of(type, &event)) {
        return reader_fail(reader, "unknown type of event \"%.*s\"",
                           (int)(type.size < 40 ? type.size : 40),
                           (const char *)type.data);
    }
    struct bytes name = field(&rest);
    if (!function_of(name, &function)) {
        return reader_fail(reader, "unknown operation \"%.*s\"",
                           (int)(name.size < 40 ? name.size : 40),
                           (const char *)name.data);
    }
    struct bytes value = field(&rest);
    return event == LIN_INVOKE
               ? invoke(reader, process, function, value)
               : complete(reader, process, event, function, value);
}

bool read_jepsen(struct lin_reader *reader)
{
    struct bytes line;
    reader->history = lin_history_new(&lin_register);
    while (reader_line(reader, &line)) {
        const uint8_t *at =
            line.size ? memmem(line.data, line.size, mark, sizeof(mark) - 1)
                      : NULL;
        if (at) {
            at += sizeof(mark) - 1;
            size_t before = (size_t)(at - line.data);
            if (!read_event(reader, bytes_of(at, line.size - before))) {
                return false;
            }
        }
    }
    return true;
}
