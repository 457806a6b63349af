/* safe_text.c - appends to a text of limited size, async-signal-safe.
 * Layer: tester/harness. See safe_text.h. */
#include "tester/harness/safe_text.h"

#include <string.h>

struct safe_text safe_text_in(char *buffer, size_t bytes)
{
    /* The code under test may have overwritten the final zero. */
    size_t used = strnlen(buffer, bytes - 1);
    return (struct safe_text){buffer + used, buffer + bytes};
}

void safe_put(struct safe_text *text, const char *what)
{
    while (*what != '\0' && text->at + 1 < text->end) {
        *text->at++ = *what++;
    }
    *text->at = '\0';
}

void safe_put_number(struct safe_text *text, const char *name, uint64_t number)
{
    char digits[24];
    size_t at = sizeof(digits) - 1;
    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    safe_put(text, name);
    safe_put(text, &digits[at]);
}
