/* text.h - a text that grows.
 * Layer: raftcore. */
#ifndef RAFTCORE_TEXT_H
#define RAFTCORE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "raftcore/bytes.h"

/* All zero: empty. Once something was added, at ends with a zero byte, which
 * size does not count. */
struct rc_text {
    char *at; /* owned */
    size_t size, room;
};

/* Empty the text and free its memory, or keep that. */
void rc_text_release(struct rc_text *text);
void rc_text_clear(struct rc_text *text);

void rc_text_add(struct rc_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void rc_text_add_args(struct rc_text *text, const char *format, va_list args);
void rc_text_add_bytes(struct rc_text *text, const void *bytes, size_t size);

/* Add the bytes in quotes, as Go's %q. */
void rc_text_add_quoted(struct rc_text *text, struct rc_bytes bytes);

/* Return the text as a string, borrowed; "" if nothing was added. */
const char *rc_text_of(const struct rc_text *text);

#endif
