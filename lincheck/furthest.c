/* furthest.c - how far an order of a part's operations can come.
 * Layer: lincheck.
 *
 * A search that looks ahead knows early that a part is not linearizable, but
 * not where: it leaves an order as soon as a later read can no longer be
 * answered. One that knows no future finds the place, but may have to try all
 * orders of many operations that nobody has read yet.
 *
 * So that one gets few steps. If they are not enough, the place is looked for
 * by halves: the history up to some return (operations that return later are
 * open, those called later never were) is linearizable if and only if an order
 * comes past that return, and of it the search that looks ahead says quickly
 * whether it is. */
#include "lincheck/furthest.h"

#include <stdlib.h>

#include "base/assert.h"

/* For one search; so many for each event, and some more. */
enum { STEPS_PER_EVENT = 8, STEPS_MORE = 200000 };

struct halves {
    const struct furthest_input *input;
    const struct search_options *options;
    struct furthest *furthest;
    uint32_t *returns; /* operations in the order of their returns */
    size_t low;        /* an order comes past so many returns, */
    size_t high;       /* and none past so many */
    int64_t *rets;     /* of ops, as they are */
    uint32_t *kept;    /* of ops, those called before the cut */
};

static void take_order(struct furthest *furthest, const struct part *part,
                       const struct search_result *found)
{
    free(furthest->order);
    furthest->order =
        lab_xcalloc(found->order_count + 1, sizeof(*furthest->order));
    furthest->order_count = found->order_count;
    for (size_t i = 0; i < found->order_count; i++) {
        furthest->order[i] = part->items[found->order[i]].op;
    }
}

/* ---- By halves -----------------------------------------------------------*/

static void find_returns(struct halves *halves, uint32_t blocked)
{
    const struct part *part = halves->input->part;
    for (uint32_t e = 0; e < part->event_count; e++) {
        if (part->events[e].is_return) {
            if (part->events[e].item == blocked) {
                halves->low = halves->high;
            }
            halves->returns[halves->high++] =
                part->items[part->events[e].item].op;
        }
    }
}

/* Leave what comes after this return out of the history. The order of times is
 * that of part.c. Returns how many operations there are. */
static size_t cut(struct halves *halves, uint32_t last)
{
    struct lin_op *ops = halves->input->history->ops;
    int64_t at = ops[last].ret;
    size_t kept = 0;
    for (size_t i = 0; i < halves->input->count; i++) {
        uint32_t number = halves->input->ops[i];
        struct lin_op *op = &ops[number];
        halves->rets[i] = op->ret;
        if (op->call <= at) {
            halves->kept[kept++] = number;
        }
        if (op->ret > at || (op->ret == at && number > last)) {
            op->ret = LIN_OPEN;
        }
    }
    return kept;
}

static void undo_cut(struct halves *halves)
{
    const struct furthest_input *input = halves->input;
    for (size_t i = 0; i < input->count; i++) {
        input->history->ops[input->ops[i]].ret = halves->rets[i];
    }
}

static enum lin_verdict check_half(struct halves *halves, size_t returns)
{
    const struct furthest_input *input = halves->input;
    struct part part;
    struct search_result found;
    size_t kept = cut(halves, halves->returns[returns - 1]);
    part_init(&part, input->history, halves->kept, kept, input->scratch);
    search_run(&part, input->history, halves->options, &found);
    if (found.verdict == LIN_LINEARIZABLE) {
        take_order(halves->furthest, &part, &found);
        halves->low = returns;
    } else if (found.verdict == LIN_NOT_LINEARIZABLE) {
        halves->high = returns;
    }
    free(found.order);
    part_release(&part);
    undo_cut(halves);
    return found.verdict;
}

void furthest_by_halves(struct furthest *furthest,
                        const struct furthest_input *input,
                        const struct search_options *options,
                        const struct search_result *found)
{
    struct halves halves = {
        .input = input,
        .options = options,
        .furthest = furthest,
        .returns = lab_xcalloc(input->count + 1, sizeof(*halves.returns)),
        .rets = lab_xcalloc(input->count + 1, sizeof(*halves.rets)),
        .kept = lab_xcalloc(input->count + 1, sizeof(*halves.kept)),
    };
    enum lin_verdict verdict = LIN_LINEARIZABLE;
    find_returns(&halves, found->blocked);
    LAB_ASSERT(halves.low < halves.high);
    take_order(furthest, input->part, found); /* it comes past `low` */
    while (halves.high - halves.low > 1 && verdict != LIN_UNKNOWN) {
        size_t middle = halves.low + (halves.high - halves.low) / 2;
        verdict = check_half(&halves, middle);
    }
    furthest->blocked = halves.returns[halves.high - 1];
    furthest->is_certain = halves.high - halves.low == 1;
    free(halves.returns);
    free(halves.rets);
    free(halves.kept);
}

/* ---- All together --------------------------------------------------------*/

static void take(struct furthest *furthest, const struct part *part,
                 const struct search_result *found)
{
    furthest->blocked = part->items[found->blocked].op;
    furthest->is_certain = true;
    take_order(furthest, part, found);
}

void furthest_find(struct furthest *furthest,
                   const struct furthest_input *input,
                   const struct search_options *options,
                   const struct search_result *found)
{
    const struct part *part = input->part;
    *furthest = (struct furthest){.order = NULL};
    if (!options->look_ahead || !part->first_read) {
        take(furthest, part, found);
        return;
    }
    uint64_t steps = (uint64_t)part->event_count * STEPS_PER_EVENT + STEPS_MORE;
    struct lin_options limits = *options->limits;
    limits.steps = limits.steps < steps ? limits.steps : steps;
    struct search_options few = *options;
    few.limits = &limits;
    few.look_ahead = false;
    struct search_result further;
    search_run(part, input->history, &few, &further);
    if (further.verdict == LIN_NOT_LINEARIZABLE) {
        take(furthest, part, &further);
    } else {
        few.look_ahead = true;
        furthest_by_halves(furthest, input, &few, found);
    }
    free(further.order);
}
