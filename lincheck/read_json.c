/* read_json.c - raftlab's own histories: JSON, one object per line.
 * Layer: lincheck. Unknown fields are errors: a misspelled "return" would leave
 * an operation open and silently change the verdict. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "lincheck/reader.h"

/* Fields of an operation. */
enum field {
    CLIENT,
    CALL,
    RETURN,
    F,
    KEY,
    VALUE,
    EXPECTED,
    VERSION,
    OUTCOME,
    FIELD_COUNT
};

static const char *const field_names[FIELD_COUNT] = {
    "client", "call",     "return",  "f",       "key",
    "value",  "expected", "version", "outcome",
};

/* The content of a field. */
struct content {
    const struct bytes *at; /* &bytes; NULL: nil */
    struct bytes bytes;
    struct scratch scratch;
};

struct json_reader {
    struct reader *reader;
    uint32_t line;
    json_t *field[FIELD_COUNT]; /* borrowed from the object of the line */
    struct lin_request request;
    bool is_open;
    struct lin_response response;
    struct content key, value, expected;
};

/* ---- Values --------------------------------------------------------------*/

/* Fail with a message about a field. */
static bool wrong(struct json_reader *json, enum field field,
                  const char *wanted)
{
    return reader_fail(json->reader, json->line, "\"%s\" is not %s",
                       field_names[field], wanted);
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* {"hex": "c0ff"} */
static bool take_hex(const json_t *object, struct content *to)
{
    const json_t *hex = json_object_get(object, "hex");
    if (!json_is_string(hex) || json_object_size(object) != 1 ||
        json_string_length(hex) % 2 != 0) {
        return false;
    }
    const char *digits = json_string_value(hex);
    size_t size = json_string_length(hex) / 2;
    uint8_t *data = scratch_reserve(&to->scratch, size);
    for (size_t i = 0; i < size; i++) {
        int high = hex_digit(digits[2 * i]);
        int low = hex_digit(digits[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        data[i] = (uint8_t)(high * 16 + low);
    }
    to->bytes = bytes_of(data, size);
    return true;
}

/* Read a key or a value; only a value may be null. */
static bool take_content(struct json_reader *json, enum field field,
                         struct content *to)
{
    const json_t *from = json->field[field];
    to->at = &to->bytes;
    if (json_is_string(from)) {
        to->bytes = bytes_of(json_string_value(from), json_string_length(from));
        return true;
    }
    if (json_is_integer(from)) {
        char *digits = (char *)scratch_reserve(&to->scratch, 24);
        int size = snprintf(digits, 24, "%" JSON_INTEGER_FORMAT,
                            json_integer_value(from));
        to->bytes = bytes_of(digits, (size_t)size);
        return true;
    }
    if (json_is_null(from) && field != KEY) {
        to->at = NULL;
        return true;
    }
    return (json_is_object(from) && take_hex(from, to)) ||
           wrong(json, field,
                 field == KEY ? "a string, a whole number or {\"hex\": \"...\"}"
                              : "a string, a whole number, null or "
                                "{\"hex\": \"...\"}");
}

static bool take_time(struct json_reader *json, enum field field, int64_t *to)
{
    *to = json_integer_value(json->field[field]);
    return (json_is_integer(json->field[field]) && *to < INT64_MAX) ||
           wrong(json, field, "a whole number below 2^63 - 1");
}

static bool take_client(struct json_reader *json)
{
    const json_t *from = json->field[CLIENT];
    json_int_t client = json_integer_value(from); /* 0 if absent */
    json->request.client = (uint32_t)client;
    return !from ||
           (json_is_integer(from) && client >= 0 && client <= UINT32_MAX) ||
           wrong(json, CLIENT, "a whole number from 0 to 2^32 - 1");
}

/* jansson reads integers below 2^63; larger ones are strings. */
static bool take_version(struct json_reader *json, uint64_t *to)
{
    const json_t *from = json->field[VERSION];
    if (json_is_integer(from) && json_integer_value(from) >= 0) {
        *to = (uint64_t)json_integer_value(from);
        return true;
    }
    const char *at = json_string_value(from);
    bool good = at && *at;
    for (*to = 0; good && *at; at++) {
        good = *at >= '0' && *at <= '9' &&
               !__builtin_mul_overflow(*to, 10, to) &&
               !__builtin_add_overflow(*to, (uint64_t)(*at - '0'), to);
    }
    return good || wrong(json, VERSION, "a whole number from 0 to 2^64 - 1");
}

static bool take_outcome(struct json_reader *json, enum lin_outcome *to)
{
    const json_t *from = json->field[OUTCOME];
    const char *text = json_string_value(from);
    *to = LIN_OK;
    if (!from || (text && strcmp(text, "ok") == 0)) {
        return true;
    }
    if (text && strcmp(text, "mismatch") == 0) {
        *to = LIN_MISMATCH;
    } else if (text && strcmp(text, "maybe") == 0) {
        *to = LIN_MAYBE;
    } else {
        return wrong(json, OUTCOME, "\"ok\", \"mismatch\" or \"maybe\"");
    }
    const struct lin_model *model = lin_history_model(json->reader->history);
    return function_has_outcomes(model, json->request.function) ||
           wrong(json, OUTCOME, "\"ok\", the only one of this function");
}

/* ---- Operations ----------------------------------------------------------*/

/* Sort the members of an object by field. */
static bool take_fields(struct json_reader *json, json_t *object)
{
    const char *name;
    json_t *value;
    memset(json->field, 0, sizeof(json->field));
    json_object_foreach(object, name, value)
    {
        enum field field = CLIENT;
        while (field < FIELD_COUNT && strcmp(name, field_names[field]) != 0) {
            field++;
        }
        if (field == FIELD_COUNT) {
            return reader_fail(json->reader, json->line, "unknown field \"%s\"",
                               shown(bytes_of_text(name)).text);
        }
        LAB_ASSERT(!json->field[field]); /* duplicates are errors of jansson */
        json->field[field] = value;
    }
    return true;
}

static bool take_function(struct json_reader *json)
{
    const struct lin_model *model = lin_history_model(json->reader->history);
    const json_t *f = json->field[F];
    if (!json_is_string(f)) {
        return f ? wrong(json, F, "a string")
                 : reader_fail(json->reader, json->line,
                               "an operation without \"f\"");
    }
    struct bytes name = bytes_of(json_string_value(f), json_string_length(f));
    return function_named(model, name, &json->request.function) ||
           reader_fail(json->reader, json->line,
                       "the model \"%s\" has no function \"%s\"",
                       lin_model_name(model), shown(name).text);
}

/* Return a bit for each field that the operation must have, and may have. */
static void fields_of(const struct json_reader *json, unsigned *must,
                      unsigned *may)
{
    const struct lin_model *model = lin_history_model(json->reader->history);
    enum lin_function function = json->request.function;
    *may = 1u << F | 1u << CLIENT | 1u << RETURN;
    *must = 1u << CALL;
    *(model == &lin_register ? may : must) |= 1u << KEY;
    if (function != LIN_READ || !json->is_open) {
        *must |= 1u << VALUE;
        *must |= function == LIN_CAS ? 1u << EXPECTED : 0;
        *must |= model == &lin_versioned ? 1u << VERSION : 0;
    }
    if (!json->is_open) {
        *may |= 1u << OUTCOME;
    }
}

/* Check that the operation has all fields it must have, and no others. */
static bool check_fields(struct json_reader *json)
{
    unsigned must, may;
    json->is_open = !json->field[RETURN];
    fields_of(json, &must, &may);
    for (enum field field = CLIENT; field < FIELD_COUNT; field++) {
        bool is_there = json->field[field] != NULL;
        if (is_there ? !((must | may) >> field & 1) : must >> field & 1) {
            const struct lin_model *model =
                lin_history_model(json->reader->history);
            return reader_fail(
                json->reader, json->line, "%s %s %s \"%s\"",
                function_name(model, json->request.function),
                json->is_open ? "without \"return\"" : "with \"return\"",
                is_there ? "may not have" : "must have", field_names[field]);
        }
    }
    return true;
}

static bool take_request(struct json_reader *json)
{
    struct lin_request *request = &json->request;
    *request = (struct lin_request){.line = json->line};
    if (!take_function(json) || !check_fields(json) || !take_client(json) ||
        !take_time(json, CALL, &request->at)) {
        return false;
    }
    json->key.bytes = bytes_of(NULL, 0);
    if (json->field[KEY] && !take_content(json, KEY, &json->key)) {
        return false;
    }
    request->key = json->key.bytes;
    json->value.at = json->expected.at = NULL;
    if ((json->field[VALUE] && !take_content(json, VALUE, &json->value)) ||
        (json->field[EXPECTED] &&
         !take_content(json, EXPECTED, &json->expected)) ||
        (json->field[VERSION] && !take_version(json, &request->version))) {
        return false;
    }
    request->expected = json->expected.at;
    return true;
}

static bool take_response(struct json_reader *json)
{
    struct lin_response *response = &json->response;
    *response = (struct lin_response){.line = json->line};
    if (json->is_open) {
        return true;
    }
    if (!take_time(json, RETURN, &response->at) ||
        !take_outcome(json, &response->outcome)) {
        return false;
    }
    return response->at >= json->request.at ||
           reader_fail(json->reader, json->line,
                       "\"return\" is before \"call\"");
}

static bool read_op(struct json_reader *json, json_t *object)
{
    size_t op;
    if (!take_fields(json, object) || !take_request(json) ||
        !take_response(json)) {
        return false;
    }
    /* Value and version of a read belong to the response. */
    if (json->request.function == LIN_READ) {
        json->response.value = json->value.at;
        json->response.version = json->request.version;
    } else {
        json->request.value = json->value.at;
    }
    if (!reader_call(json->reader, &json->request, &op)) {
        return false;
    }
    if (!json->is_open) {
        lin_return(json->reader->history, op, &json->response);
    }
    return true;
}

/* ---- Lines ---------------------------------------------------------------*/

/* {"history": "raftlab", "version": 1, "model": "kv"}. Other fields are
 * ignored. */
static bool read_header(struct json_reader *json, json_t *object)
{
    struct reader *reader = json->reader;
    const char *kind = json_string_value(json_object_get(object, "history"));
    if (!kind || strcmp(kind, "raftlab") != 0) {
        return reader_fail(reader, json->line,
                           "the first line is not {\"history\": \"raftlab\", "
                           "\"version\": 1, \"model\": ...}");
    }
    const json_t *version = json_object_get(object, "version");
    if (!json_is_integer(version) || json_integer_value(version) != 1) {
        return reader_fail(reader, json->line, "\"version\" must be 1");
    }
    const char *name = json_string_value(json_object_get(object, "model"));
    const struct lin_model *model = name ? lin_model_named(name) : NULL;
    if (!model) {
        return reader_fail(reader, json->line,
                           "\"model\" must be register, kv or versioned");
    }
    reader->history = lin_history_new(model);
    return true;
}

static bool is_blank(const uint8_t *at, const uint8_t *end)
{
    while (at < end && memchr(" \t\r", *at, 3)) {
        at++;
    }
    return at == end;
}

static bool read_line(struct json_reader *json, struct bytes line)
{
    json_error_t error;
    json_t *object =
        json_loadb((const char *)line.data, line.size,
                   JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (!object) {
        for (char *c = error.text; *c; c++) {
            *c = *c < ' ' || *c > '~' ? '?' : *c;
        }
        return reader_fail(json->reader, json->line, "not a JSON object: %s",
                           error.text);
    }
    bool good;
    if (!json_is_object(object)) {
        good = reader_fail(json->reader, json->line, "not a JSON object");
    } else if (!json->reader->history) {
        good = read_header(json, object);
    } else {
        good = read_op(json, object);
    }
    json_decref(object);
    return good;
}

bool read_json(struct reader *reader)
{
    struct json_reader json = {.reader = reader};
    bool good = true;
    while (good && reader->at < reader->end) {
        size_t left = (size_t)(reader->end - reader->at);
        const uint8_t *end = memchr(reader->at, '\n', left);
        end = end ? end : reader->end;
        json.line = reader->line;
        good =
            is_blank(reader->at, end) ||
            read_line(&json, bytes_of(reader->at, (size_t)(end - reader->at)));
        reader->at = end + (end < reader->end);
        reader->line++;
    }
    free(json.key.scratch.data);
    free(json.value.scratch.data);
    free(json.expected.scratch.data);
    return good;
}
