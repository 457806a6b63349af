/* test_record_input.c - unpacking foreign and damaged bytes.
 * Layer: tests. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/record_trees.h"
#include "tests/support/suites.h"

/* ---- Bad bytes -----------------------------------------------------------*/

static const struct {
    const char *hex;
    enum lab_err err;
} bad[] = {
    {"08", LAB_EMALFORMED},                       /* no value */
    {"0880", LAB_EMALFORMED},                     /* value cut off */
    {"08ffffffffffffffffff02", LAB_EMALFORMED},   /* 65 bits */
    {"08ffffffffffffffffffff01", LAB_EMALFORMED}, /* 11 bytes */
    {"0001", LAB_EMALFORMED},                     /* field 0 */
    {"07", LAB_EMALFORMED},                       /* field 0, no wire type */
    {"f8ffffffff0101", LAB_EMALFORMED},           /* tag over 32 bits */
    {"2a0261", LAB_EMALFORMED},                   /* text cut off */
    {"2affffffffffffffffff01", LAB_EMALFORMED},   /* length that wraps */
    {"2a03610062", LAB_EMALFORMED},               /* text with a zero */
    {"42020880", LAB_EMALFORMED},                 /* cut off in an element */
    {"4203080112", LAB_EMALFORMED},               /* likewise, no length */
    {"3a04120208", LAB_EMALFORMED},               /* element in element */
    {"7b", LAB_EMALFORMED},                       /* unknown group begins */
    {"7c", LAB_EMALFORMED},                       /* unknown group ends */
    {"7e", LAB_EMALFORMED},                       /* wire type 6 */
    {"7f", LAB_EMALFORMED},                       /* wire type 7 */
    {"7901020304050607", LAB_EMALFORMED},         /* unknown 64 bits cut off */
    {"7d010203", LAB_EMALFORMED},                 /* unknown 32 bits cut off */
    {"7a0201", LAB_EMALFORMED},                   /* unknown run cut off */
    {"7880", LAB_EMALFORMED},                     /* unknown varint cut off */
    {"0a00", LAB_ETYPE},                          /* U64 as a run */
    {"0900000000000000", LAB_ETYPE},              /* U64 as 64 bits */
    {"2801", LAB_ETYPE},                          /* TEXT as a varint */
    {"4001", LAB_ETYPE},                          /* LIST as a varint */
    {"4300", LAB_ETYPE},                          /* LIST as a group */
    {"188080808010", LAB_ERANGE},                 /* INT 2^31 */
    {"188180808010", LAB_ERANGE},                 /* INT -2^31 - 1 */
    {"3a060880808080104201", LAB_ERANGE},         /* the same in an element */
};

START_TEST(bad_bytes_are_refused_and_leave_nothing)
{
    struct tree t = {0};
    ck_assert_int_eq(UNPACK(tree, from_hex(bad[_i].hex), &t), bad[_i].err);
    assert_empty(&t, sizeof(t));
}
END_TEST

START_TEST(an_error_after_good_fields_frees_them)
{
    struct tree t = {0};
    struct bytes from = from_hex("2a0261623201ff"
                                 "3a0608021202080108" /* an error */
                                 "42020801"
                                 "08");
    ck_assert_int_eq(UNPACK(tree, from, &t), LAB_EMALFORMED);
    assert_empty(&t, sizeof(t));
}
END_TEST

START_TEST(unknown_fields_are_skipped)
{
    struct leaf l = {0};
    struct bytes from = from_hex("7801"               /* varint */
                                 "790102030405060708" /* 64 bits */
                                 "7a020102"           /* run */
                                 "7d01020304"         /* 32 bits */
                                 "0805"
                                 "f8ffffff0f01"); /* the highest number */
    ck_assert_int_eq(UNPACK(leaf, from, &l), LAB_OK);
    ck_assert_uint_eq(l.term, 5);
    ck_assert_uint_eq(l.command.size, 0);
}
END_TEST

START_TEST(the_last_of_several_values_wins)
{
    struct tree t = {0};
    struct bytes from = from_hex("08050806"
                                 "2a01612a0162"
                                 "320161320162"
                                 "42020801" /* two elements, not adjacent */
                                 "2001"
                                 "42020802");
    ck_assert_int_eq(UNPACK(tree, from, &t), LAB_OK);
    ck_assert_uint_eq(t.u, 6);
    ck_assert_str_eq(t.text, "b");
    ck_assert(bytes_equal(t.raw, bytes_of_text("b")));
    ck_assert_uint_eq(t.leaves_count, 2);
    ck_assert_uint_eq(t.leaves[0].term, 1);
    ck_assert_uint_eq(t.leaves[1].term, 2);
    FREE(tree, &t);
    assert_empty(&t, sizeof(t));

    from = from_hex("2a01612a00"
                    "3201613200");
    ck_assert_int_eq(UNPACK(tree, from, &t), LAB_OK);
    ck_assert_ptr_null(t.text);
    ck_assert_ptr_null(t.raw.data);
    assert_empty(&t, sizeof(t));
}
END_TEST

