/* raft_2b.c - part 2B: log replication, on a reliable network.
 * Layer: tester/labs. Scenarios and numbers: docs/labs.md §3.6. */
#include <inttypes.h>

#include "tester/harness/cluster.h"
#include "tester/labs/registry.h"

LAB_TEST(TestBasicAgree2B, "all servers apply three commands, in order",
         .part = "2B", .servers = 3, .points = 2)
{
    for (uint64_t index = 1; index <= 3; index++) {
        /* Does no server apply an entry before a command is submitted? */
        REQUIRE(c, committed(c, index) == 0,
                "only submitted commands are applied",
                "a server applied index %" PRIu64
                " before a command was submitted for it",
                index);

        /* Do all servers apply the command at the expected index? */
        uint64_t given = agree(c, 100 * index, ALL_SERVERS, NO_RETRY);
        REQUIRE(c, given == index, "commands get indexes 1, 2, 3, ...",
                "command number %" PRIu64 " got index %" PRIu64, index, given);
    }
}

LAB_TEST(TestRPCBytes2B, "the leader sends each command to each follower once",
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

    /* Were at most as many bytes sent as one copy for each server takes? */
    bytes = rpc_bytes(c) - bytes;
    uint64_t limit = (uint64_t)server_count(c) * COMMANDS * BYTES + SLACK;
    REQUIRE(c, bytes <= limit, "RPC bytes",
            "RPCs took %" PRIu64
            " bytes for %d commands of %d bytes; the limit "
            "is %" PRIu64 ", one copy for each server and some more",
            bytes, COMMANDS, BYTES, limit);
}

LAB_TEST(TestFollowerFailure2B,
         "entries are committed as long as a majority is connected",
         .part = "2B", .servers = 3, .points = 3)
{
    agree(c, 101, ALL_SERVERS, NO_RETRY);

    /* Do leader and one follower agree without the other follower, also after
     * its election timeout? */
    int leader1 = check_one_leader(c);
    disconnect(c, (leader1 + 1) % 3);
    agree(c, 102, 2, NO_RETRY);
    sleep_ms(RAFT_ELECTION_TIMEOUT_MS);
    agree(c, 103, 2, NO_RETRY);

    /* Does a leader without followers accept a command, but not commit it? */
    int leader2 = check_one_leader(c);
    disconnect(c, (leader2 + 1) % 3);
    disconnect(c, (leader2 + 2) % 3);

    struct raft_start start = submit(c, leader2, 104);
    REQUIRE(c, start.is_leader, "a leader accepts commands",
            "server %d was leader, but did not accept command 104", leader2);
    REQUIRE(c, start.index == 4, "commands get indexes 1, 2, 3, ...",
            "command number 4 got index %" PRIu64, start.index);

    sleep_ms(2 * RAFT_ELECTION_TIMEOUT_MS);
    REQUIRE(c, committed(c, 4) == 0, "no commit without a majority",
            "a server applied index 4, which only the leader has in its log");
}

LAB_TEST(TestLeaderFailure2B,
         "entries are committed after a leader fails, but not after two",
         .part = "2B", .servers = 3, .points = 3)
{
    agree(c, 101, ALL_SERVERS, NO_RETRY);

    /* Do the followers agree under a new leader? */
    int leader1 = check_one_leader(c);
    disconnect(c, leader1);
    agree(c, 102, 2, NO_RETRY);
    sleep_ms(RAFT_ELECTION_TIMEOUT_MS);
    agree(c, 103, 2, NO_RETRY);

    /* With the second leader gone, too, is nothing committed? */
    int leader2 = check_one_leader(c);
    disconnect(c, leader2);
    for (int server = 0; server < 3; server++) {
        submit(c, server, 104);
    }

    sleep_ms(2 * RAFT_ELECTION_TIMEOUT_MS);
    REQUIRE(c, committed(c, 4) == 0, "no commit without a majority",
            "a server applied index 4 while two of three servers were "
            "disconnected");
}

