/* check.c - checking a history, key by key.
 * Layer: lincheck. Linearizability is local (Herlihy and Wing, Theorem 1): a
 * history is linearizable if and only if its operations on each key are. So
 * each key is a partition that is searched by itself. */
#include <stdlib.h>

#include "base/assert.h"
#include "lincheck/model.h"
#include "lincheck/prefix.h"
#include "lincheck/search.h"

const struct lin_options lin_default_options = {
    .steps = 200000000,
    .bytes = (size_t)2 << 30,
};

const char *lin_verdict_text(enum lin_verdict verdict)
{
    static const char *const texts[] = {
        [LIN_LINEARIZABLE] = "linearizable",
        [LIN_NOT_LINEARIZABLE] = "not-linearizable",
        [LIN_UNKNOWN] = "unknown",
    };
    LAB_ASSERT(verdict <= LIN_UNKNOWN);
    return texts[verdict];
}

/* ---- Partitioning --------------------------------------------------------*/

/* The operations grouped by key, keys in the order of their first operations.
 * Group g has ops[first[g]] to ops[first[g + 1] - 1]. */
struct groups {
    uint32_t *ops;
    uint32_t *first;
    size_t count;
};

/* Return the group number of each operation, the caller's to free(). */
static uint32_t *group_numbers(const struct lin_history *history, bool whole,
                               size_t *group_count)
{
    uint32_t *group = lab_xcalloc(history->count + 1, sizeof(*group));
    uint32_t highest = 0;
    for (size_t i = 0; i < history->count; i++) {
        uint32_t key = history->ops[i].key;
        highest = key > highest ? key : highest;
    }
    uint32_t *by_key = lab_xcalloc((size_t)highest + 1, sizeof(*by_key));
    *group_count = whole && history->count > 0 ? 1 : 0;
    for (size_t i = 0; i < history->count && !whole; i++) {
        uint32_t *number = &by_key[history->ops[i].key];
        if (*number == 0) {
            *group_count += 1;
            *number = (uint32_t)*group_count;
        }
        group[i] = *number - 1;
    }
    free(by_key);
    return group;
}

static void groups_init(struct groups *groups,
                        const struct lin_history *history, bool whole)
{
    /* Counting sort. The count of group g starts at first[g + 2], so that
     * afterwards first[g + 1] is its write position, and in the end where the
     * next group begins. */
    uint32_t *group = group_numbers(history, whole, &groups->count);
    groups->first = lab_xcalloc(groups->count + 2, sizeof(*groups->first));
    groups->ops = lab_xcalloc(history->count + 1, sizeof(*groups->ops));
    for (size_t i = 0; i < history->count; i++) {
        groups->first[group[i] + 2]++;
    }
    for (size_t g = 2; g < groups->count + 2; g++) {
        groups->first[g] += groups->first[g - 1];
    }
    for (uint32_t i = 0; i < history->count; i++) {
        groups->ops[groups->first[group[i] + 1]++] = i;
    }
    LAB_ASSERT(groups->first[groups->count] == history->count);
    free(group);
}

/* ---- One key -------------------------------------------------------------*/

static void check_key(const struct prefix_input *input,
                      const struct lin_options *limits,
                      struct lin_result *result, struct lin_key_result *key)
{
    struct search_options options = {
        .limits = limits,
        .look_ahead = true,
        .steps = &result->steps,
        .bytes_peak = &result->bytes_peak,
    };
    struct search_result found;
    search_run(input->part, input->history, &options, &found);
    key->verdict = found.verdict;
    if (found.verdict == LIN_NOT_LINEARIZABLE) {
        struct prefix prefix;
        prefix_find(&prefix, input, &options, &found);
        key->blocked = prefix.blocked;
        key->is_certain = prefix.is_certain;
        key->prefix = prefix.order;
        key->prefix_count = prefix.order_count;
    }
    free(found.order);
}

static enum lin_verdict worse(enum lin_verdict a, enum lin_verdict b)
{
    if (a == LIN_NOT_LINEARIZABLE || b == LIN_NOT_LINEARIZABLE) {
        return LIN_NOT_LINEARIZABLE;
    }
    return a == LIN_UNKNOWN ? a : b;
}

void lin_check(struct lin_history *history, const struct lin_options *options,
               struct lin_result *result)
{
    struct groups groups;
    groups_init(&groups, history, options->whole);
    *result = (struct lin_result){
        .verdict = LIN_LINEARIZABLE,
        .keys = lab_xcalloc(groups.count + 1, sizeof(*result->keys)),
        .key_count = groups.count,
    };
    uint32_t *scratch = lab_xcalloc(history->count + 1, sizeof(*scratch));
    for (size_t g = 0; g < groups.count; g++) {
        const uint32_t *ops = groups.ops + groups.first[g];
        struct lin_key_result *key = &result->keys[g];
        struct partition part;
        key->op_count = groups.first[g + 1] - groups.first[g];
        key->key = options->whole
                       ? bytes_of(NULL, 0)
                       : values_bytes(history->values, history->ops[*ops].key);
        LAB_ASSERT(key->op_count > 0);
        partition_init(&part, history, ops, key->op_count, scratch);
        struct prefix_input input = {&part, history, ops, key->op_count,
                                     scratch};
        check_key(&input, options, result, key);
        partition_release(&part);
        result->verdict = worse(result->verdict, key->verdict);
    }
    free(scratch);
    free(groups.ops);
    free(groups.first);
}

void lin_result_release(struct lin_result *result)
{
    for (size_t i = 0; i < result->key_count; i++) {
        free(result->keys[i].prefix);
    }
    free(result->keys);
    *result = (struct lin_result){.keys = NULL};
}
