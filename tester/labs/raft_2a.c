/* raft_2a.c - part 2A: leader election.
 * Layer: tester/labs. Scenarios and numbers: docs/labs.md §3.5. */
#include <inttypes.h>

#include "tester/harness/cluster.h"
#include "tester/labs/registry.h"

LAB_TEST(TestInitialElection2A, "the servers elect a leader, and it stays",
         .part = "2A", .servers = 3, .points = 5)
{
    /* Is a leader elected? */
    check_one_leader(c);

    /* Do all servers agree on the term? First let the followers receive the
     * first heartbeat. */
    sleep_ms(50);
    uint64_t term1 = check_terms(c);
    REQUIRE(c, term1 >= 1, "a leader's term is at least 1",
            "after an election the term is %" PRIu64
            "; a candidate increments its term before it asks for votes",
            term1);

    /* Do leader and term stay the same if nothing fails? A correct Raft may
     * hold another election, so a change fails nothing. */
    sleep_ms(2 * RAFT_ELECTION_TIMEOUT_MS);
    uint64_t term2 = check_terms(c);
    if (term1 != term2) {
        note(c,
             "the term changed from %" PRIu64 " to %" PRIu64
             " although no server and no connection failed",
             term1, term2);
    }

    /* Is there still a leader? */
    check_one_leader(c);
}

LAB_TEST(TestReElection2A, "a new leader replaces one that is disconnected",
         .part = "2A", .servers = 3, .points = 5)
{
    int leader1 = check_one_leader(c);

    /* Is a new leader elected if the leader is disconnected? */
    disconnect(c, leader1);
    check_one_leader(c);

    /* Does the old leader become a follower when it comes back, and leave the
     * new one alone? */
    connect_server(c, leader1);
    int leader2 = check_one_leader(c);

    /* Is no leader elected without a majority? */
    disconnect(c, leader2);
    disconnect(c, (leader2 + 1) % 3);
    sleep_ms(2 * RAFT_ELECTION_TIMEOUT_MS);
    check_no_leader(c);

    /* Is one elected as soon as there is a majority? */
    connect_server(c, (leader2 + 1) % 3);
    check_one_leader(c);

    /* Does a leader remain when the last server comes back? */
    connect_server(c, leader2);
    check_one_leader(c);
}

LAB_TEST(
    TestManyElections2A,
    "four of seven servers have a leader, whichever three are disconnected",
    .part = "2A", .servers = 7, .points = 10)
{
    enum { ROUNDS = 9, SERVERS = 7, CUT = 3 };

    check_one_leader(c);

    for (int round = 0; round < ROUNDS; round++) {
        int order[SERVERS] = {0, 1, 2, 3, 4, 5, 6};

        /* Disconnect three servers, any three with equal probability. */
        for (int i = 0; i < CUT; i++) {
            int k = i + (int)lab_random(c, (uint64_t)(SERVERS - i));
            int chosen = order[k];
            order[k] = order[i];
            order[i] = chosen;
            disconnect(c, chosen);
        }
        /* Does the leader remain, or is another one elected? */
        check_one_leader(c);

        for (int i = 0; i < CUT; i++) {
            connect_server(c, order[i]);
        }
    }

    check_one_leader(c);
}
