/* edn.h - values of EDN, as far as histories have them.
 * Layer: lincheck, internal. Reads where a reader stands, and moves it on. One
 * pass, no recursion: what nests is bounded. */
#ifndef LINCHECK_EDN_H
#define LINCHECK_EDN_H

#include "lincheck/reader.h"

enum edn_kind {
    EDN_NONE, /* nothing has been read */
    EDN_NIL,
    EDN_TEXT,
    EDN_NUMBER,  /* whole, of 64 bits; bytes: its digits */
    EDN_KEYWORD, /* bytes: without the colon */
    EDN_PAIR,    /* [a b] of nil, texts and numbers */
    EDN_RANGE,   /* a whole number of more bits */
    EDN_OTHER,
};

/* A value; bytes lie in the input, or in scratch where escapes had to be
 * resolved. Of what has no bytes of its own: as it stands in the input. */
struct edn {
    enum edn_kind kind;
    struct bytes bytes;
    struct scratch scratch;
};

/* To the next thing behind white space, commas and comments. False: there is
 * none. */
bool edn_next(struct reader *reader);

/* The value that begins here. pair: for the two of EDN_PAIR. False: what is
 * there is no value, and reader_fail() has been called. */
bool edn_read(struct reader *reader, struct edn *value, struct edn pair[2]);

/* Pass over a value of any kind. */
bool edn_skip(struct reader *reader);

/* Is it nil, a text or a number: something to keep in a register? */
bool edn_is_plain(const struct edn *value);

#endif
