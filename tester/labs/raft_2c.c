/* raft_2c.c - part 2C: persistence, unreliable networks, frequent failures.
 * Layer: tester/labs. Scenarios and numbers: docs/labs.md §3.7. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "tester/harness/cluster.h"
#include "tester/labs/registry.h"

LAB_TEST(TestPersist12C,
         "servers agree after all of them, or one, have restarted",
         .part = "2C", .servers = 3, .points = 2)
{
    agree(c, 11, ALL_SERVERS, RETRY);

    /* Do all agree after a crash of all? All start before any is connected. */
    for (int server = 0; server < 3; server++) {
        start_server(c, server);
    }
    for (int server = 0; server < 3; server++) {
        disconnect(c, server);
        connect_server(c, server);
    }
    agree(c, 12, ALL_SERVERS, RETRY);

    /* And after a restart of the leader? */
    int leader1 = check_one_leader(c);
    disconnect(c, leader1);
    restart(c, leader1);
    agree(c, 13, ALL_SERVERS, RETRY);

    /* Does a leader that restarts receive what it has missed? */
    int leader2 = check_one_leader(c);
    disconnect(c, leader2);
    agree(c, 14, 2, RETRY);
    restart(c, leader2);
    wait_commit(c, 4, ALL_SERVERS, ANY_TERM, NULL);

    /* Does a follower? */
    int follower = (check_one_leader(c) + 1) % 3;
    disconnect(c, follower);
    agree(c, 15, 2, RETRY);
    restart(c, follower);
    agree(c, 16, ALL_SERVERS, RETRY);
}

LAB_TEST(TestPersist22C, "two of five servers restart, then the other three",
         .part = "2C", .servers = 5, .points = 3)
{
    enum { ROUNDS = 5 };
    uint64_t value = 11;

    for (int round = 0; round < ROUNDS; round++) {
        agree(c, value++, ALL_SERVERS, RETRY);

        /* Three servers commit while two are disconnected. */
        int leader1 = check_one_leader(c);
        disconnect(c, (leader1 + 1) % 5);
        disconnect(c, (leader1 + 2) % 5);
        agree(c, value++, 3, RETRY);

        /* The two restart, and one of the three: do they agree? The two do not
         * have the last entry, so the third must become leader. */
        disconnect(c, (leader1 + 0) % 5);
        disconnect(c, (leader1 + 3) % 5);
        disconnect(c, (leader1 + 4) % 5);
        restart(c, (leader1 + 1) % 5);
        restart(c, (leader1 + 2) % 5);
        sleep_ms(RAFT_ELECTION_TIMEOUT_MS);
        restart(c, (leader1 + 3) % 5);
        agree(c, value++, 3, RETRY);

        /* The others restart as well, as in the labs of 2025; before, they were
         * only connected again. */
        restart(c, (leader1 + 4) % 5);
        restart(c, (leader1 + 0) % 5);
    }

    agree(c, 1000, ALL_SERVERS, RETRY);
}

LAB_TEST(TestPersist32C,
         "the leader and a follower crash, and restart one after the other",
         .part = "2C", .servers = 3, .points = 3)
{
    agree(c, 101, ALL_SERVERS, RETRY);

    /* One follower misses a command, which the two others commit. */
    int leader = check_one_leader(c);
    disconnect(c, (leader + 2) % 3);
    agree(c, 102, 2, RETRY);

    /* Both crash. Has the old leader saved the command, so that it agrees with
     * the one that missed it? */
    crash(c, leader);
    crash(c, (leader + 1) % 3);
    connect_server(c, (leader + 2) % 3);
    restart(c, leader);
    agree(c, 103, 2, RETRY);

    /* Does the other one agree, too? */
    restart(c, (leader + 1) % 3);
    agree(c, 104, ALL_SERVERS, RETRY);
}

/* ---- Figure 8 -----------------------------------------------------------*/

enum { FIGURE8_ROUNDS = 1000, FIGURE8_SERVERS = 5, FIGURE8_REORDER_AT = 200 };

/* Mostly shorter than it takes to commit, sometimes longer. */
static void figure8_pause(struct cluster *c)
{
    if (lab_random(c, 1000) < 100) {
        sleep_ms(lab_random(c, RAFT_ELECTION_TIMEOUT_MS / 2));
    } else {
        sleep_ms(lab_random(c, 13));
    }
}

