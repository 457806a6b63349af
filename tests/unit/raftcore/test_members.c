/* test_members.c - changes of the configuration.
 * Layer: tests. docs/raftcore-spec.md §3.6, §5.9, §5.13, §5.14. */
#include <string.h>

#include "raftcore/describe.h"
#include "tests/support/rc_node.h"
#include "tests/support/suites.h"

/* ---- Proposing -----------------------------------------------------------*/

static enum rc_entry_type type_at(struct rct_node *n, uint64_t index)
{
    struct rc_entries entries;
    ck_assert_int_eq(raftlog_slice(&n->node->core->log, index, index + 1,
                                   RC_NO_LIMIT, &entries),
                     RC_OK);
    enum rc_entry_type type = entries.at[0].type;
    ck_assert(type != RC_ENTRY_NORMAL || !entries.at[0].data);
    rc_entries_release(&entries);
    return type;
}

/* §5.9: one change at a time, from its proposal until it is applied. */
START_TEST(second_change_is_an_empty_entry_until_the_first_is_applied)
{
    struct rct_node *n = RCT_NODE(1, "1 2");
    rct_lead(n);
    RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 2, .term = 1, .index = 1);
    rct_run(n);
    ck_assert_uint_eq(n->node->core->pending_conf_index, 0);
    ck_assert_int_eq(rct_change(n, "v3", RC_TRANSITION_AUTO, true), RC_OK);
    ck_assert_int_eq(type_at(n, 2), RC_ENTRY_CONF_CHANGE);
    ck_assert_uint_eq(n->node->core->pending_conf_index, 2);
    ck_assert_int_eq(rct_change(n, "v4", RC_TRANSITION_AUTO, false), RC_OK);
    ck_assert_int_eq(type_at(n, 3), RC_ENTRY_NORMAL);
    ck_assert_uint_eq(n->node->core->pending_conf_index, 2);
    rct_run(n);
    RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 2, .term = 1, .index = 3);
    rct_run(n);
    ck_assert_str_eq(rct_config(n), "voters=(1 2 3)");
    ck_assert_int_eq(rct_change(n, "v4", RC_TRANSITION_AUTO, false), RC_OK);
    ck_assert_int_eq(type_at(n, 4), RC_ENTRY_CONF_CHANGE_V2);
    ck_assert_uint_eq(n->node->core->pending_conf_index, 4);
    rct_node_free(n);
}
END_TEST

/* §5.2: whatever a new leader has not applied may hold a change. */
START_TEST(new_leader_takes_no_change_before_its_log_is_applied)
{
    struct rct_node *n = RCT_NODE(1, "1 2");
    struct rc_message m = {.type = RC_MSG_APP,
                           .from = 2,
                           .term = 1,
                           .entries = RCT_ENTRIES({.term = 1, .index = 1},
                                                  {.term = 1, .index = 2})};
    rc_rawnode_step(n->node, &m);
    rct_lead(n);
    ck_assert_uint_eq(n->node->core->pending_conf_index, 2);
    rct_change(n, "v3", RC_TRANSITION_AUTO, true); /* behind its empty entry */
    ck_assert_int_eq(type_at(n, 4), RC_ENTRY_NORMAL);
    rct_run(n);
    RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 2, .term = 2, .index = 4);
    rct_run(n);
    rct_change(n, "v3", RC_TRANSITION_AUTO, true);
    ck_assert_int_eq(type_at(n, 5), RC_ENTRY_CONF_CHANGE);
    rct_node_free(n);
}
END_TEST

/* §5.9 (4): by what the configuration is; unless validation is off. */
static const struct {
    const char *members, *words;
    bool taken;
    enum rc_transition transition;
} judged[] = {
    {"1", "v2", true, RC_TRANSITION_AUTO},
    {"1", "", false, RC_TRANSITION_AUTO},
    {"1", "", false, RC_TRANSITION_EXPLICIT},
    {"1; ; 1", "", true, RC_TRANSITION_AUTO},
    {"1; ; 1", "", false, RC_TRANSITION_EXPLICIT}, /* would enter another */
    {"1; ; 1", "", false, RC_TRANSITION_IMPLICIT},
    {"1; ; 1", "v2", false, RC_TRANSITION_AUTO},
    {"1; 2", "r2", true, RC_TRANSITION_AUTO},
};

