/* raft_2b.c - part 2B: log replication, on a reliable network.
 * Layer: tester. Scenarios and numbers: docs/labs.md §3.6. */
#include <inttypes.h>

#include "tester/harness/cluster.h"
#include "tester/labs/registry.h"

LAB_TEST(TestBasicAgree2B, "three commands are applied everywhere, in order",
         .part = "2B", .servers = 3, .points = 2)
{
    for (uint64_t index = 1; index <= 3; index++) {
        REQUIRE(c, committed(c, index) == 0, "nothing is applied unasked",
                "index %" PRIu64 " was applied before it was submitted", index);

        uint64_t given = agree(c, 100 * index, ALL_SERVERS, NO_RETRY);
        REQUIRE(c, given == index, "commands get indexes 1, 2, 3, ...",
                "command number %" PRIu64 " got index %" PRIu64, index, given);
    }
}

LAB_TEST(TestRPCBytes2B, "each command is sent to each server once",
         .part = "2B", .servers = 3, .points = 2)
{
    enum { COMMANDS = 10, BYTES = 5000, SLACK = 50000 };

    agree(c, 99, ALL_SERVERS, NO_RETRY);
    uint64_t bytes = rpc_bytes(c);

    for (uint64_t index = 2; index < 2 + COMMANDS; index++) {
        uint64_t given =
            agree_sized(c, random_value(c), BYTES, ALL_SERVERS, NO_RETRY);
        REQUIRE(c, given == index, "commands get indexes 1, 2, 3, ...",
                "command number %" PRIu64 " got index %" PRIu64, index, given);
    }

    bytes = rpc_bytes(c) - bytes;
    uint64_t limit = (uint64_t)server_count(c) * COMMANDS * BYTES + SLACK;
    REQUIRE(c, bytes <= limit, "RPC bytes",
            "calls took %" PRIu64 " bytes for %d commands of %d bytes; at most "
            "%" PRIu64 " are needed",
            bytes, COMMANDS, BYTES, limit);
}

LAB_TEST(TestFollowerFailure2B, "commits while a majority is left, only then",
         .part = "2B", .servers = 3, .points = 3)
{
    agree(c, 101, ALL_SERVERS, NO_RETRY);

    int leader1 = check_one_leader(c);
    disconnect(c, (leader1 + 1) % 3);
    agree(c, 102, 2, NO_RETRY);
    sleep_ms(RAFT_ELECTION_TIMEOUT_MS);
    agree(c, 103, 2, NO_RETRY);

    int leader2 = check_one_leader(c);
    disconnect(c, (leader2 + 1) % 3);
    disconnect(c, (leader2 + 2) % 3);

    struct raft_start start = submit(c, leader2, 104);
    REQUIRE(c, start.is_leader, "a leader takes commands",
            "server %d led, but did not take command 104", leader2);
    REQUIRE(c, start.index == 4, "commands get indexes 1, 2, 3, ...",
            "command number 4 got index %" PRIu64, start.index);

    sleep_ms(2 * RAFT_ELECTION_TIMEOUT_MS);
    REQUIRE(c, committed(c, 4) == 0, "no commit without a majority",
            "index 4 was applied though only the leader had it");
}

LAB_TEST(TestLeaderFailure2B, "commits while leaders fail, but not without any",
         .part = "2B", .servers = 3, .points = 3)
{
    agree(c, 101, ALL_SERVERS, NO_RETRY);

    int leader1 = check_one_leader(c);
    disconnect(c, leader1);
    agree(c, 102, 2, NO_RETRY);
    sleep_ms(RAFT_ELECTION_TIMEOUT_MS);
    agree(c, 103, 2, NO_RETRY);

    int leader2 = check_one_leader(c);
    disconnect(c, leader2);
    for (int server = 0; server < 3; server++) {
        submit(c, server, 104);
    }

    sleep_ms(2 * RAFT_ELECTION_TIMEOUT_MS);
    REQUIRE(c, committed(c, 4) == 0, "no commit without a majority",
            "index 4 was applied though two servers of three were cut off");
}

LAB_TEST(TestFailAgree2B, "agreement after a follower reconnects", .part = "2B",
         .servers = 3, .points = 4)
{
    agree(c, 101, ALL_SERVERS, NO_RETRY);

    int follower = (check_one_leader(c) + 1) % 3;
    disconnect(c, follower);
    agree(c, 102, 2, NO_RETRY);
    agree(c, 103, 2, NO_RETRY);
    sleep_ms(RAFT_ELECTION_TIMEOUT_MS);
    agree(c, 104, 2, NO_RETRY);
    agree(c, 105, 2, NO_RETRY);

    connect_server(c, follower);
    agree(c, 106, ALL_SERVERS, RETRY);
    sleep_ms(RAFT_ELECTION_TIMEOUT_MS);
    agree(c, 107, ALL_SERVERS, RETRY);
}

