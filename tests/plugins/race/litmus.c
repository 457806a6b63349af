/* litmus.c - plain accesses ordered by locks and threads, or not.
 * Layer: tests; what students could write. Each part runs in a thread of its
 * own, once or a few times. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/plugins/race/litmus.h"

/* ---- Plain accesses ------------------------------------------------------*/

static void write_data(void)
{
    s.data = 1;
}

static void read_data(void)
{
    sink = s.data;
}

static void only_read(void)
{
    int got = s.data;
    (void)*(volatile int *)&got;
}

static void add_locked(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&s.mu);
        s.data++;
        pthread_mutex_unlock(&s.mu);
    }
}

static void add_locked_otherwise(void)
{
    pthread_mutex_lock(&s.mu2);
    s.data++;
    pthread_mutex_unlock(&s.mu2);
}

static void add_tried(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        if (pthread_mutex_trylock(&s.mu) == 0) {
            s.data++;
            pthread_mutex_unlock(&s.mu);
        }
    }
}

static void write_byte_3(void)
{
    s.bytes[3] = 1;
}

static void write_byte_4(void)
{
    s.bytes[4] = 1;
}

static void write_all_bytes(void)
{
    uint64_t all = 5;
    memcpy(s.bytes, &all, sizeof(all));
}

static void copy_wide(void)
{
    s.wide = s.other_wide;
}

static void write_wide(void)
{
    s.wide.words[9] = 1;
}

static size_t block_bytes(void)
{
    return 64 - (size_t)s.plain_flag;
}

static void set_block(void)
{
    memset(s.block, 1, block_bytes());
}

static void copy_block(void)
{
    char to[64];
    memcpy(to, s.block, block_bytes());
    sink += to[s.plain_flag];
}

static void write_block(void)
{
    s.block[40] = 1;
}

static void free_block(void)
{
    free(s.block);
}

static void grow_block(void)
{
    s.block = realloc(s.block, 4096);
}

static void write_under_read_lock(void)
{
    pthread_rwlock_rdlock(&s.rw);
    s.data++;
    pthread_rwlock_unlock(&s.rw);
}

PARTS(both_read, only_read, only_read)
PARTS(write_and_read, write_data, read_data)
PARTS(lock_everywhere, add_locked, add_locked)
PARTS(lock_in_one, add_locked, read_data)
PARTS(two_locks, add_locked, add_locked_otherwise)
PARTS(try_lock, add_locked, add_tried)
PARTS(neighbours, write_byte_3, write_byte_4)
PARTS(byte_of_word, write_byte_3, write_all_bytes)
PARTS(part_of_struct, copy_wide, write_wide)
PARTS(memset_and_write, set_block, write_block)
PARTS(memcpy_and_write, copy_block, write_block)
PARTS(free_in_use, free_block, write_block)
PARTS(realloc_in_use, grow_block, write_block)
PARTS(read_lock_to_write, write_under_read_lock, write_under_read_lock)

/* ---- Order by threads and memory -----------------------------------------*/

static void *write_argument(void *argument)
{
    *(int *)argument = 2;
    return NULL;
}

static void create_and_join(void)
{
    pthread_t thread;
    int local = 1;
    reset();
    for (int i = 0; i < ROUNDS; i++) {
        local++;
        pthread_create(&thread, NULL, write_argument, &local);
        pthread_join(thread, NULL);
        sink = local;
    }
}

static void no_join(void)
{
    pthread_t thread;
    reset();
    pthread_create(&thread, NULL, write_argument, &s.data);
    pthread_detach(thread);
    sched_yield();
    sink = s.data;
}

static _Thread_local int own;

static void count_own(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        int *volatile at = &own;
        ++*at;
        sched_yield();
    }
}

/* Blocks so large that the memory comes back soon as another's. */
static void take_and_free(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        char *volatile block = malloc(30000);
        block[0] = 1;
        sched_yield();
        block[i * 1000] = 1;
        free(block);
    }
}

static void use_stack(void)
{
    char local[256];
    char *volatile at = local;
    memset(at, 1, sizeof(local));
    sched_yield();
    at[17] = 2;
}

PARTS(stacks_once, use_stack, use_stack)

static void *use_stack_detached(void *unused)
{
    use_stack();
    return unused;
}

static void start_detached(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, use_stack_detached, NULL);
    pthread_detach(thread);
    usleep(1000);
}

static void start_detached_later(void)
{
    usleep(500);
    start_detached();
}

/* Nothing orders the second thread after the first, whose stack it gets. */
PARTS(stacks_again_detached, start_detached, start_detached_later)

static void stacks_again(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        stacks_once();
    }
}

static void use_errno(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        errno = 0;
        sched_yield();
        errno += i;
        sched_yield();
        if (errno != i) {
            abort();
        }
    }
}

/* Pages that are mapped again are nobody's old ones. */
static void map_and_unmap(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        char *pages = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        memset(pages, 1, 4096);
        munmap(pages, 4096);
        sched_yield();
    }
}

PARTS(errno_is_own, use_errno, use_errno)
PARTS(pages_again, map_and_unmap, map_and_unmap)
PARTS(thread_locals, count_own, count_own)
PARTS(blocks_again, take_and_free, take_and_free)

/* ---- Order by other means than mutexes -----------------------------------*/

static void tell_by_cond(void)
{
    pthread_mutex_lock(&s.mu);
    s.data = 1;
    s.plain_flag = true;
    pthread_cond_signal(&s.changed);
    pthread_mutex_unlock(&s.mu);
}

