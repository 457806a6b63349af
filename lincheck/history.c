/* history.c - building histories.
 * Layer: lincheck. */
#include "lincheck/history.h"

#include <stdlib.h>

#include "base/assert.h"
#include "lincheck/model.h"

struct lin_history *lin_history_new(const struct lin_model *model)
{
    struct lin_history *history = lab_xcalloc(1, sizeof(*history));
    history->model = model;
    history->values = values_new();
    return history;
}

void lin_history_free(struct lin_history *history)
{
    if (history) {
        values_free(history->values);
        free(history->ops);
        free(history);
    }
}

const struct lin_model *lin_history_model(const struct lin_history *history)
{
    return history->model;
}

size_t lin_op_count(const struct lin_history *history)
{
    return history->count;
}

static uint32_t number_of(struct lin_history *history,
                          const struct bytes *value)
{
    return value ? values_of(history->values, *value) : history->model->nil;
}

size_t lin_call(struct lin_history *history, const struct lin_request *request)
{
    LAB_ASSERT(lin_model_has(history->model, request->function));
    LAB_ASSERT(request->at < LIN_OPEN);
    if (history->count == history->room) {
        history->room = history->room ? history->room * 2 : 64;
        history->ops =
            lab_xrealloc(history->ops, history->room * sizeof(*history->ops));
    }
    history->ops[history->count] = (struct lin_op){
        .call = request->at,
        .ret = LIN_OPEN,
        .key = values_of(history->values, request->key),
        .value = number_of(history, request->value),
        .expected = number_of(history, request->expected),
        .client = request->client,
        .line = request->line,
        .function = (uint8_t)request->function,
        .version = request->version,
    };
    return history->count++;
}

void lin_return(struct lin_history *history, size_t number,
                const struct lin_answer *answer)
{
    LAB_ASSERT(number < history->count);
    struct lin_op *op = &history->ops[number];
    LAB_ASSERT(op->ret == LIN_OPEN && !op->withdrawn);
    LAB_ASSERT(answer->at >= op->call && answer->at < LIN_OPEN);
    op->ret = answer->at;
    op->outcome = (uint8_t)answer->outcome;
    if (op->function == LIN_READ) {
        op->value = number_of(history, answer->value);
        op->version = answer->version;
    }
}

void lin_withdraw(struct lin_history *history, size_t number)
{
    LAB_ASSERT(number < history->count);
    LAB_ASSERT(history->ops[number].ret == LIN_OPEN);
    history->ops[number].withdrawn = true;
}
