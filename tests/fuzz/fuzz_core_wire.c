/* fuzz_core_wire.c - libFuzzer target: raftcore's wire form on arbitrary bytes.
 * Layer: tests. What is accepted can be shown, comes back from another trip,
 * and its bytes are stable. Built by make fuzz. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "raftcore/describe.h"
#include "raftcore/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void show(const struct rc_message *m)
{
    struct rc_text text = {NULL, 0, 0};
    rc_describe_message(m, NULL, &text);
    LAB_ASSERT(text.size > 0);
    rc_text_release(&text);
}

static bool has_known_entries(const struct rc_message *m)
{
    for (size_t i = 0; i < m->entries.count; i++) {
        if ((unsigned)m->entries.at[i].type > RC_ENTRY_CONF_CHANGE_V2) {
            return false;
        }
    }
    for (size_t i = 0; i < m->responses.count; i++) {
        if (!has_known_entries(&m->responses.at[i])) {
            return false;
        }
    }
    return true;
}

static void try_message(struct rc_bytes bytes)
{
    struct rc_message once, twice;
    if (rc_wire_decode_message(bytes, &once) != RC_OK) {
        return;
    }
    if (has_known_entries(&once)) {
        show(&once);
    }
    struct rc_bytes packed = rc_wire_encode_message(&once);
    enum rc_error error = rc_wire_decode_message(packed, &twice);
    LAB_ASSERT(error == RC_OK);
    struct rc_bytes again = rc_wire_encode_message(&twice);
    LAB_ASSERT(rc_bytes_equal(packed, again));
    rc_message_release(&once);
    rc_message_release(&twice);
    rc_bytes_free(&packed);
    rc_bytes_free(&again);
}

static void try_entry(struct rc_bytes bytes)
{
    struct rc_entry entry;
    struct rc_conf_change cc;
    if (rc_wire_decode_entry(bytes, &entry) != RC_OK) {
        return;
    }
    struct rc_bytes packed = rc_wire_encode_entry(&entry);
    if (entry.type != RC_ENTRY_NORMAL &&
        (unsigned)entry.type <= RC_ENTRY_CONF_CHANGE_V2 &&
        rc_conf_change_decode(&entry, &cc) == RC_OK) {
        struct rc_payload *data = rc_conf_change_encode(&cc, entry.type);
        rc_payload_drop(data);
        rc_conf_change_release(&cc);
    }
    /* The size that limits go by is that of the bytes. */
    LAB_ASSERT(packed.size == rc_entry_size(&entry));
    rc_payload_drop(entry.data);
    rc_bytes_free(&packed);
}

static void try_states(struct rc_bytes bytes)
{
    struct rc_snapshot *snapshot;
    struct rc_conf_state cs;
    struct rc_hard_state hs;
    if (rc_wire_decode_snapshot(bytes, &snapshot) == RC_OK) {
        struct rc_bytes packed = rc_wire_encode_snapshot(snapshot);
        rc_bytes_free(&packed);
        rc_snapshot_drop(snapshot);
    }
    if (rc_wire_decode_conf_state(bytes, &cs) == RC_OK) {
        LAB_ASSERT(rc_conf_state_equivalent(&cs, &cs));
        rc_conf_state_release(&cs);
    }
    if (rc_wire_decode_hard_state(bytes, &hs) == RC_OK) {
        struct rc_bytes packed = rc_wire_encode_hard_state(hs);
        rc_bytes_free(&packed);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rc_bytes bytes = rc_bytes_of(data, size);
    try_message(bytes);
    try_entry(bytes);
    try_states(bytes);
    return 0;
}