START_TEST(change_that_does_not_fit_the_configuration_is_an_empty_entry)
{
    for (int unchecked = 0; unchecked < 2; unchecked++) {
        struct rct_node *n = RCT_NODE(
            1, judged[_i].members, .disable_conf_change_validation = unchecked);
        rct_lead(n);
        rct_change(n, judged[_i].words, judged[_i].transition, false);
        ck_assert_int_eq(type_at(n, 2), judged[_i].taken || unchecked
                                            ? RC_ENTRY_CONF_CHANGE_V2
                                            : RC_ENTRY_NORMAL);
        rct_node_free(n);
    }
}
END_TEST

/* ---- Applying ------------------------------------------------------------*/

static void applied(struct rct_node *n, const char *words,
                    enum rc_transition transition)
{
    struct rc_conf_change cc = {.transition = transition};
    struct rc_text error = {NULL, 0, 0};
    ck_assert(rc_conf_change_parse(words, &cc, &error));
    struct rc_conf_state cs = rc_rawnode_apply_conf_change(n->node, &cc);
    rc_conf_state_release(&cs);
    rc_conf_change_release(&cc);
}

/* §3.6: one row is a node and what is applied, each list a change. */
static const struct {
    const char *members, *first, *second, *config, *progress;
} steps[] = {
    {"1", "v2", NULL, "voters=(1 2)", "StateProbe match=0 next=1"},
    {"1", "v2", "v2", "voters=(1 2)", "StateProbe match=0 next=1"},
    {"1", "l2", NULL, "voters=(1) learners=(2)",
     "StateProbe match=0 next=1 learner"},
    {"1", "l2", "v2", "voters=(1 2)", "StateProbe match=0 next=1"},
    {"1 2", "r2", NULL, "voters=(1)", "none"},
    {"1 2", "r2", "r2", "voters=(1)", "none"},
    {"1; 2", "r2", NULL, "voters=(1)", "none"},
    {"1 2", "l2", NULL, "voters=(1) learners=(2)",
     "StateProbe match=0 next=1 learner inactive"},
    {"1 2", "u2", NULL, "voters=(1 2)", "StateProbe match=0 next=1 inactive"},
};

START_TEST(applied_change_is_in_force)
{
    struct rct_node *n = RCT_NODE(1, steps[_i].members);
    applied(n, steps[_i].first, RC_TRANSITION_AUTO);
    if (steps[_i].second) {
        applied(n, steps[_i].second, RC_TRANSITION_AUTO);
    }
    ck_assert_str_eq(rct_config(n), steps[_i].config);
    ck_assert_str_eq(rct_progress(n, 2), steps[_i].progress);
    rct_node_free(n);
}
END_TEST

START_TEST(last_voter_cannot_be_removed)
{
    struct rct_node *n = RCT_NODE(1, "1; 2");
    RCT_FATAL(applied(n, "r1", RC_TRANSITION_AUTO), "removed all voters");
    rct_node_free(n);
}
END_TEST

/* §5.14: the quorum is smaller, so more may be committed. */
START_TEST(removing_the_member_that_lacks_an_entry_commits_it)
{
    struct rct_node *n = RCT_NODE(1, "1 2");
    rct_lead(n);
    rct_change(n, "r2", RC_TRANSITION_AUTO, true);
    rct_propose(n, "x");
    rct_run(n);
    ck_assert_uint_eq(n->applied_index, 0);
    RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 2, .term = 1, .index = 2);
    rct_run(n);
    ck_assert_str_eq(rct_applied(n), "x");
    ck_assert_uint_eq(n->applied_index, 3);
    rct_node_free(n);
}
END_TEST

/* §5.14, §3.6: the newcomer is probed, from the last entry on. */
START_TEST(newcomer_is_probed_at_once)
{
    struct rct_node *n = RCT_NODE(1, "1");
    rct_lead(n);
    rct_change(n, "v2", RC_TRANSITION_AUTO, false);
    ck_assert_str_eq(rct_sends(n), "1->2 MsgApp Term:1 Log:1/1 Commit:2 "
                                   "Entries:[1/2 EntryConfChangeV2 v2]\n");
    ck_assert_str_eq(rct_progress(n, 2), "StateProbe match=0 next=2 paused");
    rct_node_free(n);
}
END_TEST

