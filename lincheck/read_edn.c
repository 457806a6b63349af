/* read_edn.c - histories of Jepsen and Porcupine as maps of EDN.
 * Layer: lincheck.
 *
 *     {:process 0, :type :invoke, :f :append, :key "x", :value "y"}
 *
 * One after the other, a line each or in a list. Nested values that matter to
 * nobody are gone over without recursion. */
#include <string.h>

#include "lincheck/reader.h"

/* A value, as it stands in the file. */
struct token {
    enum { NOTHING, STRING, VECTOR, OTHER } kind;
    struct bytes text; /* with its quotes or brackets */
};

/* What a map says of an event. */
struct event {
    struct token process, type, function, key, value;
};

/* ---- Tokens --------------------------------------------------------------*/

static int peek(const struct lin_reader *reader)
{
    return reader->at < reader->text.size ? reader->text.data[reader->at] : -1;
}

static void step(struct lin_reader *reader)
{
    reader->line += reader->text.data[reader->at++] == '\n';
}

static void skip_blanks(struct lin_reader *reader)
{
    int c;
    while ((c = peek(reader)) >= 0) {
        if (c == ';') {
            while (peek(reader) >= 0 && peek(reader) != '\n') {
                step(reader);
            }
        } else if (c > 0 && strchr(" ,\t\r\n", c)) {
            step(reader);
        } else {
            return;
        }
    }
}

static bool skip_string(struct lin_reader *reader)
{
    step(reader); /* the quote */
    int c;
    while ((c = peek(reader)) >= 0 && c != '"') {
        step(reader);
        if (c == '\\' && peek(reader) >= 0) {
            step(reader);
        }
    }
    if (c < 0) {
        return reader_fail(reader, "a string has no end");
    }
    step(reader);
    return true;
}

static bool is_delimiter(int c)
{
    return c <= 0 || strchr(" ,\t\r\n;\"()[]{}", c) != NULL;
}

static void skip_word(struct lin_reader *reader)
{
    do {
        step(reader);
    } while (!is_delimiter(peek(reader)));
}

/* Over a vector, list or map, to the bracket that ends it. Brackets are only
 * counted: what is inside matters to nobody, or is looked at again. */
static bool skip_nested(struct lin_reader *reader)
{
    size_t depth = 0;
    do {
        int c = peek(reader);
        if (c < 0) {
            return reader_fail(reader, "a bracket is not closed");
        }
        if (c == '"') {
            if (!skip_string(reader)) {
                return false;
            }
            continue;
        }
        depth += c == '[' || c == '(' || c == '{';
        depth -= c == ']' || c == ')' || c == '}';
        step(reader);
    } while (depth > 0);
    return true;
}

static bool take_token(struct lin_reader *reader, struct token *token)
{
    size_t begin = reader->at;
    int c = peek(reader);
    bool right = true;
    if (c < 0 || c == 0 || strchr(")]}", c)) {
        return reader_fail(reader, "a value is missing");
    }
    token->kind = OTHER;
    if (c == '"') {
        token->kind = STRING;
        right = skip_string(reader);
    } else if (strchr("[({", c)) {
        token->kind = VECTOR;
        right = skip_nested(reader);
    } else {
        skip_word(reader);
    }
    token->text = bytes_of(reader->text.data + begin, reader->at - begin);
    return right;
}

static bool is(const struct token *token, const char *text)
{
    return token->kind == OTHER &&
           bytes_equal(token->text, bytes_of_text(text));
}

/* "process 12" for messages: the beginning of a token. */
#define SHOWN(token)                                                           \
    (int)((token).text.size < 40 ? (token).text.size : 40),                    \
        (const char *)(token).text.data

/* ---- Values --------------------------------------------------------------*/

static bool number(const struct token *token, int64_t *value)
{
    *value = 0;
    for (size_t i = 0; i < token->text.size; i++) {
        uint8_t c = token->text.data[i];
        if (c < '0' || c > '9' || *value > 1000000000) {
            return false;
        }
        *value = *value * 10 + (c - '0');
    }
    return token->kind == OTHER;
}

/* What a string stands for, in place: never longer than the string. */
static struct bytes unescape(struct bytes quoted)
{
    uint8_t *to = quoted.data + 1;
    size_t size = 0;
    for (size_t i = 1; i + 1 < quoted.size; i++) {
        uint8_t c = quoted.data[i];
        if (c == '\\') {
            static const char letters[] = "ntrbf";
            static const uint8_t meant[] = "\n\t\r\b\f";
            c = quoted.data[++i];
            const char *letter = c ? strchr(letters, c) : NULL;
            c = letter ? meant[letter - letters] : c;
        }
        to[size++] = c;
    }
    return bytes_of(to, size);
}

/* A string is its content; anything else the letters that it is written in.
 * NULL in *at for nil. */
static bool value_of(struct lin_reader *reader, const struct token *token,
                     struct bytes *room, const struct bytes **at)
{
    if (token->kind == VECTOR) {
        return reader_fail(reader,
                           "the value %.*s is neither a string nor a "
                           "number",
                           SHOWN(*token));
    }
    *at = token->kind == NOTHING || is(token, "nil") ? NULL : room;
    *room = token->kind == STRING ? unescape(token->text) : token->text;
    return true;
}

