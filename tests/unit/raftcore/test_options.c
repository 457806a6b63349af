/* test_options.c - what a configuration may be, and where this core does
 * otherwise than etcd's when asked to.
 * Layer: tests. docs/raftcore-spec.md §2.2 and §11. For keep_going_after_loss
 * see test_input.c. */
#include "tests/support/rc_node.h"
#include "tests/support/suites.h"

/* ---- Configurations (§2.2) ------------------------------------------------*/

static struct rc_config good_config(void)
{
    return (struct rc_config){.id = 1,
                              .election_tick = 10,
                              .heartbeat_tick = 1,
                              .max_size_per_msg = 100,
                              .max_inflight_msgs = 1};
}

static void check_wrong(struct rc_config config, struct rc_memory_storage *ms,
                        const char *words)
{
    const char *wrong = NULL;
    if (ms) {
        config.storage = rc_memory_storage_interface(ms);
    }
    struct rc_rawnode *node = rc_rawnode_new(&config, &wrong);
    if (words) {
        ck_assert_ptr_null(node);
        ck_assert_str_eq(wrong, words);
    } else {
        ck_assert_ptr_null(wrong);
        rc_rawnode_free(node);
    }
}

#define WRONG(words, ...)                                                      \
    {                                                                          \
        struct rc_config c = good_config();                                    \
        __VA_ARGS__;                                                           \
        check_wrong(c, ms, words);                                             \
    }

START_TEST(wrong_configuration_is_reported)
{
    struct rc_memory_storage *ms = rc_memory_storage_new();
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
          c.read_only_option = RC_READ_ONLY_LEASE_BASED);
    WRONG(NULL, c.read_only_option = RC_READ_ONLY_LEASE_BASED;
          c.check_quorum = true);
    /* The first error is reported. */
    WRONG("cannot use none as id", c.id = 0; c.heartbeat_tick = 0;
          c.max_inflight_msgs = 0);
    rc_memory_storage_free(ms);
}
END_TEST

START_TEST(defaults_are_set)
{
    struct rc_config c = good_config();
    struct rc_memory_storage *ms = rc_memory_storage_new();
    c.storage = rc_memory_storage_interface(ms);
    ck_assert_ptr_null(rc_config_check(&c));
    ck_assert_uint_eq(c.max_committed_size_per_ready, 100);
    ck_assert_uint_eq(c.max_uncommitted_entries_size, RC_NO_LIMIT);
    ck_assert_uint_eq(c.max_inflight_bytes, RC_NO_LIMIT);
    rc_memory_storage_free(ms);
}
END_TEST

/* ---- report_refused_changes ----------------------------------------------*/

START_TEST(refused_change_can_be_an_error)
{
    struct rct_node *n = RCT_NODE(1, "1 2", .report_refused_changes = true);
    struct core *core = n->node->core;
    rct_lead(n);
    RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 2, .term = 1, .index = 1);
    rct_sends(n);
    ck_assert_int_eq(rct_change(n, "", RC_TRANSITION_AUTO, false),
                     RC_CHANGE_REFUSED);
    ck_assert_int_eq(rct_change(n, "v3", RC_TRANSITION_AUTO, true), RC_OK);
    ck_assert_int_eq(rct_change(n, "v4", RC_TRANSITION_AUTO, true),
                     RC_CHANGE_REFUSED);
    ck_assert_uint_eq(raftlog_last_index(&core->log), 2);
    ck_assert_uint_eq(core->pending_conf_index, 2);
    rct_node_free(n);
}
END_TEST

/* A proposal is all or nothing: also the entries before are dropped. */
START_TEST(proposal_with_a_refused_change_leaves_no_trace)
{
    struct rct_node *n = RCT_NODE(1, "1 2", .report_refused_changes = true);
    struct core *core = n->node->core;
    struct rc_change change = {RC_ADD_NODE, 3};
    struct rc_conf_change cc = {.changes = &change, .count = 1};
    struct rc_payload *data =
        rc_conf_change_encode(&cc, RC_ENTRY_CONF_CHANGE_V2);
    struct rc_message m = {
        .type = RC_MSG_PROP,
        .from = 2,
        .entries = RCT_ENTRIES({.type = RC_ENTRY_NORMAL, .data = data},
                               {.type = RC_ENTRY_CONF_CHANGE_V2, .data = data},
                               {.type = RC_ENTRY_CONF_CHANGE_V2})};
    rct_lead(n);
    RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 2, .term = 1, .index = 1);
    rct_sends(n);
    ck_assert_int_eq(rc_rawnode_step(n->node, &m), RC_CHANGE_REFUSED);
    ck_assert_uint_eq(raftlog_last_index(&core->log), 1);
    ck_assert_uint_eq(core->pending_conf_index, 0);
    ck_assert_uint_eq(core->uncommitted_size, 0);
    ck_assert_str_eq(rct_sends(n), "");
    ck_assert_int_eq(m.entries.at[2].type, RC_ENTRY_CONF_CHANGE_V2); /* lent */
    rc_payload_drop(data);
    rct_node_free(n);
}
END_TEST

/* ---- member_epochs -------------------------------------------------------*/

