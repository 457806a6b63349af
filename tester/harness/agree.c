/* agree.c - submits commands and waits until they are applied.
 * Layer: tester/harness. See agree.h; numbers: docs/labs.md §3.3, "one" and
 * "wait". */
#include "tester/harness/agree.h"

#include <inttypes.h>

#include "base/assert.h"
#include "tester/harness/lab.h"
#include "tester/harness/oracle.h"
#include "tester/harness/server_calls.h"
#include "tester/harness/servers.h"

static const sim_ns agree_limit = 10 * SIM_SECOND; /* in all */
static const sim_ns agree_window = 2 * SIM_SECOND; /* for one submission */
static const sim_ns agree_poll = 20 * SIM_MS;
static const sim_ns leader_pause = 50 * SIM_MS;
static const sim_ns wait_first = 10 * SIM_MS; /* doubles with each poll */
static const sim_ns wait_most = SIM_SECOND;   /* while below this */
enum { WAIT_POLLS = 30 };

static const struct sim_event_kind event_submit = {
    "submit", {"server", "value", "index", "term"}};

/* ---- Submitting ---------------------------------------------------------*/

/* Submit to one server; false if it does not lead. */
static bool offer(struct cluster *c, int index, uint64_t value,
                  struct bytes command, struct raft_start *start)
{
    struct server *server = &c->lab->servers[index];
    bool taken =
        server_start(c->lab, server, command, start) && start->is_leader;
    if (taken) {
        sim_event(&event_submit, (uint64_t)index, value, start->index,
                  start->term);
    }
    return taken;
}

struct raft_start cluster_submit(struct cluster *c, int server, uint64_t value)
{
    uint8_t command[COMMAND_BYTES];
    struct raft_start start;
    command_pack_plain(value, command);
    if (lab_server(c->lab, server)->raft &&
        offer(c, server, value, bytes_of(command, sizeof(command)), &start)) {
        return start;
    }
    return (struct raft_start){.is_leader = false};
}

/* Submit to one server after the other, beginning behind *last, until one takes
 * the command. */
static bool offer_around(struct cluster *c, struct command command,
                         struct bytes packed, int *last, uint64_t *index)
{
    struct lab *lab = c->lab;
    for (int i = 0; i < lab->count; i++) {
        struct raft_start start;
        *last = (*last + 1) % lab->count;
        if (server_answers(&lab->servers[*last]) &&
            offer(c, *last, command.value, packed, &start)) {
            *index = start.index;
            return true;
        }
    }
    return false;
}

/* ---- Agreement ----------------------------------------------------------*/

static bool is_agreed(const struct oracle *oracle, uint64_t index,
                      struct command command, int expected)
{
    int count = oracle_committed(oracle, index);
    if (count == 0 || count < expected) {
        return false;
    }
    struct command there = oracle_command(oracle, index);
    return there.value == command.value && there.size == command.size;
}

static bool becomes_agreed(struct cluster *c, uint64_t index,
                           struct command command, int expected)
{
    sim_ns end = sim_now() + agree_window;
    while (sim_now() < end) {
        if (is_agreed(c->lab->oracle, index, command, expected)) {
            return true;
        }
        sim_sleep(agree_poll);
    }
    return false;
}

/* index: the last index that a leader gave to the command; 0: no server took
 * it. */
_Noreturn static void fail_agreement(struct cluster *c, uint64_t value,
                                     uint64_t index, int expected, sim_ns limit)
{
    const struct oracle *oracle = c->lab->oracle;
    unsigned seconds = (unsigned)(limit / SIM_SECOND);
    if (index == 0) {
        cluster_fail(c, "agreement",
                     "no connected server accepted command %" PRIu64
                     " as leader within %u s",
                     value, seconds);
    }
    int count = oracle_committed(oracle, index);
    uint64_t there = count > 0 ? oracle_command(oracle, index).value : value;
    if (there != value) {
        cluster_fail(c, "agreement",
                     "command %" PRIu64
                     " was not applied within %u s: at index "
                     "%" PRIu64 ", which the leader had returned for it, the "
                     "servers applied command %" PRIu64,
                     value, seconds, index, there);
    }
    cluster_fail(c, "agreement",
                 "within %u s only %d of the expected %d servers applied "
                 "command %" PRIu64
                 ", which the leader had accepted at index %" PRIu64,
                 seconds, count, expected, value, index);
}

uint64_t cluster_agree(struct cluster *c, struct command command, int expected,
                       enum retry retry)
{
    struct bytes packed = command_pack(command);
    sim_ns end = sim_now() + agree_limit;
    uint64_t given = 0;
    int last = 0;
    if (expected == ALL_SERVERS) {
        expected = c->lab->count;
    }
    LAB_ASSERT(expected > 0);
    while (sim_now() < end) {
        uint64_t index;
        if (!offer_around(c, command, packed, &last, &index)) {
            sim_sleep(leader_pause);
            continue;
        }
        given = index;
        if (becomes_agreed(c, index, command, expected)) {
            bytes_free(&packed);
            return index;
        }
        if (retry == NO_RETRY) {
            fail_agreement(c, command.value, index, expected, agree_window);
        }
    }
    fail_agreement(c, command.value, given, expected, agree_limit);
}

/* ---- Indexes ------------------------------------------------------------*/

int cluster_committed(struct cluster *c, uint64_t index)
{
    return oracle_committed(c->lab->oracle, index);
}

uint64_t cluster_committed_value(struct cluster *c, uint64_t index)
{
    return oracle_command(c->lab->oracle, index).value;
}

/* Is a running server in a later term? */
static bool is_beyond(struct cluster *c, uint64_t term)
{
    struct lab *lab = c->lab;
    for (int i = 0; i < lab->count; i++) {
        struct raft_state state;
        if (lab->servers[i].raft &&
            server_get_state(lab, &lab->servers[i], &state) &&
            state.term > term) {
            return true;
        }
    }
    return false;
}

bool cluster_wait_commit(struct cluster *c, uint64_t index, int expected,
                         uint64_t term, uint64_t *value)
{
    const struct oracle *oracle = c->lab->oracle;
    sim_ns pause = wait_first;
    if (expected == ALL_SERVERS) {
        expected = c->lab->count;
    }
    LAB_ASSERT(expected > 0);
    for (int poll = 0; poll < WAIT_POLLS; poll++) {
        if (oracle_committed(oracle, index) >= expected) {
            break;
        }
        sim_sleep(pause);
        pause = pause < wait_most ? 2 * pause : pause;
        if (term != ANY_TERM && is_beyond(c, term)) {
            return false;
        }
    }
    int count = oracle_committed(oracle, index);
    if (count < expected) {
        cluster_fail(c, "agreement",
                     "within 30 s only %d of the expected %d servers applied "
                     "index %" PRIu64,
                     count, expected, index);
    }
    if (value) {
        *value = oracle_command(oracle, index).value;
    }
    return true;
}
