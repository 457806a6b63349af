/* reader.h - parses scenario files: directives, their input, their expected
 * output.
 * Layer: datadriven. docs/raftcore-spec.md §9.1; the format of cockroachdb's
 * datadriven package. */
#ifndef DATADRIVEN_READER_H
#define DATADRIVEN_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* key, key=value or key=(value, value). "key=" and "key=()" have one value, an
 * empty one; key alone has none. */
struct argument {
    char *key;
    char **values;
    size_t count;
};

struct directive {
    int line; /* from 1 on */
    char *command;
    struct argument *arguments;
    size_t count;
    char *input;    /* without blanks around it */
    char *expected; /* lines with their newlines, or "" */
    /* Where the expected output begins and ends in the file, to replace it. */
    size_t head_end, tail_begin;
    bool separated; /* there was a ---- */
};

struct reader {
    const char *text; /* of the file; zero-terminated; borrowed */
    size_t size, at;
    int line;
    int depth;       /* of subtests */
    char error[256]; /* what is wrong in that line; "" if nothing is */
};

/* Read the next directive, which the caller releases. False: there is none, or
 * reader->error says what is wrong. */
bool reader_next(struct reader *reader, struct directive *directive);
void directive_release(struct directive *directive);

/* ---- Arguments -----------------------------------------------------------*/

/* Return the argument with this key, or NULL. */
const struct argument *directive_find(const struct directive *directive,
                                      const char *key);

/* Parse a number or a truth value as the format has them; false: it is none. */
bool parse_number(const char *text, uint64_t *number);
bool parse_bool(const char *text, bool *value);

#endif