static void apply_words(struct rct_node *n, const char *words)
{
    struct rc_conf_change cc = {.count = 0};
    struct rc_text error = {NULL, 0, 0};
    ck_assert(rc_conf_change_parse(words, &cc, &error));
    struct rc_conf_state cs = rc_rawnode_apply_conf_change(n->node, &cc);
    rc_conf_state_release(&cs);
    rc_conf_change_release(&cc);
}

/* Node 2 was a member, was removed, and is one again, in one term. */
static struct rct_node *readmitted(bool epochs, uint64_t index)
{
    struct rct_node *n =
        RCT_NODE_AT(1, index, index > 0, "1 2 3", .member_epochs = epochs);
    rct_lead(n);
    apply_words(n, "r2");
    apply_words(n, "v2");
    rct_run(n);
    return n;
}

static uint64_t match_of_2(struct rct_node *n)
{
    return rc_progress_map_get(&n->node->core->tracker.progress, 2)->match;
}

/* raft#349: what it said as a member before is not true of its new log. */
START_TEST(late_response_of_an_earlier_membership_is_not_credited)
{
    for (int epochs = 0; epochs < 2; epochs++) {
        struct rct_node *n = readmitted(epochs, 0);
        RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 2, .term = 1, .index = 1);
        ck_assert_uint_eq(match_of_2(n), !epochs);
        ck_assert_uint_eq(n->node->core->log.committed, !epochs);
        rct_node_free(n);
    }
}
END_TEST

/* Who was no member before in this term needs no mark: others may run without
 * the option. */
START_TEST(newcomer_needs_no_mark)
{
    struct rct_node *n = readmitted(true, 0);
    apply_words(n, "v4");
    RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 4, .term = 1, .index = 1);
    ck_assert_str_eq(rct_progress(n, 4), "StateReplicate match=1 next=2");
    RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 3, .term = 1, .index = 1);
    ck_assert_str_eq(rct_progress(n, 3), "StateReplicate match=1 next=2");
    rct_node_free(n);
}
END_TEST

/* The epoch is sent with entries and returned in the response. */
START_TEST(response_with_the_epoch_of_the_membership_is_credited)
{
    struct rct_node *n = readmitted(true, 0);
    struct rct_node *follower = RCT_NODE(2, "1 2 3", .member_epochs = true);
    size_t arrived = 0;
    for (size_t i = 0; i < n->outbox.count; i++) {
        if (n->outbox.at[i].to == 2) {
            rc_rawnode_step(follower->node, &n->outbox.at[i]);
            arrived++;
        }
    }
    ck_assert_uint_gt(arrived, 0);
    rct_run(follower);
    ck_assert_uint_gt(follower->outbox.count, 0);
    for (size_t i = 0; i < follower->outbox.count; i++) {
        rc_rawnode_step(n->node, &follower->outbox.at[i]);
    }
    ck_assert_uint_eq(match_of_2(n), 1);
    /* Responses of another term are ignored: no epoch is needed. */
    RCT_STEP(n, .type = RC_MSG_HEARTBEAT, .from = 3, .term = 2);
    rct_lead(n);
    RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 2, .term = 3, .index = 2);
    ck_assert_uint_eq(match_of_2(n), 2);
    rct_node_free(follower);
    rct_node_free(n);
}
END_TEST

/* A snapshot is acknowledged as entries are: so it has to bear the mark. */
START_TEST(snapshot_to_a_readmitted_member_bears_the_mark)
{
    struct rct_node *n = readmitted(true, 11);
    struct rct_node *follower = RCT_NODE(2, "1 2 3", .member_epochs = true);
    for (int round = 0; round < 4; round++) {
        for (size_t i = 0; i < n->outbox.count; i++) {
            if (n->outbox.at[i].to == 2) {
                rc_rawnode_step(follower->node, &n->outbox.at[i]);
            }
        }
        rc_messages_clear(&n->outbox);
        rct_run(follower);
        for (size_t i = 0; i < follower->outbox.count; i++) {
            rc_rawnode_step(n->node, &follower->outbox.at[i]);
        }
        rc_messages_clear(&follower->outbox);
        rct_run(n);
    }
    ck_assert_uint_eq(follower->applied_index, 12);
    ck_assert_str_eq(rct_progress(n, 2), "StateReplicate match=12 next=13");
    rct_node_free(follower);
    rct_node_free(n);
}
END_TEST

SUITE(raftcore_options)
{
    Suite *suite = suite_create("raftcore_options");
    TCase *tc = tcase_create("configuration");
    tcase_add_test(tc, wrong_configuration_is_reported);
    tcase_add_test(tc, defaults_are_set);
    suite_add_tcase(suite, tc);

    tc = tcase_create("otherwise");
    tcase_add_test(tc, refused_change_can_be_an_error);
    tcase_add_test(tc, proposal_with_a_refused_change_leaves_no_trace);
    tcase_add_test(tc, late_response_of_an_earlier_membership_is_not_credited);
    tcase_add_test(tc, newcomer_needs_no_mark);
    tcase_add_test(tc, response_with_the_epoch_of_the_membership_is_credited);
    tcase_add_test(tc, snapshot_to_a_readmitted_member_bears_the_mark);
    suite_add_tcase(suite, tc);
    return suite;
}
