/* test_record.c - records: wire form, round trips, bad bytes, printing.
 * Layer: tests. The wire form is checked against an encoder of the test's own
 * that knows the records by name and is as simple as can be. */
#include <check.h>
#include <inttypes.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/random.h"
#include "base/record.h"
#include "base/record_layout.h"
#include "tests/records.h"
#include "tests/suites.h"

/* ---- A slow encoder -----------------------------------------------------*/

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

/* ---- Random trees -------------------------------------------------------*/

struct dice {
    uint64_t key, count;
};

static uint64_t roll(struct dice *dice, uint64_t bound)
{
    return random_below(random_at(dice->key, dice->count++), bound);
}

/* Small and large ones, and often none. */
static uint64_t roll_u64(struct dice *dice)
{
    uint64_t bits = roll(dice, 65);
    uint64_t value = random_at(dice->key, dice->count++);
    return bits == 0 ? 0 : value >> (64 - bits);
}

static struct bytes roll_bytes(struct dice *dice)
{
    size_t size = (size_t)roll(dice, roll(dice, 20) ? 6 : 300);
    if (size == 0) {
        return (struct bytes){NULL, 0};
    }
    struct bytes bytes = {lab_xmalloc(size), size};
    for (size_t i = 0; i < size; i++) {
        bytes.data[i] = (uint8_t)roll(dice, 256);
    }
    return bytes;
}

static char *roll_text(struct dice *dice)
{
    size_t size = (size_t)roll(dice, 6);
    if (size == 0) {
        return NULL;
    }
    char *text = lab_xmalloc(size + 1);
    for (size_t i = 0; i < size; i++) {
        text[i] = (char)(1 + roll(dice, 127));
    }
    text[size] = '\0';
    return text;
}

static struct leaf *roll_leaves(struct dice *dice, size_t *count)
{
    *count = (size_t)roll(dice, 4);
    struct leaf *leaves = *count ? lab_xcalloc(*count, sizeof(*leaves)) : NULL;
    for (size_t i = 0; i < *count; i++) {
        leaves[i].term = roll_u64(dice);
        leaves[i].command = roll_bytes(dice);
    }
    return leaves;
}

static struct tree roll_tree(uint64_t seed)
{
    struct dice dice = {random_key_text(seed, "tree"), 0};
    struct tree t = {0};
    t.u = roll_u64(&dice);
    t.i = (int64_t)roll_u64(&dice);
    t.n = (int)(uint32_t)roll_u64(&dice);
    t.b = roll(&dice, 2);
    t.text = roll_text(&dice);
    t.raw = roll_bytes(&dice);
    t.branches_count = (size_t)roll(&dice, 4);
    if (t.branches_count) {
        t.branches = lab_xcalloc(t.branches_count, sizeof(t.branches[0]));
    }
    for (size_t i = 0; i < t.branches_count; i++) {
        struct branch *branch = &t.branches[i];
        branch->id = (int)(uint32_t)roll_u64(&dice);
        branch->leaves = roll_leaves(&dice, &branch->leaves_count);
        branch->name = roll_text(&dice);
    }
    t.leaves = roll_leaves(&dice, &t.leaves_count);
    t.last = roll(&dice, 2);
    return t;
}

static void assert_empty(const void *record, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        ck_assert_uint_eq(((const uint8_t *)record)[i], 0);
    }
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

/* ---- Layout -------------------------------------------------------------*/

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

/* clang-format off: the layout is what is tested. */
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
    _exit(strstr(message, "record ") ? 7 : 8);
}