/* The two of a cas, "[2 4]". */
static bool pair_of(struct lin_reader *reader, const struct token *token,
                    struct bytes room[2], const struct bytes *at[2])
{
    if (token->kind != VECTOR || token->text.data[0] != '[') {
        return reader_fail(reader, "the value of a cas is [expected new]");
    }
    struct lin_reader inside = *reader;
    inside.at = (size_t)(token->text.data - reader->text.data) + 1;
    struct token two[2];
    for (int i = 0; i < 2; i++) {
        skip_blanks(&inside);
        if (!take_token(&inside, &two[i]) ||
            !value_of(&inside, &two[i], &room[i], &at[i])) {
            return false;
        }
    }
    skip_blanks(&inside);
    return peek(&inside) == ']' ||
           reader_fail(reader, "the value of a cas is [expected new]");
}

/* ---- Events --------------------------------------------------------------*/

static bool take_map(struct lin_reader *reader, struct event *event)
{
    step(reader); /* the bracket */
    for (;;) {
        struct token name, value;
        skip_blanks(reader);
        if (peek(reader) == '}') {
            step(reader);
            return true;
        }
        if (!take_token(reader, &name)) {
            return false;
        }
        skip_blanks(reader);
        if (!take_token(reader, &value)) {
            return false;
        }
        struct token *known = is(&name, ":process") ? &event->process
                              : is(&name, ":type")  ? &event->type
                              : is(&name, ":f")     ? &event->function
                              : is(&name, ":key")   ? &event->key
                              : is(&name, ":value") ? &event->value
                                                    : NULL;
        if (known && known->kind != NOTHING) {
            return reader_fail(reader, "%.*s stands twice in a map",
                               SHOWN(name));
        }
        if (known) {
            *known = value;
        }
    }
}

static const struct name {
    const char *text;
    enum lin_function function;
    const struct lin_model *model;
} names[] = {
    {":read", LIN_READ, &lin_register}, {":write", LIN_WRITE, &lin_register},
    {":cas", LIN_CAS, &lin_register},   {":get", LIN_READ, &lin_kv},
    {":put", LIN_WRITE, &lin_kv},       {":append", LIN_APPEND, &lin_kv},
};

static const struct name *name_of(const struct token *token)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (is(token, names[i].text)) {
            return &names[i];
        }
    }
    return NULL;
}

static bool invoke(struct lin_reader *reader, const struct event *event,
                   int64_t process, enum lin_function function)
{
    struct bytes key, room[2];
    const struct bytes *key_at, *at[2] = {NULL, NULL};
    if (!value_of(reader, &event->key, &key, &key_at)) {
        return false;
    }
    if (function == LIN_CAS) {
        if (!pair_of(reader, &event->value, room, at)) {
            return false;
        }
    } else if (function != LIN_READ &&
               !value_of(reader, &event->value, &room[1], &at[1])) {
        return false;
    }
    struct lin_request request = {
        .function = function,
        .key = key_at ? key : bytes_of(NULL, 0),
        .expected = at[0],
        .value = at[1],
    };
    return reader_invoke(reader, process, &request);
}

static bool complete(struct lin_reader *reader, const struct event *event,
                     int64_t process, enum lin_event kind,
                     enum lin_function function)
{
    struct bytes room;
    struct lin_answer answer = {.outcome = LIN_OK};
    if (kind == LIN_ANSWERED && function == LIN_READ) {
        if (event->value.kind == NOTHING) {
            return reader_fail(reader, "a read has returned no :value");
        }
        if (!value_of(reader, &event->value, &room, &answer.value)) {
            return false;
        }
    }
    return reader_complete(reader, process, kind, function, &answer, false);
}

static bool kind_of(const struct token *token, enum lin_event *kind)
{
    static const char *const kinds[] = {":invoke", ":ok", ":fail", ":info"};
    for (int i = 0; i < 4; i++) {
        if (is(token, kinds[i])) {
            *kind = (enum lin_event)i;
            return true;
        }
    }
    return false;
}

static bool add_event(struct lin_reader *reader, const struct event *event)
{
    int64_t process;
    enum lin_event kind;
    if (event->process.kind == OTHER && event->process.text.data[0] == ':') {
        return true; /* the nemesis */
    }
    if (!number(&event->process, &process)) {
        return reader_fail(reader, "an event needs a :process, a number");
    }
    if (!kind_of(&event->type, &kind)) {
        return reader_fail(reader, "an event needs a :type, one of :invoke, "
                                   ":ok, :fail and :info");
    }
    const struct name *name = name_of(&event->function);
    if (!name) {
        return reader_fail(reader, "an event needs an :f, one of :read, "
                                   ":write, :cas, or of :get, :put, :append");
    }
    if (!reader->history) {
        reader->history = lin_history_new(name->model);
    }
    if (lin_history_model(reader->history) != name->model) {
        return reader_fail(reader, "%s among operations of a %s", name->text,
                           lin_model_name(lin_history_model(reader->history)));
    }
    return kind == LIN_INVOKE
               ? invoke(reader, event, process, name->function)
               : complete(reader, event, process, kind, name->function);
}

bool read_edn(struct lin_reader *reader)
{
    reader->line = 1;
    for (;;) {
        struct event event = {.process = {.kind = NOTHING}};
        skip_blanks(reader);
        int c = peek(reader);
        if (c < 0) {
            break;
        }
        if (c > 0 && strchr("[]()", c)) {
            step(reader); /* of the list around all */
        } else if (c != '{') {
            return reader_fail(reader, "expected a map, {...}");
        } else if (!take_map(reader, &event) || !add_event(reader, &event)) {
            return false;
        }
    }
    return reader->history != NULL ||
           reader_fail(reader, "no operation of a client is in it");
}
