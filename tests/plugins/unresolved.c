/* unresolved.c - calls a function that does not exist.
 * Layer: tests. */
#include "tests/plugins/fixed.h"

int nobody_defines_this(void);

static void misbehave(struct raft *rf)
{
    rf->me = nobody_defines_this();
}
