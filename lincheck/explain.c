/* explain.c - why a history is not linearizable, as text.
 * Layer: lincheck. */
#include "lincheck/explain.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/assert.h"
#include "lincheck/diagnosis.h"
#include "lincheck/model.h"
#include "lincheck/reader.h"

enum { SHOWN = 5, OP_BYTES = 256, WHEN_BYTES = 64 };

/* ---- Pieces of text ------------------------------------------------------*/

/* A buffer for text, which is truncated where it does not fit. */
struct text {
    char *at;
    size_t left; /* bytes, with the final zero */
};

static void put(struct text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void put(struct text *text, const char *format, ...)
{
    LAB_ASSERT(text->left > 0);
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text->at, text->left, format, args);
    va_end(args);
    size_t used = n < 0 ? 0 : (size_t)n;
    used = used < text->left ? used : text->left - 1;
    text->at += used;
    text->left -= used;
}

static bool is_plain(uint8_t c)
{
    return c < 0x80 && isprint(c) && c != '"' && c != '\\';
}

static void put_bytes(struct text *text, struct bytes bytes)
{
    for (size_t i = 0; i < bytes.size; i++) {
        uint8_t c = bytes.data[i];
        if (c == '"' || c == '\\') {
            put(text, "\\%c", c);
        } else {
            put(text, is_plain(c) ? "%c" : "\\x%02x", c);
        }
    }
}

/* Return how many bytes fit into these columns, from the beginning or the
 * end. */
static size_t fitting(struct bytes bytes, size_t columns, bool from_end)
{
    size_t fit = 0, used = 0;
    while (fit < bytes.size) {
        uint8_t c = bytes.data[from_end ? bytes.size - 1 - fit : fit];
        used += is_plain(c) ? 1 : c == '"' || c == '\\' ? 2 : 4;
        if (used > columns) {
            break;
        }
        fit++;
    }
    return fit;
}

/* Print a value. Of a long one the end matters most: texts grow there. */
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
    if (fitting(bytes, WHOLE, false) == bytes.size) {
        put_bytes(text, bytes);
        put(text, "\"");
        return;
    }
    size_t end = fitting(bytes, END, true);
    LAB_ASSERT(end < bytes.size);
    put_bytes(text, bytes_of(bytes.data, fitting(bytes, BEGINNING, false)));
    put(text, "...");
    put_bytes(text, bytes_of(bytes.data + bytes.size - end, end));
    put(text, "\" (%zu bytes)", bytes.size);
}

