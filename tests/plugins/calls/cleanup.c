/* cleanup.c - cleanup handlers as they are pushed without -fexceptions, also
 * where that is given.
 * Layer: tests. */
#undef __EXCEPTIONS
#include "tests/plugins/calls/calls.h"

void with_handler(void (*handler)(void *), void *argument, void (*fn)(void))
{
    pthread_cleanup_push(handler, argument);
    fn();
    pthread_cleanup_pop(0);
}
