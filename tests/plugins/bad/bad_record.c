/* bad_record.c - packs a list that is not there: the fault is inside of
 * raftlab.
 * Layer: tests. */
#include "tests/plugins/bad/fixed.h"

RECORD(piece, U64(number));
RECORD(pieces, LIST(piece, list));

static void misbehave(struct raft *rf)
{
    struct pieces none = {.list = NULL, .list_count = 1};
    struct bytes packed = PACK(pieces, &none); /* here */
    rf->killed = packed.size > 0;
    bytes_free(&packed);
}
