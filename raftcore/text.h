/* text.h - a text that grows.
 * Layer: raftcore. */
#ifndef RAFTCORE_TEXT_H
#define RAFTCORE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "raftcore/bytes.h"

/* All zero: empty. at ends with a zero byte once something was added. */
struct rc_text {
    char *at;
    size_t size, room;
};
void rc_text_release(struct rc_text *text);
void rc_text_clear(struct rc_text *text); /* keeps its memory */

void rc_text_add(struct rc_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void rc_text_add_args(struct rc_text *text, const char *format, va_list args);
void rc_text_add_bytes(struct rc_text *text, const void *bytes, size_t size);

/* The bytes in quotes, as Go's %q writes them. */
void rc_text_add_quoted(struct rc_text *text, struct rc_bytes bytes);

/* "" where nothing was added. */
const char *rc_text_of(const struct rc_text *text);

#endif
