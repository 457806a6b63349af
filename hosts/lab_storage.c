/* lab_storage.c - what the core reads, and what is saved for it.
 * Layer: hosts. */
#include <stdlib.h>

#include "hosts/lab_core.h"

/* All servers are voters; the labs have no other members. */
static struct rc_conf_state all_servers(const struct raft *rf)
{
    struct rc_conf_state cs = {.auto_leave = false};
    for (int i = 0; i < rf->count; i++) {
        rc_ids_append(&cs.voters, (uint64_t)i + 1);
    }
    return cs;
}

/* Made on demand: only the persister has the service's state. */
static enum rc_error get_snapshot(void *self, struct rc_snapshot **snapshot)
{
    struct raft *rf = self;
    struct lab_snapshot lab = {
        .lab_index = rf->log.base_lab_index,
        .state = persister_snapshot(rf->persister),
    };
    struct bytes packed = PACK(lab_snapshot, &lab);
    struct rc_snapshot *made = rc_snapshot_new();
    made->index = rf->log.base_index;
    made->term = rf->log.base_term;
    made->conf_state = all_servers(rf);
    made->data = rc_payload_of(to_core(packed));
    LAB_ASSERT(made->data);
    bytes_free(&packed);
    bytes_free(&lab.state);
    *snapshot = made;
    return RC_OK;
}

static void set_base(struct raft *rf)
{
    struct rc_snapshot *base = rc_snapshot_new();
    base->index = rf->log.base_index;
    base->term = rf->log.base_term;
    base->conf_state = all_servers(rf);
    (void)rc_memory_storage_apply_snapshot(rf->ms, base);
    rc_snapshot_drop(base);
}

/* ---- Loading -------------------------------------------------------------*/

static void load_entry(struct raft *rf, const struct saved_entry *saved)
{
    struct rc_entry entry = {
        .type = RC_ENTRY_NORMAL,
        .term = saved->term,
        .index = saved_log_last(&rf->log) + 1,
    };
    if (saved->is_command) {
        entry.data = rc_payload_of(to_core(saved->command));
        LAB_ASSERT(entry.data);
    }
    struct rc_entries one = {NULL, &entry, 1};
    rc_memory_storage_append(rf->ms, &one);
    rc_payload_drop(entry.data);
    saved_log_put(&rf->log, entry.index - 1, saved);
}

void storage_load(struct raft *rf)
{
    struct bytes bytes = persister_state(rf->persister);
    struct saved_state state = {0};
    if (bytes.size > 0) {
        enum lab_err error = UNPACK(saved_state, bytes, &state);
        LAB_ASSERT(error == LAB_OK);
    }
    rf->log.base_index = state.base_index;
    rf->log.base_term = state.base_term;
    rf->log.base_lab_index = state.base_lab_index;
    rf->ms = rc_memory_storage_new();
    rc_memory_storage_set_source(rf->ms, get_snapshot, rf);
    set_base(rf);
    for (size_t i = 0; i < state.log_count; i++) {
        load_entry(rf, &state.log[i]);
    }
    rf->hard_state =
        (struct rc_hard_state){state.term, state.vote, state.commit};
    rc_memory_storage_set_hard_state(rf->ms, rf->hard_state);
    /* The service loads the snapshot by itself. */
    rf->committed = rf->applied = rf->log.base_index;
    FREE(saved_state, &state);
    bytes_free(&bytes);
}

void storage_release(struct raft *rf)
{
    rc_memory_storage_free(rf->ms);
    saved_log_release(&rf->log);
}

/* ---- Writing -------------------------------------------------------------*/

static void save(struct raft *rf, const struct bytes *snapshot)
{
    struct saved_state state = {
        .term = rf->hard_state.term,
        .vote = rf->hard_state.vote,
        .commit = rf->hard_state.commit,
    };
    saved_log_save(&rf->log, rf->persister, state, snapshot);
}

static void put_entry(struct raft *rf, const struct rc_entry *entry)
{
    struct saved_entry saved = {
        .term = entry->term,
        .is_command = entry->data != NULL,
        .command = from_core(rc_payload_bytes(entry->data)),
    };
    LAB_ASSERT(entry->type == RC_ENTRY_NORMAL);
    saved_log_put(&rf->log, entry->index - 1, &saved);
}

/* A snapshot from another server replaces the log, and is handed to the
 * service. */
static void install(struct raft *rf, struct rc_snapshot *snapshot)
{
    struct lab_snapshot lab = {0};
    enum lab_err error =
        UNPACK(lab_snapshot, from_core(rc_payload_bytes(snapshot->data)), &lab);
    LAB_ASSERT(error == LAB_OK);
    /* The core installs it only if the log lacks its last entry. */
    saved_log_compact(&rf->log, snapshot->index, snapshot->term, lab.lab_index);
    rf->log.count = 0;
    rf->log.bytes.size = 0;
    set_base(rf);
    if (rf->committed < snapshot->index) {
        rf->committed = snapshot->index;
    }
    save(rf, &lab.state);
    FREE(lab_snapshot, &lab);
}

void storage_write(struct raft *rf, const struct rc_ready *ready)
{
    /* The commit index need not be saved, as a server learns it again. So it is
     * saved together with what must be. */
    if (!rc_hard_state_empty(ready->hard_state)) {
        rf->hard_state = ready->hard_state;
        rc_memory_storage_set_hard_state(rf->ms, rf->hard_state);
    }
    if (ready->snapshot) {
        install(rf, ready->snapshot); /* entries may follow it */
    }
    for (size_t i = 0; i < ready->entries.count; i++) {
        put_entry(rf, &ready->entries.at[i]);
    }
    rc_memory_storage_append(rf->ms, &ready->entries);
    if (ready->must_sync) {
        save(rf, NULL);
    }
}

void storage_compact(struct raft *rf, uint64_t lab_index, struct bytes snapshot)
{
    if (lab_index <= rf->log.base_lab_index) {
        return; /* a newer one was installed meanwhile */
    }
    uint64_t term;
    uint64_t index = saved_log_find(&rf->log, lab_index);
    struct rc_storage face = rc_memory_storage_interface(rf->ms);
    LAB_ASSERT(index <= rf->applied);
    enum rc_error error = face.term(face.self, index, &term);
    LAB_ASSERT(error == RC_OK);
    saved_log_compact(&rf->log, index, term, lab_index);
    (void)rc_memory_storage_compact(rf->ms, index);
    save(rf, &snapshot);
}
