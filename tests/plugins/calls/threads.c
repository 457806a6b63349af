/* threads.c - threads, once, keys, cleanup handlers.
 * Layer: tests. */
#include <limits.h>
#include <sched.h>
#include <setjmp.h>

#include "tests/plugins/calls/calls.h"

static void *sleeps(void *argument)
{
    struct timespec ms = duration((uint64_t)(uintptr_t)argument * MS);
    nanosleep(&ms, NULL);
    return argument;
}

static void *five(void)
{
    return (void *)(uintptr_t)5;
}

static void call_joins(void)
{
    void *result = NULL;
    uint64_t start = now_ns();
    pthread_t thread = started(sleeps, five());
    CHECK(pthread_tryjoin_np(thread, &result) == EBUSY);
    struct timespec until = after(CLOCK_REALTIME, MS);
    CHECK(pthread_timedjoin_np(thread, &result, &until) == ETIMEDOUT);
    CHECK(passed(start, MS));
    until = after(CLOCK_MONOTONIC, MS);
    CHECK(pthread_clockjoin_np(thread, &result, CLOCK_MONOTONIC, &until) ==
          ETIMEDOUT);
    CHECK(passed(start, 2 * MS));
    CHECK(pthread_join(thread, &result) == 0);
    CHECK(result == five() && passed(start, 5 * MS));
}

static int turns, yielded_at;

static void *takes_turns(void *argument)
{
    while (turns < 10) {
        turns++;
        sched_yield();
    }
    return argument;
}

static void call_yields(void)
{
    int __sched_yield(void);
    pthread_t thread = started(takes_turns, NULL);
    while (turns < 10) {
        CHECK(sched_yield() == 0);
        CHECK(__sched_yield() == 0);
        yielded_at++;
    }
    CHECK(yielded_at > 0);
    joined(thread);
}

static int onces;
static uint64_t done_ns = UINT64_MAX;

static void once(void)
{
    struct timespec ms = duration(MS);
    onces++;
    nanosleep(&ms, NULL);
    done_ns = now_ns();
}

static pthread_once_t flag = PTHREAD_ONCE_INIT;

static void *calls_once(void *argument)
{
    CHECK(pthread_once(&flag, once) == 0);
    CHECK(onces == 1 && now_ns() >= done_ns); /* waits for the first */
    return argument;
}

/* A function that ends its thread has not run: the next caller runs it. */
static pthread_once_t left = PTHREAD_ONCE_INIT;
static int left_once;

static void leave_once(void)
{
    if (left_once++ == 0) {
        pthread_exit(NULL);
    }
}

static void *calls_left(void *argument)
{
    CHECK(pthread_once(&left, leave_once) == 0);
    CHECK(left_once == 2);
    return argument;
}

static void *asks_itself(void *argument)
{
    char name[32];
    pthread_attr_t attr;
    size_t size = 0;
    void *low = NULL;
    CHECK(pthread_setname_np(pthread_self(), "named") == 0);
    CHECK(pthread_getname_np(pthread_self(), name, sizeof(name)) == 0);
    CHECK(strcmp(name, "named") == 0);
    CHECK(pthread_getattr_np(pthread_self(), &attr) == 0);
    pthread_attr_getstack(&attr, &low, &size);
    CHECK(pthread_join(pthread_self(), NULL) == EDEADLK);
    CHECK((char *)&attr > (char *)low && (char *)&attr < (char *)low + size);
    pthread_attr_destroy(&attr);
    *(pthread_t *)argument = pthread_self();
    return NULL;
}

static void call_cancellation(void)
{
    int state = -1, type = -1;
    CHECK(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state) == 0);
    CHECK(state == PTHREAD_CANCEL_ENABLE);
    CHECK(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state) == 0);
    CHECK(state == PTHREAD_CANCEL_DISABLE);
    CHECK(pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type) == 0);
    CHECK(type == PTHREAD_CANCEL_DEFERRED);
    CHECK(pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &type) == 0);
    CHECK(type == PTHREAD_CANCEL_ASYNCHRONOUS);
    pthread_testcancel();
}

