/* c11.c - <threads.h>.
 * Layer: tests. */
#include <threads.h>

#include "tests/plugins/calls/calls.h"

static mtx_t mu;
static cnd_t changed;
static tss_t key;
static int state, destroyed;
static thrd_t seen;

static int leaves(void *argument)
{
    seen = thrd_current();
    CHECK(tss_get(key) == NULL);
    CHECK(tss_set(key, argument) == thrd_success);
    CHECK(tss_get(key) == argument);
    thrd_yield();
    thrd_exit(7);
}

static void destroy(void *value)
{
    destroyed = *(int *)value;
}

static int holds(void *argument)
{
    struct timespec ms3 = duration(3 * MS);
    (void)argument;
    CHECK(mtx_lock(&mu) == thrd_success);
    state = 1;
    CHECK(thrd_sleep(&ms3, NULL) == 0);
    state = 2;
    CHECK(cnd_signal(&changed) == thrd_success);
    CHECK(cnd_broadcast(&changed) == thrd_success);
    CHECK(mtx_unlock(&mu) == thrd_success);
    return 0;
}

static void call_mtx(void)
{
    thrd_t thread;
    CHECK(mtx_init(&mu, mtx_timed) == thrd_success);
    CHECK(cnd_init(&changed) == thrd_success);
    CHECK(thrd_create(&thread, holds, NULL) == thrd_success);
    while (state == 0) {
        thrd_yield();
    }
    uint64_t start = now_ns();
    struct timespec until = after(CLOCK_REALTIME, MS);
    CHECK(mtx_trylock(&mu) == thrd_busy);
    CHECK(mtx_timedlock(&mu, &until) == thrd_timedout && passed(start, MS));
    CHECK(mtx_lock(&mu) == thrd_success && state == 2);
    start = now_ns();
    until = after(CLOCK_REALTIME, MS);
    CHECK(cnd_timedwait(&changed, &mu, &until) == thrd_timedout);
    CHECK(passed(start, MS));
    CHECK(mtx_unlock(&mu) == thrd_success);
    CHECK(thrd_join(thread, NULL) == thrd_success);
    state = 0;
    CHECK(mtx_lock(&mu) == thrd_success);
    CHECK(thrd_create(&thread, holds, NULL) == thrd_success);
    while (state != 2) {
        CHECK(cnd_wait(&changed, &mu) == thrd_success);
    }
    CHECK(mtx_unlock(&mu) == thrd_success);
    CHECK(thrd_join(thread, NULL) == thrd_success);
    cnd_destroy(&changed);
    mtx_destroy(&mu);
}

static int onces;

static void once(void)
{
    onces++;
}

void call_c11(void)
{
    static once_flag flag = ONCE_FLAG_INIT;
    thrd_t thread;
    int result = 0, value = 9;
    CHECK(tss_create(&key, destroy) == thrd_success);
    CHECK(thrd_create(&thread, leaves, &value) == thrd_success);
    CHECK(!thrd_equal(thread, thrd_current()));
    CHECK(thrd_join(thread, &result) == thrd_success && result == 7);
    CHECK(thrd_equal(thread, seen) && destroyed == 9);
    tss_delete(key);
    CHECK(thrd_create(&thread, holds, NULL) == thrd_success);
    CHECK(thrd_detach(thread) == thrd_success);
    CHECK(thrd_join(thread, NULL) == thrd_error);
    struct timespec ms9 = duration(9 * MS);
    thrd_sleep(&ms9, NULL);
    memset(&mu, 0, sizeof(mu));
    memset(&changed, 0, sizeof(changed));
    state = 0;
    call_mtx();
    call_once(&flag, once);
    call_once(&flag, once);
    CHECK(onces == 1);
}
