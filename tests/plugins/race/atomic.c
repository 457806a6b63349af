/* atomic.c - plain accesses ordered by C11 atomics, or not.
 * Layer: tests; what students could write. Mostly somebody writes s.data and
 * says so in s.flag, and somebody else awaits the flag and reads. */
#include "tests/plugins/race/litmus.h"

#define PUBLISH(name, order)                                                   \
    static void publish_##name(void)                                           \
    {                                                                          \
        s.data = 1;                                                            \
        atomic_store_explicit(&s.flag, 1, order);                              \
    }
#define AWAIT(name, order)                                                     \
    static void await_##name(void)                                             \
    {                                                                          \
        while (atomic_load_explicit(&s.flag, order) == 0) {                    \
            sched_yield();                                                     \
        }                                                                      \
        sink = s.data;                                                         \
    }

PUBLISH(release, memory_order_release)
PUBLISH(relaxed, memory_order_relaxed)
PUBLISH(seq_cst, memory_order_seq_cst)
AWAIT(acquire, memory_order_acquire)
AWAIT(relaxed, memory_order_relaxed)
AWAIT(seq_cst, memory_order_seq_cst)

static void publish_fenced(void)
{
    s.data = 1;
    atomic_thread_fence(memory_order_release);
    atomic_store_explicit(&s.flag, 1, memory_order_relaxed);
}

static void fence_too_early(void)
{
    atomic_thread_fence(memory_order_release);
    s.data = 1;
    atomic_store_explicit(&s.flag, 1, memory_order_relaxed);
}

static void await_fenced(void)
{
    while (atomic_load_explicit(&s.flag, memory_order_relaxed) == 0) {
        sched_yield();
    }
    atomic_thread_fence(memory_order_acquire);
    sink = s.data;
}

static void await_signal_fence(void)
{
    while (atomic_load_explicit(&s.flag, memory_order_relaxed) == 0) {
        sched_yield();
    }
    atomic_signal_fence(memory_order_acquire);
    sink = s.data;
}

/* The flag goes 0 -> 1 (release), then 2 by somebody else; 2 is awaited. */
static void await_two(void)
{
    while (atomic_load_explicit(&s.flag, memory_order_acquire) < 2) {
        sched_yield();
    }
    sink = s.data;
}

static void pass_on_changed(void)
{
    while (atomic_load_explicit(&s.flag, memory_order_relaxed) != 1) {
        sched_yield();
    }
    atomic_fetch_add_explicit(&s.flag, 1, memory_order_relaxed);
}

static void pass_on_stored(void)
{
    while (atomic_load_explicit(&s.flag, memory_order_relaxed) != 1) {
        sched_yield();
    }
    atomic_store_explicit(&s.flag, 2, memory_order_relaxed);
}

/* The plain write of s.data is long ago when others access it atomically. */
static void store_atomically(void)
{
    while (atomic_load_explicit(&s.flag, memory_order_acquire) == 0) {
        sched_yield();
    }
    atomic_store_explicit((_Atomic int *)&s.data, 2, memory_order_relaxed);
    atomic_store_explicit(&s.other, 1, memory_order_relaxed);
}

static void load_atomically(void)
{
    while (atomic_load_explicit(&s.other, memory_order_relaxed) == 0) {
        sched_yield();
    }
    sink = atomic_load_explicit((_Atomic int *)&s.data, memory_order_relaxed);
}

static void publish_same_thread(void)
{
    s.data = 1;
    atomic_store_explicit(&s.flag, 1, memory_order_release);
    atomic_store_explicit(&s.flag, 2, memory_order_relaxed);
}

static void await_exchange(void)
{
    int expected = 1;
    while (!atomic_compare_exchange_weak_explicit(
        &s.flag, &expected, 5, memory_order_acquire, memory_order_relaxed)) {
        expected = 1;
        sched_yield();
    }
    sink = s.data;
}

/* It fails as soon as the flag is 1: the second order counts then. */
static void await_failure(void)
{
    int expected = 0;
    while (atomic_compare_exchange_strong_explicit(
        &s.flag, &expected, 0, memory_order_acquire, memory_order_acquire)) {
        sched_yield();
    }
    sink = s.data;
}

static void await_failure_relaxed(void)
{
    int expected = 0;
    while (atomic_compare_exchange_strong_explicit(
        &s.flag, &expected, 0, memory_order_acquire, memory_order_relaxed)) {
        sched_yield();
    }
    sink = s.data;
}

static void count_up(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        atomic_fetch_add_explicit(&s.count, 1, memory_order_relaxed);
    }
}

static void count_plainly(void)
{
    (*(uint_fast64_t *)(void *)&s.count)++;
}

static void lock_by_exchange(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        while (atomic_exchange_explicit(&s.other, 1, memory_order_acquire)) {
            sched_yield();
        }
        s.data++;
        atomic_store_explicit(&s.other, 0, memory_order_release);
    }
}

