/* explain_json.c - why a history is not linearizable, as JSON for pictures.
 * Layer: lincheck. */
#include <stdlib.h>

#include "base/assert.h"
#include "lincheck/explain.h"
#include "lincheck/model.h"
#include "lincheck/reader.h"

static json_t *number(uint64_t value)
{
    return json_integer((json_int_t)value);
}

/* ---- One operation -------------------------------------------------------*/

static json_t *hex_of(struct bytes bytes)
{
    static const char digits[] = "0123456789abcdef";
    char *text = lab_xmalloc(2 * bytes.size + 1);
    for (size_t i = 0; i < bytes.size; i++) {
        text[2 * i] = digits[bytes.data[i] >> 4];
        text[2 * i + 1] = digits[bytes.data[i] & 15];
    }
    text[2 * bytes.size] = '\0';
    json_t *hex = json_pack("{s:s}", "hex", text);
    free(text);
    return hex;
}

/* A string if it is UTF-8. */
static void put_value(json_t *line, const char *name,
                      const struct lin_history *history, uint32_t value)
{
    if (value == VALUE_NIL) {
        json_object_set_new(line, name, json_null());
        return;
    }
    struct bytes bytes = values_bytes(history->values, value);
    json_t *text = json_stringn((const char *)bytes.data, bytes.size);
    json_object_set_new(line, name, text ? text : hex_of(bytes));
}

static json_t *op_json(const struct lin_history *history,
                       const struct lin_op *op)
{
    static const char *const outcomes[] = {"ok", "mismatch", "maybe"};
    json_t *line = json_object();
    bool returned = op->ret != LIN_OPEN;
    enum lin_function function = (enum lin_function)op->function;
    json_object_set_new(line, "client", number(op->client));
    json_object_set_new(line, "call", number((uint64_t)op->call));
    json_object_set_new(line, "f",
                        json_string(function_name(history->model, function)));
    put_value(line, "key", history, op->key);
    if (returned) {
        json_object_set_new(line, "return", number((uint64_t)op->ret));
    }
    if (returned || function != LIN_READ) {
        put_value(line, "value", history, op->value);
    }
    if (function == LIN_CAS) {
        put_value(line, "expected", history, op->expected);
    }
    if (history->model == &lin_versioned &&
        (returned || function != LIN_READ)) {
        json_object_set_new(line, "version", number(op->version));
    }
    if (op->outcome != LIN_OK) {
        json_object_set_new(line, "outcome",
                            json_string(outcomes[op->outcome]));
    }
    return line;
}

/* ---- One key -------------------------------------------------------------*/

/* All operations of the key, each with its number in the history. */
static json_t *operations(const struct lin_history *history,
                          const struct lin_key_result *key)
{
    json_t *array = json_array();
    uint32_t own = history->ops[key->blocked].key;
    for (size_t i = 0; i < history->count; i++) {
        const struct lin_op *op = &history->ops[i];
        if (op->key == own && !op->withdrawn) {
            json_t *object = op_json(history, op);
            json_object_set_new(object, "id", number(i));
            json_array_append_new(array, object);
        }
    }
    return array;
}

static json_t *givers(const struct lin_history *history,
                      const struct lin_key_result *key)
{
    json_t *array = json_array();
    const struct lin_op *read = &history->ops[key->blocked];
    for (size_t i = 0; i < history->count; i++) {
        const struct lin_op *op = &history->ops[i];
        if (read->function == LIN_READ && op->key == read->key && op != read &&
            !op->withdrawn &&
            history->model->could_give(history->values, op, read)) {
            json_array_append_new(array, number(i));
        }
    }
    return array;
}

static json_t *explain_key(const struct lin_history *history,
                           const struct lin_key_result *key)
{
    json_t *object = json_object();
    json_t *order = json_array();
    for (size_t i = 0; i < key->prefix_count; i++) {
        json_array_append_new(order, number(key->prefix[i]));
    }
    json_object_set_new(object, "blocked", number(key->blocked));
    json_object_set_new(object, "order", order);
    json_object_set_new(object, "could_give", givers(history, key));
    json_object_set_new(object, "operations", operations(history, key));
    return object;
}

json_t *lin_explain_json(const struct lin_history *history,
                         const struct lin_result *result)
{
    json_object_seed(1);
    json_t *keys = json_array();
    for (size_t i = 0; i < result->key_count; i++) {
        if (result->keys[i].verdict == LIN_NOT_LINEARIZABLE) {
            json_array_append_new(keys, explain_key(history, &result->keys[i]));
        }
    }
    json_t *root = json_pack("{s:i, s:s, s:s, s:o, s:o, s:o}", "version", 1,
                             "model", history->model->name, "verdict",
                             lin_verdict_text(result->verdict), "operations",
                             number(history->count), "steps",
                             number(result->steps), "violations", keys);
    LAB_ASSERT(root);
    return root;
}