/* Types as RECORD makes them, but with a wrong list. */
static struct record_type wrong_types[] = {
    {"r", "U64(a) FLOAT(b)", 16, NULL, NULL, NULL, NULL},
    {"r", "U64(a) U64(b", 16, NULL, NULL, NULL, NULL},
    {"r", "U64()", 8, NULL, NULL, NULL, NULL},
    {"r", "U64(a), U64(b)", 16, NULL, NULL, NULL, NULL},
    {"r", "U64(a)", 16, NULL, NULL, NULL, NULL}, /* something else in it */
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

/* A type of the test with some other name or fields. Types are static: what
 * is read from their fields lives as long as the program. */
static void become(struct record_type *type, const struct record_type *like,
                   const char *name, const char *fields)
{
    *type = *like;
    type->name = name;
    type->fields = fields;
    type->layout = NULL;
}

START_TEST(the_same_means_name_and_fields_all_the_way_down)
{
    static struct record_type copy, renamed, other, list;
    become(&copy, &record_tree, "tree", record_tree.fields);
    ck_assert(record_same(&record_tree, &copy));
    ck_assert(!record_same(&record_tree, &record_leaf));
    become(&renamed, &record_leaf, "other", record_leaf.fields);
    ck_assert(!record_same(&record_leaf, &renamed));
    become(&other, &record_leaf, "leaf", "U64(term) BYTES(content)");
    ck_assert(!record_same(&record_leaf, &other));
    /* The element of its list is another leaf; sanitizers may leave gaps. */
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

/* ---- Wire form ----------------------------------------------------------*/

/* Bytes as in the protobuf documentation of encodings. */
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
                         "4200"); /* 8: an empty element is there */
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

/* ---- Bad bytes ----------------------------------------------------------*/

/* For short messages only. */
static struct bytes from_hex(const char *hex)
{
    static uint8_t data[256];
    size_t size = strlen(hex) / 2;
    for (size_t i = 0; i < size; i++) {
        unsigned byte;
        sscanf(hex + 2 * i, "%2x", &byte);
        data[i] = (uint8_t)byte;
    }
    return bytes_of(data, size);
}

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
    {"3a060880808080104201", LAB_ERANGE},         /* the same further down */
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
                                 "3a0608021202080108" /* wrong on purpose */
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
            /* A copy of its own size: the sanitizer sees a step too far. */
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

/* What was understood at all is understood the same after another trip. */
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

START_TEST(any_flipped_bit_is_survived)
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

/* ---- Dirty targets ------------------------------------------------------*/

static char complaint[64];

static void remember(const char *type, const char *field)
{
    snprintf(complaint, sizeof(complaint), "%s.%s", type, field);
}

START_TEST(a_dirty_target_is_reported_with_its_field)
{
    record_set_complaint(remember);
    struct leaf dirty[] = {{0}, {.term = 9}};
    struct branch b = {.leaves = dirty, .leaves_count = 2};
    ck_assert_int_eq(UNPACK(branch, from_hex("0802"), &b), LAB_OK);
    ck_assert_str_eq(complaint, "branch.leaves");
    ck_assert_int_eq(b.id, 1);
    ck_assert_uint_eq(b.leaves_count, 0); /* not the old ones */
    ck_assert_uint_eq(dirty[1].term, 9);  /* which are not ours */

    complaint[0] = '\0';
    struct leaf l = {.term = 4};
    ck_assert_int_eq(UNPACK(leaf, from_hex(""), &l), LAB_OK);
    ck_assert_str_eq(complaint, "leaf.term");
    ck_assert_uint_eq(l.term, 0);
}
END_TEST

START_TEST(a_clean_target_is_not_reported)
{
    record_set_complaint(remember);
    complaint[0] = '\0';
    struct tree t;
    memset(&t, 0xff, sizeof(t)); /* padding is not looked at */
    t = (struct tree){.u = 0};
    ck_assert_int_eq(UNPACK(tree, from_hex("0801"), &t), LAB_OK);
    ck_assert_str_eq(complaint, "");
}
END_TEST

/* ---- Copy, compare, free ------------------------------------------------*/

START_TEST(a_copy_is_deep)
{
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct tree t = roll_tree(seed), copy = {0};
        record_copy(&record_tree, &t, &copy);
        ck_assert(record_equal(&record_tree, &t, &copy));
        ck_assert(!t.text || t.text != copy.text);
        ck_assert(!t.leaves || t.leaves != copy.leaves);
        FREE(tree, &t); /* the sanitizer knows if they share anything */
        struct bytes packed = PACK(tree, &copy);
        bytes_free(&packed);
        FREE(tree, &copy);
        assert_empty(&copy, sizeof(copy));
    }
}
END_TEST

START_TEST(any_difference_makes_unequal)
{
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct tree a = roll_tree(seed), b = roll_tree(seed + 1);
        struct bytes a_packed = PACK(tree, &a), b_packed = PACK(tree, &b);
        bool same = bytes_equal(a_packed, b_packed);
        ck_assert_int_eq(record_equal(&record_tree, &a, &b), same);
        FREE(tree, &a);
        FREE(tree, &b);
        bytes_free(&a_packed);
        bytes_free(&b_packed);
    }
    struct leaf one = {.term = 1}, two = {.term = 1};
    struct branch a = {.leaves = &one, .leaves_count = 1};
    struct branch b = {.leaves = &two, .leaves_count = 1};
    ck_assert(record_equal(&record_branch, &a, &b));
    two.term = 2;
    ck_assert(!record_equal(&record_branch, &a, &b));
    two.term = 1;
    b.name = (char[]){""};
    ck_assert(record_equal(&record_branch, &a, &b)); /* NULL = "" */
    b.leaves_count = 0;
    ck_assert(!record_equal(&record_branch, &a, &b));
}
END_TEST

START_TEST(wiping_overwrites_the_struct)
{
    struct leaf l = {.term = 1, .command = bytes_copy(bytes_of_text("x"))};
    record_wipe(&record_leaf, &l);
    for (size_t i = 0; i < sizeof(l); i++) {
        ck_assert_uint_eq(((uint8_t *)&l)[i], 0xDB);
    }
}
END_TEST

