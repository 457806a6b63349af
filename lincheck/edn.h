/* edn.h - parser for the EDN values that histories contain.
 * Layer: lincheck, internal. Functions parse at the reader's position and
 * advance it. One pass, no recursion: nesting is limited. */
#ifndef LINCHECK_EDN_H
#define LINCHECK_EDN_H

#include "lincheck/reader.h"

enum edn_kind {
    EDN_NONE, /* nothing was read */
    EDN_NIL,
    EDN_TEXT,
    EDN_NUMBER,  /* an integer of 64 bits; bytes: its digits */
    EDN_KEYWORD, /* bytes: without the colon */
    EDN_PAIR,    /* [a b] of nil, texts and numbers */
    EDN_RANGE,   /* an integer of more bits */
    EDN_OTHER,
};

/* A value. bytes point into the input, or into scratch where escapes were
 * resolved. Kinds without content of their own have their source text. */
struct edn {
    enum edn_kind kind;
    struct bytes bytes;
    struct scratch scratch;
};

/* Skip white space, commas and comments. Return false at the end. */
bool edn_next(struct reader *reader);

/* Parse the value that begins here. pair receives the elements of an EDN_PAIR.
 * Return false after reader_fail(). */
bool edn_read(struct reader *reader, struct edn *value, struct edn pair[2]);

/* Skip a value of any kind. Return false after reader_fail(). */
bool edn_skip(struct reader *reader);

/* Is it nil, a text or a number, which a register can hold? */
bool edn_is_plain(const struct edn *value);

#endif
