/* c11.c - <threads.h>: the pthread functions under other names.
 * Layer: sim/calls. In libc, too, the types are those of pthreads, and outside
 * of runs the pthread functions pass through: so both can be mixed. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

#include "base/bytes.h"
#include "sim/image/symbols.h"
#include "sim/threads.h"

static int thrd_result(int error)
{
    switch (error) {
    case 0:
        return thrd_success;
    case EBUSY:
        return thrd_busy;
    case ETIMEDOUT:
        return thrd_timedout;
    case ENOMEM:
        return thrd_nomem;
    default:
        return thrd_error;
    }
}

/* ---- Threads -------------------------------------------------------------*/

struct start {
    thrd_start_t function;
    void *argument;
};

static void *run(void *argument)
{
    struct start start = *(struct start *)argument;
    free(argument);
    return (void *)(intptr_t)start.function(start.argument);
}

int thrd_create(thrd_t *thread, thrd_start_t function, void *argument)
{
    struct start *start = lab_xmalloc(sizeof(*start));
    *start = (struct start){function, argument};
    int error = pthread_create(thread, NULL, run, start);
    if (error) {
        free(start); /* else run() does */
    } else if (sched.active) {
        char name[16];
        symbols_name((const void *)function, name, sizeof(name));
        pthread_setname_np(*thread, name);
    }
    return thrd_result(error);
}

int thrd_join(thrd_t thread, int *result)
{
    void *value;
    int error = pthread_join(thread, &value);
    if (!error && result) {
        *result = (int)(intptr_t)value;
    }
    return thrd_result(error);
}

int thrd_detach(thrd_t thread)
{
    return thrd_result(pthread_detach(thread));
}

thrd_t thrd_current(void)
{
    return pthread_self();
}

int thrd_equal(thrd_t a, thrd_t b)
{
    return a == b;
}

void thrd_exit(int result)
{
    pthread_exit((void *)(intptr_t)result);
}

void thrd_yield(void)
{
    sched_yield();
}

int thrd_sleep(const struct timespec *duration, struct timespec *left)
{
    return nanosleep(duration, left) == 0 ? 0 : errno == EINTR ? -1 : -2;
}

/* ---- Mutexes -------------------------------------------------------------*/

static pthread_mutex_t *mutex_of(mtx_t *mutex)
{
    return (pthread_mutex_t *)(void *)mutex;
}

int mtx_init(mtx_t *mutex, int type)
{
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    if (type & mtx_recursive) {
        pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
    }
    int error = pthread_mutex_init(mutex_of(mutex), &attr);
    pthread_mutexattr_destroy(&attr);
    return thrd_result(error);
}

void mtx_destroy(mtx_t *mutex)
{
    pthread_mutex_destroy(mutex_of(mutex));
}

int mtx_lock(mtx_t *mutex)
{
    return thrd_result(pthread_mutex_lock(mutex_of(mutex)));
}

int mtx_trylock(mtx_t *mutex)
{
    return thrd_result(pthread_mutex_trylock(mutex_of(mutex)));
}

int mtx_timedlock(mtx_t *restrict mutex, const struct timespec *restrict until)
{
    return thrd_result(pthread_mutex_timedlock(mutex_of(mutex), until));
}

int mtx_unlock(mtx_t *mutex)
{
    return thrd_result(pthread_mutex_unlock(mutex_of(mutex)));
}

/* ---- Condition variables -------------------------------------------------*/

static pthread_cond_t *cond_of(cnd_t *cond)
{
    return (pthread_cond_t *)(void *)cond;
}

int cnd_init(cnd_t *cond)
{
    return thrd_result(pthread_cond_init(cond_of(cond), NULL));
}

void cnd_destroy(cnd_t *cond)
{
    pthread_cond_destroy(cond_of(cond));
}

int cnd_wait(cnd_t *cond, mtx_t *mutex)
{
    return thrd_result(pthread_cond_wait(cond_of(cond), mutex_of(mutex)));
}

int cnd_timedwait(cnd_t *restrict cond, mtx_t *restrict mutex,
                  const struct timespec *restrict until)
{
    return thrd_result(
        pthread_cond_timedwait(cond_of(cond), mutex_of(mutex), until));
}

int cnd_signal(cnd_t *cond)
{
    return thrd_result(pthread_cond_signal(cond_of(cond)));
}

int cnd_broadcast(cnd_t *cond)
{
    return thrd_result(pthread_cond_broadcast(cond_of(cond)));
}

/* ---- Keys, once ----------------------------------------------------------*/

int tss_create(tss_t *key, tss_dtor_t destructor)
{
    return thrd_result(pthread_key_create(key, destructor));
}

void tss_delete(tss_t key)
{
    pthread_key_delete(key);
}

void *tss_get(tss_t key)
{
    return pthread_getspecific(key);
}

int tss_set(tss_t key, void *value)
{
    return thrd_result(pthread_setspecific(key, value));
}

void call_once(once_flag *flag, void (*function)(void))
{
    pthread_once((pthread_once_t *)(void *)flag, function);
}
