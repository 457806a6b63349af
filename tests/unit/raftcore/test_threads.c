/* test_threads.c - only the threads of a node itself speak in their names,
 * and only of what was handed out to them.
 * Layer: tests. docs/raftcore-spec.md §6.3 and §14.11. */
#include "raftcore/rawnode_state.h"
#include "tests/support/rc_node.h"
#include "tests/support/suites.h"

static void expect_refused(struct rct_node *n, struct rc_message m)
{
    struct rc_hard_state before = core_hard_state(n->node->core);
    m.to = 1;
    ck_assert_int_eq(rc_rawnode_step(n->node, &m), RC_MALFORMED);
    ck_assert(rc_hard_state_equal(before, core_hard_state(n->node->core)));
    ck_assert_int_eq(n->node->core->state, RC_FOLLOWER);
}

static void try_all(struct rct_node *n)
{
    struct rc_entry entry = {.term = 1, .index = 1000};
    struct rc_entries entries = {NULL, &entry, 1};
    struct rc_snapshot *snapshot = rc_snapshot_new();
    snapshot->index = 1000;
    snapshot->term = 1;
    expect_refused(n, (struct rc_message){.type = RC_MSG_STORAGE_APPLY_RESP,
                                          .from = RC_APPLY_THREAD,
                                          .entries = entries});
    expect_refused(n, (struct rc_message){.type = RC_MSG_STORAGE_APPEND_RESP,
                                          .from = RC_APPEND_THREAD,
                                          .snapshot = snapshot});
    expect_refused(n, (struct rc_message){.type = RC_MSG_STORAGE_APPEND_RESP,
                                          .from = RC_APPEND_THREAD,
                                          .term = 50});
    expect_refused(n, (struct rc_message){.type = RC_MSG_STORAGE_APPEND_RESP,
                                          .from = RC_APPLY_THREAD});
    expect_refused(
        n, (struct rc_message){.type = RC_MSG_HUP, .from = RC_APPEND_THREAD});
    expect_refused(n, (struct rc_message){.type = RC_MSG_HEARTBEAT,
                                          .from = RC_APPEND_THREAD,
                                          .term = 2});
    rc_snapshot_drop(snapshot);
}

START_TEST(names_of_threads_are_not_for_others)
{
    struct rct_node *n = RCT_NODE(1, "1 2");
    try_all(n);
    rct_node_free(n);
    n = RCT_NODE(1, "1 2", .async_storage_writes = true);
    try_all(n);
    rct_node_free(n);
}
END_TEST

/* §5.1 (2): what is restored is what was stored. */
static void start_with_strange_members(void)
{
    const char *wrong;
    struct rc_memory_storage *ms = rc_memory_storage_new();
    struct rc_snapshot *first = rc_snapshot_new();
    rc_ids_append(&first->conf_state.voters, 1);
    rc_ids_append(&first->conf_state.voters, 2);
    rc_ids_append(&first->conf_state.voters, 2);
    (void)rc_memory_storage_apply_snapshot(ms, first);
    struct rc_config config = {
        .id = 1,
        .election_tick = 10,
        .heartbeat_tick = 1,
        .storage = rc_memory_storage_interface(ms),
        .max_inflight_msgs = 1,
    };
    rc_rawnode_new(&config, &wrong);
}

START_TEST(stored_members_must_be_possible)
{
    RCT_FATAL(start_with_strange_members(),
              "the restored configuration is not the stored one");
}
END_TEST

SUITE(raftcore_threads)
{
    Suite *suite = suite_create("raftcore_threads");
    TCase *tcase = tcase_create("threads");
    tcase_add_test(tcase, names_of_threads_are_not_for_others);
    tcase_add_test(tcase, stored_members_must_be_possible);
    suite_add_tcase(suite, tcase);
    return suite;
}
