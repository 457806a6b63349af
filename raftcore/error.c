/* error.c - the texts of errors.
 * Layer: raftcore. */
#include "raftcore/error.h"

#include "base/assert.h"

const char *rc_error_text(enum rc_error error)
{
    static const char *const texts[] = {
#define RC_ERROR_TEXT(name, text) text,
        RC_ERRORS(RC_ERROR_TEXT)
#undef RC_ERROR_TEXT
    };
    LAB_ASSERT((unsigned)error < sizeof(texts) / sizeof(texts[0]));
    return texts[error];
}
