/* read_jepsen.c - Jepsen's text logs.
 * Layer: lincheck. An operation is a line of the logger jepsen.util:
 *
 *     INFO  jepsen.util - 4 <tab> :invoke <tab> :cas <tab> [2 4]
 *
 * Other lines are skipped: those with the nemesis instead of a process, those
 * of other loggers, further lines of a message. */
#include <string.h>

#include "lincheck/events.h"

/* Advance to the text after "jepsen.util - ". Return false if the line is of
 * another logger. */
static bool find_message(struct reader *line)
{
    static const char logger[] = "jepsen.util";
    size_t size = (size_t)(line->end - line->at);
    const uint8_t *at = memmem(line->at, size, logger, sizeof(logger) - 1);
    if (!at) {
        return false;
    }
    bool is_word = at == line->at || at[-1] == ' ' || at[-1] == '\t';
    line->at = at + sizeof(logger) - 1;
    if (!is_word || !edn_next(line) || (*line->at != '-' && *line->at != ':')) {
        return false;
    }
    line->at++;
    return edn_next(line);
}

/* Parse the next word, which must be a keyword. */
static bool read_keyword(struct reader *line, const char *what,
                         struct bytes *name)
{
    struct edn value = {.kind = EDN_NONE};
    struct edn pair[2]; /* not used by a keyword */
    if (!edn_next(line) || *line->at != ':') {
        return reader_fail(line, line->line, "expected :%s", what);
    }
    if (!edn_read(line, &value, pair)) {
        return false;
    }
    *name = value.bytes;
    return value.kind == EDN_KEYWORD ||
           reader_fail(line, line->line, "expected :%s", what);
}

static bool read_event(struct reader *line, struct event *event)
{
    struct edn process = {.kind = EDN_NONE};
    struct bytes type;
    event->line = line->line;
    if (!edn_read(line, &process, event->pair)) {
        return false;
    }
    if (process.kind != EDN_NUMBER ||
        !event_process_named(process.bytes, &event->process)) {
        return reader_fail(line, line->line,
                           "a process is a number below 2^32, not %s",
                           shown(process.bytes).text);
    }
    if (!read_keyword(line, "invoke, :ok, :fail or :info", &type)) {
        return false;
    }
    if (!event_type_named(type, &event->type)) {
        return reader_fail(line, line->line,
                           ":%s is none of :invoke, :ok, :fail, :info",
                           shown(type).text);
    }
    if (!read_keyword(line, "read, :write or :cas", &event->function)) {
        return false;
    }
    if (!edn_next(line)) {
        return reader_fail(line, line->line, "the line ends before the value");
    }
    if (!edn_read(line, &event->value, event->pair)) {
        return false;
    }
    /* :fail and :info may be followed by the reason. */
    if (event->type <= EVENT_OK && edn_next(line)) {
        return reader_fail(line, line->line, "unexpected text after the value");
    }
    return true;
}

/* Is this the event of a process whose name is not a number? Events of the
 * nemesis, whose name is a keyword, are not meant. */
static bool is_event(struct reader line)
{
    struct bytes word;
    enum event_type type;
    if (*line.at == ':') {
        return false;
    }
    while (line.at < line.end && *line.at != ' ' && *line.at != '\t') {
        line.at++;
    }
    while (line.at < line.end && (*line.at == ' ' || *line.at == '\t')) {
        line.at++;
    }
    if (line.at == line.end || *line.at != ':') {
        return false;
    }
    word = bytes_of(line.at + 1, 0);
    while (line.at + 1 + word.size < line.end &&
           line.at[1 + word.size] >= 'a' && line.at[1 + word.size] <= 'z') {
        word.size++;
    }
    return event_type_named(word, &type);
}

static bool read_line(struct reader *reader, const uint8_t *end,
                      struct events *events, struct event *event)
{
    struct reader line = *reader;
    line.end = end;
    if (!find_message(&line)) {
        return true;
    }
    if (*line.at < '0' || *line.at > '9') {
        return !is_event(line) ||
               reader_fail(reader, reader->line,
                           "a process is a number below 2^32");
    }
    return read_event(&line, event) && events_add(events, event);
}

bool read_jepsen(struct reader *reader)
{
    struct events events;
    struct event event = {.line = 0};
    bool good = true;
    events_init(&events, reader, true);
    while (good && reader->at < reader->end) {
        size_t left = (size_t)(reader->end - reader->at);
        const uint8_t *end = memchr(reader->at, '\n', left);
        end = end ? end : reader->end;
        good = read_line(reader, end, &events, &event);
        reader->at = end + (end < reader->end);
        reader->line++;
    }
    if (good && !reader->history) {
        good = reader_fail(reader, 1, "no operations found");
    }
    events_release(&events);
    event_release(&event);
    return good;
}
