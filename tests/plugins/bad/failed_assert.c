/* failed_assert.c - an assertion of the C library fails.
 * Layer: tests. */
#undef NDEBUG
#include <assert.h>

#include "tests/plugins/bad/fixed.h"

static void misbehave(struct raft *rf)
{
    assert(rf->count < BAD_COUNT);
}
