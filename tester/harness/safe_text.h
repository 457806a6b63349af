/* safe_text.h - appends to a text of limited size, async-signal-safe.
 * Layer: tester/harness, internal. No locks, no allocation, no stdio: a verdict
 * is completed in the handler of a fatal signal, too. What does not fit is left
 * out. */
#ifndef TESTER_HARNESS_SAFE_TEXT_H
#define TESTER_HARNESS_SAFE_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct safe_text {
    char *at, *end; /* *at is the final zero; end is past the buffer */
};

/* Append to the text that the buffer holds already ("" for a new one). */
struct safe_text safe_text_in(char *buffer, size_t bytes);

void safe_put(struct safe_text *text, const char *what);

/* Append a name and a decimal number. */
void safe_put_number(struct safe_text *text, const char *name, uint64_t number);

#endif
