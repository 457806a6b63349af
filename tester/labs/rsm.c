/* rsm.c - tests of the replicated state machine between a service and Raft.
 * Layer: tester. Scenarios and numbers: docs/labs.md §5.5. */
#include <inttypes.h>
#include <string.h>

#include "tester/harness/cluster.h"
#include "tester/harness/lab.h"
#include "tester/harness/partition.h"
#include "tester/harness/rsm_counter.h"
#include "tester/harness/server_calls.h"
#include "tester/labs/registry.h"

enum { SERVERS = 3, MAX_RAFT_STATE = 1000 };

#define RSM_TEST(test, title, ...)                                             \
    LAB_TEST(test, title, .part = "RSM", .servers = SERVERS,                   \
             .service = ROLE_RSM, __VA_ARGS__)

/* ---- Submitting ----------------------------------------------------------*/

/* At one server. False: it does not lead, has lost the command, or crashed. */
static bool submit_at(struct cluster *c, int server, char what, uint64_t *value)
{
    struct bytes result = {NULL, 0};
    char command[COUNTER_BYTES];
    bool done = false;
    if (!is_running(c, server)) {
        return false;
    }
    memset(command, what, sizeof(command));
    server_submit(&c->lab->servers[server], bytes_of(command, sizeof(command)),
                  &result, &done);
    if (done) {
        REQUIRE(c, result.size == sizeof(*value), "results are the machine's",
                "rsm_submit returned a result of %zu bytes where the machine "
                "gives %zu",
                result.size, sizeof(*value));
        memcpy(value, result.data, sizeof(*value));
    }
    bytes_free(&result);
    return done;
}

/* Go round the servers of a side (NULL: the connected ones) for ten seconds. */
static uint64_t submit_around(struct cluster *c, char what, const bool *side)
{
    enum { ROUND_MS = 50, LIMIT_MS = 10000 };
    for (int waited = 0; waited < LIMIT_MS; waited += ROUND_MS) {
        for (int i = 0; i < SERVERS; i++) {
            uint64_t value = 0;
            if ((side ? side[i] : is_connected(c, i)) &&
                submit_at(c, i, what, &value)) {
                return value;
            }
        }
        sleep_ms(ROUND_MS);
    }
    cluster_fail(c, "a command is executed",
                 "no server has executed a command that was submitted, for "
                 "%d s",
                 LIMIT_MS / 1000);
}

static uint64_t increment(struct cluster *c)
{
    return submit_around(HERE(c), COUNTER_INC, NULL);
}

/* Wait until so many servers' counters have this value. */
static void check_counter(struct cluster *c, uint64_t value, int servers)
{
    enum { FIRST_MS = 10, LAST_MS = 1000, LIMIT_MS = 30000 };
    int waited = 0, pause = FIRST_MS, count = 0;
    while (waited < LIMIT_MS) {
        count = 0;
        for (int i = 0; i < SERVERS; i++) {
            const struct server *server = &c->lab->servers[i];
            count += server->rsm != NULL && server->counter == value;
        }
        if (count >= servers) {
            return;
        }
        sleep_ms((uint64_t)pause);
        waited += pause;
        pause = pause < LAST_MS ? 2 * pause : LAST_MS;
    }
    cluster_fail(
        c, "all machines get there",
        "%d of %d counters that should be %" PRIu64
        " are, after %d s; server 0 has %" PRIu64 ", 1 %" PRIu64 ", 2 %" PRIu64,
        count, servers, value, LIMIT_MS / 1000, c->lab->servers[0].counter,
        c->lab->servers[1].counter, c->lab->servers[2].counter);
}

/* ---- Many at once --------------------------------------------------------*/

enum { MANY = 100 };

struct submission {
    int server; /* -1: around */
    char what;
    bool returned, done;
};

static void run_submission(struct cluster *c, void *argument)
{
    struct submission *submission = argument;
    uint64_t value;
    if (submission->server < 0) {
        submit_around(c, submission->what, NULL);
        submission->done = true;
    } else {
        submission->done =
            submit_at(c, submission->server, submission->what, &value);
    }
    submission->returned = true;
}

static void submit_many(struct cluster *c, struct submission *submissions,
                        struct helper **helpers, int count, int server,
                        char what)
{
    for (int i = 0; i < count; i++) {
        submissions[i] = (struct submission){.server = server, .what = what};
        helpers[i] = spawn(c, run_submission, &submissions[i]);
    }
}

static int returned(const struct submission *submissions, int count)
{
    int found = 0;
    for (int i = 0; i < count; i++) {
        found += submissions[i].returned;
    }
    return found;
}

static void require_all_return(struct cluster *c,
                               const struct submission *submissions, int count,
                               int limit_ms)
{
    for (int i = 0; i < limit_ms / 10; i++) {
        if (returned(submissions, count) == count) {
            return;
        }
        sleep_ms(10);
    }
    int found = returned(submissions, count);
    REQUIRE(c, found == count, "every submission returns",
            "%d of %d submissions have not returned after %.1f s",
            count - found, count, limit_ms / 1e3);
}

static void join_all(struct helper **helpers, int count)
{
    for (int i = 0; i < count; i++) {
        join(helpers[i]);
    }
}

/* Whoever waits for a result is told that there will be none. */
static void shut_down_all(struct cluster *c)
{
    for (int i = 0; i < SERVERS; i++) {
        shut_down(c, i);
    }
}

