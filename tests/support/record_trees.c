/* record_trees.c - records to test with.
 * Layer: tests. */
#include "tests/support/record_trees.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"

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

struct tree roll_tree(uint64_t seed)
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

void assert_empty(const void *record, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        ck_assert_uint_eq(((const uint8_t *)record)[i], 0);
    }
}

struct bytes from_hex(const char *hex)
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
