/* fuzz_core_wire.c - libFuzzer target: raftcore's wire form on arbitrary bytes.
 * Layer: tests. What is accepted can be shown, comes back from another trip,
 * and its bytes are stable. Built by make fuzz. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "raftcore/describe.h"
#include "raftcore/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void show(const struct message *m)
{
    struct text text = {NULL, 0, 0};
    describe_message(m, NULL, &text);
    LAB_ASSERT(text.size > 0);
    text_release(&text);
}

static bool has_known_entries(const struct message *m)
{
    for (size_t i = 0; i < m->entries.count; i++) {
        if ((unsigned)m->entries.at[i].type > ENTRY_CONF_CHANGE_V2) {
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

static void try_message(struct bytes bytes)
{
    struct message once, twice;
    if (wire_decode_message(bytes, &once) != CORE_OK) {
        return;
    }
    if (has_known_entries(&once)) {
        show(&once);
    }
    struct bytes packed = wire_encode_message(&once);
    enum core_error error = wire_decode_message(packed, &twice);
    LAB_ASSERT(error == CORE_OK);
    struct bytes again = wire_encode_message(&twice);
    LAB_ASSERT(bytes_equal(packed, again));
    message_release(&once);
    message_release(&twice);
    bytes_free(&packed);
    bytes_free(&again);
}

static void try_entry(struct bytes bytes)
{
    struct entry entry;
    struct conf_change cc;
    if (wire_decode_entry(bytes, &entry) != CORE_OK) {
        return;
    }
    struct bytes packed = wire_encode_entry(&entry);
    if (entry.type != ENTRY_NORMAL &&
        (unsigned)entry.type <= ENTRY_CONF_CHANGE_V2 &&
        conf_change_decode(&entry, &cc) == CORE_OK) {
        struct payload *data = conf_change_encode(&cc, entry.type);
        payload_drop(data);
        conf_change_release(&cc);
    }
    /* The size that limits go by is that of the bytes. */
    LAB_ASSERT(packed.size == entry_size(&entry));
    payload_drop(entry.data);
    bytes_free(&packed);
}

static void try_states(struct bytes bytes)
{
    struct snapshot *snapshot;
    struct conf_state cs;
    struct hard_state hs;
    if (wire_decode_snapshot(bytes, &snapshot) == CORE_OK) {
        struct bytes packed = wire_encode_snapshot(snapshot);
        bytes_free(&packed);
        snapshot_drop(snapshot);
    }
    if (wire_decode_conf_state(bytes, &cs) == CORE_OK) {
        LAB_ASSERT(conf_state_equivalent(&cs, &cs));
        conf_state_release(&cs);
    }
    if (wire_decode_hard_state(bytes, &hs) == CORE_OK) {
        struct bytes packed = wire_encode_hard_state(hs);
        bytes_free(&packed);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes bytes = bytes_of(data, size);
    try_message(bytes);
    try_entry(bytes);
    try_states(bytes);
    return 0;
}