static void wait_for_cond(void)
{
    pthread_mutex_lock(&s.mu);
    while (!s.plain_flag) {
        pthread_cond_wait(&s.changed, &s.mu);
    }
    pthread_mutex_unlock(&s.mu);
    sink = s.data;
}

static void post(void)
{
    s.data = 1;
    sem_post(&s.sem);
}

static void wait_for_post(void)
{
    sem_wait(&s.sem);
    sink = s.data;
}

static void post_too_early(void)
{
    sem_post(&s.sem);
    s.data = 1;
}

static void read_shared(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        pthread_rwlock_rdlock(&s.rw);
        only_read();
        pthread_rwlock_unlock(&s.rw);
    }
}

static void write_shared(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        pthread_rwlock_wrlock(&s.rw);
        s.data++;
        pthread_rwlock_unlock(&s.rw);
    }
}

static void add_spinning(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        pthread_spin_lock(&s.spin);
        s.data++;
        pthread_spin_unlock(&s.spin);
    }
}

static void write_then_meet(void)
{
    s.data = 1;
    pthread_barrier_wait(&s.barrier);
}

static void meet_then_read(void)
{
    pthread_barrier_wait(&s.barrier);
    sink = s.data;
}

static void meet_then_write(void)
{
    pthread_barrier_wait(&s.barrier);
    s.data = 1;
}

/* What is done between two rounds is ordered by neither. */
static void meet_write_meet(void)
{
    pthread_barrier_wait(&s.barrier);
    s.data = 1;
    pthread_barrier_wait(&s.barrier);
}

static void meet_read_meet(void)
{
    pthread_barrier_wait(&s.barrier);
    sink = s.data;
    pthread_barrier_wait(&s.barrier);
}

/* Two pairs meet at one barrier, one after the other: what the first did is
 * not ordered before what the second does. */
static void write_then_meet_first(void)
{
    write_then_meet();
    atomic_fetch_add_explicit(&s.count, 1, memory_order_relaxed);
}

static void meet_first(void)
{
    pthread_barrier_wait(&s.barrier);
}

static void meet_second(void)
{
    while (atomic_load_explicit(&s.count, memory_order_relaxed) == 0) {
        sched_yield();
    }
    pthread_barrier_wait(&s.barrier);
}

static void meet_second_then_read(void)
{
    meet_second();
    sink = s.data;
}

static void write_in_even_rounds(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        if (i % 2 == 0) {
            s.data++;
        }
        pthread_barrier_wait(&s.barrier);
    }
}

static void write_in_odd_rounds(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        if (i % 2 == 1) {
            s.data++;
        }
        pthread_barrier_wait(&s.barrier);
    }
}

static void init_once(void)
{
    s.data = 7;
}

static void use_once(void)
{
    pthread_once(&s.once, init_once);
    only_read();
}

static void double_checked(void)
{
    if (!s.plain_flag) {
        pthread_mutex_lock(&s.mu);
        if (!s.plain_flag) {
            s.data = 7;
            s.plain_flag = true;
        }
        pthread_mutex_unlock(&s.mu);
    }
    only_read();
}

PARTS(condition, tell_by_cond, wait_for_cond)
PARTS(semaphore, post, wait_for_post)
PARTS(semaphore_too_early, post_too_early, wait_for_post)
PARTS(read_write_lock, read_shared, write_shared)
PARTS(two_writers, write_shared, write_shared)
PARTS(spin_lock, add_spinning, add_spinning)
PARTS(barrier, write_then_meet, meet_then_read)
PARTS(barrier_too_early, meet_then_write, meet_then_read)
/* Whom a barrier lets pass first may make it another one at once. */
static void renew_barrier(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        if (pthread_barrier_wait(&s.barrier) == PTHREAD_BARRIER_SERIAL_THREAD) {
            pthread_barrier_destroy(&s.barrier);
            pthread_barrier_init(&s.barrier, NULL, 2);
        }
    }
}

PARTS(barrier_renewed, renew_barrier, renew_barrier)
PARTS(barrier_between_rounds, meet_read_meet, meet_write_meet)
PARTS(barrier_of_another_round, write_then_meet_first, meet_first, meet_second,
      meet_second_then_read)
PARTS(barrier_rounds, write_in_even_rounds, write_in_odd_rounds)
PARTS(once, use_once, use_once)
PARTS(double_checked_flag, double_checked, double_checked)

void litmus_fill(void *bytes)
{
    memset(bytes, 1, LITMUS_FILLED);
}

/* ---- The list ------------------------------------------------------------*/

const struct litmus litmus_list[] = {
    FINE(create_and_join),
    FINE(thread_locals),
    FINE(blocks_again),
    FINE(stacks_again),
    FINE(stacks_again_detached),
    FINE(both_read),
    FINE(lock_everywhere),
    FINE(try_lock),
    FINE(neighbours),
    FINE(condition),
    FINE(semaphore),
    FINE(read_write_lock),
    FINE(two_writers),
    FINE(spin_lock),
    FINE(barrier),
    FINE(barrier_rounds),
    FINE(barrier_renewed),
    FINE(errno_is_own),
    FINE(pages_again),
    FINE(once),
    RACES(write_and_read),
    RACES(lock_in_one),
    RACES(two_locks),
    RACES(byte_of_word),
    RACES(part_of_struct),
    RACES(memset_and_write),
    RACES(memcpy_and_write),
    RACES(free_in_use),
    RACES(realloc_in_use),
    RACES(read_lock_to_write),
    RACES(no_join),
    RACES(semaphore_too_early),
    RACES(barrier_too_early),
    RACES(barrier_between_rounds),
    RACES(barrier_of_another_round),
    RACES(double_checked_flag),
    {NULL, NULL, false},
};
