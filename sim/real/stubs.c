/* stubs.c - what a build for the thread sanitizer has in place of the
 * simulation. Layer: sim; real runs. The sanitizer interposes the names that
 * the simulation would, so that is left out of the program. */
#include "sim/real/mode.h"

#ifdef SIM_THREAD_SANITIZER

#include "base/bytes.h"

/* The first report ends the process, unless TSAN_OPTIONS says otherwise. */
const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "halt_on_error=1 exitcode=66 atexit_sleep_ms=0";
}

void *sim_framework_alloc(size_t size)
{
    return lab_xmalloc(size);
}

/* The mutex of the run orders enough, as the sanitizer sees. */
void sim_order_give(void)
{
}
void sim_order_take(void)
{
}

void sim_node_set_clock(struct sim_node *node, uint32_t numerator,
                        uint32_t denominator)
{
    (void)node, (void)numerator, (void)denominator;
    real_refuse("setting a server's clock");
}
void sim_node_step_clock(struct sim_node *node, int64_t by)
{
    (void)node, (void)by;
    real_refuse("setting a server's clock");
}

/* The one name that is still interposed: a thread that a server starts must be
 * counted as the server's. */
int pthread_create(pthread_t *restrict handle,
                   const pthread_attr_t *restrict attr, void *(*start)(void *),
                   void *restrict argument)
{
    return real_thread_create(handle, attr, start, argument);
}

#endif