static void put_response(struct text *text, const struct lin_history *history,
                         const struct lin_op *op)
{
    bool versioned = history->model == &lin_versioned;
    if (op->ret == LIN_OPEN) {
        put(text, " (never returned)");
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

/* between: what to print after the client's number. */
static void put_request(struct text *text, const struct lin_history *history,
                        const struct lin_op *op, const char *between)
{
    enum lin_function function = (enum lin_function)op->function;
    put(text, "client %u%s%s", op->client, between,
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
}

static void put_op(struct text *text, const struct lin_history *history,
                   const struct lin_op *op)
{
    put_request(text, history, op, "  ");
    put_response(text, history, op);
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
    struct diagnosis diagnosis;
};

/* By the caller's function, as line, or as number. */
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

/* "line 31..38" */
static void put_when(const struct page *page, struct text *text,
                     const struct lin_op *op)
{
    put(text, page->time_text || op->line == 0 ? "" : "line ");
    put_time(page, text, op->call, op->line);
    bool one_line = op->line != 0 && op->line == op->ret_line;
    /* In raftlab's own format call and return are in one line. */
    if (page->time_text || !one_line) {
        put(text, "..");
    }
    if (op->ret != LIN_OPEN && (page->time_text || !one_line)) {
        put_time(page, text, op->ret, op->ret_line);
    }
}

/* "line 31..38  client 1  append ..." */
static void print_op(const struct page *page, const struct lin_op *op)
{
    char buffer[OP_BYTES], when[2 * WHEN_BYTES + 8], name[OP_BYTES] = "";
    struct text text = {when, sizeof(when)};
    put_when(page, &text, op);
    text = (struct text){buffer, sizeof(buffer)};
    put_op(&text, page->history, op);
    if (page->diagnosis.has_other_keys) {
        text = (struct text){name, sizeof(name)};
        put(&text, "key ");
        put_value(&text, page->history, op->key);
        put(&text, "  ");
    }
    fprintf(page->to, "    %-14s  %s%s\n", when, name, buffer);
}

static const struct lin_op *op_at(const struct page *page, size_t number)
{
    LAB_ASSERT(number < page->history->count);
    return &page->history->ops[number];
}

/* Print the last operations of the longest linearizable prefix. */
static void print_prefix(const struct page *page)
{
    const struct lin_key_result *key = page->key;
    size_t first = key->prefix_count > SHOWN ? key->prefix_count - SHOWN : 0;
    fprintf(page->to, "  longest linearizable prefix%s (%zu operation%s)",
            key->is_certain ? "" : " found in time", key->prefix_count,
            key->prefix_count == 1 ? "" : "s");
    fprintf(page->to, "%s%s\n", first > 0 ? ", its end" : "",
            key->prefix_count > 0 ? ":" : "");
    for (size_t i = first; i < key->prefix_count; i++) {
        print_op(page, op_at(page, key->prefix[i]));
    }
}

static void print_state(const struct page *page)
{
    char buffer[OP_BYTES];
    struct text text = {buffer, sizeof(buffer)};
    const struct lin_history *history = page->history;
    uint32_t state = page->diagnosis.state;
    if (history->model->split) {
        uint64_t version;
        uint32_t value;
        history->model->split(history->values, state, &version, &value);
        put_value(&text, history, value);
        put(&text, " at version %" PRIu64, version);
    } else {
        put_value(&text, history, state);
    }
    fprintf(page->to, "  %s %s\n",
            page->key->prefix_count > 0 ? "state after it:" : "initial state:",
            buffer);
}

/* ---- Sources of the response ---------------------------------------------*/

static void print_reason(const struct page *page, struct reason reason)
{
    static const char *const texts[] = {
        [REASON_LATER] = "but called after that operation had returned",
        [REASON_OVERWRITTEN] =
            "but overwritten, before that operation was called, by",
        [REASON_FOLLOWED] = "but followed in the prefix by",
        [REASON_LAST] = "but in the prefix the state after it is another",
        [REASON_NOT_PLACED] = "but not in the prefix",
    };
    LAB_ASSERT((reason.by != NULL) == (reason.kind == REASON_OVERWRITTEN ||
                                       reason.kind == REASON_FOLLOWED));
    fprintf(page->to, "      %s", texts[reason.kind]);
    if (reason.by) {
        char buffer[OP_BYTES], when[2 * WHEN_BYTES + 8];
        struct text text = {buffer, sizeof(buffer)};
        put_request(&text, page->history, reason.by, "'s ");
        text = (struct text){when, sizeof(when)};
        put_when(page, &text, reason.by);
        fprintf(page->to, " %s (%s)", buffer, when);
    }
    fputc('\n', page->to);
}

/* Print the operations that match, with reasons if asked. Return how many there
 * are. Only the last ones are printed: earlier ones were mostly overwritten
 * long before. */
static size_t print_last(const struct page *page,
                         bool (*matches)(const struct diagnosis *diagnosis,
                                         const struct lin_op *op),
                         const char *heading, bool with_reasons)
{
    const struct lin_history *history = page->history;
    size_t shown[SHOWN], count = 0;
    for (size_t i = 0; i < history->count; i++) {
        if (matches(&page->diagnosis, &history->ops[i])) {
            shown[count++ % SHOWN] = i;
        }
    }
    if (count > 0) {
        fprintf(page->to, "  %s\n", heading);
    }
    if (count > SHOWN) {
        fprintf(page->to, "    %zu earlier ones, and\n", count - SHOWN);
    }
    LAB_ASSERT(count <= history->count);
    for (size_t i = count > SHOWN ? count - SHOWN : 0; i < count; i++) {
        const struct lin_op *op = op_at(page, shown[i % SHOWN]);
        print_op(page, op);
        if (with_reasons) {
            print_reason(page, diagnosis_reason(&page->diagnosis, op));
        }
    }
    return count;
}

/* Print where the response could come from, and why it does not. */
static void print_sources(const struct page *page)
{
    const struct diagnosis *diagnosis = &page->diagnosis;
    bool is_read = diagnosis->blocked->function == LIN_READ;
    if (!diagnosis->needs_state) {
        return;
    }
    const char *heading = "the state that it expects could come from:";
    if (is_read) {
        heading = page->history->model->may_reach
                      ? "its value could come, in whole or in part, from:"
                      : "its value could come from:";
    }
    size_t count = print_last(page, diagnosis_is_source, heading, true);
    if (diagnosis_initial_is_source(diagnosis)) {
        fprintf(page->to, "  %sthe initial state %s\n",
                count > 0 ? "or from " : "",
                is_read ? "has that value" : "is what it expects");
        print_reason(page, diagnosis_initial_reason(diagnosis));
    } else if (count == 0) {
        fprintf(page->to, "  no operation of the history can produce %s\n",
                is_read ? "that value" : "the state that it expects");
    }
}

static void print_key(const struct page *page)
{
    char buffer[OP_BYTES];
    struct text text = {buffer, sizeof(buffer)};
    const struct lin_op *blocked = page->diagnosis.blocked;
    if (blocked->key != VALUE_EMPTY) {
        put(&text, "key ");
        put_value(&text, page->history, blocked->key);
        put(&text, ": ");
    }
    put(&text, "not linearizable");
    fprintf(page->to, "%s\n  no %s\n", buffer,
            page->key->is_certain
                ? "linearization point exists for"
                : "linearizable prefix includes the return of");
    print_op(page, blocked);
    print_prefix(page);
    print_state(page);
    print_sources(page);
    print_last(page, diagnosis_is_pending, "pending when it returned:", false);
}

/* There is nothing to explain, but other keys may have explanations. */
static void print_unknown(const struct lin_history *history,
                          const struct lin_key_result *key, FILE *to)
{
    char buffer[OP_BYTES];
    struct text text = {buffer, sizeof(buffer)};
    put(&text, "key ");
    put_value(&text, history, values_intern(history->values, key->key));
    put(&text, ": unknown");
    fprintf(to, "%s\n", buffer);
}

void lin_explain(const struct lin_history *history,
                 const struct lin_result *result, lin_time_text time_text,
                 FILE *to)
{
    for (size_t i = 0; i < result->key_count; i++) {
        if (result->keys[i].verdict == LIN_UNKNOWN &&
            result->keys[i].key.size > 0) {
            print_unknown(history, &result->keys[i], to);
        }
        if (result->keys[i].verdict == LIN_NOT_LINEARIZABLE) {
            struct page page = {
                .history = history,
                .key = &result->keys[i],
                .time_text = time_text,
                .to = to,
            };
            diagnosis_init(&page.diagnosis, history, page.key);
            print_key(&page);
            diagnosis_release(&page.diagnosis);
        }
    }
}
