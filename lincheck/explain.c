/* explain.c - why a history is not linearizable, as text.
 * Layer: lincheck. */
#include "lincheck/explain.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/assert.h"
#include "lincheck/model.h"
#include "lincheck/reader.h"

enum { SHOWN = 5, OP_BYTES = 256, WHEN_BYTES = 64 };

/* ---- Pieces of text ------------------------------------------------------*/

/* Text of limited size; what does not fit is left out. */
struct text {
    char *at;
    size_t room; /* with the final zero */
};

static void put(struct text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void put(struct text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text->at, text->room, format, args);
    va_end(args);
    size_t used = n < 0 ? 0 : (size_t)n;
    used = used < text->room ? used : text->room - 1;
    text->at += used;
    text->room -= used;
}

static void put_bytes(struct text *text, struct bytes bytes)
{
    for (size_t i = 0; i < bytes.size; i++) {
        uint8_t c = bytes.data[i];
        if (c == '"' || c == '\\') {
            put(text, "\\%c", c);
        } else {
            put(text, c < 0x80 && isprint(c) ? "%c" : "\\x%02x", c);
        }
    }
}

/* The end of a long value says most: texts grow there. */
static void put_value(struct text *text, const struct lin_history *history,
                      uint32_t value)
{
    enum { WHOLE = 48, BEGINNING = 8, END = 32 };
    if (value == VALUE_NIL) {
        put(text, "nil");
        return;
    }
    struct bytes bytes = values_bytes(history->values, value);
    put(text, "\"");
    if (bytes.size <= WHOLE) {
        put_bytes(text, bytes);
    } else {
        put_bytes(text, bytes_of(bytes.data, BEGINNING));
        put(text, "...");
        put_bytes(text, bytes_of(bytes.data + bytes.size - END, END));
    }
    put(text, "\"");
    if (bytes.size > WHOLE) {
        put(text, " (%zu bytes)", bytes.size);
    }
}

static void put_answer(struct text *text, const struct lin_history *history,
                       const struct lin_op *op)
{
    bool versioned = history->model == &lin_versioned;
    if (op->ret == LIN_OPEN) {
        put(text, ", which has not returned");
    } else if (op->function == LIN_READ) {
        put(text, " -> ");
        put_value(text, history, op->value);
        if (versioned) {
            put(text, " at version %" PRIu64, op->version);
        }
    } else if (op->outcome == LIN_MISMATCH) {
        put(text, " -> mismatch");
    } else if (op->outcome == LIN_MAYBE) {
        put(text, " -> maybe");
    }
}

static void put_op(struct text *text, const struct lin_history *history,
                   const struct lin_op *op)
{
    enum lin_function function = (enum lin_function)op->function;
    put(text, "client %u  %s", op->client,
        function_name(history->model, function));
    if (function == LIN_CAS) {
        put(text, " ");
        put_value(text, history, op->expected);
        put(text, " to");
    }
    if (function != LIN_READ) {
        put(text, " ");
        put_value(text, history, op->value);
        if (history->model == &lin_versioned) {
            put(text, " at version %" PRIu64, op->version);
        }
    }
    put_answer(text, history, op);
}

void lin_op_text(const struct lin_history *history, size_t number, char *buffer,
                 size_t bytes)
{
    LAB_ASSERT(number < history->count);
    struct text text = {buffer, bytes};
    put_op(&text, history, &history->ops[number]);
}

bool lin_op_times(const struct lin_history *history, size_t number,
                  int64_t *call, int64_t *ret)
{
    LAB_ASSERT(number < history->count);
    *call = history->ops[number].call;
    *ret = history->ops[number].ret;
    return *ret != LIN_OPEN;
}

bool lin_op_has_key(const struct lin_history *history, size_t number,
                    struct bytes key)
{
    LAB_ASSERT(number < history->count);
    uint32_t own = history->ops[number].key;
    return bytes_equal(values_bytes(history->values, own), key);
}

/* ---- One key -------------------------------------------------------------*/

struct page {
    const struct lin_history *history;
    const struct lin_key_result *key;
    lin_time_text time_text;
    FILE *to;
};

static void put_time(const struct page *page, struct text *text, int64_t at,
                     uint32_t line)
{
    if (page->time_text) {
        char time[WHEN_BYTES];
        page->time_text(at, time, sizeof(time));
        put(text, "%s", time);
    } else if (line > 0) {
        put(text, "%u", line);
    } else {
        put(text, "%" PRId64, at);
    }
}

/* "line 31..38  client 1  append ..." */
static void print_op(const struct page *page, const struct lin_op *op)
{
    char buffer[OP_BYTES], when[WHEN_BYTES];
    struct text text = {when, sizeof(when)};
    put(&text, page->time_text || op->line == 0 ? "" : "line ");
    put_time(page, &text, op->call, op->line);
    bool one_line = op->line != 0 && op->line == op->ret_line;
    if (page->time_text || !one_line) {
        put(&text, "..");
    }
    if (op->ret != LIN_OPEN && (page->time_text || !one_line)) {
        put_time(page, &text, op->ret, op->ret_line);
    }
    text = (struct text){buffer, sizeof(buffer)};
    put_op(&text, page->history, op);
    fprintf(page->to, "    %-14s  %s", when, buffer);
}