static void publish_volatile(void)
{
    s.data = 1;
    s.volatile_flag = 1;
}

static void await_volatile(void)
{
    while (s.volatile_flag == 0) {
        sched_yield();
    }
    sink = s.data;
}

/* ---- Sixteen bytes -------------------------------------------------------*/

__extension__ typedef unsigned __int128 wide;

static wide wide_flag;

static void forget_wide(void)
{
    __atomic_store_n(&wide_flag, 0, __ATOMIC_RELAXED);
}

static void publish_wide(void)
{
    forget_wide();
    s.data = 1;
    atomic_store_explicit(&s.flag, 1, memory_order_relaxed);
    wide none = 0, high = (wide)1 << 100;
    while (!__atomic_compare_exchange_n(&wide_flag, &none, high, false,
                                        __ATOMIC_RELEASE, __ATOMIC_RELAXED)) {
        none = 0;
    }
    __atomic_fetch_add(&wide_flag, high - 1, __ATOMIC_RELEASE);
}

static void publish_wide_relaxed(void)
{
    forget_wide();
    s.data = 1;
    atomic_store_explicit(&s.flag, 1, memory_order_relaxed);
    __atomic_store_n(&wide_flag, ((wide)1 << 101) - 1, __ATOMIC_RELAXED);
}

static void await_wide(void)
{
    while (atomic_load_explicit(&s.flag, memory_order_relaxed) == 0 ||
           __atomic_load_n(&wide_flag, __ATOMIC_ACQUIRE) !=
               ((wide)1 << 101) - 1) {
        sched_yield();
    }
    sink = s.data;
}

static void add_wide(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        __atomic_fetch_add(&wide_flag, (wide)1 << 64, __ATOMIC_RELAXED);
        __atomic_fetch_xor(&wide_flag, 1, __ATOMIC_RELAXED);
    }
}

static void add_wide_plainly(void)
{
    wide_flag += 1;
}

PARTS(wide_published, publish_wide, await_wide)
PARTS(wide_published_relaxed, publish_wide_relaxed, await_wide)
PARTS(wide_counter, add_wide, add_wide)
PARTS(wide_plain_once, add_wide, add_wide_plainly)

PARTS(release_acquire, publish_release, await_acquire)
PARTS(release_relaxed, publish_release, await_relaxed)
PARTS(relaxed_acquire, publish_relaxed, await_acquire)
PARTS(relaxed_relaxed, publish_relaxed, await_relaxed)
PARTS(seq_cst_both, publish_seq_cst, await_seq_cst)
PARTS(fences, publish_fenced, await_fenced)
PARTS(fence_and_acquire, publish_fenced, await_acquire)
PARTS(release_and_fence, publish_release, await_fenced)
PARTS(fence_before_write, fence_too_early, await_fenced)
PARTS(one_fence, publish_fenced, await_relaxed)
PARTS(signal_fence, publish_release, await_signal_fence)
PARTS(sequence_by_change, publish_release, pass_on_changed, await_two)
PARTS(sequence_broken, publish_release, pass_on_stored, await_two)
PARTS(plain_and_atomic, publish_release, store_atomically, load_atomically)
PARTS(sequence_of_one_thread, publish_same_thread, await_two)
PARTS(exchanged, publish_release, await_exchange)
PARTS(failed_exchange, publish_release, await_failure)
PARTS(failed_exchange_relaxed, publish_release, await_failure_relaxed)
PARTS(counter, count_up, count_up)
PARTS(counter_plain_once, count_up, count_plainly)
PARTS(lock_of_ones_own, lock_by_exchange, lock_by_exchange)
PARTS(volatile_is_no_order, publish_volatile, await_volatile)

/* ---- The list ------------------------------------------------------------*/

const struct litmus litmus_list[] = {
    FINE(release_acquire),
    FINE(seq_cst_both),
    FINE(fences),
    FINE(fence_and_acquire),
    FINE(release_and_fence),
    FINE(sequence_by_change),
    FINE(sequence_of_one_thread),
    FINE(exchanged),
    FINE(failed_exchange),
    FINE(counter),
    FINE(lock_of_ones_own),
    FINE(wide_published),
    FINE(wide_counter),
    RACES(release_relaxed),
    RACES(relaxed_acquire),
    RACES(relaxed_relaxed),
    RACES(fence_before_write),
    RACES(one_fence),
    RACES(signal_fence),
    RACES(sequence_broken),
    RACES(plain_and_atomic),
    RACES(failed_exchange_relaxed),
    RACES(counter_plain_once),
    RACES(volatile_is_no_order),
    RACES(wide_published_relaxed),
    RACES(wide_plain_once),
    {NULL, NULL, false},
};