/* §5.14: it leads until another is elected, but takes no proposals (§5.9). */
static const char *const gone[] = {"r1", "l1"};

START_TEST(leader_that_is_no_voter_stays_or_steps_down)
{
    for (int steps_down = 0; steps_down < 2; steps_down++) {
        struct rct_node *n =
            RCT_NODE(1, "1 2", .step_down_on_removal = steps_down);
        rct_lead(n);
        applied(n, gone[_i], RC_TRANSITION_AUTO);
        ck_assert_int_eq(n->node->core->state,
                         steps_down ? RC_FOLLOWER : RC_LEADER);
        ck_assert_uint_eq(n->node->core->term, 1);
        ck_assert_int_eq(n->node->core->is_learner, _i == 1);
        /* A learner that leads still has a progress of its own. */
        ck_assert_int_eq(rct_propose(n, "x"),
                         steps_down || _i == 0 ? RC_PROPOSAL_DROPPED : RC_OK);
        rct_node_free(n);
    }
}
END_TEST

/* ---- From the proposal to the end ----------------------------------------*/

/* §3.6, V2 classification; §5.13. */
static const struct {
    const char *words;
    enum rc_transition transition;
    bool v1;
    const char *entered; /* NULL: not joint in between */
    const char *left;
} cases[] = {
    {"v2", RC_TRANSITION_AUTO, true, NULL, "voters=(1 2)"},
    {"v2", RC_TRANSITION_AUTO, false, NULL, "voters=(1 2)"},
    {"l2", RC_TRANSITION_AUTO, false, NULL, "voters=(1) learners=(2)"},
    {"l2", RC_TRANSITION_EXPLICIT, false, "voters=(1)&&(1) learners=(2)",
     "voters=(1) learners=(2)"},
    {"l2", RC_TRANSITION_IMPLICIT, false,
     "voters=(1)&&(1) learners=(2) autoleave", "voters=(1) learners=(2)"},
    {"v2 l3", RC_TRANSITION_AUTO, false,
     "voters=(1 2)&&(1) learners=(3) autoleave", "voters=(1 2) learners=(3)"},
    {"v2 l3", RC_TRANSITION_EXPLICIT, false, "voters=(1 2)&&(1) learners=(3)",
     "voters=(1 2) learners=(3)"},
    {"v2 l3", RC_TRANSITION_IMPLICIT, false,
     "voters=(1 2)&&(1) learners=(3) autoleave", "voters=(1 2) learners=(3)"},
};

/* Node 2, if it is a member, has everything. */
static void run_with_2(struct rct_node *n)
{
    for (int i = 0; i < 4; i++) {
        rct_run(n);
        (void)RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 2, .term = 1,
                       .index = raftlog_last_index(&n->node->core->log));
    }
    rct_run(n);
}

START_TEST(change_goes_through_joint_consensus_if_it_must)
{
    bool joint = cases[_i].entered;
    struct rct_node *n = RCT_NODE(1, "1");
    rct_lead(n);
    rct_change(n, cases[_i].words, cases[_i].transition, cases[_i].v1);
    while (strcmp(rct_config(n), "voters=(1)") == 0) {
        ck_assert(rc_rawnode_has_ready(n->node));
        rct_handle(n);
    }
    ck_assert_str_eq(rct_config(n), joint ? cases[_i].entered : cases[_i].left);
    run_with_2(n);
    if (cases[_i].transition == RC_TRANSITION_EXPLICIT) {
        ck_assert_str_eq(rct_config(n), cases[_i].entered); /* still */
        ck_assert_int_eq(rct_change(n, "", RC_TRANSITION_AUTO, false), RC_OK);
        run_with_2(n);
    }
    ck_assert_str_eq(rct_config(n), cases[_i].left);
    ck_assert_uint_eq(n->applied_index, joint ? 3 : 2);
    struct rc_conf_state core = rc_rawnode_conf_state(n->node);
    ck_assert(rc_conf_state_equivalent(&core, &n->members));
    rc_conf_state_release(&core);
    rct_node_free(n);
}
END_TEST

