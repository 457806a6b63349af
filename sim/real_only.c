/* real_only.c - what stands in for the interposed names where they are left
 * out of the program: in builds for the thread sanitizer.
 * Layer: sim. */
#include "sim/real_mode.h"

#ifdef SIM_THREAD_SANITIZER

#include "base/bytes.h"

void *sim_framework_alloc(size_t size)
{
    return lab_xmalloc(size);
}

/* The mutex of the run is order enough. */
void sim_order_give(void)
{
}
void sim_order_take(void)
{
}

/* The one name that is still needed: a server's threads have to be known as
 * the server's. */
int pthread_create(pthread_t *restrict handle,
                   const pthread_attr_t *restrict attr, void *(*start)(void *),
                   void *restrict argument)
{
    return real_thread_create(handle, attr, start, argument);
}

#endif
