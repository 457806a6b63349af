/* check_applied.c - rules about what comes out of the apply channels.
 * Layer: tester. The rules are listed in oracle.h; numbers: docs/labs.md §3.4.
 *
 * As the first message that breaks order or equality is a violation, what a
 * server has applied is always a beginning of one common sequence, and its
 * committed copy is a length. */
#include "tester/harness/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/random.h"

/* A snapshot: last index, a mark, and 16 bytes for each index from 0 on. */
enum { HEADER_BYTES = 16 };
#define SNAPSHOT_MARK UINT64_C(0x736e617073686f74)

/* ---- Commands -----------------------------------------------------------*/

static void describe(const struct oracle *oracle, struct command command,
                     char *text, size_t bytes)
{
    if (oracle->of_service) {
        snprintf(text, bytes, "%016" PRIx64 " (%zu bytes)", command.value,
                 command.size);
    } else if (command.size == COMMAND_BYTES) {
        snprintf(text, bytes, "%" PRIu64, command.value);
    } else {
        snprintf(text, bytes, "%" PRIu64 " (%zu bytes)", command.value,
                 command.size);
    }
}

static void complain_unequal(struct oracle *oracle, uint64_t index, int server,
                             struct command command)
{
    const struct applied *first = &oracle->applied[index];
    char other[64];
    char mine[64];
    describe(oracle, first->command, other, sizeof(other));
    describe(oracle, command, mine, sizeof(mine));
    if (first->server == server) {
        oracle_complain(oracle, "state machine safety",
                        "at index %" PRIu64
                        " server %d applied command %s, and later %s",
                        index, server, other, mine);
    } else {
        oracle_complain(oracle, "state machine safety",
                        "at index %" PRIu64
                        " server %d applied command %s, but server %d %s",
                        index, first->server, other, server, mine);
    }
}

static bool is_equal(struct command a, struct command b)
{
    return a.value == b.value && a.size == b.size;
}

static void append(struct oracle *oracle, int server, struct command command)
{
    size_t room = oracle->applied_room;
    size_t index = (size_t)oracle->highest + 1;
    oracle->applied =
        oracle_grow(oracle->applied, index, &room, sizeof(oracle->applied[0]));
    if (room != oracle->applied_room) {
        oracle->packed = lab_xrealloc(oracle->packed, room * COMMAND_BYTES);
        oracle->applied_room = room;
    }
    if (oracle->highest == 0) {
        oracle->applied[0] = (struct applied){{0, 0}, -1};
        memset(oracle->packed, 0, COMMAND_BYTES);
    }
    oracle->applied[index] = (struct applied){command, server};
    command_pack_plain(command.value, oracle->packed + index * COMMAND_BYTES);
    oracle->highest = index;
}

static void check_order(struct oracle *oracle, int server, uint64_t index)
{
    struct watched *watched = &oracle->servers[server];
    if (watched->restored && index > 0 && index <= oracle->highest + 1) {
        watched->applied = index - 1; /* so far went the snapshot */
    }
    watched->restored = false;
    if (index != watched->applied + 1) {
        oracle_complain(oracle, "apply order",
                        "server %d applied index %" PRIu64
                        " where index %" PRIu64 " comes next",
                        server, index, watched->applied + 1);
    }
    if (watched->reported && index > watched->report.commit_index) {
        oracle_complain(oracle, "apply after commit",
                        "server %d applied index %" PRIu64
                        ", but its last lab_state has commit index %" PRIu64,
                        server, index, watched->report.commit_index);
    }
}

void oracle_saw_command(struct oracle *oracle, int server, uint64_t index,
                        struct bytes bytes)
{
    struct watched *watched = &oracle->servers[server];
    struct command command = {sim_digest(bytes), bytes.size};
    if (!oracle->of_service && !command_unpack(bytes, &command)) {
        oracle_complain(oracle, "commands are kept",
                        "server %d applied at index %" PRIu64
                        " %zu bytes that are no command of this test",
                        server, index, bytes.size);
        return;
    }
    bool known = index > 0 && index <= oracle->highest;
    if (known && !is_equal(oracle->applied[index].command, command)) {
        complain_unequal(oracle, index, server, command);
    }
    check_order(oracle, server, index);
    if (index == oracle->highest + 1) {
        append(oracle, server, command);
    }
    watched->applied = index;
    if (index > watched->copied) {
        watched->copied = index;
    }
}