/* §5.13: the leader proposes to leave when it has applied the change; a later
 * leader does so when it applies anything. */
START_TEST(joint_configuration_is_left_by_a_later_leader)
{
    struct rct_node *n = RCT_NODE(1, "1", .async_storage_writes = true);
    rct_lead(n);
    rct_change(n, "l2", RC_TRANSITION_IMPLICIT, false);
    rct_handle(n);
    rct_write_one(n);
    rct_handle(n); /* committed: to be applied */
    rc_rawnode_step(n->node,
                    &(struct rc_message){
                        .type = RC_MSG_VOTE, .to = 1, .from = 9, .term = 2});
    ck_assert_int_eq(n->node->core->state, RC_FOLLOWER);
    rct_run(n);
    ck_assert_str_eq(rct_config(n), "voters=(1)&&(1) learners=(2) autoleave");
    ck_assert_uint_eq(n->applied_index, 2);
    rc_rawnode_campaign(n->node);
    rct_run(n);
    ck_assert_int_eq(n->node->core->state, RC_LEADER);
    ck_assert_str_eq(rct_config(n), "voters=(1) learners=(2)");
    ck_assert_uint_eq(n->applied_index, 4); /* its empty entry, and leaving */
    rct_node_free(n);
}
END_TEST

/* §5.13: proposed once, however much else is applied before it is. */
START_TEST(leaving_is_proposed_once)
{
    struct rct_node *n = RCT_NODE(1, "1", .max_committed_size_per_ready = 1);
    rct_lead(n);
    rct_change(n, "l2", RC_TRANSITION_IMPLICIT, false);
    rct_propose(n, "x");
    rct_propose(n, "y");
    rct_run(n);
    ck_assert_str_eq(rct_config(n), "voters=(1) learners=(2)");
    ck_assert_uint_eq(n->applied_index, 5);
    rct_node_free(n);
}
END_TEST

/* §5.13: as long as it is dropped, it is proposed again. */
START_TEST(leaving_is_proposed_again_if_it_was_dropped)
{
    struct rct_node *n = RCT_NODE(1, "1 2");
    rct_lead(n);
    rct_change(n, "l3", RC_TRANSITION_IMPLICIT, false);
    rct_propose(n, "x");
    rct_run(n);
    rc_rawnode_transfer_leader(n->node, 2);
    RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 2, .term = 1, .index = 2);
    rct_run(n);
    ck_assert_uint_eq(n->applied_index, 2);
    ck_assert_uint_eq(raftlog_last_index(&n->node->core->log), 3);
    rct_tick(n, 10); /* the transfer is given up */
    RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 2, .term = 1, .index = 3);
    rct_run(n);
    ck_assert_int_eq(type_at(n, 4), RC_ENTRY_CONF_CHANGE_V2);
    RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 2, .term = 1, .index = 4);
    rct_run(n);
    ck_assert_str_eq(rct_config(n), "voters=(1 2) learners=(3)");
    rct_node_free(n);
}
END_TEST

/* §5.13: by the leader only, though all apply. */
START_TEST(follower_does_not_propose_to_leave)
{
    struct rct_node *n = RCT_NODE(2, "1 2");
    struct rc_change change = {RC_ADD_LEARNER_NODE, 3};
    struct rc_conf_change cc = {RC_TRANSITION_IMPLICIT, &change, 1, NULL};
    struct rc_payload *data =
        rc_conf_change_encode(&cc, RC_ENTRY_CONF_CHANGE_V2);
    struct rc_entry entry = {1, 1, data, RC_ENTRY_CONF_CHANGE_V2};
    RCT_STEP(n, .type = RC_MSG_APP, .from = 1, .term = 1, .commit = 1,
             .entries = {NULL, &entry, 1});
    ck_assert_str_eq(rct_sends(n), "2->1 MsgAppResp Term:1 Log:0/1\n");
    ck_assert_str_eq(rct_config(n),
                     "voters=(1 2)&&(1 2) learners=(3) autoleave");
    rc_payload_drop(data);
    rct_node_free(n);
}
END_TEST

