/* write.c - histories as JSON, a line for each operation: see read.h.
 * Layer: lincheck. */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

#include "base/assert.h"
#include "lincheck/history.h"
#include "lincheck/model.h"
#include "lincheck/read.h"
#include "lincheck/text.h"

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

static void put_number(json_t *line, const char *name, uint64_t number)
{
    json_object_set_new(line, name, json_integer((json_int_t)number));
}

json_t *lin_op_json(const struct lin_history *history, const struct lin_op *op)
{
    static const char *const outcomes[] = {"ok", "mismatch", "maybe"};
    json_t *line = json_object();
    bool returned = op->ret != LIN_OPEN;
    enum lin_function function = (enum lin_function)op->function;
    put_number(line, "client", op->client);
    put_number(line, "call", (uint64_t)op->call);
    json_object_set_new(
        line, "f", json_string(lin_function_text(history->model, function)));
    put_value(line, "key", history, op->key);
    if (returned) {
        put_number(line, "return", (uint64_t)op->ret);
    }
    if (returned || function != LIN_READ) {
        put_value(line, "value", history, op->value);
    }
    if (function == LIN_CAS) {
        put_value(line, "expected", history, op->expected);
    }
    if (history->model == &lin_versioned &&
        (returned || function != LIN_READ)) {
        put_number(line, "version", op->version);
    }
    if (op->outcome != LIN_OK) {
        json_object_set_new(line, "outcome",
                            json_string(outcomes[op->outcome]));
    }
    return line;
}

bool lin_write(const struct lin_history *history, FILE *to)
{
    json_object_seed(1);
    fprintf(to,
            "{\"history\": \"raftlab\", \"version\": 1, \"model\": "
            "\"%s\"}\n",
            history->model->name);
    for (size_t i = 0; i < history->count && !ferror(to); i++) {
        const struct lin_op *op = &history->ops[i];
        if (!op->withdrawn) {
            json_t *line = lin_op_json(history, op);
            json_dumpf(line, to, JSON_COMPACT | JSON_SORT_KEYS);
            fputc('\n', to);
            json_decref(line);
        }
    }
    return !ferror(to);
}
