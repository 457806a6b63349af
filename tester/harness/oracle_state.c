/* oracle_state.c - what all parts of the oracle need.
 * Layer: tester/harness. See oracle_state.h. */
#include "tester/harness/oracle_state.h"

#include <stdarg.h>
#include <stdio.h>

void oracle_complain(struct oracle *oracle, const char *rule,
                     const char *format, ...)
{
    char sentence[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);
    oracle->broken(oracle->context, rule, sentence);
}

void *oracle_grow(void *array, size_t count, size_t *room, size_t element)
{
    if (count < *room) {
        return array;
    }
    *room = *room ? 2 * *room : 64;
    return lab_xrealloc(array, *room * element);
}