/* ---- Snapshots ----------------------------------------------------------*/

static size_t snapshot_bytes(uint64_t index)
{
    return HEADER_BYTES + ((size_t)index + 1) * COMMAND_BYTES;
}

struct bytes oracle_make_snapshot(const struct oracle *oracle, uint64_t index)
{
    LAB_ASSERT(index > 0);
    LAB_ASSERT(index <= oracle->highest);
    size_t size = snapshot_bytes(index);
    struct bytes snapshot = {lab_xmalloc(size), size};
    put_u64(snapshot.data, index);
    put_u64(snapshot.data + 8, random_mix(index ^ SNAPSHOT_MARK));
    memcpy(snapshot.data + HEADER_BYTES, oracle->packed, size - HEADER_BYTES);
    return snapshot;
}

/* Is it whole, and of an index that was reached? */
static bool is_snapshot(const struct oracle *oracle, struct bytes snapshot)
{
    if (snapshot.size < HEADER_BYTES) {
        return false;
    }
    uint64_t index = take_u64(snapshot.data);
    return take_u64(snapshot.data + 8) == random_mix(index ^ SNAPSHOT_MARK) &&
           index > 0 && index <= oracle->highest &&
           snapshot.size == snapshot_bytes(index);
}

static void check_content(struct oracle *oracle, int server, uint64_t index,
                          struct bytes snapshot)
{
    if (!is_snapshot(oracle, snapshot)) {
        oracle_complain(oracle, "snapshot content",
                        "server %d delivered a snapshot for index %" PRIu64
                        " of %zu bytes that the service never made",
                        server, index, snapshot.size);
        return;
    }
    uint64_t last = take_u64(snapshot.data);
    if (last != index) {
        oracle_complain(oracle, "snapshot content",
                        "server %d delivered, as a snapshot for index %" PRIu64
                        ", one that ends at index %" PRIu64,
                        server, index, last);
    }
    if (memcmp(snapshot.data + HEADER_BYTES, oracle->packed,
               snapshot.size - HEADER_BYTES) != 0) {
        oracle_complain(oracle, "snapshot content",
                        "server %d delivered a snapshot for index %" PRIu64
                        " with other commands than were applied",
                        server, index);
    }
}

/* Snapshots advance the service and never take it back (the lab's part D). */
void oracle_saw_snapshot(struct oracle *oracle, int server, uint64_t index,
                         struct bytes snapshot)
{
    struct watched *watched = &oracle->servers[server];
    if (!oracle->of_service) {
        check_content(oracle, server, index, snapshot);
    }
    if (index < watched->applied) {
        oracle_complain(oracle, "apply order",
                        "server %d delivered a snapshot for index %" PRIu64
                        " after it had applied index %" PRIu64,
                        server, index, watched->applied);
    }
    watched->restored = false;
    watched->applied = index;
    watched->copied = index;
}

/* ---- Questions ----------------------------------------------------------*/

int oracle_committed(const struct oracle *oracle, uint64_t index)
{
    int count = 0;
    for (int i = 0; i < oracle->count; i++) {
        count += index > 0 && oracle->servers[i].copied >= index;
    }
    return count;
}

struct command oracle_command(const struct oracle *oracle, uint64_t index)
{
    LAB_ASSERT(index > 0);
    LAB_ASSERT(index <= oracle->highest);
    return oracle->applied[index].command;
}

uint64_t oracle_highest(const struct oracle *oracle)
{
    return oracle->highest;
}

uint64_t oracle_applied(const struct oracle *oracle, int server)
{
    return oracle->servers[server].applied;
}
