/* text.h - a text that grows.
 * Layer: raftcore. */
#ifndef RAFTCORE_TEXT_H
#define RAFTCORE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/* All zero: empty. at ends with a zero byte once something was added. */
struct text {
    char *at;
    size_t size, room;
};
void text_release(struct text *text);
void text_clear(struct text *text); /* keeps its memory */

void text_add(struct text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void text_add_args(struct text *text, const char *format, va_list args);
void text_add_bytes(struct text *text, const void *bytes, size_t size);

/* The bytes in quotes, as Go's %q writes them. */
void text_add_quoted(struct text *text, struct bytes bytes);

/* "" where nothing was added. */
const char *text_of(const struct text *text);

#endif
