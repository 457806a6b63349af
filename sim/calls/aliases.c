/* aliases.c - second names under which libc exports simulated functions.
 * Layer: sim/calls. Macros of headers, other libraries and old code use them.
 */
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/select.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

int __clock_gettime(clockid_t clock, struct timespec *ts);
int __clock_gettime(clockid_t clock, struct timespec *ts)
{
    return clock_gettime(clock, ts);
}

int __gettimeofday(struct timeval *tv, void *zone);
int __gettimeofday(struct timeval *tv, void *zone)
{
    return gettimeofday(tv, zone);
}

int __nanosleep(const struct timespec *wanted, struct timespec *left);
int __nanosleep(const struct timespec *wanted, struct timespec *left)
{
    return nanosleep(wanted, left);
}

int __poll(struct pollfd *fds, nfds_t count, int timeout_ms);
int __poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    return poll(fds, count, timeout_ms);
}

int __select(int count, fd_set *reads, fd_set *writes, fd_set *others,
             struct timeval *timeout);
int __select(int count, fd_set *reads, fd_set *writes, fd_set *others,
             struct timeval *timeout)
{
    return select(count, reads, writes, others, timeout);
}

int __sched_yield(void);
int __sched_yield(void)
{
    return sched_yield();
}

pid_t __getpid(void);
pid_t __getpid(void)
{
    return getpid();
}

int __pthread_key_create(pthread_key_t *key, void (*destructor)(void *));
int __pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
{
    return pthread_key_create(key, destructor);
}

/* pthread_cleanup_push_defer_np() also defers cancellation, of which there is
 * none. */
void __pthread_register_cancel_defer(__pthread_unwind_buf_t *buffer)
{
    __pthread_register_cancel(buffer);
}

void __pthread_unregister_cancel_restore(__pthread_unwind_buf_t *buffer)
{
    __pthread_unregister_cancel(buffer);
}
