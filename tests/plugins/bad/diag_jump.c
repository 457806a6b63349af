/* diag_jump.c - calls through a pointer that leads nowhere.
 * Layer: tests. */
#include "tests/plugins/bad/fixed.h"

static void (*volatile nowhere)(void);

static void misbehave(struct raft *rf)
{
    nowhere(); /* here */
    rf->killed = false;
}
