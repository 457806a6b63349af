/* fuzz_record.c - libFuzzer target: record_unpack() on arbitrary bytes.
 * Layer: tests. Whatever is accepted must come back equal from another trip,
 * and its packed form must be stable. Built by make fuzz. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/record.h"
#include "tests/support/records.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Large enough for each of the records. */
union target {
    struct leaf leaf;
    struct branch branch;
    struct tree tree;
    struct wide wide;
};

static void trip(struct record_type *type, struct bytes from)
{
    union target once, twice;
    memset(&once, 0, sizeof(once));
    memset(&twice, 0, sizeof(twice));
    if (record_unpack(type, from, &once) == LAB_OK) {
        struct bytes packed = record_pack(type, &once);
        LAB_ASSERT(record_unpack(type, packed, &twice) == LAB_OK);
        LAB_ASSERT(record_equal(type, &once, &twice));
        struct bytes again = record_pack(type, &twice);
        LAB_ASSERT(bytes_equal(packed, again));
        free(record_print(type, &once));
        bytes_free(&packed);
        bytes_free(&again);
        record_free(type, &twice);
        record_wipe(type, &once);
        return;
    }
    for (size_t i = 0; i < type->size; i++) {
        LAB_ASSERT(((const uint8_t *)&once)[i] == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes from = bytes_of(data, size);
    trip(&record_leaf, from);
    trip(&record_branch, from);
    trip(&record_tree, from);
    trip(&record_wide, from);
    return 0;
}
