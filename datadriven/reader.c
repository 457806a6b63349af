/* reader.c - parses scenario files.
 * Layer: datadriven. */
#include "datadriven/reader.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

/* ---- Lines ---------------------------------------------------------------*/

struct line {
    const char *at;
    size_t size; /* without the newline, and a carriage return before it */
};

static bool next_line(struct reader *reader, struct line *line)
{
    if (reader->at >= reader->size) {
        return false;
    }
    const char *begin = reader->text + reader->at;
    const char *end = memchr(begin, '\n', reader->size - reader->at);
    size_t size = end ? (size_t)(end - begin) : reader->size - reader->at;
    reader->at += size + (end != NULL);
    reader->line++;
    *line = (struct line){begin, size};
    if (size > 0 && begin[size - 1] == '\r') {
        line->size--;
    }
    return true;
}

static struct line trimmed(struct line line)
{
    while (line.size > 0 && isspace((unsigned char)line.at[0])) {
        line.at++;
        line.size--;
    }
    while (line.size > 0 && isspace((unsigned char)line.at[line.size - 1])) {
        line.size--;
    }
    return line;
}

static bool is_blank(struct line line)
{
    return trimmed(line).size == 0;
}

static bool is_separator(struct line line)
{
    return line.size == 4 && memcmp(line.at, "----", 4) == 0;
}

static char *copy(const char *at, size_t size)
{
    char *text = lab_xmalloc(size + 1);
    memcpy(text, at, size);
    text[size] = '\0';
    return text;
}

/* Add bytes to *text, which ends with a zero. */
static void append(char **text, size_t *size, const char *at, size_t more)
{
    *text = lab_xrealloc(*text, *size + more + 1);
    memcpy(*text + *size, at, more);
    *size += more;
    (*text)[*size] = '\0';
}

static bool fail(struct reader *reader, const char *what, struct line where)
{
    snprintf(reader->error, sizeof(reader->error), "%s: %.*s", what,
             (int)(where.size < 100 ? where.size : 100), where.at);
    return false;
}

/* ---- The directive line --------------------------------------------------*/

static void add_argument(struct directive *directive, const char *key,
                         size_t size)
{
    directive->arguments =
        lab_xrealloc(directive->arguments,
                     (directive->count + 1) * sizeof(*directive->arguments));
    directive->arguments[directive->count++] =
        (struct argument){.key = copy(key, size)};
}

static void add_value(struct directive *directive, struct line value)
{
    struct argument *argument = &directive->arguments[directive->count - 1];
    argument->values = lab_xrealloc(
        argument->values, (argument->count + 1) * sizeof(*argument->values));
    argument->values[argument->count++] = copy(value.at, value.size);
}

/* Parse the values of "(a, b(c, d))" at *at, and move *at behind it. */
static bool parse_list(struct directive *directive, const char **at,
                       const char *end)
{
    int depth = 0;
    const char *begin = *at + 1;
    for (const char *c = begin; c < end; c++) {
        if ((*c == ',' || *c == ')') && depth == 0) {
            struct line value = {begin, (size_t)(c - begin)};
            add_value(directive, trimmed(value));
            begin = c + 1;
        }
        if (*c == '(') {
            depth++;
        } else if (*c == ')' && depth-- == 0) {
            *at = c + 1;
            return true;
        }
    }
    return false;
}

static bool parse_argument(struct directive *directive, const char **at,
                           const char *end)
{
    const char *c = *at;
    while (c < end && *c != ' ' && *c != '\t' && *c != '=') {
        c++;
    }
    add_argument(directive, *at, (size_t)(c - *at));
    if (c == end || *c != '=') {
        *at = c;
        return true;
    }
    c++;
    if (c < end && *c == '(') {
        *at = c;
        return parse_list(directive, at, end);
    }
    const char *begin = c;
    while (c < end && *c != ' ' && *c != '\t') {
        c++;
    }
    add_value(directive, (struct line){begin, (size_t)(c - begin)});
    *at = c;
    return true;
}

static bool parse_directive(struct reader *reader, struct directive *directive,
                            const char *text, size_t size)
{
    const char *at = text, *end = text + size;
    while (at < end && *at != ' ' && *at != '\t') {
        at++;
    }
    directive->command = copy(text, (size_t)(at - text));
    for (;;) {
        while (at < end && (*at == ' ' || *at == '\t')) {
            at++;
        }
        if (at == end) {
            return true;
        }
        if (!parse_argument(directive, &at, end)) {
            return fail(reader, "no closing parenthesis",
                        (struct line){text, size});
        }
    }
}

/* A line that ends in a backslash is continued on the next. */
static bool read_directive_line(struct reader *reader, struct line line,
                                struct directive *directive)
{
    char *text = NULL;
    size_t size = 0;
    for (;;) {
        line = trimmed(line);
        bool more = line.size > 0 && line.at[line.size - 1] == '\\';
        struct line part = {line.at, line.size - more};
        part = trimmed(part);
        if (size > 0) {
            append(&text, &size, " ", 1);
        }
        append(&text, &size, part.at, part.size);
        if (!more || !next_line(reader, &line)) {
            break;
        }
    }
    bool good = parse_directive(reader, directive, text, size);
    free(text);
    return good;
}

/* ---- Input and expected lines --------------------------------------------*/