LAB_TEST(TestFigure82C,
         "leaders crash soon after they accept a command, as in Figure 8",
         .part = "2C", .servers = FIGURE8_SERVERS, .points = 4)
{
    agree(c, random_value(c), 1, RETRY);

    int up = FIGURE8_SERVERS;
    for (int round = 0; round < FIGURE8_ROUNDS; round++) {
        /* The leader, if there is one, accepts a command and soon crashes: some
         * followers have the entry, others do not. */
        int leader = -1;
        for (int server = 0; server < FIGURE8_SERVERS; server++) {
            if (submit(c, server, random_value(c)).is_leader) {
                leader = server;
            }
        }

        figure8_pause(c);
        if (leader >= 0) {
            crash(c, leader);
            up--;
        }
        /* Keep a majority running. */
        if (up < 3) {
            int server = (int)lab_random(c, FIGURE8_SERVERS);
            if (!is_running(c, server)) {
                restart(c, server);
                up++;
            }
        }
    }

    /* Do all five agree in the end? (The oracle has checked at every apply that
     * no committed entry was replaced.) */
    for (int server = 0; server < FIGURE8_SERVERS; server++) {
        if (!is_running(c, server)) {
            restart(c, server);
        }
    }
    agree(c, random_value(c), ALL_SERVERS, RETRY);
}

LAB_TEST(TestFigure8Unreliable2C,
         "leaders are disconnected; messages are lost, late and out of order",
         .part = "2C", .servers = FIGURE8_SERVERS, .points = 4,
         .unreliable = true)
{
    agree(c, random_value(c), 1, RETRY);

    int up = FIGURE8_SERVERS;
    for (int round = 0; round < FIGURE8_ROUNDS; round++) {
        if (round == FIGURE8_REORDER_AT) {
            set_long_reordering(c, true);
        }
        int leader = -1;
        for (int server = 0; server < FIGURE8_SERVERS; server++) {
            if (submit(c, server, random_value(c)).is_leader &&
                is_connected(c, server)) {
                leader = server;
            }
        }

        figure8_pause(c);
        if (leader >= 0 && lab_random(c, 1000) < 500) {
            disconnect(c, leader);
            up--;
        }
        /* Keep a majority connected. */
        if (up < 3) {
            int server = (int)lab_random(c, FIGURE8_SERVERS);
            if (!is_connected(c, server)) {
                connect_server(c, server);
                up++;
            }
        }
    }

    /* Do all five agree within 10 s, although the network stays unreliable? */
    for (int server = 0; server < FIGURE8_SERVERS; server++) {
        if (!is_connected(c, server)) {
            connect_server(c, server);
        }
    }
    agree(c, random_value(c), ALL_SERVERS, RETRY);
}

/* ---- UnreliableAgree ----------------------------------------------------*/

static void agree_on_one(struct cluster *c, void *argument)
{
    const uint64_t *value = argument;
    agree(c, *value, 1, RETRY);
}

LAB_TEST(TestUnreliableAgree2C,
         "many commands at once are committed on an unreliable network",
         .part = "2C", .servers = 5, .points = 3, .unreliable = true)
{
    enum { ROUNDS = 49, AT_ONCE = 4 };
    struct helper *helpers[ROUNDS * AT_ONCE];
    uint64_t values[ROUNDS * AT_ONCE];
    size_t count = 0;

    /* Five commands at a time, each submitted until one server applied it. */
    for (uint64_t round = 1; round <= ROUNDS; round++) {
        for (uint64_t i = 0; i < AT_ONCE; i++) {
            values[count] = 100 * round + i;
            helpers[count] = spawn(c, agree_on_one, &values[count]);
            count++;
        }
        agree(c, round, 1, RETRY);
    }

    set_reliable(c, true);
    for (size_t i = 0; i < count; i++) {
        join(helpers[i]);
    }

    /* Do all servers agree on a reliable network? */
    agree(c, 100, ALL_SERVERS, RETRY);
}

/* ---- Churn --------------------------------------------------------------*/

enum { CHURN_CLIENTS = 3, CHURN_ROUNDS = 20, CHURN_SERVERS = 5 };

/* A client, and the commands that it saw committed. */
struct client {
    struct helper *helper;
    const bool *stop;
    uint64_t me;
    uint64_t *seen;
    size_t count, room;
};

static void remember(struct client *client, uint64_t value)
{
    if (client->count == client->room) {
        client->room = client->room ? 2 * client->room : 256;
        client->seen =
            lab_xrealloc(client->seen, client->room * sizeof(client->seen[0]));
    }
    client->seen[client->count++] = value;
}

/* Wait up to 380 ms until the index is applied, and remember the command if it
 * is the one that got the index. */
