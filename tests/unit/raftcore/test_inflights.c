/* test_inflights.c - messages that were sent and not acknowledged.
 * Layer: tests. docs/raftcore-spec.md §3.5 and §10.5. */
#include "base/random.h"
#include "raftcore/inflights.h"
#include "tests/support/rc_helper.h"
#include "tests/support/suites.h"

static void add_range(struct rc_inflights *in, uint64_t from, uint64_t to)
{
    for (uint64_t i = from; i < to; i++) {
        rc_inflights_add(in, i, 100 + i);
    }
}

/* What is under way, oldest first: indexes from .. to-1 with their bytes. */
static void check_range(const struct rc_inflights *in, uint64_t from,
                        uint64_t to)
{
    uint64_t bytes = 0;
    ck_assert_uint_eq(in->count, to - from);
    for (uint64_t i = from; i < to; i++) {
        uint64_t place = (in->start + (i - from)) % in->room;
        ck_assert_uint_eq(in->ring[place].index, i);
        ck_assert_uint_eq(in->ring[place].bytes, 100 + i);
        bytes += 100 + i;
    }
    ck_assert_uint_eq(in->bytes, bytes);
}

/* §3.5: a ring, wherever it begins. */
START_TEST(messages_under_way_are_kept_in_order_around_the_end)
{
    struct rc_inflights in = {.limit = 10};
    add_range(&in, 0, 5);
    check_range(&in, 0, 5);
    add_range(&in, 5, 10);
    check_range(&in, 0, 10);
    ck_assert(rc_inflights_full(&in));
    rc_inflights_free_le(&in, 6);
    check_range(&in, 7, 10);
    add_range(&in, 10, 17);
    check_range(&in, 7, 17);
    ck_assert(rc_inflights_full(&in));
    rc_inflights_release(&in);
}
END_TEST

/* §3.5: memory by doubling, up to the limit: 2^31-1 is a limit too. */
START_TEST(ring_grows_by_doubling_up_to_its_limit)
{
    static const uint32_t rooms[] = {1, 2, 4, 4, 6, 6};
    struct rc_inflights in = {.limit = 6}, wide = {.limit = 0x7fffffff};
    ck_assert_uint_eq(in.room, 0);
    for (uint64_t i = 0; i < LENGTH(rooms); i++) {
        add_range(&in, i, i + 1);
        ck_assert_uint_eq(in.room, rooms[i]);
    }
    rc_inflights_free_le(&in, 2);
    add_range(&in, 6, 9);
    ck_assert_uint_eq(in.room, 6);
    check_range(&in, 3, 9);
    add_range(&wide, 0, 3);
    ck_assert_uint_eq(wide.room, 4);
    rc_inflights_release(&in);
    rc_inflights_release(&wide);
}
END_TEST

/* A ring that has turned is grown in the right order. */
START_TEST(ring_grows_also_after_it_has_turned)
{
    struct rc_inflights in = {.limit = 100};
    add_range(&in, 0, 4);
    rc_inflights_free_le(&in, 1);
    add_range(&in, 4, 6);
    ck_assert_uint_eq(in.room, 4);
    add_range(&in, 6, 9);
    ck_assert_uint_eq(in.room, 8);
    check_range(&in, 2, 9);
    rc_inflights_release(&in);
}
END_TEST

/* §3.5, FreeLE: all up to the index, none beyond it. */
START_TEST(acknowledged_messages_are_no_longer_under_way)
{
    struct rc_inflights in = {.limit = 10};
    rc_inflights_free_le(&in, 5); /* none is there */
    ck_assert_uint_eq(in.count, 0);
    add_range(&in, 1, 11);
    rc_inflights_free_le(&in, 0); /* before all of them */
    check_range(&in, 1, 11);
    rc_inflights_free_le(&in, 4);
    check_range(&in, 5, 11);
    rc_inflights_free_le(&in, 8);
    check_range(&in, 9, 11);
    add_range(&in, 11, 15);
    rc_inflights_free_le(&in, 12);
    check_range(&in, 13, 15);
    rc_inflights_free_le(&in, UINT64_MAX);
    check_range(&in, 0, 0);
    ck_assert_uint_eq(in.start, 0);
    rc_inflights_release(&in);
}
END_TEST

static void check_refuses(struct rc_inflights *in)
{
    ASSERT_FATAL("cannot add into a Full inflights",
                 rc_inflights_add(in, 100, 10));
}

