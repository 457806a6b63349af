/* oracle_apply.c - rules about what the servers apply.
 * Layer: tester/harness. The rules are listed in oracle.h; numbers:
 * docs/labs.md §3.4.
 *
 * Any message out of order and any unequal command is a violation. So as long
 * as there is none, what a server has applied is a prefix of one common
 * sequence, and a length describes its committed copy. */
#include "tester/harness/oracle_apply.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/random.h"
#include "tester/harness/oracle_state.h"

/* A snapshot: last index, a check word, 16 bytes for each index from 0 on. */
enum { HEADER_BYTES = 16 };
#define SNAPSHOT_SALT UINT64_C(0x736e617073686f74)

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
                        " server %d applied command %s, and later command %s",
                        index, server, other, mine);
    } else {
        oracle_complain(oracle, "state machine safety",
                        "at index %" PRIu64
                        " server %d applied command %s, but server %d applied "
                        "command %s",
                        index, first->server, other, server, mine);
    }
}

static bool is_equal(struct command a, struct command b)
{
    return a.value == b.value && a.size == b.size;
}

/* The first server applies the next index. */
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
    LAB_ASSERT(index < oracle->applied_room);
    oracle->applied[index] = (struct applied){command, server};
    command_pack_plain(command.value, oracle->packed + index * COMMAND_BYTES);
    oracle->highest = index;
}

static void check_order(struct oracle *oracle, int server, uint64_t index)
{
    struct watched *watched = &oracle->servers[server];
    if (watched->restored && index > 0 && index <= oracle->highest + 1) {
        watched->applied = index - 1; /* there its snapshot ended */
    }
    watched->restored = false;
    if (index != watched->applied + 1) {
        oracle_complain(oracle, "apply order",
                        "server %d applied index %" PRIu64
                        " when index %" PRIu64
                        " was the next; entries are applied in order, without "
                        "gaps and repeats",
                        server, index, watched->applied + 1);
    }
    if (watched->reported && index > watched->report.commit_index) {
        oracle_complain(oracle, "apply after commit",
                        "server %d applied index %" PRIu64
                        ", but its last lab_state reported commit index "
                        "%" PRIu64 "; only committed entries are applied",
                        server, index, watched->report.commit_index);
    }
}

void oracle_saw_command(struct oracle *oracle, int server, uint64_t index,
                        struct bytes bytes)
{
    LAB_ASSERT(server >= 0 && server < oracle->count);
    struct watched *watched = &oracle->servers[server];
    struct command command = {sim_digest(bytes), bytes.size};
    if (!oracle->of_service && !command_unpack(bytes, &command)) {
        oracle_complain(oracle, "commands are kept",
                        "server %d applied %zu bytes at index %" PRIu64
                        " that are not a command of this test: no client "
                        "submitted them",
                        server, bytes.size, index);
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
    LAB_ASSERT(watched->copied >= watched->applied);
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
    put_u64(snapshot.data + 8, random_mix(index ^ SNAPSHOT_SALT));
    memcpy(snapshot.data + HEADER_BYTES, oracle->packed, size - HEADER_BYTES);
    return snapshot;
}

/* Is it complete, and does it end at an index that has been applied? */
static bool is_snapshot(const struct oracle *oracle, struct bytes snapshot)
{
    if (snapshot.size < HEADER_BYTES) {
        return false;
    }
    uint64_t index = take_u64(snapshot.data);
    return take_u64(snapshot.data + 8) == random_mix(index ^ SNAPSHOT_SALT) &&
           index > 0 && index <= oracle->highest &&
           snapshot.size == snapshot_bytes(index);
}

static void check_content(struct oracle *oracle, int server, uint64_t index,
                          struct bytes snapshot)
{
    if (!is_snapshot(oracle, snapshot)) {
        oracle_complain(oracle, "snapshot content",
                        "server %d delivered a snapshot of %zu bytes for index "
                        "%" PRIu64 " that the service has never made",
                        server, snapshot.size, index);
        return;
    }
    uint64_t last = take_u64(snapshot.data);
    if (last != index) {
        oracle_complain(oracle, "snapshot content",
                        "server %d delivered a snapshot for index %" PRIu64
                        " that ends at index %" PRIu64,
                        server, index, last);
    }
    if (memcmp(snapshot.data + HEADER_BYTES, oracle->packed,
               snapshot.size - HEADER_BYTES) != 0) {
        oracle_complain(oracle, "snapshot content",
                        "server %d delivered a snapshot for index %" PRIu64
                        " that holds other commands than the servers applied",
                        server, index);
    }
}

/* A snapshot never takes the service back to an earlier index (part 2D). */
void oracle_saw_snapshot(struct oracle *oracle, int server, uint64_t index,
                         struct bytes snapshot)
{
    LAB_ASSERT(server >= 0 && server < oracle->count);
    struct watched *watched = &oracle->servers[server];
    if (!oracle->of_service) {
        check_content(oracle, server, index, snapshot);
    }
    if (index < watched->applied) {
        oracle_complain(oracle, "apply order",
                        "server %d delivered a snapshot for index %" PRIu64
                        " after it had applied index %" PRIu64
                        "; a snapshot must not take the service back",
                        server, index, watched->applied);
    }
    watched->restored = false;
    watched->applied = index;
    watched->copied = index;
}

/* ---- Lives --------------------------------------------------------------*/

void oracle_boot(struct oracle *oracle, int server, struct bytes snapshot)
{
    LAB_ASSERT(server >= 0 && server < oracle->count);
    struct watched *watched = &oracle->servers[server];
    watched->life++;
    watched->term = 0;
    watched->led_last = 0;
    watched->asked = false;
    watched->reported = false;
    watched->applied = 0;
    watched->restored = oracle->of_service && snapshot.size > 0;
    if (!oracle->of_service && snapshot.size > 0) {
        uint64_t index = snapshot.size < 8 ? 0 : take_u64(snapshot.data);
        oracle_saw_snapshot(oracle, server, index, snapshot);
    }
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
