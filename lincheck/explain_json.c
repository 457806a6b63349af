/* explain_json.c - why a history is not linearizable, as JSON.
 * Layer: lincheck. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "lincheck/diagnosis.h"
#include "lincheck/explain.h"
#include "lincheck/model.h"
#include "lincheck/reader.h"

static json_t *number(uint64_t value)
{
    if (value <= INT64_MAX) {
        return json_integer((json_int_t)value);
    }
    char text[24]; /* as in lin_write(): many parsers do not read larger ones */
    snprintf(text, sizeof(text), "%" PRIu64, value);
    return json_string(text);
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
    LAB_ASSERT(hex);
    free(text);
    return hex;
}

/* A string if the bytes are UTF-8, else {"hex": ...}. */
static json_t *bytes_json(struct bytes bytes)
{
    const char *data = bytes.size > 0 ? (const char *)bytes.data : "";
    json_t *text = json_stringn(data, bytes.size);
    return text ? text : hex_of(bytes);
}

static void put_value(json_t *line, const char *name,
                      const struct lin_history *history, uint32_t value)
{
    json_object_set_new(line, name,
                        value == VALUE_NIL
                            ? json_null()
                            : bytes_json(values_bytes(history->values, value)));
}

static void put_line(json_t *line, const char *name, uint32_t value)
{
    if (value > 0) {
        json_object_set_new(line, name, number(value));
    }
}

static json_t *op_json(const struct lin_history *history,
                       const struct lin_op *op)
{
    static const char *const outcomes[] = {"ok", "mismatch", "maybe"};
    json_t *line = json_object();
    bool returned = op->ret != LIN_OPEN;
    enum lin_function function = (enum lin_function)op->function;
    json_object_set_new(line, "client", number(op->client));
    json_object_set_new(line, "call", json_integer(op->call));
    json_object_set_new(line, "f",
                        json_string(function_name(history->model, function)));
    put_value(line, "key", history, op->key);
    put_line(line, "line", op->line);
    put_line(line, "return_line", op->ret_line);
    if (returned) {
        json_object_set_new(line, "return", json_integer(op->ret));
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

static json_t *id_of(const struct diagnosis *diagnosis, const struct lin_op *op)
{
    uint64_t id = (uint64_t)(op - diagnosis->history->ops);
    LAB_ASSERT(id < diagnosis->history->count);
    return number(id);
}

/* All operations on the key, and those of the prefix, each with its number in
 * the history. */
static json_t *operations(const struct diagnosis *diagnosis)
{
    const struct lin_history *history = diagnosis->history;
    json_t *array = json_array();
    for (size_t i = 0; i < history->count; i++) {
        const struct lin_op *op = &history->ops[i];
        if ((op->key == diagnosis->blocked->key && !op->withdrawn) ||
            diagnosis->position[i] > 0) {
            json_t *object = op_json(history, op);
            json_object_set_new(object, "id", number(i));
            json_array_append_new(array, object);
        }
    }
    return array;
}

static json_t *reason_json(const struct diagnosis *diagnosis,
                           struct reason reason)
{
    static const char *const texts[] = {
        [REASON_LATER] = "later",
        [REASON_OVERWRITTEN] = "overwritten",
        [REASON_FOLLOWED] = "followed",
        [REASON_LAST] = "placed",
        [REASON_NOT_PLACED] = "not placed",
    };
    json_t *object = json_pack("{s:s}", "why", texts[reason.kind]);
    LAB_ASSERT(object);
    if (reason.by) {
        json_object_set_new(object, "by", id_of(diagnosis, reason.by));
    }
    return object;
}

/* The initial state has no "id". */
static json_t *sources(const struct diagnosis *diagnosis)
{
    const struct lin_history *history = diagnosis->history;
    json_t *array = json_array();
    if (diagnosis_initial_is_source(diagnosis)) {
        json_array_append_new(
            array, reason_json(diagnosis, diagnosis_initial_reason(diagnosis)));
    }
    for (size_t i = 0; i < history->count; i++) {
        if (diagnosis_is_source(diagnosis, &history->ops[i])) {
            json_t *object = reason_json(
                diagnosis, diagnosis_reason(diagnosis, &history->ops[i]));
            json_object_set_new(object, "id", number(i));
            json_array_append_new(array, object);
        }
    }
    return array;
}

static json_t *pending(const struct diagnosis *diagnosis)
{
    json_t *array = json_array();
    for (size_t i = 0; i < diagnosis->history->count; i++) {
        if (diagnosis_is_pending(diagnosis, &diagnosis->history->ops[i])) {
            json_array_append_new(array, number(i));
        }
    }
    return array;
}

static void put_state(json_t *object, const struct diagnosis *diagnosis)
{
    const struct lin_model *model = diagnosis->history->model;
    uint32_t value = diagnosis->state;
    uint64_t version;
    if (model->split) {
        model->split(diagnosis->history->values, diagnosis->state, &version,
                     &value);
        json_object_set_new(object, "state_version", number(version));
    }
    put_value(object, "state", diagnosis->history, value);
}

static json_t *explain_key(const struct lin_history *history,
                           const struct lin_key_result *key)
{
    struct diagnosis diagnosis;
    diagnosis_init(&diagnosis, history, key);
    json_t *object = json_object();
    json_t *order = json_array();
    for (size_t i = 0; i < key->prefix_count; i++) {
        json_array_append_new(order, number(key->prefix[i]));
    }
    put_value(object, "key", history, diagnosis.blocked->key);
    json_object_set_new(object, "blocked", number(key->blocked));
    json_object_set_new(object, "certain", json_boolean(key->is_certain));
    json_object_set_new(object, "order", order);
    put_state(object, &diagnosis);
    json_object_set_new(object, "could_give", sources(&diagnosis));
    json_object_set_new(object, "pending", pending(&diagnosis));
    json_object_set_new(object, "operations", operations(&diagnosis));
    diagnosis_release(&diagnosis);
    return object;
}

/* ---- The document --------------------------------------------------------*/

/* The verdict of each key; key is null if all were checked together. */
static json_t *verdicts(const struct lin_result *result)
{
    json_t *array = json_array();
    for (size_t i = 0; i < result->key_count; i++) {
        const struct lin_key_result *key = &result->keys[i];
        json_t *name = key->key.data ? bytes_json(key->key) : json_null();
        json_array_append_new(
            array, json_pack("{s:o, s:s, s:o}", "key", name, "verdict",
                             lin_verdict_text(key->verdict), "operations",
                             number(key->op_count)));
    }
    return array;
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
    json_t *root = json_pack(
        "{s:i, s:s, s:s, s:o, s:o, s:o, s:o}", "version", 1, "model",
        history->model->name, "verdict", lin_verdict_text(result->verdict),
        "operations", number(history->count), "steps", number(result->steps),
        "keys", verdicts(result), "violations", keys);
    LAB_ASSERT(root);
    return root;
}
