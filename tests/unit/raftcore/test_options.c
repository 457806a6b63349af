/* test_options.c - what a configuration may be, and where this core does
 * otherwise than etcd's when asked to.
 * Layer: tests. Specification of raftcore, sections 2.2 and 11. For
 * keep_going_after_loss see test_input.c. */
#include "tests/support/rc_node.h"
#include "tests/support/suites.h"

/* ---- Configurations (2.2) ------------------------------------------------*/

static struct core_config good_config(void)
{
    return (struct core_config){.id = 1,
                                .election_tick = 10,
                                .heartbeat_tick = 1,
                                .max_size_per_msg = 100,
                                .max_inflight_msgs = 1};
}

static void check_wrong(struct core_config config, struct memory_storage *ms,
                        const char *words)
{
    const char *wrong = NULL;
    if (ms) {
        config.storage = memory_storage_face(ms);
    }
    struct rawnode *node = rawnode_new(&config, &wrong);
    if (words) {
        ck_assert_ptr_null(node);
        ck_assert_str_eq(wrong, words);
    } else {
        ck_assert_ptr_null(wrong);
        rawnode_free(node);
    }
}

#define WRONG(words, ...)                                                      \
    {                                                                          \
        struct core_config c = good_config();                                  \
        __VA_ARGS__;                                                           \
        check_wrong(c, ms, words);                                             \
    }

START_TEST(wrong_configuration_is_told)
{
    struct memory_storage *ms = memory_storage_new();
    WRONG(NULL, (void)c);
    WRONG("cannot use none as id", c.id = 0);
    WRONG("cannot use local target as id", c.id = UINT64_MAX);
    WRONG("cannot use local target as id", c.id = UINT64_MAX - 1);
    WRONG("heartbeat tick must be greater than 0", c.heartbeat_tick = 0);
    WRONG("election tick must be greater than heartbeat tick",
          c.heartbeat_tick = 10);
    check_wrong(good_config(), NULL, "storage cannot be nil");
    WRONG("max inflight messages must be greater than 0",
          c.max_inflight_msgs = 0);
    WRONG("max inflight bytes must be >= max message size",
          c.max_inflight_bytes = 99);
    WRONG(NULL, c.max_inflight_bytes = 100);
    WRONG("CheckQuorum must be enabled when ReadOnlyOption is "
          "ReadOnlyLeaseBased",
          c.read_only_option = READ_ONLY_LEASE_BASED);
    WRONG(NULL, c.read_only_option = READ_ONLY_LEASE_BASED;
          c.check_quorum = true);
    /* The first that is wrong is told. */
    WRONG("cannot use none as id", c.id = 0; c.heartbeat_tick = 0;
          c.max_inflight_msgs = 0);
    memory_storage_free(ms);
}
END_TEST

START_TEST(defaults_are_set)
{
    struct core_config c = good_config();
    struct memory_storage *ms = memory_storage_new();
    c.storage = memory_storage_face(ms);
    ck_assert_ptr_null(core_config_check(&c));
    ck_assert_uint_eq(c.max_committed_size_per_ready, 100);
    ck_assert_uint_eq(c.max_uncommitted_entries_size, NO_LIMIT);
    ck_assert_uint_eq(c.max_inflight_bytes, NO_LIMIT);
    memory_storage_free(ms);
}
END_TEST

/* ---- report_refused_changes ----------------------------------------------*/

START_TEST(refused_change_can_be_an_error)
{
    struct rc_node *n = RC_NODE(1, "1 2", .report_refused_changes = true);
    struct core *core = n->node->core;
    rc_lead(n);
    RC_STEP(n, .type = MSG_APP_RESP, .from = 2, .term = 1, .index = 1);
    rc_sends(n);
    ck_assert_int_eq(rc_change(n, "", TRANSITION_AUTO, false),
                     CORE_CHANGE_REFUSED);
    ck_assert_int_eq(rc_change(n, "v3", TRANSITION_AUTO, true), CORE_OK);
    ck_assert_int_eq(rc_change(n, "v4", TRANSITION_AUTO, true),
                     CORE_CHANGE_REFUSED);
    ck_assert_uint_eq(raftlog_last_index(&core->log), 2);
    ck_assert_uint_eq(core->pending_conf_index, 2);
    rc_node_free(n);
}
END_TEST

/* All of a proposal or nothing of it: also the entries before. */
START_TEST(proposal_with_a_refused_change_leaves_no_trace)
{
    struct rc_node *n = RC_NODE(1, "1 2", .report_refused_changes = true);
    struct core *core = n->node->core;
    struct change change = {ADD_NODE, 3};
    struct conf_change cc = {.changes = &change, .count = 1};
    struct payload *data = conf_change_encode(&cc, ENTRY_CONF_CHANGE_V2);
    struct message m = {
        .type = MSG_PROP,
        .from = 2,
        .entries = RC_ENTRIES({.type = ENTRY_NORMAL, .data = data},
                              {.type = ENTRY_CONF_CHANGE_V2, .data = data},
                              {.type = ENTRY_CONF_CHANGE_V2})};
    rc_lead(n);
    RC_STEP(n, .type = MSG_APP_RESP, .from = 2, .term = 1, .index = 1);
    rc_sends(n);
    ck_assert_int_eq(rawnode_step(n->node, &m), CORE_CHANGE_REFUSED);
    ck_assert_uint_eq(raftlog_last_index(&core->log), 1);
    ck_assert_uint_eq(core->pending_conf_index, 0);
    ck_assert_uint_eq(core->uncommitted_size, 0);
    ck_assert_str_eq(rc_sends(n), "");
    ck_assert_int_eq(m.entries.at[2].type, ENTRY_CONF_CHANGE_V2); /* lent */
    payload_drop(data);
    rc_node_free(n);
}
END_TEST

