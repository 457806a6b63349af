/* atomic.c - C11 atomics of code compiled with -fsanitize=thread.
 * Layer: sim; part of the race detector. Exported to plug-ins. The operation
 * itself is always executed, whether the detector is on or off.
 *
 * Order is that of C11, 5.1.2.4 and 7.17.3. A release store heads a release
 * sequence, which later stores of the same thread and read-modify-writes of
 * any thread continue; an acquire load that reads from it is ordered after the
 * store. Relaxed operations order by fences only. Two atomic accesses never
 * race; an atomic and a plain one can. */
#include <stdatomic.h>
#include <stdint.h>

#include "base/assert.h"
#include "sim/race/memory.h"
#include "sim/sanitizer.h"

#ifndef SIM_THREAD_SANITIZER

#define CALLER __builtin_return_address(0)

static bool acquires(int order)
{
    order &= 7; /* the other bits are hints for hardware lock elision */
    return order == __ATOMIC_ACQUIRE || order == __ATOMIC_CONSUME ||
           order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST;
}

static bool releases(int order)
{
    order &= 7;
    return order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL ||
           order == __ATOMIC_SEQ_CST;
}

/* A relaxed load acquires only at a later acquire fence: keep what it saw. */
static void load_from(struct race_thread *me, const struct race_sync *sync,
                      int order)
{
    race_clock_join(acquires(order) ? &me->clock : &me->seen, &sync->clock);
}

/* A relaxed store releases what the thread's last release fence did. */
static void store_to(struct race_thread *me, struct race_sync *sync, int order)
{
    race_clock_join(&sync->clock, releases(order) ? &me->clock : &me->fenced);
    if (releases(order)) {
        race_tick(me);
    }
}

static void order_load(const volatile void *at, int order)
{
    struct race_thread *me = race_me();
    if (me) {
        load_from(me, race_sync_of(me, (const void *)at), order);
    }
}

static void order_store(volatile void *at, int order)
{
    struct race_thread *me = race_me();
    if (!me) {
        return;
    }
    struct race_sync *sync = race_sync_of(me, (void *)at);
    LAB_ASSERT(sync->head <= RACE_SLOTS_MAX);
    bool head = releases(order) || me->fenced.count > 0;
    if (sync->head != me->slot + 1) {
        /* A store by another thread ends the release sequence. */
        sync->clock.count = 0;
    }
    if (head) {
        sync->head = me->slot + 1;
    } else if (sync->head != me->slot + 1) {
        sync->head = 0;
    }
    store_to(me, sync, order);
}

/* A read-modify-write continues the release sequence, whoever heads it. */
static void order_change(volatile void *at, int order)
{
    struct race_thread *me = race_me();
    if (me) {
        struct race_sync *sync = race_sync_of(me, (void *)at);
        load_from(me, sync, order);
        store_to(me, sync, order);
    }
}

/* ---- Fences --------------------------------------------------------------*/

void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_thread_fence(int order)
{
    struct race_thread *me = race_me();
    if (me && acquires(order)) {
        race_clock_join(&me->clock, &me->seen);
    }
    if (me && releases(order)) {
        race_clock_copy(&me->fenced, &me->clock);
        race_tick(me);
    }
    __atomic_thread_fence(__ATOMIC_SEQ_CST); /* outside of a simulation */
}

/* Orders a thread and its own signal handlers only. */
void __tsan_atomic_signal_fence(int order);
void __tsan_atomic_signal_fence(int order)
{
    (void)order;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

/* ---- Operations ----------------------------------------------------------*/

#define READS  RACE_ATOMIC
#define WRITES ((enum race_kind)(RACE_ATOMIC | RACE_WRITE))

static void check(const volatile void *at, size_t size, enum race_kind kind,
                  const void *pc)
{
    race_access((const void *)at, size, kind, pc);
}

/* For 16 bytes not every compiler uses an instruction of the processor. On one
 * OS thread plain code would do, but instrumented code also runs outside of a
 * simulation, on real threads: a spin lock guards it. */
__extension__ typedef unsigned __int128 wide;

static atomic_flag wide_locked = ATOMIC_FLAG_INIT;

static void wide_lock(void)
{
    while (atomic_flag_test_and_set(&wide_locked)) {
    }
}

static void wide_unlock(void)
{
    atomic_flag_clear(&wide_locked);
}

static wide wide_load_n(const volatile wide *at, int order)
{
    (void)order;
    wide_lock();
    wide value = *at;
    wide_unlock();
    return value;
}

#define WIDE_CHANGE(name, result)                                              \
    static wide wide_##name(volatile wide *at, wide value, int order)          \
    {                                                                          \
        (void)order;                                                           \
        wide_lock();                                                           \
        wide old = *at;                                                        \
        *at = (result);                                                        \
        wide_unlock();                                                         \
        return old;                                                            \
    }

WIDE_CHANGE(exchange_n, value)
WIDE_CHANGE(fetch_add, old + value)
WIDE_CHANGE(fetch_sub, old - value)
WIDE_CHANGE(fetch_and, old &value)
WIDE_CHANGE(fetch_or, old | value)
WIDE_CHANGE(fetch_xor, old ^ value)
WIDE_CHANGE(fetch_nand, ~(old &value))

static void wide_store_n(volatile wide *at, wide value, int order)
{
    wide_exchange_n(at, value, order);
}

static bool wide_compare_exchange_n(volatile wide *at, wide *expected,
                                    wide value, bool weak, int order,
                                    int failed)
{
    (void)weak, (void)order, (void)failed;
    wide_lock();
    wide old = *at;
    bool done = old == *expected;
    *at = done ? value : old;
    wide_unlock();
    *expected = old;
    return done;
}

#define LOAD_AND_STORE(bits, type, real)                                       \
    type __tsan_atomic##bits##_load(const volatile type *at, int order);       \
    type __tsan_atomic##bits##_load(const volatile type *at, int order)        \
    {                                                                          \
        check(at, sizeof(*at), READS, CALLER);                                 \
        order_load(at, order);                                                 \
        return real##load_n(at, __ATOMIC_SEQ_CST);                             \
    }                                                                          \
    void __tsan_atomic##bits##_store(volatile type *at, type value,            \
                                     int order);                               \
    void __tsan_atomic##bits##_store(volatile type *at, type value, int order) \
    {                                                                          \
        check(at, sizeof(*at), WRITES, CALLER);                                \
        order_store(at, order);                                                \
        real##store_n(at, value, __ATOMIC_SEQ_CST);                            \
    }