static void crash_all(struct cluster *c)
{
    for (int i = 0; i < SERVERS; i++) {
        crash(c, i);
    }
}

static void restart_all(struct cluster *c)
{
    crash_all(c);
    sleep_ms(1000);
    for (int i = 0; i < SERVERS; i++) {
        restart(c, i);
    }
}

/* A leader that hears of no majority may step down (thesis §6.2), and then
 * its submitters need not wait any more. */
static bool still_leads(struct cluster *c, int server)
{
    struct raft_state state;
    return server_get_state(c->lab, &c->lab->servers[server], &state) &&
           state.is_leader;
}

/* ---- The tests -----------------------------------------------------------*/

RSM_TEST(TestBasicRSM, "results are those of the machine", .points = 2)
{
    for (uint64_t i = 1; i <= 10; i++) {
        uint64_t value = increment(c);
        REQUIRE(c, value == i, "results are the machine's",
                "the result of increment %" PRIu64 " is %" PRIu64, i, value);
        check_counter(c, i, SERVERS);
    }
}

RSM_TEST(TestConcurrentRSM, "many submissions at once", .points = 2)
{
    enum { COUNT = 50 };
    struct submission submissions[COUNT];
    struct helper *helpers[COUNT];
    submit_many(c, submissions, helpers, COUNT, -1, COUNTER_INC);
    join_all(helpers, COUNT);
    check_counter(c, COUNT, SERVERS);
}

RSM_TEST(TestLeaderFailureRSM, "another leader goes on", .points = 2)
{
    increment(c);
    check_counter(c, 1, SERVERS);
    int leader = check_one_leader(c);
    disconnect(c, leader);
    increment(c);
    check_counter(c, 2, SERVERS - 1);
    connect_server(c, leader);
    check_counter(c, 2, SERVERS);
}

RSM_TEST(TestLeaderPartitionRSM, "a leader that lost its majority", .points = 3)
{
    struct submission submissions[MANY];
    struct helper *helpers[MANY];
    bool side[SERVERS];
    increment(c);
    check_counter(c, 1, SERVERS);
    int leader = check_one_leader(c);
    for (int i = 0; i < SERVERS; i++) {
        side[i] = i != leader;
    }
    partition(c, side);
    submit_many(c, submissions, helpers, MANY, leader, COUNTER_DEC);
    sleep_ms(10);
    submit_around(c, COUNTER_INC, side);

    sleep_ms(1000);
    int early = returned(submissions, MANY);
    REQUIRE(c, early < MANY || !still_leads(c, leader),
            "submissions wait while they may succeed",
            "all %d submissions at a leader without a majority have returned, "
            "while its Raft still says that it leads",
            MANY);
    connect_all(c);
    require_all_return(c, submissions, MANY, 1000);
    join_all(helpers, MANY);
    for (int i = 0; i < MANY; i++) {
        REQUIRE(c, !submissions[i].done, "lost leaders commit nothing",
                "a submission at a leader without a majority says that it was "
                "executed");
    }
    check_counter(c, 2, SERVERS);
}

/* A hundred commands, all servers anew, and one more: the counters go on. */
static void count_restart_count(struct cluster *c)
{
    for (uint64_t i = 1; i <= 100; i++) {
        increment(c);
        check_counter(c, i, SERVERS);
    }
    restart_all(c);
    increment(c);
    check_counter(c, 101, SERVERS);
}

RSM_TEST(TestRestartReplayRSM, "the log is executed again", .points = 3)
{
    count_restart_count(c);
    sleep_ms(1000);
    check_counter(c, 101, SERVERS);
}

RSM_TEST(TestShutdownRSM, "no submission outlives its server", .points = 2)
{
    struct submission submissions[MANY];
    struct helper *helpers[MANY];
    int leader = check_one_leader(c);
    /* Cut off, so that all of them wait when the end comes. */
    for (int i = 0; i < SERVERS; i++) {
        disconnect(c, i);
    }
    submit_many(c, submissions, helpers, MANY, leader, COUNTER_NULL);
    sleep_ms(20);
    shut_down_all(c);
    require_all_return(c, submissions, MANY, 11000);
    crash_all(c);
    join_all(helpers, MANY);
}

RSM_TEST(TestRestartSubmitRSM, "submissions while all servers restart",
         .points = 3)
{
    struct submission submissions[MANY];
    struct helper *helpers[MANY];
    count_restart_count(c);

    int leader = check_one_leader(c);
    submit_many(c, submissions, helpers, MANY, leader, COUNTER_NULL);
    sleep_ms(20);
    shut_down_all(c);
    sleep_ms(100);
    restart_all(c);
    require_all_return(c, submissions, MANY, 11000);
    join_all(helpers, MANY);
    increment(c);
    check_counter(c, 102, SERVERS);
}

RSM_TEST(TestSnapshotRSM, "the log stays small, and the state survives",
         .points = 3, .max_raft_state = MAX_RAFT_STATE)
{
    for (uint64_t i = 1; i <= 100; i++) {
        increment(c);
    }
    check_counter(c, 100, SERVERS);
    restart_all(c);
    increment(c);
    size_t bytes = log_bytes(c);
    REQUIRE(c, bytes <= 2 * MAX_RAFT_STATE, "log size",
            "a server saves %zu bytes of Raft state; with snapshots near %d "
            "bytes it stays within %d",
            bytes, MAX_RAFT_STATE, 2 * MAX_RAFT_STATE);
    check_counter(c, 101, SERVERS);
}
