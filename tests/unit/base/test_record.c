/* test_record.c - records: layout, wire form and round trips.
 * Layer: tests. The wire form is compared with that of a second encoder, in
 * this file, which knows the records by name and is as simple as possible. */
#include <check.h>
#include <inttypes.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/record.h"
#include "base/record_layout.h"
#include "tests/support/record_trees.h"
#include "tests/support/suites.h"

/* ---- A slow encoder ------------------------------------------------------*/

static void slow_byte(struct bytes *to, unsigned byte)
{
    to->data = lab_xrealloc(to->data, to->size + 1);
    to->data[to->size++] = (uint8_t)byte;
}

static void slow_varint(struct bytes *to, uint64_t value)
{
    while (value > 127) {
        slow_byte(to, (unsigned)(value % 128) + 128);
        value /= 128;
    }
    slow_byte(to, (unsigned)value);
}

static void slow_u64(struct bytes *to, unsigned number, uint64_t value)
{
    if (value) {
        slow_varint(to, number * 8);
        slow_varint(to, value);
    }
}

/* sint64: 0, -1, 1, -2, 2 ... are 0, 1, 2, 3, 4 ... */
static void slow_i64(struct bytes *to, unsigned number, int64_t value)
{
    slow_u64(to, number,
             value < 0 ? 2 * (uint64_t)(-(value + 1)) + 1
                       : 2 * (uint64_t)value);
}

static void slow_run(struct bytes *to, unsigned number, const void *data,
                     size_t size)
{
    slow_varint(to, number * 8 + 2);
    slow_varint(to, size);
    for (size_t i = 0; i < size; i++) {
        slow_byte(to, ((const uint8_t *)data)[i]);
    }
}

static void slow_bytes(struct bytes *to, unsigned number, struct bytes value)
{
    if (value.size) {
        slow_run(to, number, value.data, value.size);
    }
}

static void slow_text(struct bytes *to, unsigned number, const char *value)
{
    if (value && value[0]) {
        slow_run(to, number, value, strlen(value));
    }
}

static void slow_leaves(struct bytes *to, unsigned number,
                        const struct leaf *leaves, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct bytes body = {NULL, 0};
        slow_u64(&body, 1, leaves[i].term);
        slow_bytes(&body, 2, leaves[i].command);
        slow_run(to, number, body.data, body.size);
        bytes_free(&body);
    }
}

static void slow_branches(struct bytes *to, unsigned number,
                          const struct branch *branches, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct bytes body = {NULL, 0};
        slow_i64(&body, 1, branches[i].id);
        slow_leaves(&body, 2, branches[i].leaves, branches[i].leaves_count);
        slow_text(&body, 3, branches[i].name);
        slow_run(to, number, body.data, body.size);
        bytes_free(&body);
    }
}

static struct bytes slow_tree(const struct tree *t)
{
    struct bytes to = {NULL, 0};
    slow_u64(&to, 1, t->u);
    slow_i64(&to, 2, t->i);
    slow_i64(&to, 3, t->n);
    slow_u64(&to, 4, t->b);
    slow_text(&to, 5, t->text);
    slow_bytes(&to, 6, t->raw);
    slow_branches(&to, 7, t->branches, t->branches_count);
    slow_leaves(&to, 8, t->leaves, t->leaves_count);
    slow_u64(&to, 9, t->last);
    return to;
}

static void assert_bytes(struct bytes got, const char *hex)
{
    char text[1024] = "";
    ck_assert_uint_lt(got.size, sizeof(text) / 2);
    for (size_t i = 0; i < got.size; i++) {
        sprintf(text + 2 * i, "%02x", got.data[i]);
    }
    ck_assert_str_eq(text, hex);
}

/* ---- Layout --------------------------------------------------------------*/