/* Doing nothing is done, too, and clears the way for the next. */
START_TEST(member_that_is_added_twice_is_one_member)
{
    struct rct_node *n = RCT_NODE(1, "1");
    rct_lead(n);
    for (int i = 0; i < 2; i++) {
        rct_change(n, "v1", RC_TRANSITION_AUTO, true);
        rct_run(n);
    }
    rct_change(n, "v2", RC_TRANSITION_AUTO, true);
    rct_run(n);
    for (uint64_t index = 2; index <= 4; index++) {
        ck_assert_int_eq(type_at(n, index), RC_ENTRY_CONF_CHANGE);
    }
    ck_assert_str_eq(rct_config(n), "voters=(1 2)");
    rct_node_free(n);
}
END_TEST

/* The context is the application's; it goes through. */
START_TEST(change_arrives_with_its_context)
{
    struct rct_node *n = RCT_NODE(1, "1");
    struct rc_conf_change cc = {
        .context = rc_payload_of(rc_bytes_of_text("somenode"))};
    rc_conf_change_add(&cc, RC_ADD_LEARNER_NODE, 2);
    rct_lead(n);
    for (int v1 = 0; v1 < 2; v1++) {
        rc_rawnode_propose_conf_change(n->node, &cc, v1);
        rct_run(n);
        struct rc_conf_change got;
        const struct rc_entry *last = &n->applied.at[n->applied.count - 1];
        ck_assert_int_eq(rc_conf_change_decode(last, &got), RC_OK);
        ck_assert(rc_bytes_equal(rc_payload_bytes(got.context),
                                 rc_bytes_of_text("somenode")));
        ck_assert_int_eq(got.changes[0].type, RC_ADD_LEARNER_NODE);
        rc_conf_change_release(&got);
    }
    ck_assert_str_eq(rct_config(n), "voters=(1) learners=(2)");
    rc_conf_change_release(&cc);
    rct_node_free(n);
}
END_TEST

/* §5.14: both halves decide while it lasts. */
START_TEST(joint_configuration_needs_both_majorities)
{
    struct rct_node *n = RCT_NODE(1, "1 2 3; ; 1 4 5");
    rct_lead(n);
    RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 2, .term = 1, .index = 1);
    RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 3, .term = 1, .index = 1);
    ck_assert_uint_eq(n->node->core->log.committed, 0);
    RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 5, .term = 1, .index = 1);
    ck_assert_uint_eq(n->node->core->log.committed, 1);
    rct_node_free(n);
}
END_TEST

SUITE(raftcore_members)
{
    Suite *suite = suite_create("raftcore_members");
    TCase *tc = tcase_create("proposing");
    tcase_add_test(tc,
                   second_change_is_an_empty_entry_until_the_first_is_applied);
    tcase_add_test(tc, new_leader_takes_no_change_before_its_log_is_applied);
    tcase_add_loop_test(
        tc, change_that_does_not_fit_the_configuration_is_an_empty_entry, 0,
        sizeof(judged) / sizeof(judged[0]));
    suite_add_tcase(suite, tc);

    tc = tcase_create("applying");
    tcase_add_loop_test(tc, applied_change_is_in_force, 0,
                        sizeof(steps) / sizeof(steps[0]));
    tcase_add_test(tc, last_voter_cannot_be_removed);
    tcase_add_test(tc, removing_the_member_that_lacks_an_entry_commits_it);
    tcase_add_test(tc, newcomer_is_probed_at_once);
    tcase_add_loop_test(tc, leader_that_is_no_voter_stays_or_steps_down, 0,
                        sizeof(gone) / sizeof(gone[0]));
    suite_add_tcase(suite, tc);

    tc = tcase_create("to the end");
    tcase_add_loop_test(tc, change_goes_through_joint_consensus_if_it_must, 0,
                        sizeof(cases) / sizeof(cases[0]));
    tcase_add_test(tc, joint_configuration_is_left_by_a_later_leader);
    tcase_add_test(tc, leaving_is_proposed_once);
    tcase_add_test(tc, leaving_is_proposed_again_if_it_was_dropped);
    tcase_add_test(tc, follower_does_not_propose_to_leave);
    tcase_add_test(tc, member_that_is_added_twice_is_one_member);
    tcase_add_test(tc, change_arrives_with_its_context);
    tcase_add_test(tc, joint_configuration_needs_both_majorities);
    suite_add_tcase(suite, tc);
    return suite;
}
