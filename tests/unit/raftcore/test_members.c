/* test_members.c - changes of the configuration.
 * Layer: tests. Specification of raftcore, sections 3.6, 5.9, 5.13, 5.14. */
#include <string.h>

#include "raftcore/describe.h"
#include "tests/support/rc_node.h"
#include "tests/support/suites.h"

/* ---- Proposing -----------------------------------------------------------*/

static enum entry_type type_at(struct rc_node *n, uint64_t index)
{
    struct entries entries;
    ck_assert_int_eq(raftlog_slice(&n->node->core->log, index, index + 1,
                                   NO_LIMIT, &entries),
                     CORE_OK);
    enum entry_type type = entries.at[0].type;
    ck_assert(type != ENTRY_NORMAL || !entries.at[0].data);
    entries_release(&entries);
    return type;
}

/* 5.9: one change at a time, from its proposal until it is applied. */
START_TEST(second_change_is_an_empty_entry_until_the_first_is_applied)
{
    struct rc_node *n = RC_NODE(1, "1 2");
    rc_lead(n);
    RC_STEP(n, .type = MSG_APP_RESP, .from = 2, .term = 1, .index = 1);
    rc_run(n);
    ck_assert_uint_eq(n->node->core->pending_conf_index, 0);
    ck_assert_int_eq(rc_change(n, "v3", TRANSITION_AUTO, true), CORE_OK);
    ck_assert_int_eq(type_at(n, 2), ENTRY_CONF_CHANGE);
    ck_assert_uint_eq(n->node->core->pending_conf_index, 2);
    ck_assert_int_eq(rc_change(n, "v4", TRANSITION_AUTO, false), CORE_OK);
    ck_assert_int_eq(type_at(n, 3), ENTRY_NORMAL);
    ck_assert_uint_eq(n->node->core->pending_conf_index, 2);
    rc_run(n);
    RC_STEP(n, .type = MSG_APP_RESP, .from = 2, .term = 1, .index = 3);
    rc_run(n);
    ck_assert_str_eq(rc_config(n), "voters=(1 2 3)");
    ck_assert_int_eq(rc_change(n, "v4", TRANSITION_AUTO, false), CORE_OK);
    ck_assert_int_eq(type_at(n, 4), ENTRY_CONF_CHANGE_V2);
    ck_assert_uint_eq(n->node->core->pending_conf_index, 4);
    rc_node_free(n);
}
END_TEST

/* 5.2: whatever a new leader has not applied may hold a change. */
START_TEST(new_leader_takes_no_change_before_its_log_is_applied)
{
    struct rc_node *n = RC_NODE(1, "1 2");
    struct message m = {.type = MSG_APP,
                        .from = 2,
                        .term = 1,
                        .entries = RC_ENTRIES({.term = 1, .index = 1},
                                              {.term = 1, .index = 2})};
    rawnode_step(n->node, &m);
    rc_lead(n);
    ck_assert_uint_eq(n->node->core->pending_conf_index, 2);
    rc_change(n, "v3", TRANSITION_AUTO, true); /* behind its empty entry */
    ck_assert_int_eq(type_at(n, 4), ENTRY_NORMAL);
    rc_run(n);
    RC_STEP(n, .type = MSG_APP_RESP, .from = 2, .term = 2, .index = 4);
    rc_run(n);
    rc_change(n, "v3", TRANSITION_AUTO, true);
    ck_assert_int_eq(type_at(n, 5), ENTRY_CONF_CHANGE);
    rc_node_free(n);
}
END_TEST

/* 5.9, point 4: by what the configuration is; unless validation is off. */
static const struct {
    const char *members, *words;
    bool taken;
    enum transition transition;
} judged[] = {
    {"1", "v2", true, TRANSITION_AUTO},
    {"1", "", false, TRANSITION_AUTO},
    {"1", "", false, TRANSITION_EXPLICIT},
    {"1; ; 1", "", true, TRANSITION_AUTO},
    {"1; ; 1", "", false, TRANSITION_EXPLICIT}, /* would enter another */
    {"1; ; 1", "", false, TRANSITION_IMPLICIT},
    {"1; ; 1", "v2", false, TRANSITION_AUTO},
    {"1; 2", "r2", true, TRANSITION_AUTO},
};

START_TEST(change_that_does_not_fit_the_configuration_is_an_empty_entry)
{
    for (int unchecked = 0; unchecked < 2; unchecked++) {
        struct rc_node *n = RC_NODE(
            1, judged[_i].members, .disable_conf_change_validation = unchecked);
        rc_lead(n);
        rc_change(n, judged[_i].words, judged[_i].transition, false);
        ck_assert_int_eq(type_at(n, 2), judged[_i].taken || unchecked
                                            ? ENTRY_CONF_CHANGE_V2
                                            : ENTRY_NORMAL);
        rc_node_free(n);
    }
}
END_TEST

