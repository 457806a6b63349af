/* keys.c - thread keys (pthread_key_create and kin).
 * Layer: sim. Keys made outside of runs are libc's own: sanitizers and
 * libraries use them. Simulated keys count from KEY_FIRST and belong to the
 * server that made them. */
#include "sim/keys.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "sim/heap.h"
#include "sim/node_internal.h"
#include "sim/real/libc.h"
#include "sim/threads.h"

#define KEY_FIRST 0x10000u /* above all of libc's */

static struct key {
    bool used;
    const struct sim_node *node; /* NULL: the tester */
    void (*destructor)(void *);
} keys[PTHREAD_KEYS_MAX];

static struct key *find(pthread_key_t number)
{
    struct key *key =
        number >= KEY_FIRST && number - KEY_FIRST < PTHREAD_KEYS_MAX
            ? &keys[number - KEY_FIRST]
            : NULL;
    return key && key->used ? key : NULL;
}

int pthread_key_create(pthread_key_t *number, void (*destructor)(void *))
{
    if (!sched.active) {
        return REAL(pthread_key_create)(number, destructor);
    }
    for (unsigned i = 0; i < PTHREAD_KEYS_MAX; i++) {
        if (!keys[i].used) {
            keys[i] = (struct key){true, sched.current->node, destructor};
            *number = KEY_FIRST + i;
            return 0;
        }
    }
    return EAGAIN;
}

/* A value of a key that was deleted must not show under a later one. */
static void forget_values(const struct sim_node *node, unsigned at)
{
    if (!node) {
        return;
    }
    for (struct thread *t = node->threads; t; t = t->node_next) {
        if (at < t->value_count) {
            t->values[at] = NULL;
        }
    }
}

int pthread_key_delete(pthread_key_t number)
{
    struct key *key = find(number);
    if (!sched.active || number < KEY_FIRST) {
        return REAL(pthread_key_delete)(number);
    }
    if (!key) {
        return EINVAL;
    }
    key->used = false;
    forget_values(key->node, number - KEY_FIRST);
    return 0;
}

void *pthread_getspecific(pthread_key_t number)
{
    if (!sched.active || number < KEY_FIRST) {
        return REAL(pthread_getspecific)(number);
    }
    struct thread *me = sched.current;
    unsigned at = number - KEY_FIRST;
    return at < me->value_count ? me->values[at] : NULL;
}

int pthread_setspecific(pthread_key_t number, const void *value)
{
    if (!sched.active || number < KEY_FIRST) {
        return REAL(pthread_setspecific)(number, value);
    }
    if (!find(number)) {
        return EINVAL;
    }
    struct thread *me = sched.current;
    unsigned at = number - KEY_FIRST;
    if (at >= me->value_count) {
        void *former = heap_enter();
        me->values = lab_xrealloc(me->values, (at + 1) * sizeof(void *));
        heap_use(former);
        memset(me->values + me->value_count, 0,
               (at + 1 - me->value_count) * sizeof(void *));
        me->value_count = at + 1;
    }
    me->values[at] = (void *)(uintptr_t)value;
    return 0;
}

/* A destructor may set values again: POSIX allows four rounds. */
void threads_run_destructors(struct thread *thread)
{
    bool again = thread->value_count > 0;
    for (int round = 0; again && round < PTHREAD_DESTRUCTOR_ITERATIONS;
         round++) {
        again = false;
        for (unsigned at = 0; at < thread->value_count; at++) {
            void *value = thread->values[at];
            if (value && keys[at].used && keys[at].destructor) {
                thread->values[at] = NULL;
                keys[at].destructor(value);
                again = true;
            }
        }
    }
}

void keys_forget_node(const struct sim_node *node)
{
    for (unsigned i = 0; i < PTHREAD_KEYS_MAX; i++) {
        if (keys[i].node == node) {
            keys[i].used = false;
        }
    }
}

void keys_clear(void)
{
    memset(keys, 0, sizeof(keys));
}
