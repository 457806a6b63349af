/* fatal.c - broken invariants.
 * Layer: raftcore. */
#include "raftcore/fatal.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/assert.h"

static void (*fatal_hook)(const char *text);

void rc_set_fatal_hook(void (*hook)(const char *text))
{
    fatal_hook = hook;
}

void rc_fatal(const char *format, ...)
{
    char text[512]; /* no allocation: memory may be what is wrong */
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (fatal_hook) {
        fatal_hook(text);
    }
    LAB_BUG("%s", text);
}
