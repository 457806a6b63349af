/* error.c - the texts of errors.
 * Layer: base. Constant data only. */
#include "base/error.h"

const char *lab_err_text(enum lab_err err)
{
    switch (err) {
#define LAB_ERROR_TEXT(name, value, text)                                      \
    case name:                                                                 \
        return text;
        LAB_ERRORS(LAB_ERROR_TEXT)
#undef LAB_ERROR_TEXT
    }
    return "unknown error";
}