/* ---- Applying ------------------------------------------------------------*/

static void applied(struct rc_node *n, const char *words,
                    enum transition transition)
{
    struct conf_change cc = {.transition = transition};
    struct text error = {NULL, 0, 0};
    ck_assert(conf_change_parse(words, &cc, &error));
    struct conf_state cs = rawnode_apply_conf_change(n->node, &cc);
    conf_state_release(&cs);
    conf_change_release(&cc);
}

/* 3.6: one row is a node and what is applied, each list a change. */
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
    struct rc_node *n = RC_NODE(1, steps[_i].members);
    applied(n, steps[_i].first, TRANSITION_AUTO);
    if (steps[_i].second) {
        applied(n, steps[_i].second, TRANSITION_AUTO);
    }
    ck_assert_str_eq(rc_config(n), steps[_i].config);
    ck_assert_str_eq(rc_progress(n, 2), steps[_i].progress);
    rc_node_free(n);
}
END_TEST

START_TEST(last_voter_cannot_be_removed)
{
    struct rc_node *n = RC_NODE(1, "1; 2");
    RC_FATAL(applied(n, "r1", TRANSITION_AUTO), "removed all voters");
    rc_node_free(n);
}
END_TEST

/* 5.14: the quorum is smaller, so more may be committed. */
START_TEST(entry_is_committed_by_the_removal_of_who_lacks_it)
{
    struct rc_node *n = RC_NODE(1, "1 2");
    rc_lead(n);
    rc_change(n, "r2", TRANSITION_AUTO, true);
    rc_propose(n, "x");
    rc_run(n);
    ck_assert_uint_eq(n->applied_index, 0);
    RC_STEP(n, .type = MSG_APP_RESP, .from = 2, .term = 1, .index = 2);
    rc_run(n);
    ck_assert_str_eq(rc_applied(n), "x");
    ck_assert_uint_eq(n->applied_index, 3);
    rc_node_free(n);
}
END_TEST

/* 5.14, 3.6: the newcomer is probed, from the last entry on. */
START_TEST(newcomer_is_probed_at_once)
{
    struct rc_node *n = RC_NODE(1, "1");
    rc_lead(n);
    rc_change(n, "v2", TRANSITION_AUTO, false);
    ck_assert_str_eq(rc_sends(n), "1->2 MsgApp Term:1 Log:1/1 Commit:2 "
                                  "Entries:[1/2 EntryConfChangeV2 v2]\n");
    ck_assert_str_eq(rc_progress(n, 2), "StateProbe match=0 next=2 paused");
    rc_node_free(n);
}
END_TEST

/* 5.14: it leads until another is elected, but takes no proposals (5.9). */
static const char *const gone[] = {"r1", "l1"};

START_TEST(leader_that_is_no_voter_goes_on_or_steps_down)
{
    for (int steps_down = 0; steps_down < 2; steps_down++) {
        struct rc_node *n =
            RC_NODE(1, "1 2", .step_down_on_removal = steps_down);
        rc_lead(n);
        applied(n, gone[_i], TRANSITION_AUTO);
        ck_assert_int_eq(n->node->core->state, steps_down ? FOLLOWER : LEADER);
        ck_assert_uint_eq(n->node->core->term, 1);
        ck_assert_int_eq(n->node->core->is_learner, _i == 1);
        /* A learner that leads still has a progress of its own. */
        ck_assert_int_eq(rc_propose(n, "x"), steps_down || _i == 0
                                                 ? CORE_PROPOSAL_DROPPED
                                                 : CORE_OK);
        rc_node_free(n);
    }
}
END_TEST

/* ---- From the proposal to the end ----------------------------------------*/