/* Read the input up to the separator; false: there is none. */
static bool read_input(struct reader *reader, struct directive *directive)
{
    struct line line;
    const char *begin = reader->text + reader->at;
    const char *end = begin;
    bool separated = false;
    while (!separated && next_line(reader, &line)) {
        separated = is_separator(line);
        end = separated ? line.at : reader->text + reader->at;
    }
    struct line input = trimmed((struct line){begin, (size_t)(end - begin)});
    directive->input = copy(input.at, input.size);
    return separated;
}

static void add_expected(struct directive *directive, size_t *size,
                         struct line line)
{
    append(&directive->expected, size, line.at, line.size);
    append(&directive->expected, size, "\n", 1);
}

/* Read the expected output up to the first blank line. */
static void read_plain(struct reader *reader, struct directive *directive,
                       size_t *size)
{
    struct line line;
    directive->tail_begin = reader->at;
    while (next_line(reader, &line) && !is_blank(line)) {
        add_expected(directive, size, line);
        directive->tail_begin = reader->at;
    }
}

/* Read it up to two separators and a blank line: blank lines and single
 * separators belong to it. */
static bool read_fenced(struct reader *reader, struct directive *directive,
                        size_t *size)
{
    struct line line, held = {NULL, 0};
    while (next_line(reader, &line)) {
        if (held.at && is_separator(line)) {
            directive->tail_begin = reader->at;
            return !next_line(reader, &line) || is_blank(line) ||
                   fail(reader, "no blank line after the two ----", line);
        }
        if (held.at) {
            add_expected(directive, size, held);
            held.at = NULL;
        }
        if (is_separator(line)) {
            held = line;
        } else {
            add_expected(directive, size, line);
        }
    }
    return fail(reader, "the file ends before the two closing ----",
                (struct line){"", 0});
}

static bool read_expected(struct reader *reader, struct directive *directive)
{
    struct line line;
    size_t size = 0, at = reader->at;
    int number = reader->line;
    directive->head_end = at;
    if (next_line(reader, &line) && is_separator(line)) {
        return read_fenced(reader, directive, &size);
    }
    reader->at = at;
    reader->line = number;
    read_plain(reader, directive, &size);
    return true;
}

/* "subtest name" ... "subtest end": they only bracket what is between. */
static bool is_subtest(struct reader *reader, struct line line)
{
    static const char word[] = "subtest";
    size_t size = sizeof(word) - 1;
    if (line.size < size || memcmp(line.at, word, size) != 0 ||
        (line.size > size && line.at[size] != ' ')) {
        return false;
    }
    struct line rest = trimmed((struct line){line.at + size, line.size - size});
    bool ends = rest.size >= 3 && memcmp(rest.at, "end", 3) == 0 &&
                (rest.size == 3 || rest.at[3] == ' ');
    reader->depth += ends ? -1 : 1;
    if (reader->depth < 0) {
        fail(reader, "no subtest has begun", line);
    }
    return true;
}

bool reader_next(struct reader *reader, struct directive *directive)
{
    struct line line;
    *directive = (struct directive){.line = 0};
    do {
        if (reader->error[0] != '\0') {
            return false;
        }
        if (!next_line(reader, &line)) {
            return reader->depth > 0 &&
                   fail(reader, "a subtest has no end", (struct line){"", 0});
        }
        line = trimmed(line);
    } while (line.size == 0 || line.at[0] == '#' || is_subtest(reader, line));
    directive->line = reader->line;
    directive->expected = copy("", 0);
    bool good = read_directive_line(reader, line, directive);
    directive->separated = good && read_input(reader, directive);
    if (directive->separated) {
        good = read_expected(reader, directive);
    } else if (good) {
        directive->head_end = directive->tail_begin = reader->at;
    }
    if (!good) {
        directive_release(directive);
    }
    return good;
}

void directive_release(struct directive *directive)
{
    for (size_t i = 0; i < directive->count; i++) {
        struct argument *argument = &directive->arguments[i];
        for (size_t k = 0; k < argument->count; k++) {
            free(argument->values[k]);
        }
        free(argument->values);
        free(argument->key);
    }
    free(directive->arguments);
    free(directive->command);
    free(directive->input);
    free(directive->expected);
    *directive = (struct directive){.line = 0};
}

/* ---- Arguments -----------------------------------------------------------*/

const struct argument *directive_find(const struct directive *directive,
                                      const char *key)
{
    for (size_t i = 0; i < directive->count; i++) {
        if (strcmp(directive->arguments[i].key, key) == 0) {
            return &directive->arguments[i];
        }
    }
    return NULL;
}

bool parse_number(const char *text, uint64_t *number)
{
    char *end;
    if (!isdigit((unsigned char)text[0])) {
        return false;
    }
    errno = 0;
    *number = strtoull(text, &end, 10);
    return *end == '\0' && errno == 0;
}

bool parse_bool(const char *text, bool *value)
{
    static const char *const words[] = {"1",    "t",     "T",     "TRUE",
                                        "true", "True",  "0",     "f",
                                        "F",    "FALSE", "false", "False"};
    for (size_t i = 0; i < 12; i++) {
        if (strcmp(text, words[i]) == 0) {
            *value = i < 6;
            return true;
        }
    }
    return false;
}