/* §3.5, Full: by count, or by bytes, which one message may cross. */
START_TEST(full_is_by_count_or_by_bytes)
{
    static const struct {
        uint64_t limit, bytes_limit, fits;
    } rows[] = {
        {3, 0, 3},   /* bytes do not matter */
        {10, 1, 1},  /* the first one crosses it */
        {10, 10, 1}, /* just reached */
        {10, 11, 2}, {10, 20, 2}, {10, 21, 3}, {2, 1000, 2}, {4, UINT64_MAX, 4},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct rc_inflights in = {.limit = rows[i].limit,
                                  .bytes_limit = rows[i].bytes_limit};
        for (uint64_t k = 0; k < rows[i].fits; k++) {
            ck_assert(!rc_inflights_full(&in));
            rc_inflights_add(&in, k + 1, 10);
        }
        ck_assert(rc_inflights_full(&in));
        check_refuses(&in);
        ck_assert_uint_eq(in.count, rows[i].fits);
        rc_inflights_free_le(&in, 1);
        ck_assert(!rc_inflights_full(&in));
        rc_inflights_release(&in);
    }
}
END_TEST

/* §3.5 and §3.4, ResetState: count, bytes and start are 0 again. */
START_TEST(reset_forgets_bytes_too)
{
    struct rc_inflights in = {.limit = 10, .bytes_limit = 1000};
    add_range(&in, 0, 9);
    rc_inflights_free_le(&in, 3);
    rc_inflights_reset(&in);
    ck_assert_uint_eq(in.count, 0);
    ck_assert_uint_eq(in.bytes, 0);
    ck_assert_uint_eq(in.start, 0);
    ck_assert(!rc_inflights_full(&in));
    add_range(&in, 20, 24);
    check_range(&in, 20, 24);
    rc_inflights_release(&in);
}
END_TEST

START_TEST(copy_of_what_is_under_way_is_independent)
{
    struct rc_inflights in = {.limit = 4}, copy, none = {.limit = 4}, nothing;
    add_range(&in, 0, 4);
    rc_inflights_free_le(&in, 1);
    add_range(&in, 4, 5);
    rc_inflights_copy(&copy, &in);
    rc_inflights_free_le(&in, 3);
    check_range(&copy, 2, 5);
    add_range(&copy, 5, 6);
    check_range(&copy, 2, 6);
    check_range(&in, 4, 5);
    rc_inflights_copy(&nothing, &none);
    add_range(&nothing, 1, 2);
    check_range(&nothing, 1, 2);
    rc_inflights_release(&in);
    rc_inflights_release(&copy);
    rc_inflights_release(&nothing);
}
END_TEST

/* §3.5, against a plain list. */
START_TEST(ring_does_what_a_list_would)
{
    uint64_t key = random_key_text(2, "ring");
    struct rc_inflights in = {.limit = 7};
    uint64_t first = 0, next = 0;
    for (uint64_t step = 0; step < 20000; step++) {
        uint64_t draw = random_at(key, 2 * step);
        if (random_below(draw, 3) > 0 && next - first < 7) {
            add_range(&in, next, next + 1);
            next++;
        } else {
            uint64_t to = first + random_below(random_at(key, 2 * step + 1), 4);
            rc_inflights_free_le(&in, to);
            first = to + 1 < next ? to + 1 : next;
        }
        check_range(&in, first, next);
        ck_assert_int_eq(rc_inflights_full(&in), next - first == 7);
    }
    rc_inflights_release(&in);
}
END_TEST

SUITE(raftcore_inflights)
{
    Suite *suite = suite_create("raftcore_inflights");
    TCase *ring = tcase_create("ring");
    tcase_add_test(ring, messages_under_way_are_kept_in_order_around_the_end);
    tcase_add_test(ring, ring_grows_by_doubling_up_to_its_limit);
    tcase_add_test(ring, ring_grows_also_after_it_has_turned);
    tcase_add_test(ring, acknowledged_messages_are_no_longer_under_way);
    tcase_add_test(ring, full_is_by_count_or_by_bytes);
    tcase_add_test(ring, reset_forgets_bytes_too);
    tcase_add_test(ring, copy_of_what_is_under_way_is_independent);
    tcase_add_test(ring, ring_does_what_a_list_would);
    suite_add_tcase(suite, ring);
    return suite;
}
