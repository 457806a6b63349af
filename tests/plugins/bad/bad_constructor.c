/* bad_constructor.c - crashes while it is loaded.
 * Layer: tests. */
#include "tests/plugins/bad/fixed.h"

__attribute__((constructor)) static void at_load(void)
{
    abort();
}

static void misbehave(struct raft *rf)
{
    (void)rf;
}