#define CHANGE(bits, type, name, real)                                         \
    type __tsan_atomic##bits##_##name(volatile type *at, type value,           \
                                      int order);                              \
    type __tsan_atomic##bits##_##name(volatile type *at, type value,           \
                                      int order)                               \
    {                                                                          \
        check(at, sizeof(*at), WRITES, CALLER);                                \
        order_change(at, order);                                               \
        return real(at, value, __ATOMIC_SEQ_CST);                              \
    }

/* A compare-exchange that fails is a load, with the order for failure. */
#define COMPARE(bits, type, real)                                              \
    static bool compare##bits(volatile type *at, type *expected, type value,   \
                              int order, int failed, const void *pc)           \
    {                                                                          \
        check(at, sizeof(*at), READS, pc);                                     \
        bool done = real##compare_exchange_n(                                  \
            at, expected, value, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);   \
        if (done) {                                                            \
            check_write(at, sizeof(*at), pc);                                  \
            order_change(at, order);                                           \
        } else {                                                               \
            order_load(at, failed);                                            \
        }                                                                      \
        return done;                                                           \
    }                                                                          \
    EXCHANGE(bits, type, strong)                                               \
    EXCHANGE(bits, type, weak)                                                 \
    type __tsan_atomic##bits##_compare_exchange_val(                           \
        volatile type *at, type expected, type value, int order, int failed);  \
    type __tsan_atomic##bits##_compare_exchange_val(                           \
        volatile type *at, type expected, type value, int order, int failed)   \
    {                                                                          \
        compare##bits(at, &expected, value, order, failed, CALLER);            \
        return expected;                                                       \
    }

#define EXCHANGE(bits, type, kind)                                             \
    int __tsan_atomic##bits##_compare_exchange_##kind(                         \
        volatile type *at, type *expected, type value, int order, int failed); \
    int __tsan_atomic##bits##_compare_exchange_##kind(                         \
        volatile type *at, type *expected, type value, int order, int failed)  \
    {                                                                          \
        return compare##bits(at, expected, value, order, failed, CALLER);      \
    }

/* The exchange was done: check it again, as a write. The countdown is put back,
 * because no scheduling point may come between comparison and check. */
static void check_write(volatile void *at, size_t size, const void *pc)
{
    struct race_thread *me = race_me();
    if (me) {
        me->countdown++;
        LAB_ASSERT(me->countdown > 1);
        race_access((void *)at, size, WRITES, pc);
    }
}

#define OPERATIONS(bits, type, real)                                           \
    LOAD_AND_STORE(bits, type, real)                                           \
    CHANGE(bits, type, exchange, real##exchange_n)                             \
    CHANGE(bits, type, fetch_add, real##fetch_add)                             \
    CHANGE(bits, type, fetch_sub, real##fetch_sub)                             \
    CHANGE(bits, type, fetch_and, real##fetch_and)                             \
    CHANGE(bits, type, fetch_or, real##fetch_or)                               \
    CHANGE(bits, type, fetch_xor, real##fetch_xor)                             \
    CHANGE(bits, type, fetch_nand, real##fetch_nand)                           \
    COMPARE(bits, type, real)

OPERATIONS(8, uint8_t, __atomic_)
OPERATIONS(16, uint16_t, __atomic_)
OPERATIONS(32, uint32_t, __atomic_)
OPERATIONS(64, uint64_t, __atomic_)
OPERATIONS(128, wide, wide_)

#endif
