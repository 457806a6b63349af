/* test_values.c - interned strings: equal content, equal number, however a
 * string was made.
 * Layer: tests. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "lincheck/values.h"
#include "tests/support/suites.h"

enum { STRINGS = 400, SIZE_MAX_HERE = 400 };

struct known {
    uint32_t number;
    uint8_t bytes[SIZE_MAX_HERE];
    size_t size;
};

static struct known strings[STRINGS];
static size_t count;

static void add(struct values *values, uint32_t number, const uint8_t *bytes,
                size_t size)
{
    strings[count].number = number;
    strings[count].size = size;
    memcpy(strings[count].bytes, bytes, size);
    ck_assert_uint_eq(values_size(values, number), size);
    count++;
}

/* Equal numbers if and only if equal content; and the same for prefixes. */
static bool pair_is_right(struct values *values, const struct known *a,
                          const struct known *b)
{
    bool begins =
        a->size <= b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
    bool equal = begins && a->size == b->size;
    return (a->number == b->number) == equal &&
           values_may_be_prefix(values, a->number, b->number) == begins;
}

/* Assert failures only: libcheck records each assertion, here millions. */
static void check_pairs(struct values *values)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < count; k++) {
            if (!pair_is_right(values, &strings[i], &strings[k])) {
                ck_abort_msg("strings %zu and %zu: numbers %u and %u", i, k,
                             strings[i].number, strings[k].number);
            }
        }
    }
}

static uint64_t key, draws;

static size_t draw(size_t bound)
{
    return (size_t)random_below(random_at(key, draws++), bound);
}

/* Few different letters, so that equal strings are made in many ways. */
static size_t draw_bytes(uint8_t *bytes, size_t most)
{
    size_t size = draw(most + 1);
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)('a' + draw(2));
    }
    return size;
}

static void one_more(struct values *values)
{
    uint8_t bytes[SIZE_MAX_HERE];
    size_t size;
    const struct known *from = count ? &strings[draw(count)] : NULL;
    switch (from ? draw(4) : 0) {
    case 0:
        size = draw_bytes(bytes, draw(8) == 0 ? 150 : 4);
        add(values, values_intern(values, bytes_of(bytes, size)), bytes, size);
        break;
    case 1: {
        size = draw(from->size + 1);
        uint32_t number = values_prefix(values, from->number, size);
        add(values, number, from->bytes, size);
        break;
    }
    case 2: /* the same content, from bytes */
        add(values, values_intern(values, bytes_of(from->bytes, from->size)),
            from->bytes, from->size);
        break;
    default: {
        size = draw_bytes(bytes, 3);
        if (from->size + size <= SIZE_MAX_HERE) {
            uint32_t piece = values_intern(values, bytes_of(bytes, size));
            uint8_t whole[SIZE_MAX_HERE];
            memcpy(whole, from->bytes, from->size);
            memcpy(whole + from->size, bytes, size);
            add(values, values_append(values, from->number, piece), whole,
                from->size + size);
        }
        break;
    }
    }
}

START_TEST(numbers_are_contents)
{
    struct values *values = values_new();
    key = random_key(5, (uint64_t)_i);
    draws = count = 0;
    while (count < STRINGS) {
        one_more(values);
    }
    check_pairs(values);
    for (size_t i = 0; i < count; i++) { /* makes them contiguous */
        struct bytes bytes = values_bytes(values, strings[i].number);
        ck_assert_uint_eq(bytes.size, strings[i].size);
        ck_assert_mem_eq(bytes.data, strings[i].bytes, bytes.size);
    }
    check_pairs(values);
    values_free(values);
}
END_TEST

START_TEST(nil_and_the_empty_string_differ)
{
    struct values *values = values_new();
    ck_assert_uint_eq(values_intern(values, bytes_of(NULL, 0)), VALUE_EMPTY);
    ck_assert_uint_eq(values_append(values, VALUE_EMPTY, VALUE_EMPTY),
                      VALUE_EMPTY);
    ck_assert_int_ne(VALUE_NIL, VALUE_EMPTY);
    values_free(values);
}
END_TEST

/* A text that grows by small pieces takes memory for the pieces only. */
START_TEST(appending_takes_memory_for_the_piece)
{
    struct values *values = values_new();
    uint32_t text = VALUE_EMPTY;
    for (uint64_t i = 0; i < 20000; i++) {
        uint32_t piece = values_intern(values, bytes_of(&i, sizeof(i)));
        text = values_append(values, text, piece);
    }
    ck_assert_uint_eq(values_size(values, text), 160000);
    ck_assert_uint_lt(values_memory(values), 8000000);
    values_free(values);
}
END_TEST

SUITE(lincheck_values)
{
    Suite *suite = suite_create("lincheck_values");
    TCase *tcase = tcase_create("values");
    tcase_add_loop_test(tcase, numbers_are_contents, 0, 30);
    tcase_add_test(tcase, nil_and_the_empty_string_differ);
    tcase_add_test(tcase, appending_takes_memory_for_the_piece);
    suite_add_tcase(suite, tcase);
    return suite;
}
