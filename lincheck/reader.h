/* reader.h - what the readers of the formats share.
 * Layer: lincheck, internal. */
#ifndef LINCHECK_READER_H
#define LINCHECK_READER_H

#include "lincheck/lincheck.h"

struct reader {
    const char *name; /* of the file, for messages */
    const uint8_t *at, *end;
    uint32_t line;               /* of *at: 1, 2, ... */
    struct lin_history *history; /* NULL until its model is known */
    char *error;
    size_t error_bytes;
};

/* Say what is wrong, with file and line. Returns false. */
bool reader_fail(struct reader *reader, uint32_t line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* lin_call() for as many operations as the checker can number. */
bool reader_call(struct reader *reader, const struct lin_request *request,
                 size_t *op);

/* Bytes of the input as part of a message: few of them, and printable. */
struct shown {
    char text[40];
};
struct shown shown(struct bytes bytes);

/* Room for what does not stand in the input as it is meant. */
struct scratch {
    uint8_t *data;
    size_t room;
};
uint8_t *scratch_room(struct scratch *scratch, size_t bytes);

/* What files call the functions of a model: a register is read and written,
 * texts are got and put. Only for functions that the model has. */
const char *function_name(const struct lin_model *model,
                          enum lin_function function);
bool function_named(const struct lin_model *model, struct bytes name,
                    enum lin_function *function);

/* Can this function be answered by something else than "ok" or a value? */
bool function_has_outcomes(const struct lin_model *model,
                           enum lin_function function);

/* Each reads all of reader's text. False: reader_fail() has been called. */
bool read_jepsen(struct reader *reader);
bool read_edn(struct reader *reader);
bool read_json(struct reader *reader);

#endif