/* ---- member_epochs -------------------------------------------------------*/

static void apply_words(struct rc_node *n, const char *words)
{
    struct conf_change cc = {.count = 0};
    struct text error = {NULL, 0, 0};
    ck_assert(conf_change_parse(words, &cc, &error));
    struct conf_state cs = rawnode_apply_conf_change(n->node, &cc);
    conf_state_release(&cs);
    conf_change_release(&cc);
}

/* Node 2 was a member, was removed, and is one again, in one term. */
static struct rc_node *readmitted(bool epochs, uint64_t index)
{
    struct rc_node *n =
        RC_NODE_AT(1, index, index > 0, "1 2 3", .member_epochs = epochs);
    rc_lead(n);
    apply_words(n, "r2");
    apply_words(n, "v2");
    rc_run(n);
    return n;
}

static uint64_t match_of_2(struct rc_node *n)
{
    return progress_map_get(&n->node->core->tracker.progress, 2)->match;
}

/* raft#349: what it said as a member before is not true of its new log. */
START_TEST(late_answer_of_an_earlier_membership_is_not_credited)
{
    for (int epochs = 0; epochs < 2; epochs++) {
        struct rc_node *n = readmitted(epochs, 0);
        RC_STEP(n, .type = MSG_APP_RESP, .from = 2, .term = 1, .index = 1);
        ck_assert_uint_eq(match_of_2(n), !epochs);
        ck_assert_uint_eq(n->node->core->log.committed, !epochs);
        rc_node_free(n);
    }
}
END_TEST

/* Who was no member before in this term needs no mark: others may run without
 * the option. */
START_TEST(newcomer_needs_no_mark)
{
    struct rc_node *n = readmitted(true, 0);
    apply_words(n, "v4");
    RC_STEP(n, .type = MSG_APP_RESP, .from = 4, .term = 1, .index = 1);
    ck_assert_str_eq(rc_progress(n, 4), "StateReplicate match=1 next=2");
    RC_STEP(n, .type = MSG_APP_RESP, .from = 3, .term = 1, .index = 1);
    ck_assert_str_eq(rc_progress(n, 3), "StateReplicate match=1 next=2");
    rc_node_free(n);
}
END_TEST

/* The mark goes with what is sent, and comes back. */
START_TEST(answer_with_the_mark_of_the_membership_is_credited)
{
    struct rc_node *n = readmitted(true, 0);
    struct rc_node *follower = RC_NODE(2, "1 2 3", .member_epochs = true);
    size_t arrived = 0;
    for (size_t i = 0; i < n->outbox.count; i++) {
        if (n->outbox.at[i].to == 2) {
            rawnode_step(follower->node, &n->outbox.at[i]);
            arrived++;
        }
    }
    ck_assert_uint_gt(arrived, 0);
    rc_run(follower);
    ck_assert_uint_gt(follower->outbox.count, 0);
    for (size_t i = 0; i < follower->outbox.count; i++) {
        rawnode_step(n->node, &follower->outbox.at[i]);
    }
    ck_assert_uint_eq(match_of_2(n), 1);
    /* In another term nothing of this one is heard: no mark is needed. */
    RC_STEP(n, .type = MSG_HEARTBEAT, .from = 3, .term = 2);
    rc_lead(n);
    RC_STEP(n, .type = MSG_APP_RESP, .from = 2, .term = 3, .index = 2);
    ck_assert_uint_eq(match_of_2(n), 2);
    rc_node_free(follower);
    rc_node_free(n);
}
END_TEST

/* A snapshot is acknowledged as entries are: so it has to bear the mark. */
START_TEST(snapshot_to_a_readmitted_member_bears_the_mark)
{
    struct rc_node *n = readmitted(true, 11);
    struct rc_node *follower = RC_NODE(2, "1 2 3", .member_epochs = true);
    for (int round = 0; round < 4; round++) {
        for (size_t i = 0; i < n->outbox.count; i++) {
            if (n->outbox.at[i].to == 2) {
                rawnode_step(follower->node, &n->outbox.at[i]);
            }
        }
        messages_clear(&n->outbox);
        rc_run(follower);
        for (size_t i = 0; i < follower->outbox.count; i++) {
            rawnode_step(n->node, &follower->outbox.at[i]);
        }
        messages_clear(&follower->outbox);
        rc_run(n);
    }
    ck_assert_uint_eq(follower->applied_index, 12);
    ck_assert_str_eq(rc_progress(n, 2), "StateReplicate match=12 next=13");
    rc_node_free(follower);
    rc_node_free(n);
}
END_TEST

Suite *suite_raftcore_options(void)
{
    Suite *suite = suite_create("raftcore_options");
    TCase *tc = tcase_create("configuration");
    tcase_add_test(tc, wrong_configuration_is_told);
    tcase_add_test(tc, defaults_are_set);
    suite_add_tcase(suite, tc);

    tc = tcase_create("otherwise");
    tcase_add_test(tc, refused_change_can_be_an_error);
    tcase_add_test(tc, proposal_with_a_refused_change_leaves_no_trace);
    tcase_add_test(tc, late_answer_of_an_earlier_membership_is_not_credited);
    tcase_add_test(tc, newcomer_needs_no_mark);
    tcase_add_test(tc, answer_with_the_mark_of_the_membership_is_credited);
    tcase_add_test(tc, snapshot_to_a_readmitted_member_bears_the_mark);
    suite_add_tcase(suite, tc);
    return suite;
}