LAB_TEST(TestFailAgree2B, "a follower that reconnects catches up", .part = "2B",
         .servers = 3, .points = 4)
{
    agree(c, 101, ALL_SERVERS, NO_RETRY);

    /* Do the leader and the other follower agree? */
    int follower = (check_one_leader(c) + 1) % 3;
    disconnect(c, follower);
    agree(c, 102, 2, NO_RETRY);
    agree(c, 103, 2, NO_RETRY);
    sleep_ms(RAFT_ELECTION_TIMEOUT_MS);
    agree(c, 104, 2, NO_RETRY);
    agree(c, 105, 2, NO_RETRY);

    /* Do all servers agree, with what the follower has missed, when it is
     * back? */
    connect_server(c, follower);
    agree(c, 106, ALL_SERVERS, RETRY);
    sleep_ms(RAFT_ELECTION_TIMEOUT_MS);
    agree(c, 107, ALL_SERVERS, RETRY);
}

LAB_TEST(TestFailNoAgree2B,
         "no entry is committed while a majority is disconnected", .part = "2B",
         .servers = 5, .points = 3)
{
    agree(c, 10, ALL_SERVERS, NO_RETRY);

    /* Does a leader with one follower of four commit nothing? */
    int leader = check_one_leader(c);
    for (int i = 1; i <= 3; i++) {
        disconnect(c, (leader + i) % 5);
    }

    struct raft_start start = submit(c, leader, 20);
    REQUIRE(c, start.is_leader, "a leader accepts commands",
            "server %d was leader, but did not accept command 20", leader);
    REQUIRE(c, start.index == 2, "commands get indexes 1, 2, 3, ...",
            "command number 2 got index %" PRIu64, start.index);

    sleep_ms(2 * RAFT_ELECTION_TIMEOUT_MS);
    REQUIRE(c, committed(c, 2) == 0, "no commit without a majority",
            "a server applied index 2 while three of five servers were "
            "disconnected");

    for (int i = 1; i <= 3; i++) {
        connect_server(c, (leader + i) % 5);
    }

    /* Which index does the next command get? The three may have elected a
     * leader that does not have the entry at index 2. */
    int leader2 = check_one_leader(c);
    struct raft_start again = submit(c, leader2, 30);
    REQUIRE(c, again.is_leader, "a leader accepts commands",
            "server %d was leader, but did not accept command 30", leader2);
    REQUIRE(c, again.index == 2 || again.index == 3,
            "commands get indexes 1, 2, 3, ...",
            "command 30 got index %" PRIu64 ", not 2 or 3", again.index);

    /* Do all five agree again? */
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

/* Do all servers apply the commands of all starters at the indexes that the
 * leader returned? False if the term changed meanwhile. */
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
        REQUIRE(c, found, "commands of a stable leader are applied",
                "server %d, leader in term %" PRIu64
                ", accepted command %" PRIu64
                ", but no server applied it although the term did not change",
                starters[i].server, term, starters[i].value);
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

    /* Five threads submit a command to the leader at the same time. */
    struct starter starters[STARTERS];
    struct helper *helpers[STARTERS];
    for (int i = 0; i < STARTERS; i++) {
        starters[i] = (struct starter){leader, 100 + (uint64_t)i, {0}};
        helpers[i] = spawn(c, start_one, &starters[i]);
    }
    for (int i = 0; i < STARTERS; i++) {
        join(helpers[i]);
    }

    /* Are all five applied? After an election nothing can be said: try again.
     */
    return all_in_term(c, first.term) &&
           starts_are_applied(c, first.term, starters);
}

LAB_TEST(TestConcurrentStarts2B,
         "a leader commits five commands that are submitted concurrently",
         .part = "2B", .servers = 3, .points = 3)
{
    bool done = false;
    for (int i = 0; i < TRIES && !done; i++) {
        if (i > 0) {
            sleep_ms(TRY_PAUSE_MS); /* let the elections end */
        }
        done = try_concurrent_starts(c);
    }
    REQUIRE(c, done, "a stable leader",
            "the term changed during each of %d tries", TRIES);
}

/* ---- Rejoin and Backup --------------------------------------------------*/

