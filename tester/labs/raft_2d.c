/* raft_2d.c - part 2D: log compaction by snapshots.
 * Layer: tester. Scenarios and numbers: docs/labs.md §3.8. */
#include <inttypes.h>

#include "tester/harness/cluster.h"
#include "tester/labs/registry.h"

enum { SERVERS = 3, ROUNDS = 30, BATCH_LEAST = 5, BATCH_SPREAD = 10 };

/* What happens to the victim of each round. */
enum harm { UNHARMED, CUT_OFF, CRASHED };

static void require_small_log(struct cluster *c)
{
    size_t bytes = log_bytes(c);
    REQUIRE(c, bytes < LOG_BYTES_LIMIT, "log size",
            "a server saves %zu bytes of Raft state; with snapshots every 10 "
            "entries it stays below %d",
            bytes, LOG_BYTES_LIMIT);
}

static uint64_t batch(struct cluster *c)
{
    return BATCH_LEAST + lab_random(c, BATCH_SPREAD);
}

static void snapshot_rounds(struct cluster *c, enum harm harm)
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

        if (harm == CUT_OFF) {
            disconnect(c, victim);
        } else if (harm == CRASHED) {
            crash(c, victim);
        }
        if (harm != UNHARMED) {
            agree(c, random_value(c), SERVERS - 1, RETRY);
        }

        /* Perhaps enough for a snapshot. If the sender does not lead, it
         * just refuses. */
        for (uint64_t left = batch(c); left > 0; left--) {
            submit(c, sender, random_value(c));
        }
        agree(c, random_value(c), harm == UNHARMED ? ALL_SERVERS : SERVERS - 1,
              RETRY);
        require_small_log(c);

        /* The victim may need a snapshot to catch up. */
        if (harm == CUT_OFF) {
            connect_server(c, victim);
        } else if (harm == CRASHED) {
            restart(c, victim);
        }
        if (harm != UNHARMED) {
            agree(c, random_value(c), ALL_SERVERS, RETRY);
            leader = check_one_leader(c);
        }
    }
}

LAB_TEST(TestSnapshotBasic2D, "logs are trimmed at snapshots", .part = "2D",
         .servers = SERVERS, .points = 3, .snapshots = true)
{
    snapshot_rounds(c, UNHARMED);
}

LAB_TEST(TestSnapshotInstall2D, "who was cut off gets a snapshot", .part = "2D",
         .servers = SERVERS, .points = 4, .snapshots = true)
{
    snapshot_rounds(c, CUT_OFF);
}

LAB_TEST(TestSnapshotInstallUnreliable2D, "the same on an unreliable network",
         .part = "2D", .servers = SERVERS, .points = 4, .snapshots = true,
         .unreliable = true)
{
    snapshot_rounds(c, CUT_OFF);
}

LAB_TEST(TestSnapshotInstallCrash2D, "who crashed gets a snapshot",
         .part = "2D", .servers = SERVERS, .points = 4, .snapshots = true)
{
    snapshot_rounds(c, CRASHED);
}

LAB_TEST(TestSnapshotInstallUnCrash2D, "the same on an unreliable network",
         .part = "2D", .servers = SERVERS, .points = 4, .snapshots = true,
         .unreliable = true)
{
    snapshot_rounds(c, CRASHED);
}

/* ---- Crashes of all -----------------------------------------------------*/

/* The network of the last two tests is unreliable, as the labs have it since
 * 2025, before that it was not. It asks no more of a Raft than the unreliable
 * install tests do: agreement of all three within 10 s, when all are up. */

static void crash_all(struct cluster *c)
{
    for (int server = 0; server < SERVERS; server++) {
        crash(c, server);
    }
    for (int server = 0; server < SERVERS; server++) {
        restart(c, server);
    }
}

LAB_TEST(TestSnapshotAllCrash2D, "all crash, and go on where they were",
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

        uint64_t index2 = agree(c, random_value(c), ALL_SERVERS, RETRY);
        REQUIRE(c, index2 > index1, "indexes go on after a crash",
                "a command got index %" PRIu64 " before all servers crashed, "
                "and one after it index %" PRIu64,
                index1, index2);
    }
}

LAB_TEST(TestSnapshotInit2D, "the saved snapshot outlives the next saves",
         .part = "2D", .servers = SERVERS, .points = 3, .snapshots = true,
         .unreliable = true)
{
    enum { ENOUGH = 11 }; /* for a snapshot */

    agree(c, random_value(c), ALL_SERVERS, RETRY);
    for (int i = 0; i < ENOUGH; i++) {
        agree(c, random_value(c), ALL_SERVERS, RETRY);
    }

    crash_all(c);
    agree(c, random_value(c), ALL_SERVERS, RETRY);
    crash_all(c);
    agree(c, random_value(c), ALL_SERVERS, RETRY);
}
