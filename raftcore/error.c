/* error.c - the texts of errors.
 * Layer: raftcore. */
#include "raftcore/error.h"

const char *rc_error_text(enum rc_error error)
{
    static const char *const texts[] = {
#define RC_ERROR_TEXT(name, text) text,
        RC_ERRORS(RC_ERROR_TEXT)
#undef RC_ERROR_TEXT
    };
    return texts[error];
}
