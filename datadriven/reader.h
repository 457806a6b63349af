/* reader.h - data-driven test files: directives, their input, what they are
 * to print.
 * Layer: datadriven. Format: specification of raftcore, section 9.1. */
#ifndef DATADRIVEN_READER_H
#define DATADRIVEN_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* key, key=value or key=(value, value). "key=" and "key=()" have one value,
 * which is empty; key alone has none. */
struct argument {
    char *key;
    char **values;
    size_t count;
};

struct directive {
    int line; /* where it stands, from 1 on */
    char *command;
    struct argument *arguments;
    size_t count;
    char *input;    /* without blanks around it */
    char *expected; /* lines with their newlines, or "" */
    /* The part of the file before the expected lines, and after them: to write
     * the file again. */
    size_t head_end, tail_begin;
    bool separated; /* there was a ---- */
};

struct reader {
    const char *text; /* of the whole file; zero-terminated; borrowed */
    size_t size, at;
    int line;
    int depth;       /* of subtests */
    char error[256]; /* what cannot be read; its line is in line */
};

/* The next directive; false: there is none, or reader->error says what is
 * wrong. The caller releases it. */
bool reader_next(struct reader *reader, struct directive *directive);
void directive_release(struct directive *directive);

/* ---- Arguments -----------------------------------------------------------*/

/* NULL: there is none with this key. */
const struct argument *directive_find(const struct directive *directive,
                                      const char *key);

/* Whole numbers and truth values as the format has them. False: it is not
 * one. */
bool parse_number(const char *text, uint64_t *number);
bool parse_bool(const char *text, bool *value);

#endif
