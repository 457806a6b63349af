/* error.c - the texts of errors.
 * Layer: raftcore. */
#include "raftcore/error.h"

const char *core_error_text(enum core_error error)
{
    static const char *const texts[] = {
#define CORE_ERROR_TEXT(name, text) text,
        CORE_ERRORS(CORE_ERROR_TEXT)
#undef CORE_ERROR_TEXT
    };
    return texts[error];
}
