/* locked_storage.c - a memory storage for a node of several threads.
 * Layer: hosts. */
#include "hosts/locked_storage.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/bytes.h"

struct locked_storage {
    pthread_mutex_t mu;
    struct rc_memory_storage *ms;
};

struct locked_storage *locked_storage_new(void)
{
    struct locked_storage *ls = lab_xcalloc(1, sizeof(*ls));
    pthread_mutex_init(&ls->mu, NULL);
    ls->ms = rc_memory_storage_new();
    return ls;
}

void locked_storage_free(struct locked_storage *ls)
{
    rc_memory_storage_free(ls->ms);
    pthread_mutex_destroy(&ls->mu);
    free(ls);
}

static struct rc_storage lock(void *self)
{
    struct locked_storage *ls = self;
    pthread_mutex_lock(&ls->mu);
    return rc_memory_storage_interface(ls->ms);
}

static enum rc_error unlock(void *self, enum rc_error error)
{
    pthread_mutex_unlock(&((struct locked_storage *)self)->mu);
    return error;
}

/* ---- Called by the core --------------------------------------------------*/

static enum rc_error initial_state(void *self, struct rc_hard_state *hs,
                                   struct rc_conf_state *cs)
{
    struct rc_storage ms = lock(self);
    return unlock(self, ms.initial_state(ms.self, hs, cs));
}

static enum rc_error get_entries(void *self, uint64_t lo, uint64_t hi,
                                 uint64_t max_bytes, struct rc_entries *entries)
{
    struct rc_storage ms = lock(self);
    return unlock(self, ms.entries(ms.self, lo, hi, max_bytes, entries));
}

static enum rc_error get_term(void *self, uint64_t index, uint64_t *term)
{
    struct rc_storage ms = lock(self);
    return unlock(self, ms.term(ms.self, index, term));
}

static uint64_t last_index(void *self)
{
    struct rc_storage ms = lock(self);
    uint64_t index = ms.last_index(ms.self);
    unlock(self, RC_OK);
    return index;
}

static uint64_t first_index(void *self)
{
    struct rc_storage ms = lock(self);
    uint64_t index = ms.first_index(ms.self);
    unlock(self, RC_OK);
    return index;
}

static enum rc_error get_snapshot(void *self, struct rc_snapshot **snapshot)
{
    struct rc_storage ms = lock(self);
    return unlock(self, ms.snapshot(ms.self, snapshot));
}

struct rc_storage locked_storage_interface(struct locked_storage *ls)
{
    return (struct rc_storage){
        .self = ls,
        .initial_state = initial_state,
        .entries = get_entries,
        .term = get_term,
        .last_index = last_index,
        .first_index = first_index,
        .snapshot = get_snapshot,
    };
}

/* ---- Called by the application -------------------------------------------*/

void locked_storage_write(struct locked_storage *ls,
                          const struct rc_ready *ready)
{
    lock(ls);
    if (!rc_hard_state_empty(ready->hard_state)) {
        rc_memory_storage_set_hard_state(ls->ms, ready->hard_state);
    }
    if (!rc_snapshot_empty(ready->snapshot)) {
        (void)rc_memory_storage_apply_snapshot(ls->ms, ready->snapshot);
    }
    rc_memory_storage_append(ls->ms, &ready->entries);
    unlock(ls, RC_OK);
}

enum rc_error locked_storage_apply_snapshot(struct locked_storage *ls,
                                            struct rc_snapshot *snapshot)
{
    lock(ls);
    return unlock(ls, rc_memory_storage_apply_snapshot(ls->ms, snapshot));
}

enum rc_error locked_storage_create_snapshot(struct locked_storage *ls,
                                             uint64_t index,
                                             const struct rc_conf_state *cs,
                                             struct rc_payload *data)
{
    lock(ls);
    return unlock(
        ls, rc_memory_storage_create_snapshot(ls->ms, index, cs, data, NULL));
}

enum rc_error locked_storage_compact(struct locked_storage *ls, uint64_t index)
{
    lock(ls);
    return unlock(ls, rc_memory_storage_compact(ls->ms, index));
}