/* 3.6, V2 classification; 5.13. */
static const struct {
    const char *words;
    enum transition transition;
    bool v1;
    const char *entered; /* NULL: not joint in between */
    const char *left;
} cases[] = {
    {"v2", TRANSITION_AUTO, true, NULL, "voters=(1 2)"},
    {"v2", TRANSITION_AUTO, false, NULL, "voters=(1 2)"},
    {"l2", TRANSITION_AUTO, false, NULL, "voters=(1) learners=(2)"},
    {"l2", TRANSITION_EXPLICIT, false, "voters=(1)&&(1) learners=(2)",
     "voters=(1) learners=(2)"},
    {"l2", TRANSITION_IMPLICIT, false, "voters=(1)&&(1) learners=(2) autoleave",
     "voters=(1) learners=(2)"},
    {"v2 l3", TRANSITION_AUTO, false,
     "voters=(1 2)&&(1) learners=(3) autoleave", "voters=(1 2) learners=(3)"},
    {"v2 l3", TRANSITION_EXPLICIT, false, "voters=(1 2)&&(1) learners=(3)",
     "voters=(1 2) learners=(3)"},
    {"v2 l3", TRANSITION_IMPLICIT, false,
     "voters=(1 2)&&(1) learners=(3) autoleave", "voters=(1 2) learners=(3)"},
};

/* Node 2, if it is a member, has everything. */
static void run_with_2(struct rc_node *n)
{
    for (int i = 0; i < 4; i++) {
        rc_run(n);
        (void)RC_STEP(n, .type = MSG_APP_RESP, .from = 2, .term = 1,
                      .index = raftlog_last_index(&n->node->core->log));
    }
    rc_run(n);
}

START_TEST(change_goes_through_joint_consensus_if_it_must)
{
    bool joint = cases[_i].entered;
    struct rc_node *n = RC_NODE(1, "1");
    rc_lead(n);
    rc_change(n, cases[_i].words, cases[_i].transition, cases[_i].v1);
    while (strcmp(rc_config(n), "voters=(1)") == 0) {
        ck_assert(rawnode_has_ready(n->node));
        rc_handle(n);
    }
    ck_assert_str_eq(rc_config(n), joint ? cases[_i].entered : cases[_i].left);
    run_with_2(n);
    if (cases[_i].transition == TRANSITION_EXPLICIT) {
        ck_assert_str_eq(rc_config(n), cases[_i].entered); /* still */
        ck_assert_int_eq(rc_change(n, "", TRANSITION_AUTO, false), CORE_OK);
        run_with_2(n);
    }
    ck_assert_str_eq(rc_config(n), cases[_i].left);
    ck_assert_uint_eq(n->applied_index, joint ? 3 : 2);
    struct conf_state core = rawnode_conf_state(n->node);
    ck_assert(conf_state_equivalent(&core, &n->members));
    conf_state_release(&core);
    rc_node_free(n);
}
END_TEST

/* 5.13: who leads when it is applied proposes to leave; and whoever leads
 * later does so when it applies anything. */
START_TEST(joint_configuration_is_left_by_a_later_leader)
{
    struct rc_node *n = RC_NODE(1, "1", .async_storage_writes = true);
    rc_lead(n);
    rc_change(n, "l2", TRANSITION_IMPLICIT, false);
    rc_handle(n);
    rc_write_one(n);
    rc_handle(n); /* committed: to be applied */
    rawnode_step(n->node, &(struct message){
                              .type = MSG_VOTE, .to = 1, .from = 9, .term = 2});
    ck_assert_int_eq(n->node->core->state, FOLLOWER);
    rc_run(n);
    ck_assert_str_eq(rc_config(n), "voters=(1)&&(1) learners=(2) autoleave");
    ck_assert_uint_eq(n->applied_index, 2);
    rawnode_campaign(n->node);
    rc_run(n);
    ck_assert_int_eq(n->node->core->state, LEADER);
    ck_assert_str_eq(rc_config(n), "voters=(1) learners=(2)");
    ck_assert_uint_eq(n->applied_index, 4); /* its empty entry, and leaving */
    rc_node_free(n);
}
END_TEST

/* 5.13: proposed once, however much else is applied before it is. */
START_TEST(leaving_is_proposed_once)
{
    struct rc_node *n = RC_NODE(1, "1", .max_committed_size_per_ready = 1);
    rc_lead(n);
    rc_change(n, "l2", TRANSITION_IMPLICIT, false);
    rc_propose(n, "x");
    rc_propose(n, "y");
    rc_run(n);
    ck_assert_str_eq(rc_config(n), "voters=(1) learners=(2)");
    ck_assert_uint_eq(n->applied_index, 5);
    rc_node_free(n);
}
END_TEST