/* ---- Printing -----------------------------------------------------------*/

static void check_print(const struct tree *t, const char *wanted)
{
    char *text = record_print(&record_tree, t);
    ck_assert_str_eq(text, wanted);
    free(text);
}

START_TEST(printing_names_every_field)
{
    struct leaf leaves[] = {{.term = 1, .command = bytes_of_text("set x")},
                            {.term = 2, .command = bytes_of("\0\xff", 2)}};
    struct branch branch = {.id = -3, .name = (char[]){"b"}};
    struct tree t = {.u = 300,
                     .i = -7,
                     .n = 8,
                     .b = true,
                     .text = (char[]){"hi"},
                     .branches = &branch,
                     .branches_count = 1,
                     .leaves = leaves,
                     .leaves_count = 2};
    check_print(&t, "{\"u\":300,\"i\":-7,\"n\":8,\"b\":true,\"text\":\"hi\","
                    "\"raw\":\"\",\"branches\":[{\"id\":-3,\"leaves\":[],"
                    "\"name\":\"b\"}],\"leaves\":[{\"term\":1,\"command\":"
                    "\"set x\"},{\"term\":2,\"command\":\"0x00ff\"}],"
                    "\"last\":false}");
    char *text = record_print(&record_nothing, "");
    ck_assert_str_eq(text, "{}");
    free(text);
}
END_TEST

#define TREE(u, i, text, raw)                                                  \
    "{\"u\":" u ",\"i\":" i ",\"n\":0,\"b\":false,\"text\":" text              \
    ",\"raw\":" raw ",\"branches\":[],\"leaves\":[],\"last\":false}"

START_TEST(printing_escapes)
{
    struct tree t = {.text = (char[]){"q\"b\\n\nx\x01\xc3\xa4"},
                     .raw = bytes_of_text("a\"\\")};
    check_print(&t, TREE("0", "0", "\"q\\\"b\\\\n\\u000ax\\u0001\xc3\xa4\"",
                         "\"a\\\"\\\\\""));
    static const char *const not_utf8[] = {
        "\xff", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80",
    };
    for (size_t i = 0; i < sizeof(not_utf8) / sizeof(not_utf8[0]); i++) {
        t.text = (char *)not_utf8[i];
        char *text = record_print(&record_tree, &t);
        ck_assert_ptr_nonnull(strstr(text, "\"text\":\"0x"));
        free(text);
    }
}
END_TEST

START_TEST(printing_keeps_large_numbers_exact)
{
    struct tree t = {.u = UINT64_MAX, .i = INT64_MIN};
    check_print(&t, TREE("\"18446744073709551615\"", "\"-9223372036854775808\"",
                         "\"\"", "\"\""));
    t.u = UINT64_C(1) << 53;
    t.i = -(INT64_C(1) << 53);
    check_print(&t,
                TREE("9007199254740992", "-9007199254740992", "\"\"", "\"\""));
}
END_TEST

Suite *suite_record(void)
{
    Suite *suite = suite_create("record");
    TCase *layout = tcase_create("layout");
    tcase_add_test(layout, offsets_are_those_of_the_compiler);
    tcase_add_test(layout, blanks_and_comments_do_not_matter);
    tcase_add_loop_exit_test(layout, a_wrong_list_ends_the_run, 7, 0,
                             WRONG_TYPES);
    tcase_add_exit_test(layout, a_record_inside_itself_ends_the_run, 7);
    tcase_add_test(layout, the_same_means_name_and_fields_all_the_way_down);
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

    TCase *input = tcase_create("bad bytes");
    tcase_add_loop_test(input, bad_bytes_are_refused_and_leave_nothing, 0,
                        sizeof(bad) / sizeof(bad[0]));
    tcase_add_test(input, an_error_after_good_fields_frees_them);
    tcase_add_test(input, unknown_fields_are_skipped);
    tcase_add_test(input, the_last_of_several_values_wins);
    tcase_add_test(input, numbers_may_be_written_longer_than_needed);
    tcase_add_test(input, a_message_cut_off_anywhere_is_refused);
    tcase_add_test(input, any_flipped_bit_is_survived);
    tcase_add_test(input, a_dirty_target_is_reported_with_its_field);
    tcase_add_test(input, a_clean_target_is_not_reported);
    suite_add_tcase(suite, input);

    TCase *memory = tcase_create("in memory");
    tcase_add_test(memory, a_copy_is_deep);
    tcase_add_test(memory, any_difference_makes_unequal);
    tcase_add_test(memory, wiping_overwrites_the_struct);
    tcase_add_test(memory, printing_names_every_field);
    tcase_add_test(memory, printing_escapes);
    tcase_add_test(memory, printing_keeps_large_numbers_exact);
    suite_add_tcase(suite, memory);
    return suite;
}
