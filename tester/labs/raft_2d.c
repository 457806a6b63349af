/* raft_2d.c - part 2D: log compaction by snapshots.
 * Layer: tester/labs. Scenarios and numbers: docs/labs.md §3.8. */
#include <inttypes.h>

#include "tester/harness/cluster.h"
#include "tester/labs/registry.h"

enum { SERVERS = 3, ROUNDS = 30, BATCH_LEAST = 5, BATCH_SPREAD = 10 };

/* What happens to the victim of each round. */
enum failure { NONE, DISCONNECTED, CRASHED };

static void require_small_log(struct cluster *c)
{
    size_t bytes = log_bytes(c);
    REQUIRE(
        c, bytes < LOG_BYTES_LIMIT, "log size",
        "a server has saved %zu bytes of Raft state; the limit is %d: after "
        "raft_snapshot it must trim its log and save the rest",
        bytes, LOG_BYTES_LIMIT);
}

/* Draw the number of commands of a round. */
static uint64_t batch(struct cluster *c)
{
    return BATCH_LEAST + lab_random(c, BATCH_SPREAD);
}

static void snapshot_rounds(struct cluster *c, enum failure failure)
{
    agree(c, random_value(c), ALL_SERVERS, RETRY);
    int leader = check_one_leader(c);

    for (int round = 0; round < ROUNDS; round++) {
        int victim = (leader + 1) % SERVERS;
        int sender = leader;
        if (round % 3 == 1) {
            sender = (leader + 1) % SERVERS;
            victim = leader;
        }

        if (failure == DISCONNECTED) {
            disconnect(c, victim);
        } else if (failure == CRASHED) {
            crash(c, victim);
        }
        if (failure != NONE) {
            agree(c, random_value(c), SERVERS - 1, RETRY);
        }

        /* Submit enough for a snapshot, in most rounds. If the sender does not
         * lead, it rejects them. */
        for (uint64_t left = batch(c); left > 0; left--) {
            submit(c, sender, random_value(c));
        }
        agree(c, random_value(c), failure == NONE ? ALL_SERVERS : SERVERS - 1,
              RETRY);
        /* Have the servers trimmed their logs? */
        require_small_log(c);

        /* Does the victim catch up, if necessary by a snapshot from the
         * leader? */
        if (failure == DISCONNECTED) {
            connect_server(c, victim);
        } else if (failure == CRASHED) {
            restart(c, victim);
        }
        if (failure != NONE) {
            agree(c, random_value(c), ALL_SERVERS, RETRY);
            leader = check_one_leader(c);
        }
    }
}

LAB_TEST(TestSnapshotBasic2D, "servers trim their logs at snapshots",
         .part = "2D", .servers = SERVERS, .points = 3, .snapshots = true)
{
    snapshot_rounds(c, NONE);
}

LAB_TEST(TestSnapshotInstall2D, "a disconnected server receives a snapshot",
         .part = "2D", .servers = SERVERS, .points = 4, .snapshots = true)
{
    snapshot_rounds(c, DISCONNECTED);
}

LAB_TEST(TestSnapshotInstallUnreliable2D,
         "a disconnected server receives a snapshot, unreliable network",
         .part = "2D", .servers = SERVERS, .points = 4, .snapshots = true,
         .unreliable = true)
{
    snapshot_rounds(c, DISCONNECTED);
}

LAB_TEST(TestSnapshotInstallCrash2D,
         "a server that crashed receives a snapshot", .part = "2D",
         .servers = SERVERS, .points = 4, .snapshots = true)
{
    snapshot_rounds(c, CRASHED);
}

LAB_TEST(TestSnapshotInstallUnCrash2D,
         "a server that crashed receives a snapshot, unreliable network",
         .part = "2D", .servers = SERVERS, .points = 4, .snapshots = true,
         .unreliable = true)
{
    snapshot_rounds(c, CRASHED);
}

/* ---- Crashes of all -----------------------------------------------------*/

/* The network of the last two tests is unreliable, as in the labs since 2025;
 * before, it was reliable. They require no more of a Raft than the unreliable
 * install tests: that all three servers agree within 10 s when they are up. */

static void crash_all(struct cluster *c)
{
    for (int server = 0; server < SERVERS; server++) {
        crash(c, server);
    }
    for (int server = 0; server < SERVERS; server++) {
        restart(c, server);
    }
}

LAB_TEST(TestSnapshotAllCrash2D,
         "all servers crash, and continue from what they have saved",
         .part = "2D", .servers = SERVERS, .points = 3, .snapshots = true,
         .unreliable = true)
{
    enum { CRASHES = 5 };

    agree(c, random_value(c), ALL_SERVERS, RETRY);
    for (int i = 0; i < CRASHES; i++) {
        for (uint64_t left = batch(c); left > 0; left--) {
            agree(c, random_value(c), ALL_SERVERS, RETRY);
        }
        uint64_t index1 = agree(c, random_value(c), ALL_SERVERS, RETRY);

        crash_all(c);

        /* Do indexes continue behind those of before the crash? */
        uint64_t index2 = agree(c, random_value(c), ALL_SERVERS, RETRY);
        REQUIRE(
            c, index2 > index1, "indexes continue after a crash",
            "a command got index %" PRIu64
            " before all servers crashed, but another one got index %" PRIu64
            " after it",
            index1, index2);
    }
}

LAB_TEST(TestSnapshotInit2D,
         "a saved snapshot survives later saves of the Raft state",
         .part = "2D", .servers = SERVERS, .points = 3, .snapshots = true,
         .unreliable = true)
{
    enum { ENOUGH = 11 }; /* commands for a snapshot */

    agree(c, random_value(c), ALL_SERVERS, RETRY);
    for (int i = 0; i < ENOUGH; i++) {
        agree(c, random_value(c), ALL_SERVERS, RETRY);
    }

    /* Do servers start from the snapshot, and keep it when they save their
     * state again? A second crash shows what is left. */
    crash_all(c);
    agree(c, random_value(c), ALL_SERVERS, RETRY);
    crash_all(c);
    agree(c, random_value(c), ALL_SERVERS, RETRY);
}