START_TEST(numbers_may_be_written_longer_than_needed)
{
    struct leaf l = {0};
    ck_assert_int_eq(UNPACK(leaf, from_hex("08858080808080808000"), &l),
                     LAB_OK);
    ck_assert_uint_eq(l.term, 5);
}
END_TEST

/* Where top-level fields of a packed tree end. */
static bool is_field_end(struct bytes packed, size_t cut)
{
    size_t at = 0;
    while (at < cut) {
        uint8_t tag = packed.data[at++];
        size_t value = 0;
        unsigned shift = 0;
        do {
            value |= (size_t)(packed.data[at] & 127) << shift;
            shift += 7;
        } while (packed.data[at++] & 128);
        at += (tag & 7) == 2 ? value : 0;
    }
    return at == cut;
}

START_TEST(a_message_cut_off_anywhere_is_refused)
{
    for (uint64_t seed = 0; seed < 60; seed++) {
        struct tree t = roll_tree(seed);
        struct bytes packed = PACK(tree, &t);
        for (size_t cut = 0; cut < packed.size; cut++) {
            /* A copy of exactly that size: the sanitizer sees an overrun. */
            struct bytes part = bytes_copy(bytes_of(packed.data, cut));
            struct tree back = {0};
            enum lab_err err = UNPACK(tree, part, &back);
            if (is_field_end(packed, cut)) {
                ck_assert_int_eq(err, LAB_OK);
                FREE(tree, &back);
            } else {
                ck_assert_int_eq(err, LAB_EMALFORMED);
            }
            assert_empty(&back, sizeof(back));
            bytes_free(&part);
        }
        FREE(tree, &t);
        bytes_free(&packed);
    }
}
END_TEST

/* If the bytes can be unpacked, then packing and unpacking gives the same. */
static void check_survives(struct bytes from)
{
    struct tree once = {0}, twice = {0};
    if (UNPACK(tree, from, &once) != LAB_OK) {
        assert_empty(&once, sizeof(once));
        return;
    }
    struct bytes packed = PACK(tree, &once);
    ck_assert_int_eq(UNPACK(tree, packed, &twice), LAB_OK);
    ck_assert(record_equal(&record_tree, &once, &twice));
    FREE(tree, &once);
    FREE(tree, &twice);
    bytes_free(&packed);
}

START_TEST(unpacking_survives_any_flipped_bit)
{
    for (uint64_t seed = 0; seed < 60; seed++) {
        struct tree t = roll_tree(seed);
        struct bytes packed = PACK(tree, &t);
        for (size_t bit = 0; bit < 8 * packed.size; bit++) {
            packed.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
            check_survives(packed);
            packed.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        FREE(tree, &t);
        bytes_free(&packed);
    }
}
END_TEST

/* ---- Dirty targets -------------------------------------------------------*/

static char reported[512];

static void remember(const char *message)
{
    snprintf(reported, sizeof(reported), "%s", message);
}

START_TEST(a_dirty_target_is_reported_with_its_field)
{
    record_set_dirty_hook(remember);
    struct leaf dirty[] = {{0}, {.term = 9}};
    struct branch b = {.leaves = dirty, .leaves_count = 2};
    ck_assert_int_eq(UNPACK(branch, from_hex("0802"), &b), LAB_OK);
    ck_assert_ptr_nonnull(
        strstr(reported, "branch.leaves already holds a value"));
    ck_assert_int_eq(b.id, 1);
    ck_assert_uint_eq(b.leaves_count, 0); /* not the old ones */
    ck_assert_uint_eq(dirty[1].term, 9);  /* which the record does not own */

    reported[0] = '\0';
    struct leaf l = {.term = 4};
    ck_assert_int_eq(UNPACK(leaf, from_hex(""), &l), LAB_OK);
    ck_assert_ptr_nonnull(strstr(reported, "leaf.term already holds a value"));
    ck_assert_uint_eq(l.term, 0);
}
END_TEST

START_TEST(a_clean_target_is_not_reported)
{
    record_set_dirty_hook(remember);
    reported[0] = '\0';
    struct tree t;
    memset(&t, 0xff, sizeof(t)); /* padding must not matter */
    t = (struct tree){.u = 0};
    ck_assert_int_eq(UNPACK(tree, from_hex("0801"), &t), LAB_OK);
    ck_assert_str_eq(reported, "");
}
END_TEST

SUITE(base_record_input)
{
    Suite *suite = suite_create("base_record_input");
    TCase *input = tcase_create("bad bytes");
    tcase_add_loop_test(input, bad_bytes_are_refused_and_leave_nothing, 0,
                        sizeof(bad) / sizeof(bad[0]));
    tcase_add_test(input, an_error_after_good_fields_frees_them);
    tcase_add_test(input, unknown_fields_are_skipped);
    tcase_add_test(input, the_last_of_several_values_wins);
    tcase_add_test(input, numbers_may_be_written_longer_than_needed);
    tcase_add_test(input, a_message_cut_off_anywhere_is_refused);
    tcase_add_test(input, unpacking_survives_any_flipped_bit);
    tcase_add_test(input, a_dirty_target_is_reported_with_its_field);
    tcase_add_test(input, a_clean_target_is_not_reported);
    suite_add_tcase(suite, input);

    return suite;
}
