/* history.c - building histories.
 * Layer: lincheck. */
#include "lincheck/history.h"

#include <stdlib.h>
#include <string.h>

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
        struct lin_recent *recent, *next;
        HASH_ITER (hh, history->recent, recent, next) {
            HASH_DEL(history->recent, recent);
            free(recent->bytes);
            free(recent);
        }
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

static struct lin_recent *recent_of(struct lin_history *history, uint32_t key)
{
    struct lin_recent *recent;
    HASH_FIND(hh, history->recent, &key, sizeof(key), recent);
    if (!recent) {
        recent = lab_xcalloc(1, sizeof(*recent));
        recent->key = key;
        recent->value = VALUE_EMPTY;
        HASH_ADD(hh, history->recent, key, sizeof(recent->key), recent);
    }
    return recent;
}

static void keep_recent(struct lin_recent *recent, uint32_t value,
                        struct bytes text)
{
    if (recent->room < text.size) {
        recent->room = 2 * text.size;
        recent->bytes = lab_xrealloc(recent->bytes, recent->room);
    }
    if (text.size > 0) {
        memcpy(recent->bytes, text.data, text.size);
    }
    recent->value = value;
    recent->size = text.size;
}

/* The number of a text that was read. A history of appends reads n texts of n
 * pieces: each is kept as the one before and what has been added to it. */
static uint32_t number_of_read(struct lin_history *history, uint32_t key,
                               struct bytes text)
{
    struct lin_recent *recent = recent_of(history, key);
    size_t common = text.size < recent->size ? text.size : recent->size;
    if (common > 0 && memcmp(recent->bytes, text.data, common) != 0) {
        common = 0;
    }
    if (common == text.size) { /* shorter: what grows next may be this one */
        recent->value =
            values_beginning(history->values, recent->value, common);
        recent->size = common;
        return recent->value;
    }
    uint32_t value;
    if (common < recent->size) { /* not the same text grown */
        value = values_of(history->values, text);
    } else {
        struct bytes more = bytes_of(text.data + common, text.size - common);
        value = values_append(history->values, recent->value,
                              values_of(history->values, more));
    }
    keep_recent(recent, value, text);
    return value;
}

void lin_return(struct lin_history *history, size_t number,
                const struct lin_answer *answer)
{
    LAB_ASSERT(number < history->count);
    struct lin_op *op = &history->ops[number];
    LAB_ASSERT(op->ret == LIN_OPEN && !op->withdrawn);
    LAB_ASSERT(answer->at >= op->call && answer->at < LIN_OPEN);
    op->ret = answer->at;
    op->ret_line = answer->line;
    op->outcome = (uint8_t)answer->outcome;
    if (op->function == LIN_READ) {
        op->value = answer->value && history->model->may_reach
                        ? number_of_read(history, op->key, *answer->value)
                        : number_of(history, answer->value);
        op->version = answer->version;
    }
}

void lin_withdraw(struct lin_history *history, size_t number)
{
    LAB_ASSERT(number < history->count);
    LAB_ASSERT(history->ops[number].ret == LIN_OPEN);
    history->ops[number].withdrawn = true;
}