static void watch_index(struct cluster *c, struct client *client,
                        uint64_t index, uint64_t value)
{
    static const uint64_t pause_ms[] = {10, 20, 50, 100, 200};
    for (size_t i = 0; i < sizeof(pause_ms) / sizeof(pause_ms[0]); i++) {
        if (committed(c, index) > 0) {
            if (committed_value(c, index) == value) {
                remember(client, value);
            }
            return;
        }
        sleep_ms(pause_ms[i]);
    }
}

static void run_client(struct cluster *c, void *argument)
{
    struct client *client = argument;
    while (!*client->stop) {
        uint64_t value = random_value(c);
        uint64_t index = 0;
        for (int server = 0; server < CHURN_SERVERS; server++) {
            struct raft_start start = submit(c, server, value);
            if (start.is_leader) {
                index = start.index;
            }
        }
        if (index > 0) {
            watch_index(c, client, index, value);
        } else {
            sleep_ms(79 + 17 * client->me);
        }
    }
}

static void churn_round(struct cluster *c)
{
    if (lab_random(c, 1000) < 200) {
        disconnect(c, (int)lab_random(c, CHURN_SERVERS));
    }
    if (lab_random(c, 1000) < 500) {
        int server = (int)lab_random(c, CHURN_SERVERS);
        if (!is_running(c, server)) {
            start_server(c, server);
        }
        connect_server(c, server);
    }
    if (lab_random(c, 1000) < 200) {
        int server = (int)lab_random(c, CHURN_SERVERS);
        if (is_running(c, server)) {
            crash(c, server);
        }
    }
    /* Longer than most elections take, but not all. */
    sleep_ms(RAFT_ELECTION_TIMEOUT_MS * 7 / 10);
}

static int compare_values(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* All values at indexes 1 .. last, sorted; the caller frees them. */
static uint64_t *applied_values(struct cluster *c, uint64_t last)
{
    uint64_t *values = lab_xmalloc((size_t)last * sizeof(values[0]));
    for (uint64_t index = 1; index <= last; index++) {
        wait_commit(c, index, ALL_SERVERS, ANY_TERM, &values[index - 1]);
    }
    qsort(values, (size_t)last, sizeof(values[0]), compare_values);
    return values;
}

static void require_applied(struct cluster *c, const struct client *client,
                            const uint64_t *values, uint64_t last)
{
    for (size_t i = 0; i < client->count; i++) {
        const uint64_t *found = bsearch(&client->seen[i], values, (size_t)last,
                                        sizeof(values[0]), compare_values);
        REQUIRE(c, found, "no committed command is lost",
                "client %" PRIu64 " saw that a server applied command %" PRIu64
                ", but no index from 1 to %" PRIu64 " has it",
                client->me, client->seen[i], last);
    }
}

static void churn(struct cluster *c)
{
    bool stop = false;
    struct client clients[CHURN_CLIENTS];
    for (int i = 0; i < CHURN_CLIENTS; i++) {
        clients[i] = (struct client){.stop = &stop, .me = (uint64_t)i};
        clients[i].helper = spawn(c, run_client, &clients[i]);
    }

    /* Servers fail and come back while clients submit commands. */
    for (int round = 0; round < CHURN_ROUNDS; round++) {
        churn_round(c);
    }

    sleep_ms(RAFT_ELECTION_TIMEOUT_MS);
    set_reliable(c, true);
    for (int server = 0; server < CHURN_SERVERS; server++) {
        if (!is_running(c, server)) {
            start_server(c, server);
        }
        connect_server(c, server);
    }
    stop = true;
    for (int i = 0; i < CHURN_CLIENTS; i++) {
        join(clients[i].helper);
    }
    sleep_ms(RAFT_ELECTION_TIMEOUT_MS);

    /* Do all servers agree when the failures are over? Do their logs contain
     * every command that a client saw committed? */
    uint64_t last = agree(c, random_value(c), ALL_SERVERS, RETRY);
    uint64_t *values = applied_values(c, last);
    for (int i = 0; i < CHURN_CLIENTS; i++) {
        require_applied(c, &clients[i], values, last);
        free(clients[i].seen);
    }
    free(values);
}

LAB_TEST(TestReliableChurn2C,
         "no committed command is lost while servers crash and restart",
         .part = "2C", .servers = CHURN_SERVERS, .points = 3)
{
    churn(c);
}

LAB_TEST(TestUnreliableChurn2C,
         "no committed command is lost while servers fail, unreliable network",
         .part = "2C", .servers = CHURN_SERVERS, .points = 3,
         .unreliable = true)
{
    churn(c);
}
