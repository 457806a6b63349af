/* raft_2a.c - part 2A: leader election.
 * Layer: tester. Scenarios and numbers: docs/labs.md §3.5. */
#include <inttypes.h>

#include "tester/harness/cluster.h"
#include "tester/labs/registry.h"

LAB_TEST(TestInitialElection2A, "a leader is elected and stays", .part = "2A",
         .servers = 3, .points = 5)
{
    check_one_leader(c);

    /* Followers may learn of the election a moment later. */
    sleep_ms(50);
    uint64_t term1 = check_terms(c);
    REQUIRE(c, term1 >= 1, "a leader's term is at least 1",
            "after an election the term is %" PRIu64, term1);

    /* A correct Raft may hold another election even so; that it does without
     * any failure is worth a look, but no error. */
    sleep_ms(2 * RAFT_ELECTION_TIMEOUT_MS);
    uint64_t term2 = check_terms(c);
    if (term1 != term2) {
        note(c,
             "the term went from %" PRIu64 " to %" PRIu64
             " although nothing failed",
             term1, term2);
    }

    check_one_leader(c);
}

LAB_TEST(TestReElection2A, "a new leader after the old one is cut off",
         .part = "2A", .servers = 3, .points = 5)
{
    int leader1 = check_one_leader(c);

    disconnect(c, leader1);
    check_one_leader(c);

    /* The old leader comes back and must not disturb the new one. */
    connect_server(c, leader1);
    int leader2 = check_one_leader(c);

    /* Without a majority nobody may lead. */
    disconnect(c, leader2);
    disconnect(c, (leader2 + 1) % 3);
    sleep_ms(2 * RAFT_ELECTION_TIMEOUT_MS);
    check_no_leader(c);

    connect_server(c, (leader2 + 1) % 3);
    check_one_leader(c);

    connect_server(c, leader2);
    check_one_leader(c);
}

LAB_TEST(TestManyElections2A, "a leader whichever three of seven are cut off",
         .part = "2A", .servers = 7, .points = 10)
{
    enum { ROUNDS = 9, SERVERS = 7, CUT = 3 };

    check_one_leader(c);

    for (int round = 0; round < ROUNDS; round++) {
        int order[SERVERS] = {0, 1, 2, 3, 4, 5, 6};

        /* Three different ones, each three with the same chance. */
        for (int i = 0; i < CUT; i++) {
            int k = i + (int)lab_random(c, (uint64_t)(SERVERS - i));
            int chosen = order[k];
            order[k] = order[i];
            order[i] = chosen;
            disconnect(c, chosen);
        }
        check_one_leader(c);

        for (int i = 0; i < CUT; i++) {
            connect_server(c, order[i]);
        }
    }

    check_one_leader(c);
}