#define ASSERT_OFFSET(record, place, member)                                   \
    ck_assert_uint_eq(record_layout_of(&record_##record)->field[place].offset, \
                      offsetof(struct record, member))

START_TEST(offsets_are_those_of_the_compiler)
{
    ASSERT_OFFSET(tree, 0, u);
    ASSERT_OFFSET(tree, 1, i);
    ASSERT_OFFSET(tree, 2, n);
    ASSERT_OFFSET(tree, 3, b);
    ASSERT_OFFSET(tree, 4, text);
    ASSERT_OFFSET(tree, 5, raw);
    ASSERT_OFFSET(tree, 6, branches);
    ASSERT_OFFSET(tree, 7, leaves);
    ASSERT_OFFSET(tree, 8, last);
    ck_assert_uint_eq(record_layout_of(&record_tree)->field[7].count_offset,
                      offsetof(struct tree, leaves_count));
    ASSERT_OFFSET(wide, 13, a14);
    ASSERT_OFFSET(wide, 14, f15);
    ASSERT_OFFSET(wide, 17, f18);
    ck_assert_int_eq(record_layout_of(&record_tree)->depth, 3);
}
END_TEST

/* clang-format off: the test is about blanks. */
RECORD(odd, U64(first) /* a comment */ BYTES(second)

                LIST(leaf, /* another */
                     third) INT(fourth));
/* clang-format on */

START_TEST(blanks_and_comments_do_not_matter)
{
    ASSERT_OFFSET(odd, 0, first);
    ASSERT_OFFSET(odd, 1, second);
    ASSERT_OFFSET(odd, 2, third);
    ASSERT_OFFSET(odd, 3, fourth);
    ck_assert_str_eq(record_layout_of(&record_odd)->field[3].name, "fourth");
}
END_TEST

static void exit_if_refused(const char *message)
{
    _exit(strstr(message, "RECORD(") ? 7 : 8);
}

/* Types as RECORD defines them, but with a wrong field list. */
static struct record_type wrong_types[] = {
    {"r", "U64(a) FLOAT(b)", 16, NULL, NULL, NULL, NULL},
    {"r", "U64(a) U64(b", 16, NULL, NULL, NULL, NULL},
    {"r", "U64()", 8, NULL, NULL, NULL, NULL},
    {"r", "U64(a), U64(b)", 16, NULL, NULL, NULL, NULL},
    {"r", "U64(a)", 16, NULL, NULL, NULL, NULL}, /* an undeclared member */
    {"r", "LIST(leaf)", 16, NULL, NULL, NULL, NULL},
    {"r", "LIST(unknown, a)", 16, NULL, NULL, NULL, NULL},
};
enum { WRONG_TYPES = sizeof(wrong_types) / sizeof(wrong_types[0]) };

START_TEST(a_wrong_list_ends_the_run)
{
    lab_assert_set_hook(exit_if_refused);
    record_prepare(&wrong_types[_i]);
}
END_TEST

RECORD(endless, LIST(endless, inside));

START_TEST(a_record_inside_itself_ends_the_run)
{
    lab_assert_set_hook(exit_if_refused);
    record_prepare(&record_endless);
}
END_TEST

/* Make a type that differs in name or fields. Types are static, because their
 * layouts live as long as the program. */
static void become(struct record_type *type, const struct record_type *like,
                   const char *name, const char *fields)
{
    *type = *like;
    type->name = name;
    type->fields = fields;
    type->layout = NULL;
}

START_TEST(same_means_equal_names_and_fields_deeply)
{
    static struct record_type copy, renamed, other, list;
    become(&copy, &record_tree, "tree", record_tree.fields);
    ck_assert(record_same(&record_tree, &copy));
    ck_assert(!record_same(&record_tree, &record_leaf));
    become(&renamed, &record_leaf, "other", record_leaf.fields);
    ck_assert(!record_same(&record_leaf, &renamed));
    become(&other, &record_leaf, "leaf", "U64(term) BYTES(content)");
    ck_assert(!record_same(&record_leaf, &other));
    /* The element of its LIST is another leaf. Sanitizers may leave gaps. */
    struct record_type *const section[] = {NULL, &other};
    become(&list, &record_odd, "odd", record_odd.fields);
    list.first = section;
    list.last = section + 2;
    ck_assert(!record_same(&record_odd, &list));
}
END_TEST

START_TEST(a_list_means_the_record_of_its_own_file)
{
    static struct record_type alien, list;
    static const char elsewhere;
    become(&alien, &record_leaf, "leaf", "U64(x) U64(y) U64(z)");
    alien.unit = &elsewhere;
    struct record_type *const section[] = {&alien, &record_leaf};
    become(&list, &record_odd, "odd", record_odd.fields);
    list.first = section;
    list.last = section + 2;
    ck_assert_ptr_eq(record_layout_of(&list)->field[2].element_type,
                     &record_leaf);
}
END_TEST

START_TEST(all_records_can_be_prepared_at_once)
{
    static struct record_type one, two;
    become(&one, &record_leaf, "one", "U64(term) BYTES(a)");
    become(&two, &record_leaf, "two", "U64(term) BYTES(b)");
    struct record_type *const section[] = {&one, NULL, &two};
    one.first = section;
    one.last = section + 3;
    record_prepare_all(&one);
    ck_assert_ptr_nonnull(one.layout);
    ck_assert_ptr_nonnull(two.layout);
}
END_TEST

/* ---- Wire form -----------------------------------------------------------*/

/* Bytes from the documentation of protobuf, "Encoding". */
START_TEST(the_wire_form_is_protobuf)
{
    struct leaf inside[] = {{.term = 150, .command = bytes_of_text("testing")},
                            {0}};
    struct tree t = {.u = 300,
                     .i = -1,
                     .n = 1,
                     .b = true,
                     .text = (char[]){"hi"},
                     .leaves = inside,
                     .leaves_count = 2};
    struct bytes packed = PACK(tree, &t);
    assert_bytes(packed, "08ac02"   /* 1: 300 */
                         "1001"     /* 2: -1, zigzag 1 */
                         "1802"     /* 3: 1, zigzag 2 */
                         "2001"     /* 4: true */
                         "2a026869" /* 5: "hi" */
                         "420c"     /* 8: 12 bytes */
                         "089601"   /*    1: 150 */
                         "1207"     /*    2: 7 bytes */
                         "74657374696e67"
                         "4200"); /* 8: an empty element is sent */
    bytes_free(&packed);
}
END_TEST

START_TEST(field_numbers_from_16_take_two_bytes)
{
    struct wide w = {.f15 = 1, .f16 = 1, .f17 = (char[]){"x"}};
    struct bytes packed = PACK(wide, &w);
    assert_bytes(packed, "7801"
                         "800101"
                         "8a010178");
    bytes_free(&packed);
}
END_TEST

START_TEST(zero_and_empty_fields_are_not_sent)
{
    struct tree t = {.text = (char[]){""}};
    ck_assert_uint_eq(record_packed_size(&record_tree, &t), 0);
    struct bytes packed = PACK(tree, &t);
    ck_assert_uint_eq(packed.size, 0);
    ck_assert_ptr_null(packed.data);
    struct nothing empty = {};
    packed = PACK(nothing, &empty);
    ck_assert_uint_eq(packed.size, 0);
    ck_assert_int_eq(UNPACK(nothing, packed, &empty), LAB_OK);
}
END_TEST

static void check_extreme(uint64_t u, int64_t i, int n)
{
    struct tree t = {.u = u, .i = i, .n = n};
    struct bytes packed = PACK(tree, &t);
    struct bytes slow = slow_tree(&t);
    ck_assert(bytes_equal(packed, slow));
    struct tree back = {0};
    ck_assert_int_eq(UNPACK(tree, packed, &back), LAB_OK);
    ck_assert_uint_eq(back.u, u);
    ck_assert_int_eq(back.i, i);
    ck_assert_int_eq(back.n, n);
    bytes_free(&slow);
    bytes_free(&packed);
}

START_TEST(extreme_numbers_survive)
{
    check_extreme(UINT64_MAX, INT64_MIN, INT_MIN);
    check_extreme(1, INT64_MAX, INT_MAX);
    check_extreme(127, -64, -64);
    check_extreme(128, 64, 63);
    for (int bit = 0; bit < 64; bit++) {
        uint64_t u = UINT64_C(1) << bit;
        check_extreme(u, (int64_t)u, (int)(uint32_t)u);
        check_extreme(u - 1, -(int64_t)(u - 1), 0);
    }
}
END_TEST

START_TEST(random_trees_survive_and_have_the_right_bytes)
{
    for (uint64_t seed = 0; seed < 2000; seed++) {
        struct tree t = roll_tree(seed);
        struct bytes slow = slow_tree(&t);
        struct bytes packed = PACK(tree, &t);
        ck_assert_uint_eq(record_packed_size(&record_tree, &t), slow.size);
        ck_assert(bytes_equal(packed, slow));
        struct tree back = {0};
        ck_assert_int_eq(UNPACK(tree, packed, &back), LAB_OK);
        ck_assert(record_equal(&record_tree, &t, &back));
        FREE(tree, &back);
        FREE(tree, &t);
        bytes_free(&slow);
        bytes_free(&packed);
    }
}
END_TEST

START_TEST(packing_onto_keeps_what_is_there)
{
    struct leaf l = {.term = 5};
    struct bytes to = bytes_copy(bytes_of_text("ab"));
    record_pack_onto(&record_leaf, &l, &to);
    assert_bytes(to, "61620805");
    uint8_t exact[2];
    record_pack_into(&record_leaf, &l, exact, sizeof(exact));
    ck_assert_mem_eq(exact, "\x08\x05", 2);
    bytes_free(&to);
}
END_TEST

SUITE(base_record)
{
    Suite *suite = suite_create("base_record");
    TCase *layout = tcase_create("layout");
    tcase_add_test(layout, offsets_are_those_of_the_compiler);
    tcase_add_test(layout, blanks_and_comments_do_not_matter);
    tcase_add_loop_exit_test(layout, a_wrong_list_ends_the_run, 7, 0,
                             WRONG_TYPES);
    tcase_add_exit_test(layout, a_record_inside_itself_ends_the_run, 7);
    tcase_add_test(layout, same_means_equal_names_and_fields_deeply);
    tcase_add_test(layout, a_list_means_the_record_of_its_own_file);
    tcase_add_test(layout, all_records_can_be_prepared_at_once);
    suite_add_tcase(suite, layout);

    TCase *wire = tcase_create("wire");
    tcase_add_test(wire, the_wire_form_is_protobuf);
    tcase_add_test(wire, field_numbers_from_16_take_two_bytes);
    tcase_add_test(wire, zero_and_empty_fields_are_not_sent);
    tcase_add_test(wire, extreme_numbers_survive);
    tcase_add_test(wire, random_trees_survive_and_have_the_right_bytes);
    tcase_add_test(wire, packing_onto_keeps_what_is_there);
    suite_add_tcase(suite, wire);

    return suite;
}
