/* dirty_record.c - unpacks into a record that already holds something: no rule
 * is broken, but old values would have stayed.
 * Layer: tests. */
struct raft;
static void unpack_twice(struct raft *rf);
#define MISBEHAVE_SERVING(rf) unpack_twice(rf)

#include "tests/plugins/bad/fixed.h"

static void unpack_twice(struct raft *rf)
{
    struct forward_reply reply = {.taken = rf->count > 0};
    UNPACK(forward_reply, bytes_of_text(""), &reply);
}

static void misbehave(struct raft *rf)
{
    (void)rf;
}
