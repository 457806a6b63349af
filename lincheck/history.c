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

/* Return the number of a value; NULL is the nil of the model. */
static uint32_t intern(struct lin_history *history, const struct bytes *value)
{
    return value ? values_intern(history->values, *value) : history->model->nil;
}

size_t lin_call(struct lin_history *history, const struct lin_request *request)
{
    LAB_ASSERT(lin_model_has(history->model, request->function));
    LAB_ASSERT(request->at < LIN_OPEN);
    if (history->count == history->capacity) {
        history->capacity = history->capacity ? history->capacity * 2 : 64;
        history->ops = lab_xrealloc(history->ops,
                                    history->capacity * sizeof(*history->ops));
    }
    history->ops[history->count] = (struct lin_op){
        .call = request->at,
        .ret = LIN_OPEN,
        .key = values_intern(history->values, request->key),
        .value = intern(history, request->value),
        .expected = intern(history, request->expected),
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
    if (recent->capacity < text.size) {
        recent->capacity = 2 * text.size;
        recent->bytes = lab_xrealloc(recent->bytes, recent->capacity);
    }
    if (text.size > 0) {
        memcpy(recent->bytes, text.data, text.size);
    }
    LAB_ASSERT(text.size <= recent->capacity);
    recent->value = value;
    recent->size = text.size;
}

/* Return the number of a text that was read. n reads of a text of n appends
 * have O(n^2) bytes: each is kept as the previous one and what was added. */
static uint32_t intern_read(struct lin_history *history, uint32_t key,
                            struct bytes text)
{
    struct lin_recent *recent = recent_of(history, key);
    LAB_ASSERT(values_size(history->values, recent->value) == recent->size);
    size_t common = text.size < recent->size ? text.size : recent->size;
    if (common > 0 && memcmp(recent->bytes, text.data, common) != 0) {
        common = 0;
    }
    if (common == text.size) { /* a prefix: the next text may extend it */
        recent->value = values_prefix(history->values, recent->value, common);
        recent->size = common;
        return recent->value;
    }
    LAB_ASSERT(common < text.size);
    uint32_t value;
    if (common < recent->size) { /* not an extension */
        value = values_intern(history->values, text);
    } else {
        struct bytes more = bytes_of(text.data + common, text.size - common);
        value = values_append(history->values, recent->value,
                              values_intern(history->values, more));
    }
    keep_recent(recent, value, text);
    return value;
}

void lin_return(struct lin_history *history, size_t number,
                const struct lin_response *response)
{
    LAB_ASSERT(number < history->count);
    struct lin_op *op = &history->ops[number];
    LAB_ASSERT(op->ret == LIN_OPEN);
    LAB_ASSERT(!op->withdrawn);
    LAB_ASSERT(response->at >= op->call);
    LAB_ASSERT(response->at < LIN_OPEN);
    op->ret = response->at;
    op->ret_line = response->line;
    op->outcome = (uint8_t)response->outcome;
    if (op->function == LIN_READ) { /* else the request has the value */
        op->value = response->value && history->model->may_reach
                        ? intern_read(history, op->key, *response->value)
                        : intern(history, response->value);
        op->version = response->version;
    }
}

void lin_withdraw(struct lin_history *history, size_t number)
{
    LAB_ASSERT(number < history->count);
    LAB_ASSERT(history->ops[number].ret == LIN_OPEN);
    LAB_ASSERT(!history->ops[number].withdrawn);
    history->ops[number].withdrawn = true;
}