void call_threads(void)
{
    pthread_t seen, thread = started(asks_itself, &seen);
    CHECK(!(pthread_equal)(thread, pthread_self()));
    joined(thread);
    CHECK((pthread_equal)(thread, seen));
    thread = started(sleeps, five());
    CHECK(pthread_detach(thread) == 0);
    CHECK(pthread_join(thread, NULL) == EINVAL);
    call_joins();
    call_yields();
    pthread_t first = started(calls_once, NULL);
    pthread_t second = started(calls_once, NULL);
    joined(first);
    joined(second);
    first = started(calls_left, NULL); /* ends in it */
    second = started(calls_left, NULL);
    joined(first);
    joined(second);
    call_cancellation();
}

/* ---- Keys ----------------------------------------------------------------*/

static pthread_key_t key;
static void *destroyed;

static void destroy(void *value)
{
    destroyed = value;
}

static void *sets_value(void *argument)
{
    CHECK(pthread_getspecific(key) == NULL);
    CHECK(pthread_setspecific(key, argument) == 0);
    sched_yield();
    CHECK(pthread_getspecific(key) == argument);
    return NULL;
}

void call_keys(void)
{
    int __pthread_key_create(pthread_key_t *, void (*)(void *));
    CHECK(pthread_key_create(&key, destroy) == 0);
    CHECK(pthread_setspecific(key, &key) == 0);
    joined(started(sets_value, five()));
    CHECK(destroyed == five() && pthread_getspecific(key) == &key);
    CHECK(pthread_key_delete(key) == 0);
    CHECK(pthread_setspecific(key, NULL) == EINVAL);
    CHECK(__pthread_key_create(&key, NULL) == 0);
    CHECK(pthread_key_delete(key) == 0);
}

/* ---- Cleanup handlers ----------------------------------------------------*/

static char order[16];

static void note(void *letter)
{
    strcat(order, letter);
}

static void *leaves(void *argument)
{
    pthread_cleanup_push(note, "a");
    pthread_cleanup_push_defer_np(note, "b");
    pthread_cleanup_push(note, "c");
    pthread_cleanup_pop(1);
    sched_yield();
    pthread_exit(argument);
    pthread_cleanup_pop_restore_np(0);
    pthread_cleanup_pop(0);
    return NULL;
}

/* Handlers of both kinds, where there are two, inner ones first. */
static void leaves_from_within(void)
{
    pthread_cleanup_push(note, "h");
    pthread_cleanup_push(note, "g");
    pthread_exit(five());
    pthread_cleanup_pop(0);
    pthread_cleanup_pop(0);
}

static void waits_and_notes(void *letter)
{
    nanosleep(&(struct timespec){0, MS}, NULL);
    note(letter);
}

static void calls_it(void)
{
    pthread_cleanup_push(note, "j");
    with_handler(waits_and_notes, "i", leaves_from_within);
    pthread_cleanup_pop(0);
}

static void *leaves_deep(void *argument)
{
    pthread_cleanup_push(note, "m");
    with_handler(note, "k", calls_it);
    pthread_cleanup_pop(0);
    return argument;
}

static void *leaves_otherwise(void *argument)
{
    sigjmp_buf place;
    pthread_cleanup_push_defer_np(note, "d");
    pthread_cleanup_pop_restore_np(0);
    if (sigsetjmp(place, 0) == 0) {
        sched_yield();
        siglongjmp(place, 1);
    }
    return argument;
}

void call_cleanup(void)
{
    void *result = NULL;
    CHECK(pthread_join(started(leaves, five()), &result) == 0);
    CHECK(result == five() && strcmp(order, "cba") == 0);
    joined(started(leaves_otherwise, NULL));
    CHECK(strcmp(order, "cba") == 0);
    CHECK(pthread_join(started(leaves_deep, NULL), &result) == 0);
    CHECK(result == five() && strcmp(order, "cbaghijkm") == 0);
}
