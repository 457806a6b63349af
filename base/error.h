/* error.h - expected failures, as values.
 * Layer: base; public to labs. Any thread. Nothing here waits.
 *
 *     enum lab_err err = UNPACK(saved, state, &saved);
 *     if (err) {
 *         printf("%s\n", lab_err_text(err));
 *     }
 *
 * A function that can fail for a reason outside of the program (input, the
 * environment) returns an enum lab_err: LAB_OK, which is 0, or a negative
 * value. A broken invariant is no error: see assert.h. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#define LAB_ERRORS(X)                                                          \
    X(LAB_OK, 0, "no error")                                                   \
    X(LAB_ENOMEM, -1, "out of memory")                                         \
    X(LAB_EMALFORMED, -2, "malformed bytes")                                   \
    X(LAB_ETYPE, -3, "field has another type on the wire")                     \
    X(LAB_ERANGE, -4, "value out of range")                                    \
    X(LAB_ENOENT, -5, "no such thing")                                         \
    X(LAB_EIO, -6, "input or output failed")                                   \
    X(LAB_EREFUSED, -7, "refused")

enum lab_err {
#define LAB_ERROR_ENUM(name, value, text) name = (value),
    LAB_ERRORS(LAB_ERROR_ENUM)
#undef LAB_ERROR_ENUM
};

/* Return the text of an error: constant, never NULL, "unknown error" for any
 * other value. */
const char *lab_err_text(enum lab_err err);

#endif