/* 5.13: as long as it is dropped, it is proposed again. */
START_TEST(leaving_is_proposed_again_if_it_was_dropped)
{
    struct rc_node *n = RC_NODE(1, "1 2");
    rc_lead(n);
    rc_change(n, "l3", TRANSITION_IMPLICIT, false);
    rc_propose(n, "x");
    rc_run(n);
    rawnode_transfer_leader(n->node, 2);
    RC_STEP(n, .type = MSG_APP_RESP, .from = 2, .term = 1, .index = 2);
    rc_run(n);
    ck_assert_uint_eq(n->applied_index, 2);
    ck_assert_uint_eq(raftlog_last_index(&n->node->core->log), 3);
    rc_tick(n, 10); /* the transfer is given up */
    RC_STEP(n, .type = MSG_APP_RESP, .from = 2, .term = 1, .index = 3);
    rc_run(n);
    ck_assert_int_eq(type_at(n, 4), ENTRY_CONF_CHANGE_V2);
    RC_STEP(n, .type = MSG_APP_RESP, .from = 2, .term = 1, .index = 4);
    rc_run(n);
    ck_assert_str_eq(rc_config(n), "voters=(1 2) learners=(3)");
    rc_node_free(n);
}
END_TEST

/* 5.13: by the leader, not by each who applies. */
START_TEST(follower_does_not_propose_to_leave)
{
    struct rc_node *n = RC_NODE(2, "1 2");
    struct change change = {ADD_LEARNER_NODE, 3};
    struct conf_change cc = {TRANSITION_IMPLICIT, &change, 1, NULL};
    struct payload *data = conf_change_encode(&cc, ENTRY_CONF_CHANGE_V2);
    struct entry entry = {1, 1, data, ENTRY_CONF_CHANGE_V2};
    RC_STEP(n, .type = MSG_APP, .from = 1, .term = 1, .commit = 1,
            .entries = {NULL, &entry, 1});
    ck_assert_str_eq(rc_sends(n), "2->1 MsgAppResp Term:1 Log:0/1\n");
    ck_assert_str_eq(rc_config(n),
                     "voters=(1 2)&&(1 2) learners=(3) autoleave");
    payload_drop(data);
    rc_node_free(n);
}
END_TEST

/* Doing nothing is done, too, and clears the way for the next. */
START_TEST(member_that_is_added_twice_is_one_member)
{
    struct rc_node *n = RC_NODE(1, "1");
    rc_lead(n);
    for (int i = 0; i < 2; i++) {
        rc_change(n, "v1", TRANSITION_AUTO, true);
        rc_run(n);
    }
    rc_change(n, "v2", TRANSITION_AUTO, true);
    rc_run(n);
    for (uint64_t index = 2; index <= 4; index++) {
        ck_assert_int_eq(type_at(n, index), ENTRY_CONF_CHANGE);
    }
    ck_assert_str_eq(rc_config(n), "voters=(1 2)");
    rc_node_free(n);
}
END_TEST

/* The context is the application's; it goes through. */
START_TEST(change_arrives_with_its_context)
{
    struct rc_node *n = RC_NODE(1, "1");
    struct conf_change cc = {.context = payload_of(bytes_of_text("somenode"))};
    conf_change_add(&cc, ADD_LEARNER_NODE, 2);
    rc_lead(n);
    for (int v1 = 0; v1 < 2; v1++) {
        rawnode_propose_conf_change(n->node, &cc, v1);
        rc_run(n);
        struct conf_change got;
        const struct entry *last = &n->applied.at[n->applied.count - 1];
        ck_assert_int_eq(conf_change_decode(last, &got), CORE_OK);
        ck_assert(
            bytes_equal(payload_bytes(got.context), bytes_of_text("somenode")));
        ck_assert_int_eq(got.changes[0].type, ADD_LEARNER_NODE);
        conf_change_release(&got);
    }
    ck_assert_str_eq(rc_config(n), "voters=(1) learners=(2)");
    conf_change_release(&cc);
    rc_node_free(n);
}
END_TEST

/* 5.14: both halves decide while it lasts. */
START_TEST(joint_configuration_needs_both_majorities)
{
    struct rc_node *n = RC_NODE(1, "1 2 3; ; 1 4 5");
    rc_lead(n);
    RC_STEP(n, .type = MSG_APP_RESP, .from = 2, .term = 1, .index = 1);
    RC_STEP(n, .type = MSG_APP_RESP, .from = 3, .term = 1, .index = 1);
    ck_assert_uint_eq(n->node->core->log.committed, 0);
    RC_STEP(n, .type = MSG_APP_RESP, .from = 5, .term = 1, .index = 1);
    ck_assert_uint_eq(n->node->core->log.committed, 1);
    rc_node_free(n);
}
END_TEST

Suite *suite_raftcore_members(void)
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
    tcase_add_test(tc, entry_is_committed_by_the_removal_of_who_lacks_it);
    tcase_add_test(tc, newcomer_is_probed_at_once);
    tcase_add_loop_test(tc, leader_that_is_no_voter_goes_on_or_steps_down, 0,
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