LAB_TEST(TestFailNoAgree2B, "no agreement while too many are cut off",
         .part = "2B", .servers = 5, .points = 3)
{
    agree(c, 10, ALL_SERVERS, NO_RETRY);

    int leader = check_one_leader(c);
    for (int i = 1; i <= 3; i++) {
        disconnect(c, (leader + i) % 5);
    }

    struct raft_start start = submit(c, leader, 20);
    REQUIRE(c, start.is_leader, "a leader takes commands",
            "server %d led, but did not take command 20", leader);
    REQUIRE(c, start.index == 2, "commands get indexes 1, 2, 3, ...",
            "command number 2 got index %" PRIu64, start.index);

    sleep_ms(2 * RAFT_ELECTION_TIMEOUT_MS);
    REQUIRE(c, committed(c, 2) == 0, "no commit without a majority",
            "index 2 was applied though three servers of five were cut off");

    for (int i = 1; i <= 3; i++) {
        connect_server(c, (leader + i) % 5);
    }

    /* The three may have chosen a leader of their own, who knows nothing of
     * index 2. */
    int leader2 = check_one_leader(c);
    struct raft_start again = submit(c, leader2, 30);
    REQUIRE(c, again.is_leader, "a leader takes commands",
            "server %d led, but did not take command 30", leader2);
    REQUIRE(c, again.index == 2 || again.index == 3,
            "commands get indexes 1, 2, 3, ...",
            "command 30 got index %" PRIu64 ", not 2 or 3", again.index);

    agree(c, 1000, ALL_SERVERS, RETRY);
}

/* ---- ConcurrentStarts ---------------------------------------------------*/

enum { STARTERS = 5, TRIES = 5, TRY_PAUSE_MS = 3000 };

struct starter {
    int server;
    uint64_t value;
    struct raft_start start;
};

static void start_one(struct cluster *c, void *argument)
{
    struct starter *starter = argument;
    starter->start = submit(c, starter->server, starter->value);
}

/* Are all values of the starters among those applied at their indexes?
 * False if the term moved on meanwhile. */
static bool starts_are_applied(struct cluster *c, uint64_t term,
                               const struct starter *starters)
{
    uint64_t applied[STARTERS];
    int count = 0;
    for (int i = 0; i < STARTERS; i++) {
        const struct raft_start *start = &starters[i].start;
        if (!start->is_leader || start->term != term) {
            continue;
        }
        if (!wait_commit(c, start->index, ALL_SERVERS, term, &applied[count])) {
            return false;
        }
        count++;
    }
    for (int i = 0; i < STARTERS; i++) {
        bool found = false;
        for (int k = 0; k < count; k++) {
            found = found || applied[k] == starters[i].value;
        }
        REQUIRE(c, found, "what a leader took is applied",
                "command %" PRIu64 ", submitted at server %d in term %" PRIu64
                ", was not applied",
                starters[i].value, starters[i].server, term);
    }
    return true;
}

static bool try_concurrent_starts(struct cluster *c)
{
    int leader = check_one_leader(c);
    struct raft_start first = submit(c, leader, 1);
    if (!first.is_leader) {
        return false;
    }

    struct starter starters[STARTERS];
    struct helper *helpers[STARTERS];
    for (int i = 0; i < STARTERS; i++) {
        starters[i] = (struct starter){leader, 100 + (uint64_t)i, {0}};
        helpers[i] = spawn(c, start_one, &starters[i]);
    }
    for (int i = 0; i < STARTERS; i++) {
        join(helpers[i]);
    }

    return all_in_term(c, first.term) &&
           starts_are_applied(c, first.term, starters);
}

LAB_TEST(TestConcurrentStarts2B, "five commands submitted at once",
         .part = "2B", .servers = 3, .points = 3)
{
    bool done = false;
    for (int i = 0; i < TRIES && !done; i++) {
        if (i > 0) {
            sleep_ms(TRY_PAUSE_MS); /* for a term to settle */
        }
        done = try_concurrent_starts(c);
    }
    REQUIRE(c, done, "a stable leader",
            "the term changed during each of %d tries", TRIES);
}

/* ---- Rejoin and Backup --------------------------------------------------*/

LAB_TEST(TestRejoin2B, "a leader that was cut off comes back", .part = "2B",
         .servers = 3, .points = 4)
{
    agree(c, 101, ALL_SERVERS, RETRY);

    /* The old leader takes commands that nobody else will see. */
    int leader1 = check_one_leader(c);
    disconnect(c, leader1);
    submit(c, leader1, 102);
    submit(c, leader1, 103);
    submit(c, leader1, 104);

    agree(c, 103, 2, RETRY);

    int leader2 = check_one_leader(c);
    disconnect(c, leader2);
    connect_server(c, leader1);
    agree(c, 104, 2, RETRY);

    connect_server(c, leader2);
    agree(c, 105, ALL_SERVERS, RETRY);
}

enum { TAIL = 50 };

static void submit_many(struct cluster *c, int server)
{
    for (int i = 0; i < TAIL; i++) {
        submit(c, server, random_value(c));
    }
}

