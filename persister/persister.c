/* persister.c - the saved state and snapshot of one server, in memory.
 * Layer: persister. Lies in the framework's heap, so it outlives crashes.
 * Guarded by its own mutex. */
#include "persister/store.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "sim/node.h"
#include "sim/sim.h"

/* Saved bytes. The buffer is used again if it is large enough. */
struct saved {
    uint8_t *data;
    size_t size, capacity;
};

struct persister {
    struct sim_mutex mutex;
    struct saved state, snapshot;
    uint64_t saves;
};

static const struct sim_event_kind event_save = {
    "save", {"state_bytes", "state", "snapshot_bytes", "snapshot"}};
static const struct sim_event_kind event_save_state = {
    "save_state", {"state_bytes", "state"}};
static const struct sim_event_kind event_save_end = {
    "save_end", {"offset", "end_bytes", "end"}};

struct persister *persister_new(void)
{
    struct persister *ps = sim_framework_alloc(sizeof(*ps));
    *ps = (struct persister){.saves = 0};
    return ps;
}

void persister_free(struct persister *ps)
{
    LAB_ASSERT(ps);
    /* By free(): sim_framework_alloc() and the buffers share a heap. */
    free(ps->state.data);
    free(ps->snapshot.data);
    free(ps);
}

/* ---- Saving: between sim_enter() and sim_leave() -------------------------*/

/* Take memory before anything is replaced: if there is none, the run ends with
 * the former save intact. Half as much again, because logs grow. The content
 * may be lost. */
static void make_room(struct saved *saved, size_t size)
{
    if (saved->capacity < size) {
        free(saved->data);
        saved->capacity = size + size / 2;
        saved->data = lab_xmalloc(saved->capacity);
    }
    LAB_ASSERT(saved->capacity >= size);
}

static void store(struct saved *saved, struct bytes from)
{
    LAB_ASSERT(from.size <= saved->capacity);
    LAB_ASSERT(from.data || from.size == 0);
    if (from.size) { /* memcpy() from NULL is undefined, for 0 bytes too */
        memcpy(saved->data, from.data, from.size);
    }
    saved->size = from.size;
}

/* Keep the first `offset` bytes and store these behind them. */
static void store_end(struct saved *saved, size_t offset, struct bytes from)
{
    LAB_ASSERT(offset <= saved->size);
    LAB_ASSERT(from.data || from.size == 0);
    size_t size = offset + from.size;
    if (saved->capacity < size) {
        saved->capacity = size + size / 2;
        saved->data = lab_xrealloc(saved->data, saved->capacity);
    }
    if (from.size) {
        memcpy(saved->data + offset, from.data, from.size);
    }
    LAB_ASSERT(size <= saved->capacity);
    saved->size = size;
}

/* A scheduling point before and after each save, and none inside: a crash can
 * come on either side of it, never in the middle. */
static void scheduling_point(void)
{
    if (sim_active()) {
        sim_yield(); /* unit tests also save outside of a run */
    }
}

static void before_save(void)
{
    scheduling_point();
    sim_pass_stop_point(SIM_BEFORE_SAVE);
}

static void after_save(void)
{
    sim_pass_stop_point(SIM_AFTER_SAVE);
    scheduling_point();
}

void persister_save(struct persister *ps, struct bytes state,
                    struct bytes snapshot)
{
    before_save();
    sim_enter(&ps->mutex);
    /* Room for both first: then nothing can come between the two. */
    make_room(&ps->state, state.size);
    make_room(&ps->snapshot, snapshot.size);
    store(&ps->state, state);
    store(&ps->snapshot, snapshot);
    ps->saves++;
    /* Digests, so that two runs of a seed that save something else differ in
     * their trace hash. */
    uint64_t state_digest = sim_digest(state);
    uint64_t snapshot_digest = sim_digest(snapshot);
    sim_event(&event_save, state.size, state_digest, snapshot.size,
              snapshot_digest);
    sim_leave(&ps->mutex);
    after_save();
}

void persister_save_state(struct persister *ps, struct bytes state)
{
    before_save();
    sim_enter(&ps->mutex);
    make_room(&ps->state, state.size);
    store(&ps->state, state);
    ps->saves++;
    uint64_t digest = sim_digest(state);
    sim_event(&event_save_state, state.size, digest, 0, 0);
    sim_leave(&ps->mutex);
    after_save();
}

void persister_save_end(struct persister *ps, size_t offset, struct bytes end)
{
    before_save();
    sim_enter(&ps->mutex);
    if (offset > ps->state.size) {
        sim_fail(SIM_MISUSE,
                 "persister_save_end: offset %zu is beyond the saved state, "
                 "which has %zu bytes; keep at most what was saved last",
                 offset, ps->state.size);
    }
    store_end(&ps->state, offset, end);
    ps->saves++;
    uint64_t digest = sim_digest(end);
    sim_event(&event_save_end, offset, end.size, digest, 0);
    sim_leave(&ps->mutex);
    after_save();
}

/* ---- Reading -------------------------------------------------------------*/

static size_t size_of(struct persister *ps, const struct saved *saved)
{
    sim_enter(&ps->mutex);
    size_t size = saved->size;
    sim_leave(&ps->mutex);
    return size;
}

/* Return a copy in the caller's own heap. Its memory is therefore taken outside
 * of the framework, and on real threads another save may come in between: then
 * try again. */
static struct bytes read_out(struct persister *ps, const struct saved *saved)
{
    struct bytes copy = {NULL, 0};
    size_t size;
    while ((size = size_of(ps, saved)) > 0) {
        copy = (struct bytes){lab_xmalloc(size), size};
        sim_enter(&ps->mutex);
        bool same = saved->size == size;
        LAB_ASSERT(same || sim_is_real()); /* fibers do not run in between */
        if (same) {
            memcpy(copy.data, saved->data, size);
        }
        sim_leave(&ps->mutex);
        if (same) {
            break;
        }
        bytes_free(&copy);
    }
    return copy;
}

struct bytes persister_state(struct persister *ps)
{
    return read_out(ps, &ps->state);
}

struct bytes persister_snapshot(struct persister *ps)
{
    return read_out(ps, &ps->snapshot);
}

size_t persister_state_bytes(struct persister *ps)
{
    return size_of(ps, &ps->state);
}

size_t persister_snapshot_bytes(struct persister *ps)
{
    return size_of(ps, &ps->snapshot);
}

struct persister *persister_copy(struct persister *ps)
{
    struct persister *copy = persister_new(); /* takes no lock */
    sim_enter(&ps->mutex);
    make_room(&copy->state, ps->state.size);
    make_room(&copy->snapshot, ps->snapshot.size);
    store(&copy->state, (struct bytes){ps->state.data, ps->state.size});
    store(&copy->snapshot,
          (struct bytes){ps->snapshot.data, ps->snapshot.size});
    sim_leave(&ps->mutex);
    LAB_ASSERT(copy->saves == 0); /* saves count for each object alone */
    return copy;
}

/* Without the mutex: the tester asks when no server saves. */
uint64_t persister_saves(const struct persister *ps)
{
    return ps->saves;
}
