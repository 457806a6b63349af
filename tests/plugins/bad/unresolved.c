/* unresolved.c - calls functions that do not exist.
 * Layer: tests. */
#include "tests/plugins/bad/fixed.h"

int nobody_defines_this(void);
int nor_this(void);

static void misbehave(struct raft *rf)
{
    rf->me = nobody_defines_this() + nor_this();
}
