/* reader.h - what the readers of the formats share.
 * Layer: lincheck, internal. */
#ifndef LINCHECK_READER_H
#define LINCHECK_READER_H

#include "lincheck/lincheck.h"

struct reader {
    const char *name; /* of the file, for messages */
    const uint8_t *at, *end;
    uint32_t line;               /* of *at: 1, 2, ... */
    struct lin_history *history; /* NULL until the model is known */
    char *error;
    size_t error_bytes;
};

/* Write the error message, with file and line. Return false. */
bool reader_fail(struct reader *reader, uint32_t line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Call lin_call(), unless there are too many operations: then return false
 * after reader_fail(). */
bool reader_call(struct reader *reader, const struct lin_request *request,
                 size_t *op);

/* Return the first bytes of the input in printable form, for a message. */
struct shown {
    char text[40];
};
struct shown shown(struct bytes bytes);

/* Memory for a string that differs from its source text. */
struct scratch {
    uint8_t *data;
    size_t capacity;
};

/* Return space for this many bytes; the old content is lost. The owner frees
 * scratch->data. */
uint8_t *scratch_reserve(struct scratch *scratch, size_t bytes);

/* Return the name of a function in files: read, write and cas of a register;
 * get, put and append of texts. The model must have the function. */
const char *function_name(const struct lin_model *model,
                          enum lin_function function);

/* Find the function of the model with that name. Return false if there is
 * none. */
bool function_named(const struct lin_model *model, struct bytes name,
                    enum lin_function *function);

/* Can the response of this function be a mismatch or a maybe? */
bool function_has_outcomes(const struct lin_model *model,
                           enum lin_function function);

/* Parse the entire input. Return false after reader_fail(). */
bool read_jepsen(struct reader *reader);
bool read_edn(struct reader *reader);
bool read_json(struct reader *reader);

#endif
