/* test_threads.c - only the threads of a node itself speak in their names,
 * and only of what was handed out to them.
 * Layer: tests. Specification of raftcore, sections 6.3 and 14, item 11. */
#include "raftcore/rawnode_state.h"
#include "tests/support/rc_node.h"
#include "tests/support/suites.h"

static void expect_refused(struct rc_node *n, struct message m)
{
    struct hard_state before = core_hard_state(n->node->core);
    m.to = 1;
    ck_assert_int_eq(rawnode_step(n->node, &m), CORE_MALFORMED);
    ck_assert(hard_state_equal(before, core_hard_state(n->node->core)));
    ck_assert_int_eq(n->node->core->state, FOLLOWER);
}

static void try_all(struct rc_node *n)
{
    struct entry entry = {.term = 1, .index = 1000};
    struct entries entries = {NULL, &entry, 1};
    struct snapshot *snapshot = snapshot_new();
    snapshot->index = 1000;
    snapshot->term = 1;
    expect_refused(n, (struct message){.type = MSG_STORAGE_APPLY_RESP,
                                       .from = APPLY_NODE,
                                       .entries = entries});
    expect_refused(n, (struct message){.type = MSG_STORAGE_APPEND_RESP,
                                       .from = APPEND_NODE,
                                       .snapshot = snapshot});
    expect_refused(n, (struct message){.type = MSG_STORAGE_APPEND_RESP,
                                       .from = APPEND_NODE,
                                       .term = 50});
    expect_refused(n, (struct message){.type = MSG_STORAGE_APPEND_RESP,
                                       .from = APPLY_NODE});
    expect_refused(n, (struct message){.type = MSG_HUP, .from = APPEND_NODE});
    expect_refused(n, (struct message){.type = MSG_HEARTBEAT,
                                       .from = APPEND_NODE,
                                       .term = 2});
    snapshot_drop(snapshot);
}

START_TEST(names_of_threads_are_not_for_others)
{
    struct rc_node *n = RC_NODE(1, "1 2");
    try_all(n);
    rc_node_free(n);
    n = RC_NODE(1, "1 2", .async_storage_writes = true);
    try_all(n);
    rc_node_free(n);
}
END_TEST

/* 5.1, step 2: what is restored is what was stored. */
static void start_with_strange_members(void)
{
    const char *wrong;
    struct memory_storage *ms = memory_storage_new();
    struct snapshot *first = snapshot_new();
    ids_append(&first->conf_state.voters, 1);
    ids_append(&first->conf_state.voters, 2);
    ids_append(&first->conf_state.voters, 2);
    (void)memory_storage_apply_snapshot(ms, first);
    struct core_config config = {
        .id = 1,
        .election_tick = 10,
        .heartbeat_tick = 1,
        .storage = memory_storage_face(ms),
        .max_inflight_msgs = 1,
    };
    rawnode_new(&config, &wrong);
}

START_TEST(stored_members_must_be_possible)
{
    RC_FATAL(start_with_strange_members(),
             "the restored configuration is not the stored one");
}
END_TEST

Suite *suite_raftcore_threads(void)
{
    Suite *suite = suite_create("raftcore_threads");
    TCase *tcase = tcase_create("threads");
    tcase_add_test(tcase, names_of_threads_are_not_for_others);
    tcase_add_test(tcase, stored_members_must_be_possible);
    suite_add_tcase(suite, tcase);
    return suite;
}
