/* write.c - histories as JSON, one operation per line.
 * Layer: lincheck. Without a JSON library: the same bytes for the same history,
 * and as fast as the disk. Withdrawn operations are left out. */
#include <inttypes.h>
#include <string.h>

#include "base/assert.h"
#include "lincheck/history.h"
#include "lincheck/read.h"
#include "lincheck/reader.h"

/* ---- Bytes ---------------------------------------------------------------*/

/* Return the size in bytes of the UTF-8 character at data; 0: invalid. */
static size_t character_size(const uint8_t *data, size_t size)
{
    LAB_ASSERT(size > 0);
    uint8_t first = data[0];
    if (first < 0x80) {
        return 1;
    }
    size_t need = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (first < 0xc2 || first > 0xf4 || size < need) {
        return 0;
    }
    for (size_t i = 1; i < need; i++) {
        if ((data[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    /* Overlong, half of a surrogate pair, or above U+10FFFF. */
    bool is_wrong = (first == 0xe0 && data[1] < 0xa0) ||
                    (first == 0xed && data[1] > 0x9f) ||
                    (first == 0xf0 && data[1] < 0x90) ||
                    (first == 0xf4 && data[1] > 0x8f);
    return is_wrong ? 0 : need;
}

static bool is_utf8(struct bytes text)
{
    size_t at = 0;
    while (at < text.size) {
        size_t size = character_size(text.data + at, text.size - at);
        if (size == 0) {
            return false;
        }
        at += size;
    }
    return true;
}

static void write_hex(struct bytes bytes, FILE *to)
{
    static const char digits[] = "0123456789abcdef";
    fputs("{\"hex\": \"", to);
    for (size_t i = 0; i < bytes.size; i++) {
        putc(digits[bytes.data[i] >> 4], to);
        putc(digits[bytes.data[i] & 15], to);
    }
    fputs("\"}", to);
}

static bool needs_escape(uint8_t c)
{
    return c < ' ' || c == '"' || c == '\\' || c == 0x7f;
}

static void write_text(struct bytes text, FILE *to)
{
    putc('"', to);
    for (size_t i = 0, next; i < text.size; i = next) {
        for (next = i; next < text.size && !needs_escape(text.data[next]);) {
            next++;
        }
        fwrite(text.data + i, 1, next - i, to);
        if (next == text.size) {
            break;
        }
        uint8_t c = text.data[next++];
        if (c == '"' || c == '\\') {
            fprintf(to, "\\%c", c);
        } else if (c == '\n') {
            fputs("\\n", to);
        } else {
            fprintf(to, "\\u%04x", c);
        }
    }
    putc('"', to);
}

static void write_value(struct values *values, const char *name,
                        uint32_t number, FILE *to)
{
    fprintf(to, ", \"%s\": ", name);
    if (number == VALUE_NIL) {
        fputs("null", to);
        return;
    }
    struct bytes bytes = values_bytes(values, number);
    if (is_utf8(bytes)) {
        write_text(bytes, to);
    } else {
        write_hex(bytes, to);
    }
}

/* ---- Operations ----------------------------------------------------------*/

/* Many JSON parsers do not read integers above INT64_MAX. */
static void write_version(uint64_t version, FILE *to)
{
    const char *quote = version > INT64_MAX ? "\"" : "";
    fprintf(to, ", \"version\": %s%" PRIu64 "%s", quote, version, quote);
}

static void write_op(const struct lin_history *history, const struct lin_op *op,
                     FILE *to)
{
    static const char *const outcomes[] = {
        [LIN_MISMATCH] = "mismatch",
        [LIN_MAYBE] = "maybe",
    };
    struct values *values = history->values;
    bool is_open = op->ret == LIN_OPEN;
    fprintf(to, "{\"client\": %" PRIu32 ", \"call\": %" PRId64, op->client,
            op->call);
    if (!is_open) {
        fprintf(to, ", \"return\": %" PRId64, op->ret);
    }
    fprintf(to, ", \"f\": \"%s\"", function_name(history->model, op->function));
    if (history->model != &lin_register || op->key != VALUE_EMPTY) {
        write_value(values, "key", op->key, to);
    }
    if (op->function == LIN_CAS) {
        write_value(values, "expected", op->expected, to);
    }
    if (op->function != LIN_READ || !is_open) {
        write_value(values, "value", op->value, to);
        if (history->model == &lin_versioned) {
            write_version(op->version, to);
        }
    }
    if (!is_open && op->outcome != LIN_OK &&
        function_has_outcomes(history->model, op->function)) {
        fprintf(to, ", \"outcome\": \"%s\"", outcomes[op->outcome]);
    }
    fputs("}\n", to);
}

bool lin_write(const struct lin_history *history, FILE *to)
{
    fprintf(to,
            "{\"history\": \"raftlab\", \"version\": 1, \"model\": "
            "\"%s\"}\n",
            lin_model_name(history->model));
    for (size_t i = 0; i < history->count && !ferror(to); i++) {
        if (!history->ops[i].withdrawn) {
            write_op(history, &history->ops[i], to);
        }
    }
    /* After an error, flushing the rest of the buffer would fail as well. */
    return !ferror(to) && fflush(to) == 0;
}