LAB_TEST(TestRejoin2B,
         "a disconnected leader comes back and drops its uncommitted entries",
         .part = "2B", .servers = 3, .points = 4)
{
    agree(c, 101, ALL_SERVERS, RETRY);

    /* The disconnected leader accepts commands that it cannot replicate. */
    int leader1 = check_one_leader(c);
    disconnect(c, leader1);
    submit(c, leader1, 102);
    submit(c, leader1, 103);
    submit(c, leader1, 104);

    /* Does the new leader commit another command at the first of their indexes?
     */
    agree(c, 103, 2, RETRY);

    /* Does the old leader replace its entries when it rejoins? */
    int leader2 = check_one_leader(c);
    disconnect(c, leader2);
    connect_server(c, leader1);
    agree(c, 104, 2, RETRY);

    /* Do all three agree? */
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

LAB_TEST(TestBackup2B, "leaders replace long conflicting logs quickly",
         .part = "2B", .servers = 5, .points = 4)
{
    agree(c, random_value(c), ALL_SERVERS, RETRY);

    /* A leader with one follower accepts many commands, but commits none. */
    int leader1 = check_one_leader(c);
    disconnect(c, (leader1 + 2) % 5);
    disconnect(c, (leader1 + 3) % 5);
    disconnect(c, (leader1 + 4) % 5);
    submit_many(c, leader1);
    sleep_ms(RAFT_ELECTION_TIMEOUT_MS / 2);

    /* The other three servers commit as many. */
    disconnect(c, leader1);
    disconnect(c, (leader1 + 1) % 5);
    connect_server(c, (leader1 + 2) % 5);
    connect_server(c, (leader1 + 3) % 5);
    connect_server(c, (leader1 + 4) % 5);
    agree_many(c, 3);

    /* Now their leader is left with one follower, too, and accepts more. */
    int leader2 = check_one_leader(c);
    int other =
        (leader1 + 2) % 5 == leader2 ? (leader2 + 1) % 5 : (leader1 + 2) % 5;
    disconnect(c, other);
    submit_many(c, leader2);
    sleep_ms(RAFT_ELECTION_TIMEOUT_MS / 2);

    /* Connect the first two, and one that has all committed entries. Does it
     * replace their logs in time? One entry per heartbeat is too slow. */
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
    IDLE_RPCS = 3 * 20,                   /* in one second */
};

/* Submit a batch of commands and count the RPCs until all are applied. False if
 * the term changed meanwhile: an election needs RPCs, too. */
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
                "the leader of term %" PRIu64 " returned index %" PRIu64
                " for a command and index %" PRIu64
                " for command number %d after it",
                first.term, first.index, next.index, i);
    }
    for (int i = 1; i <= COUNTED; i++) {
        uint64_t index = first.index + (uint64_t)i;
        uint64_t value;
        if (!wait_commit(c, index, ALL_SERVERS, first.term, &value)) {
            return false;
        }
        REQUIRE(c, value == values[i],
                "commands of a stable leader are applied",
                "the leader accepted command %" PRIu64 " at index %" PRIu64
                ", but the servers applied command %" PRIu64 " there",
                values[i], index, value);
    }
    uint64_t used = rpc_count(c) - before;
    if (!all_in_term(c, first.term)) {
        return false;
    }
    REQUIRE(c, used <= COMMAND_RPCS, "RPC count",
            "the servers received %" PRIu64
            " RPCs for %d commands submitted at once; the limit is %d",
            used, COUNTED + 2, COMMAND_RPCS);
    return true;
}

LAB_TEST(TestCount2B, "the servers send no more RPCs than needed", .part = "2B",
         .servers = 3, .points = 2)
{
    /* Does the first election take few RPCs? */
    check_one_leader(c);
    uint64_t used = rpc_count(c);
    REQUIRE(c, used >= 1 && used <= ELECTION_RPCS, "RPC count",
            "the servers received %" PRIu64
            " RPCs until the first leader was elected, not 1 to %d",
            used, ELECTION_RPCS);

    /* Does agreement on many commands take few RPCs? */
    bool done = false;
    for (int i = 0; i < TRIES && !done; i++) {
        if (i > 0) {
            sleep_ms(TRY_PAUSE_MS);
        }
        done = count_batch(c);
    }
    REQUIRE(c, done, "a stable leader",
            "the term changed during each of %d tries", TRIES);

    /* Does an idle cluster send few RPCs: only heartbeats? */
    used = rpc_count(c);
    sleep_ms(RAFT_ELECTION_TIMEOUT_MS);
    used = rpc_count(c) - used;
    REQUIRE(c, used <= IDLE_RPCS, "RPC count",
            "the servers received %" PRIu64
            " RPCs in an idle second; the limit is %d",
            used, IDLE_RPCS);
}
