/* keys.c - thread keys and their values.
 * Layer: sim. One OS thread. */
#include "sim/keys.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "sim/heap.h"
#include "sim/node_internal.h"

static struct key {
    bool used;
    const struct sim_node *node; /* NULL: the tester */
    void (*destructor)(void *);
} keys[PTHREAD_KEYS_MAX];

static bool exists(unsigned key)
{
    return key < PTHREAD_KEYS_MAX && keys[key].used;
}

int keys_new(void (*destructor)(void *))
{
    LAB_ASSERT(sched.active);
    for (int i = 0; i < PTHREAD_KEYS_MAX; i++) {
        if (!keys[i].used) {
            keys[i] = (struct key){true, sched.current->node, destructor};
            return i;
        }
    }
    return -1;
}

/* The number of a deleted key is given out again: the old values must not show
 * under the new key. */
static void forget_values(const struct sim_node *node, unsigned key)
{
    if (!node) {
        return; /* the tester keeps its keys */
    }
    for (struct thread *t = node->threads; t; t = t->node_next) {
        if (key < t->value_count) {
            t->values[key] = NULL;
        }
    }
}

bool keys_delete(unsigned key)
{
    if (!exists(key)) {
        return false;
    }
    LAB_ASSERT(keys[key].node == NULL || keys[key].node->up);
    keys[key].used = false;
    forget_values(keys[key].node, key);
    return true;
}

void *keys_get(unsigned key)
{
    struct thread *me = sched.current;
    return key < me->value_count ? me->values[key] : NULL;
}

static void make_room(struct thread *me, unsigned count)
{
    LAB_ASSERT(count > me->value_count && count <= PTHREAD_KEYS_MAX);
    void *former = heap_enter();
    me->values = lab_xrealloc(me->values, count * sizeof(void *));
    heap_use(former);
    memset(me->values + me->value_count, 0,
           (count - me->value_count) * sizeof(void *));
    me->value_count = count;
}

bool keys_set(unsigned key, void *value)
{
    struct thread *me = sched.current;
    if (!exists(key)) {
        return false;
    }
    if (key >= me->value_count) {
        make_room(me, key + 1);
    }
    me->values[key] = value;
    return true;
}

/* A destructor may set values again. POSIX gives it a bounded number of rounds
 * to settle, four here; then what is left is lost. */
void keys_run_destructors(struct thread *thread)
{
    LAB_ASSERT(thread == sched.current); /* destructors are its own code */
    bool again = true;
    for (int round = 0; again && round < PTHREAD_DESTRUCTOR_ITERATIONS;
         round++) {
        again = false;
        for (unsigned at = 0; at < thread->value_count; at++) {
            void *value = thread->values[at];
            if (value && keys[at].used && keys[at].destructor) {
                thread->values[at] = NULL; /* before, as POSIX asks */
                keys[at].destructor(value);
                again = true;
            }
        }
    }
}

void keys_release(struct thread *thread)
{
    LAB_ASSERT(thread->values != NULL && thread->value_count > 0);
    free(thread->values);
    thread->values = NULL;
    thread->value_count = 0;
}

void keys_forget_node(const struct sim_node *node)
{
    LAB_ASSERT(node != NULL && node->threads == NULL);
    for (unsigned i = 0; i < PTHREAD_KEYS_MAX; i++) {
        if (keys[i].node == node) {
            keys[i].used = false;
        }
    }
}

void keys_clear(void)
{
    LAB_ASSERT(!sched.active);
    memset(keys, 0, sizeof(keys));
}
