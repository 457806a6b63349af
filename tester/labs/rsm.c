/* rsm.c - tests of the replicated state machine between a service and Raft.
 * Layer: tester/labs. Scenarios and numbers: docs/labs.md §5.5. */
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

/* Submit a command to one server. False: the server does not lead or has
 * crashed, or the command may be lost. */
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
        REQUIRE(c, result.size == sizeof(*value),
                "results are those of the machine",
                "rsm_submit returned a result of %zu bytes, but the machine "
                "returned %zu",
                result.size, sizeof(*value));
        memcpy(value, result.data, sizeof(*value));
    }
    bytes_free(&result);
    return done;
}

/* Submit to one server of a side (NULL: the connected servers) after the other,
 * for up to ten seconds, and return the result. */
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
                 "a command was submitted to all servers again and again for "
                 "%d s, but none has executed it",
                 LIMIT_MS / 1000);
}

static uint64_t increment(struct cluster *c)
{
    return submit_around(HERE(c), COUNTER_INC, NULL);
}

/* Wait until the counters of this number of servers have the value. */
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
        c, "all machines reach the same state",
        "after %d s the counters of %d of the expected %d servers are %" PRIu64
        "; server 0 has %" PRIu64 ", server 1 %" PRIu64 ", server 2 %" PRIu64,
        LIMIT_MS / 1000, count, servers, value, c->lab->servers[0].counter,
        c->lab->servers[1].counter, c->lab->servers[2].counter);
}

/* ---- Many at once --------------------------------------------------------*/

enum { MANY = 100 };

struct submission {
    int server; /* -1: any */
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

/* A submission that waits on a server must return false when it is shut down.
 */
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

/* A leader that reaches no majority may step down (thesis §6.2). Then
 * submissions to it may return. */
static bool still_leads(struct cluster *c, int server)
{
    struct raft_state state;
    return server_get_state(c->lab, &c->lab->servers[server], &state) &&
           state.is_leader;
}

/* ---- The tests -----------------------------------------------------------*/

RSM_TEST(TestBasicRSM, "every server executes each command once", .points = 2)
{
    for (uint64_t i = 1; i <= 10; i++) {
        /* Does rsm_submit return the result, and does every server execute the
         * command once? */
        uint64_t value = increment(c);
        REQUIRE(c, value == i, "results are those of the machine",
                "the result of increment number %" PRIu64 " is %" PRIu64, i,
                value);
        check_counter(c, i, SERVERS);
    }
}

RSM_TEST(TestConcurrentRSM, "many concurrent submissions", .points = 2)
{
    enum { COUNT = 50 };
    struct submission submissions[COUNT];
    struct helper *helpers[COUNT];
    submit_many(c, submissions, helpers, COUNT, -1, COUNTER_INC);
    join_all(helpers, COUNT);
    check_counter(c, COUNT, SERVERS);
}

RSM_TEST(TestLeaderFailureRSM,
         "a new leader executes commands when the old one fails", .points = 2)
{
    increment(c);
    check_counter(c, 1, SERVERS);
    int leader = check_one_leader(c);
    disconnect(c, leader);
    increment(c);
    check_counter(c, 2, SERVERS - 1);
    /* Does the old leader catch up? */
    connect_server(c, leader);
    check_counter(c, 2, SERVERS);
}

RSM_TEST(TestLeaderPartitionRSM,
         "submissions to a leader without a majority execute nothing",
         .points = 3)
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
    /* Many submissions to the leader, whose majority is gone; the others elect
     * another leader and execute a command. */
    partition(c, side);
    submit_many(c, submissions, helpers, MANY, leader, COUNTER_DEC);
    sleep_ms(10);
    submit_around(c, COUNTER_INC, side);

    /* Do the submissions wait? They might still be committed. */
    sleep_ms(1000);
    int early = returned(submissions, MANY);
    REQUIRE(c, early < MANY || !still_leads(c, leader),
            "submissions wait while they may succeed",
            "all %d submissions to a leader without a majority have returned, "
            "while its Raft still says that it leads",
            MANY);
    /* Do all return soon when the partition heals, and has none been executed?
     */
    connect_all(c);
    require_all_return(c, submissions, MANY, 1000);
    join_all(helpers, MANY);
    for (int i = 0; i < MANY; i++) {
        REQUIRE(c, !submissions[i].done, "no commit without a majority",
                "rsm_submit returned true for a command that only a leader "
                "without a majority had accepted");
    }
    check_counter(c, 2, SERVERS);
}

/* Execute a hundred commands, restart all servers, execute one more: do the
 * counters continue? */
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

RSM_TEST(TestRestartReplayRSM,
         "servers execute their log again after a restart", .points = 3)
{
    count_restart_count(c);
    /* And is nothing executed twice? */
    sleep_ms(1000);
    check_counter(c, 101, SERVERS);
}

RSM_TEST(TestShutdownRSM, "submissions return when their server is shut down",
         .points = 2)
{
    struct submission submissions[MANY];
    struct helper *helpers[MANY];
    int leader = check_one_leader(c);
    /* Disconnect all servers, so that all submissions wait. */
    for (int i = 0; i < SERVERS; i++) {
        disconnect(c, i);
    }
    submit_many(c, submissions, helpers, MANY, leader, COUNTER_NULL);
    sleep_ms(20);
    /* Do they return when the servers are shut down? */
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
    /* Do all return, and do the servers execute another command? */
    require_all_return(c, submissions, MANY, 11000);
    join_all(helpers, MANY);
    increment(c);
    check_counter(c, 102, SERVERS);
}

RSM_TEST(TestSnapshotRSM, "snapshots keep the log small and survive a restart",
         .points = 3, .max_raft_state = MAX_RAFT_STATE)
{
    for (uint64_t i = 1; i <= 100; i++) {
        increment(c);
    }
    check_counter(c, 100, SERVERS);
    /* Is the saved log small after a restart, and the counter right? */
    restart_all(c);
    increment(c);
    size_t bytes = log_bytes(c);
    REQUIRE(c, bytes <= 2 * MAX_RAFT_STATE, "log size",
            "a server has saved %zu bytes of Raft state; max_raft_state is %d, "
            "and the limit is %d",
            bytes, MAX_RAFT_STATE, 2 * MAX_RAFT_STATE);
    check_counter(c, 101, SERVERS);
}
