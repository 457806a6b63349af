/* read_json.c - raftlab's own histories: JSON, an object a line.
 * Layer: lincheck. What each member means is said in read.h. */
#include <jansson.h>
#include <string.h>

#include "lincheck/reader.h"

static const struct name {
    const char *text;
    enum lin_function function;
} names[] = {
    {"read", LIN_READ}, {"get", LIN_READ},      {"write", LIN_WRITE},
    {"put", LIN_WRITE}, {"append", LIN_APPEND}, {"cas", LIN_CAS},
};

static const char *const outcomes[] = {"ok", "mismatch", "maybe"};

/* Values lie in the object, or decoded from hex in memory of their own. */
struct value {
    struct bytes bytes, owned;
    bool present;
};

static int digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

static bool decode(const char *hex, struct value *value)
{
    size_t size = strlen(hex);
    value->owned = (struct bytes){lab_xmalloc(size / 2 + 1), size / 2};
    value->bytes = value->owned;
    for (size_t i = 0; i + 1 < size; i += 2) {
        int high = digit(hex[i]), low = digit(hex[i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        value->owned.data[i / 2] = (uint8_t)(high * 16 + low);
    }
    return size % 2 == 0;
}

static bool take_value(struct lin_reader *reader, const json_t *line,
                       const char *name, struct value *value)
{
    const json_t *member = json_object_get(line, name);
    const json_t *hex = json_object_get(member, "hex");
    *value = (struct value){.present = member && !json_is_null(member)};
    if (json_is_string(member)) {
        value->bytes =
            bytes_of(json_string_value(member), json_string_length(member));
        return true;
    }
    if (json_is_string(hex) && decode(json_string_value(hex), value)) {
        return true;
    }
    return !value->present ||
           reader_fail(reader,
                       "\"%s\" is a string, null or {\"hex\": \"c0ff\"}", name);
}

static bool take_number(struct lin_reader *reader, const json_t *line,
                        const char *name, bool needed, int64_t *number)
{
    const json_t *member = json_object_get(line, name);
    if (!member && !needed) {
        return true;
    }
    *number = json_integer_value(member);
    return (json_is_integer(member) && *number >= 0 && *number < INT64_MAX) ||
           reader_fail(reader, "\"%s\" is a whole number from 0 on", name);
}

static bool take_function(struct lin_reader *reader, const json_t *line,
                          enum lin_function *function)
{
    const char *text = json_string_value(json_object_get(line, "f"));
    for (size_t i = 0; text && i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(text, names[i].text) == 0) {
            *function = names[i].function;
            const struct lin_model *model = lin_history_model(reader->history);
            return lin_model_has(model, *function) ||
                   reader_fail(reader, "a %s has no \"%s\"",
                               lin_model_name(model), text);
        }
    }
    return reader_fail(reader, "\"f\" is one of read, write, cas, get, put and "
                               "append");
}

static bool take_outcome(struct lin_reader *reader, const json_t *line,
                         enum lin_outcome *outcome)
{
    const json_t *member = json_object_get(line, "outcome");
    const char *text = json_string_value(member);
    *outcome = LIN_OK;
    for (int i = 0; text && i < 3; i++) {
        if (strcmp(text, outcomes[i]) == 0) {
            *outcome = (enum lin_outcome)i;
            return true;
        }
    }
    return !member ||
           reader_fail(reader, "\"outcome\" is ok, mismatch or maybe");
}

/* What a line says, and what it owns. */
struct operation {
    enum lin_function function;
    enum lin_outcome outcome;
    struct value key, value, expected;
    int64_t client, call, ret, version;
    bool returned;
};

static bool take_operation(struct lin_reader *reader, const json_t *line,
                           struct operation *op)
{
    op->returned = json_object_get(line, "return") != NULL;
    if (!take_function(reader, line, &op->function) ||
        !take_outcome(reader, line, &op->outcome) ||
        !take_value(reader, line, "key", &op->key) ||
        !take_value(reader, line, "value", &op->value) ||
        !take_value(reader, line, "expected", &op->expected) ||
        !take_number(reader, line, "client", true, &op->client) ||
        !take_number(reader, line, "call", true, &op->call) ||
        !take_number(reader, line, "return", false, &op->ret) ||
        !take_number(reader, line, "version", false, &op->version)) {
        return false;
    }
    return !op->returned || op->ret >= op->call ||
           reader_fail(reader, "it returns before it is called");
}

static const struct bytes *or_nil(const struct value *value)
{
    return value->present ? &value->bytes : NULL;
}

static void add_operation(struct lin_reader *reader, const struct operation *op)
{
    bool read = op->function == LIN_READ;
    struct lin_request request = {
        .at = op->call,
        .client = (uint32_t)op->client,
        .line = reader->line,
        .function = op->function,
        .key = op->key.bytes,
        .value = read ? NULL : or_nil(&op->value),
        .expected = or_nil(&op->expected),
        .version = (uint64_t)op->version,
    };
    size_t number = lin_call(reader->history, &request);
    if (op->returned) {
        struct lin_answer answer = {
            .at = op->ret,
            .line = reader->line,
            .outcome = op->outcome,
            .value = read ? or_nil(&op->value) : NULL,
            .version = (uint64_t)op->version,
        };
        lin_return(reader->history, number, &answer);
    }
}

static bool read_operation(struct lin_reader *reader, const json_t *line)
{
    struct operation op = {.ret = 0};
    bool right = take_operation(reader, line, &op);
    if (right) {
        add_operation(reader, &op);
    }
    bytes_free(&op.key.owned);
    bytes_free(&op.value.owned);
    bytes_free(&op.expected.owned);
    return right;
}

static bool read_header(struct lin_reader *reader, const json_t *line)
{
    const char *name = json_string_value(json_object_get(line, "model"));
    const json_t *version = json_object_get(line, "version");
    const struct lin_model *model = name ? lin_model_named(name) : NULL;
    if (!json_is_integer(version) || json_integer_value(version) != 1) {
        return reader_fail(reader, "\"version\" is not 1, the only one known");
    }
    if (!model) {
        return reader_fail(reader, "\"model\" is none of register, kv and "
                                   "versioned");
    }
    reader->history = lin_history_new(model);
    return true;
}

static bool read_line(struct lin_reader *reader, struct bytes text)
{
    json_error_t error;
    json_t *line = json_loadb((const char *)text.data, text.size,
                              JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    bool right = false;
    if (!line) {
        reader_fail(reader, "not JSON: %s", error.text);
    } else if (!json_is_object(line)) {
        reader_fail(reader, "not a JSON object");
    } else {
        right = reader->history ? read_operation(reader, line)
                                : read_header(reader, line);
    }
    json_decref(line);
    return right;
}

bool read_json(struct lin_reader *reader)
{
    struct bytes line;
    json_object_seed(1);
    while (reader_line(reader, &line)) {
        size_t blank = 0;
        while (blank < line.size && strchr(" \t", line.data[blank])) {
            blank++;
        }
        if (blank < line.size && !read_line(reader, line)) {
            return false;
        }
    }
    return true;
}
