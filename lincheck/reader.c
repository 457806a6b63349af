/* reader.c - what the readers of all formats share.
 * Layer: lincheck. */
#include "lincheck/reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

/* Strings are numbered with 32 bits, and an operation has up to four. */
#define OP_COUNT_MAX (UINT32_C(1) << 29)

/* ---- Messages and memory -------------------------------------------------*/

bool reader_fail(struct reader *reader, uint32_t line, const char *format, ...)
{
    char reason[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof(reason), format, arguments);
    va_end(arguments);
    snprintf(reader->error, reader->error_bytes, "%s:%u: %s", reader->name,
             line, reason);
    return false;
}

bool reader_call(struct reader *reader, const struct lin_request *request,
                 size_t *op)
{
    LAB_ASSERT(reader->history);
    if (lin_op_count(reader->history) == OP_COUNT_MAX) {
        return reader_fail(reader, request->line, "more than %u operations",
                           (unsigned)OP_COUNT_MAX);
    }
    *op = lin_call(reader->history, request);
    return true;
}

struct shown shown(struct bytes bytes)
{
    struct shown to;
    size_t most = sizeof(to.text) - 4; /* without "..." and the final zero */
    size_t size = bytes.size < most ? bytes.size : most;
    for (size_t i = 0; i < size; i++) {
        uint8_t c = bytes.data[i];
        to.text[i] = (char)(c < ' ' || c > '~' ? '?' : c);
    }
    memcpy(to.text + size, "...", 4);
    if (size == bytes.size) {
        to.text[size] = '\0';
    }
    return to;
}

uint8_t *scratch_reserve(struct scratch *scratch, size_t bytes)
{
    if (bytes > scratch->capacity || !scratch->data) {
        scratch->capacity = bytes * 2 + 64;
        free(scratch->data); /* not realloc: the old content is not needed */
        scratch->data = lab_xmalloc(scratch->capacity);
    }
    return scratch->data;
}

/* ---- Names of functions --------------------------------------------------*/

static const char *const register_names[] = {
    [LIN_READ] = "read",
    [LIN_WRITE] = "write",
    [LIN_CAS] = "cas",
};

static const char *const text_names[] = {
    [LIN_READ] = "get",
    [LIN_WRITE] = "put",
    [LIN_APPEND] = "append",
};

const char *function_name(const struct lin_model *model,
                          enum lin_function function)
{
    LAB_ASSERT(lin_model_has(model, function));
    const char *name = model == &lin_register ? register_names[function]
                                              : text_names[function];
    LAB_ASSERT(name);
    return name;
}

bool function_named(const struct lin_model *model, struct bytes name,
                    enum lin_function *function)
{
    for (enum lin_function f = LIN_READ; f <= LIN_CAS; f++) {
        if (lin_model_has(model, f) &&
            bytes_equal(name, bytes_of_text(function_name(model, f)))) {
            *function = f;
            return true;
        }
    }
    return false;
}

bool function_has_outcomes(const struct lin_model *model,
                           enum lin_function function)
{
    return function == LIN_CAS ||
           (function == LIN_WRITE && model == &lin_versioned);
}
