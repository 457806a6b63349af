/* reader.h - reading a history from bytes: what the formats share.
 * Layer: lincheck, internal. Nothing is believed of the bytes. */
#ifndef LINCHECK_READER_H
#define LINCHECK_READER_H

#include <uthash.h>

#include "lincheck/lincheck.h"

/* An operation of a process that has not returned. */
struct lin_pending {
    int64_t process;
    size_t op;
    enum lin_function function;
    UT_hash_handle hh;
};

struct lin_reader {
    const char *name; /* of the file, for messages */
    struct bytes text;
    size_t at;
    uint32_t line;  /* from 1 */
    int64_t events; /* so far: the time of one is its number */
    struct lin_history *history;
    struct lin_pending *pending; /* by process */
    char *error;
    size_t error_bytes;
};

/* "name:line: reason" into error. Returns false, for the caller to return. */
bool reader_fail(struct lin_reader *reader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The next line without its end; false: there is none. */
bool reader_line(struct lin_reader *reader, struct bytes *line);

/* One event of a process, in the order of the file. */
enum lin_event { LIN_INVOKE, LIN_ANSWERED, LIN_FAILED, LIN_LOST };
bool reader_invoke(struct lin_reader *reader, int64_t process,
                   struct lin_request *request);
/* answer: for LIN_ANSWERED; mismatches: that a cas failed means that it did not
 * find what it expected, not that it was never executed. */
bool reader_complete(struct lin_reader *reader, int64_t process,
                     enum lin_event event, enum lin_function function,
                     struct lin_answer *answer, bool mismatches);

/* The formats. Each reads all of it into reader->history, which it makes. */
bool read_jepsen(struct lin_reader *reader);
bool read_edn(struct lin_reader *reader);
bool read_json(struct lin_reader *reader);

#endif
