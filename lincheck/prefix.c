/* prefix.c - the longest linearizable prefix of a partition.
 * Layer: lincheck.
 *
 * A search with look-ahead decides fast that a partition is not linearizable,
 * but not where it fails: it abandons an order as soon as a later read's
 * response is unreachable. A search without look-ahead finds the place, but
 * may have to try all orders of many operations before any read.
 *
 * So the search without look-ahead gets few steps. If they do not suffice,
 * bisect over the returns: an order comes past some return if and only if the
 * prefix up to it is linearizable (operations that return later are open in
 * it, those called later left out), and the search with look-ahead decides
 * that fast.
 *
 *     returns    1  2  3  4  5  6  7  8
 *     prefix     linearizable  | not linearizable
 *                              ^ low = 4, high = 5: blocked at return 5 */
#include "lincheck/prefix.h"

#include <stdlib.h>

#include "base/assert.h"

/* The steps of one search: some for each event, and some more. */
enum { STEPS_PER_EVENT = 8, STEPS_MORE = 200000 };

struct bisection {
    const struct prefix_input *input;
    const struct search_options *options;
    struct prefix *prefix;
    uint32_t *returns; /* operations in the order of their returns */
    size_t low;        /* the prefix of this many returns is linearizable, */
    size_t high;       /* the one of this many is not */
    int64_t *rets;     /* the returns of input->ops before truncation */
    uint32_t *kept;    /* operations of input->ops called before the cut */
};

static void take_order(struct prefix *prefix, const struct partition *part,
                       const struct search_result *found)
{
    free(prefix->order);
    prefix->order = lab_xcalloc(found->order_count + 1, sizeof(*prefix->order));
    prefix->order_count = found->order_count;
    for (size_t i = 0; i < found->order_count; i++) {
        prefix->order[i] = part->items[found->order[i]].op;
    }
}

/* ---- Bisection -----------------------------------------------------------*/

/* List the returns. The search came to that of `blocked`, so the prefix before
 * it is linearizable. */
static void find_returns(struct bisection *bisection, uint32_t blocked)
{
    const struct partition *part = bisection->input->part;
    for (uint32_t e = 0; e < part->event_count; e++) {
        if (part->events[e].is_return) {
            if (part->events[e].item == blocked) {
                bisection->low = bisection->high;
            }
            bisection->returns[bisection->high++] =
                part->items[part->events[e].item].op;
        }
    }
}

/* Truncate the history after this operation's return, with ties as in
 * partition.c. Return the number of operations kept. */
static size_t truncate_history(struct bisection *bisection, uint32_t last)
{
    struct lin_op *ops = bisection->input->history->ops;
    int64_t at = ops[last].ret;
    size_t kept = 0;
    LAB_ASSERT(at != LIN_OPEN);
    for (size_t i = 0; i < bisection->input->count; i++) {
        uint32_t number = bisection->input->ops[i];
        struct lin_op *op = &ops[number];
        bisection->rets[i] = op->ret;
        if (op->call <= at) {
            bisection->kept[kept++] = number;
        }
        if (op->ret > at || (op->ret == at && number > last)) {
            op->ret = LIN_OPEN;
        }
    }
    LAB_ASSERT(kept > 0);
    return kept;
}

static void restore_history(struct bisection *bisection)
{
    const struct prefix_input *input = bisection->input;
    for (size_t i = 0; i < input->count; i++) {
        input->history->ops[input->ops[i]].ret = bisection->rets[i];
    }
}

/* Is the prefix of this many returns linearizable? Narrow the interval. */
static enum lin_verdict check_prefix(struct bisection *bisection,
                                     size_t returns)
{
    const struct prefix_input *input = bisection->input;
    struct partition part;
    struct search_result found;
    LAB_ASSERT(returns > bisection->low);
    LAB_ASSERT(returns < bisection->high);
    size_t kept = truncate_history(bisection, bisection->returns[returns - 1]);
    partition_init(&part, input->history, bisection->kept, kept,
                   input->scratch);
    search_run(&part, input->history, bisection->options, &found);
    if (found.verdict == LIN_LINEARIZABLE) {
        take_order(bisection->prefix, &part, &found);
        bisection->low = returns;
    } else if (found.verdict == LIN_NOT_LINEARIZABLE) {
        bisection->high = returns;
    }
    free(found.order);
    partition_release(&part);
    restore_history(bisection);
    return found.verdict;
}

void prefix_bisect(struct prefix *prefix, const struct prefix_input *input,
                   const struct search_options *options,
                   const struct search_result *found)
{
    struct bisection bisection = {
        .input = input,
        .options = options,
        .prefix = prefix,
        .returns = lab_xcalloc(input->count + 1, sizeof(*bisection.returns)),
        .rets = lab_xcalloc(input->count + 1, sizeof(*bisection.rets)),
        .kept = lab_xcalloc(input->count + 1, sizeof(*bisection.kept)),
    };
    enum lin_verdict verdict = LIN_LINEARIZABLE;
    find_returns(&bisection, found->blocked);
    LAB_ASSERT(bisection.low < bisection.high);
    take_order(prefix, input->part, found); /* of the prefix of low returns */
    while (bisection.high - bisection.low > 1 && verdict != LIN_UNKNOWN) {
        size_t middle = bisection.low + (bisection.high - bisection.low) / 2;
        verdict = check_prefix(&bisection, middle);
    }
    prefix->blocked = bisection.returns[bisection.high - 1];
    prefix->is_certain = bisection.high - bisection.low == 1;
    free(bisection.returns);
    free(bisection.rets);
    free(bisection.kept);
}

/* ---- Both ways -----------------------------------------------------------*/

/* Take the result of a search without look-ahead. */
static void take(struct prefix *prefix, const struct partition *part,
                 const struct search_result *found)
{
    LAB_ASSERT(found->blocked < part->item_count);
    prefix->blocked = part->items[found->blocked].op;
    prefix->is_certain = true;
    take_order(prefix, part, found);
}

void prefix_find(struct prefix *prefix, const struct prefix_input *input,
                 const struct search_options *options,
                 const struct search_result *found)
{
    const struct partition *part = input->part;
    LAB_ASSERT(found->verdict == LIN_NOT_LINEARIZABLE);
    *prefix = (struct prefix){.order = NULL};
    if (!options->look_ahead || !part->first_read) {
        take(prefix, part, found);
        return;
    }
    uint64_t steps = (uint64_t)part->event_count * STEPS_PER_EVENT + STEPS_MORE;
    struct lin_options limits = *options->limits;
    limits.steps = limits.steps < steps ? limits.steps : steps;
    struct search_options few = *options;
    few.limits = &limits;
    few.look_ahead = false;
    struct search_result direct;
    search_run(part, input->history, &few, &direct);
    if (direct.verdict == LIN_NOT_LINEARIZABLE) {
        take(prefix, part, &direct);
    } else {
        few.look_ahead = true;
        prefix_bisect(prefix, input, &few, found);
    }
    free(direct.order);
}
