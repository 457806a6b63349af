/* test_record_memory.c - record_unpack() when memory runs out.
 * Layer: tests. Compiles record_unpack.c a second time, with allocators
 * that fail on demand: each of its allocations fails once. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/record_layout.h"
#include "tests/support/records.h"
#include "tests/support/suites.h"

static int allocations_left;

static bool may_allocate(void)
{
    return allocations_left-- > 0;
}

static void *scarce_malloc(size_t size)
{
    return may_allocate() ? malloc(size) : NULL;
}

static void *scarce_calloc(size_t count, size_t size)
{
    return may_allocate() ? calloc(count, size) : NULL;
}

enum lab_err scarce_unpack(struct record_type *type, struct bytes from,
                           void *record);
void scarce_set_dirty_hook(void (*hook)(const char *message));

#define malloc                scarce_malloc
#define calloc                scarce_calloc
#define record_unpack         scarce_unpack
#define record_set_dirty_hook scarce_set_dirty_hook
#include "base/record_unpack.c"
#undef malloc
#undef calloc
#undef record_unpack
#undef record_set_dirty_hook

START_TEST(each_failing_allocation_leaves_nothing)
{
    struct leaf leaves[] = {{.term = 1, .command = bytes_of_text("one")},
                            {.term = 2, .command = bytes_of_text("two")}};
    struct branch branches[] = {
        {.leaves = leaves, .leaves_count = 2, .name = (char[]){"b"}},
        {.leaves = leaves, .leaves_count = 1}};
    struct tree t = {.text = (char[]){"text"},
                     .raw = bytes_of_text("raw"),
                     .branches = branches,
                     .branches_count = 2,
                     .leaves = leaves,
                     .leaves_count = 2};
    struct bytes packed = PACK(tree, &t);
    enum { NEEDED = 2 + 1 + 3 + 1 + 2 + 3 };
    for (int left = 0; left <= NEEDED; left++) {
        struct tree back;
        memset(&back, 0, sizeof(back));
        allocations_left = left;
        enum lab_err err = scarce_unpack(&record_tree, packed, &back);
        ck_assert_int_eq(err, left < NEEDED ? LAB_ENOMEM : LAB_OK);
        ck_assert_int_eq(record_equal(&record_tree, &t, &back), !err);
        FREE(tree, &back);
    }
    bytes_free(&packed);
}
END_TEST

SUITE(base_record_memory)
{
    Suite *suite = suite_create("base_record_memory");
    TCase *sweep = tcase_create("allocation failures");
    tcase_add_test(sweep, each_failing_allocation_leaves_nothing);
    suite_add_tcase(suite, sweep);
    return suite;
}