static const struct lin_op *op_at(const struct page *page, size_t number)
{
    return &page->history->ops[number];
}

static void print_order(const struct page *page)
{
    const struct lin_key_result *key = page->key;
    size_t first = key->prefix_count > SHOWN ? key->prefix_count - SHOWN : 0;
    if (key->prefix_count == 0) {
        fputs("  nothing can come before it\n", page->to);
        return;
    }
    fprintf(page->to, "  an order of %zu operations comes as far as any; %s\n",
            key->prefix_count, first > 0 ? "it ends with" : "it is");
    for (size_t i = first; i < key->prefix_count; i++) {
        print_op(page, op_at(page, key->prefix[i]));
        fputc('\n', page->to);
    }
}

/* What the order leaves, key by key where the history was taken as a whole. */
static uint32_t state_after(const struct page *page, uint32_t key)
{
    const struct lin_model *model = page->history->model;
    uint32_t state = model->initial(page->history->values);
    for (size_t i = 0; i < page->key->prefix_count; i++) {
        const struct lin_op *op = op_at(page, page->key->prefix[i]);
        if (op->key == key) {
            state = model->step(page->history->values, state, op);
            LAB_ASSERT(state != LIN_IMPOSSIBLE);
        }
    }
    return state;
}

static void print_state(const struct page *page)
{
    char buffer[OP_BYTES];
    struct text text = {buffer, sizeof(buffer)};
    const struct lin_history *history = page->history;
    uint32_t state = state_after(page, op_at(page, page->key->blocked)->key);
    if (history->model->split) {
        uint64_t version;
        uint32_t value;
        history->model->split(history->values, state, &version, &value);
        put_value(&text, history, value);
        put(&text, " at version %" PRIu64, version);
    } else {
        put_value(&text, history, state);
    }
    fprintf(page->to, "  and leaves %s\n", buffer);
}

static bool is_placed(const struct page *page, const struct lin_op *op)
{
    for (size_t i = 0; i < page->key->prefix_count; i++) {
        if (op_at(page, page->key->prefix[i]) == op) {
            return true;
        }
    }
    return false;
}

static void print_giver(const struct page *page, const struct lin_op *op,
                        const struct lin_op *read)
{
    print_op(page, op);
    if (op->call > read->ret) {
        fputs("  (called only afterwards)\n", page->to);
    } else if (is_placed(page, op)) {
        fputs("  (in the order above, where it gives something else)\n",
              page->to);
    } else {
        fputs("  (not in the order above: putting it there breaks another "
              "answer)\n",
              page->to);
    }
}

static void print_givers(const struct page *page)
{
    const struct lin_history *history = page->history;
    const struct lin_op *read = op_at(page, page->key->blocked);
    size_t found = 0;
    if (read->function != LIN_READ) {
        return;
    }
    for (size_t i = 0; i < history->count; i++) {
        const struct lin_op *op = &history->ops[i];
        if (op->key != read->key || op->withdrawn || op == read ||
            !history->model->could_give(history->values, op, read)) {
            continue;
        }
        if (found++ == 0) {
            fputs("  its answer could come from\n", page->to);
        }
        if (found <= SHOWN) {
            print_giver(page, op, read);
        }
    }
    if (found == 0) {
        fputs("  no operation of the history can have given that answer\n",
              page->to);
    } else if (found > SHOWN) {
        fprintf(page->to, "    and %zu more\n", found - SHOWN);
    }
}

static void print_pending(const struct page *page)
{
    const struct lin_history *history = page->history;
    const struct lin_op *blocked = op_at(page, page->key->blocked);
    size_t found = 0;
    for (size_t i = 0; i < history->count; i++) {
        const struct lin_op *op = &history->ops[i];
        if (op == blocked || op->key != blocked->key || op->withdrawn ||
            op->call > blocked->ret || op->ret < blocked->ret ||
            (op->ret == LIN_OPEN && op->function == LIN_READ)) {
            continue;
        }
        if (found++ == 0) {
            fputs("  pending when it returned\n", page->to);
        }
        if (found <= SHOWN) {
            print_op(page, op);
            fputc('\n', page->to);
        }
    }
    if (found > SHOWN) {
        fprintf(page->to, "    and %zu more\n", found - SHOWN);
    }
}

static void print_key(const struct page *page)
{
    char buffer[OP_BYTES];
    struct text text = {buffer, sizeof(buffer)};
    const struct lin_op *blocked = op_at(page, page->key->blocked);
    struct bytes name = values_bytes(page->history->values, blocked->key);
    put(&text, name.size > 0 ? "key \"" : "not linearizable");
    if (name.size > 0) {
        put_bytes(&text, name);
        put(&text, "\": not linearizable");
    }
    fprintf(page->to, "%s\n  no moment between call and return is right for\n",
            buffer);
    print_op(page, blocked);
    fputc('\n', page->to);
    print_order(page);
    print_state(page);
    print_givers(page);
    print_pending(page);
}

void lin_explain(const struct lin_history *history,
                 const struct lin_result *result, lin_time_text time_text,
                 FILE *to)
{
    for (size_t i = 0; i < result->key_count; i++) {
        if (result->keys[i].verdict == LIN_NOT_LINEARIZABLE) {
            struct page page = {history, &result->keys[i], time_text, to};
            print_key(&page);
        }
    }
}
