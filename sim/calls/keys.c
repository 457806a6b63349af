/* keys.c - pthread_key_create and kin.
 * Layer: sim. Keys made outside of runs are libc's own: sanitizers and
 * libraries use them, also during runs. Simulated keys count from KEY_FIRST. */
#include <errno.h>
#include <pthread.h>

#include "sim/keys.h"
#include "sim/real/libc.h"
#include "sim/sched.h"

#define KEY_FIRST 0x10000u /* above all of libc's */

static bool is_simulated(pthread_key_t number)
{
    return sched.active && number >= KEY_FIRST;
}

int pthread_key_create(pthread_key_t *number, void (*destructor)(void *))
{
    if (!sched.active) {
        return REAL(pthread_key_create)(number, destructor);
    }
    /* Constructors of libraries make keys at load: those are libc's. */
    int key = keys_new(destructor);
    if (key < 0) {
        return EAGAIN;
    }
    *number = KEY_FIRST + (unsigned)key;
    return 0;
}

int pthread_key_delete(pthread_key_t number)
{
    if (!is_simulated(number)) {
        return REAL(pthread_key_delete)(number);
    }
    return keys_delete(number - KEY_FIRST) ? 0 : EINVAL;
}

void *pthread_getspecific(pthread_key_t number)
{
    return is_simulated(number) ? keys_get(number - KEY_FIRST)
                                : REAL(pthread_getspecific)(number);
}

int pthread_setspecific(pthread_key_t number, const void *value)
{
    if (!is_simulated(number)) {
        return REAL(pthread_setspecific)(number, value);
    }
    void *kept = (void *)(uintptr_t)value; /* the key gives it back so */
    return keys_set(number - KEY_FIRST, kept) ? 0 : EINVAL;
}