static void agree_many(struct cluster *c, int expected)
{
    for (int i = 0; i < TAIL; i++) {
        agree(c, random_value(c), expected, RETRY);
    }
}

LAB_TEST(TestBackup2B, "long wrong tails are replaced quickly", .part = "2B",
         .servers = 5, .points = 4)
{
    agree(c, random_value(c), ALL_SERVERS, RETRY);

    /* A leader with one follower collects what cannot be committed. */
    int leader1 = check_one_leader(c);
    disconnect(c, (leader1 + 2) % 5);
    disconnect(c, (leader1 + 3) % 5);
    disconnect(c, (leader1 + 4) % 5);
    submit_many(c, leader1);
    sleep_ms(RAFT_ELECTION_TIMEOUT_MS / 2);

    /* The other three commit much. */
    disconnect(c, leader1);
    disconnect(c, (leader1 + 1) % 5);
    connect_server(c, (leader1 + 2) % 5);
    connect_server(c, (leader1 + 3) % 5);
    connect_server(c, (leader1 + 4) % 5);
    agree_many(c, 3);

    /* Now their leader, too, is left with one follower. */
    int leader2 = check_one_leader(c);
    int other = (leader1 + 2) % 5;
    if (other == leader2) {
        other = (leader2 + 1) % 5;
    }
    disconnect(c, other);
    submit_many(c, leader2);
    sleep_ms(RAFT_ELECTION_TIMEOUT_MS / 2);

    /* The first two come back, with one that knows what was committed. */
    for (int server = 0; server < 5; server++) {
        disconnect(c, server);
    }
    connect_server(c, leader1);
    connect_server(c, (leader1 + 1) % 5);
    connect_server(c, other);
    agree_many(c, 3);

    for (int server = 0; server < 5; server++) {
        connect_server(c, server);
    }
    agree(c, random_value(c), ALL_SERVERS, RETRY);
}

/* ---- Count --------------------------------------------------------------*/

enum {
    COUNTED = 10,
    ELECTION_RPCS = 30,
    COMMAND_RPCS = (COUNTED + 1 + 3) * 3, /* for 12 commands, 3 servers */
    IDLE_RPCS = 3 * 20,                   /* in a second */
};

/* Submit and wait for a batch. False if the term moved on meanwhile: then
 * nothing can be said about the number of RPCs. */
static bool count_batch(struct cluster *c)
{
    uint64_t values[COUNTED + 2];
    int leader = check_one_leader(c);
    uint64_t before = rpc_count(c);

    struct raft_start first = submit(c, leader, 1);
    if (!first.is_leader) {
        return false;
    }
    for (int i = 1; i < COUNTED + 2; i++) {
        values[i] = random_value(c);
        struct raft_start next = submit(c, leader, values[i]);
        if (!next.is_leader || next.term != first.term) {
            return false;
        }
        REQUIRE(c, next.index == first.index + (uint64_t)i,
                "commands get consecutive indexes",
                "in term %" PRIu64 " command number %d after index %" PRIu64
                " got index %" PRIu64,
                first.term, i, first.index, next.index);
    }
    for (int i = 1; i <= COUNTED; i++) {
        uint64_t index = first.index + (uint64_t)i;
        uint64_t value;
        if (!wait_commit(c, index, ALL_SERVERS, first.term, &value)) {
            return false;
        }
        REQUIRE(c, value == values[i], "what a leader took is applied",
                "index %" PRIu64 " got command %" PRIu64 ", not %" PRIu64,
                index, value, values[i]);
    }
    uint64_t used = rpc_count(c) - before;
    if (!all_in_term(c, first.term)) {
        return false;
    }
    REQUIRE(c, used <= COMMAND_RPCS, "RPC count",
            "%" PRIu64 " RPCs for %d commands submitted at once; %d are enough",
            used, COUNTED + 2, COMMAND_RPCS);
    return true;
}

LAB_TEST(TestCount2B, "no more RPCs than needed", .part = "2B", .servers = 3,
         .points = 2)
{
    check_one_leader(c);
    uint64_t used = rpc_count(c);
    REQUIRE(c, used >= 1 && used <= ELECTION_RPCS, "RPC count",
            "%" PRIu64 " RPCs to elect the first leader, not 1 to %d", used,
            ELECTION_RPCS);

    bool done = false;
    for (int i = 0; i < TRIES && !done; i++) {
        if (i > 0) {
            sleep_ms(TRY_PAUSE_MS);
        }
        done = count_batch(c);
    }
    REQUIRE(c, done, "a stable leader",
            "the term changed during each of %d tries", TRIES);

    used = rpc_count(c);
    sleep_ms(RAFT_ELECTION_TIMEOUT_MS);
    used = rpc_count(c) - used;
    REQUIRE(c, used <= IDLE_RPCS, "RPC count",
            "%" PRIu64 " RPCs in a second in which nothing happened; %d are "
            "enough",
            used, IDLE_RPCS);
}
