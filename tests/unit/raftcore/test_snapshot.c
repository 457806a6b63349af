/* test_snapshot.c - snapshots, as they are sent and taken over.
 * Layer: tests. docs/raftcore-spec.md §5.11 to §5.13. */
#include "tests/support/rc_node.h"
#include "tests/support/suites.h"

/* What a node sends as its newest snapshot in these tests. */
#define SNAPSHOT_11                                                            \
    "1->2 MsgSnap Term:2 Log:0/0\n"                                            \
    "  Snapshot: Index:11 Term:1 ConfState:Voters:[1 2] VotersOutgoing:[] "    \
    "Learners:[] LearnersNext:[] AutoLeave:false\n"

/* ---- Sending -------------------------------------------------------------*/

/* A leader of term 2 whose log begins with 12, and whose follower has said
 * that it has nothing: so a snapshot is on its way. */
static struct rct_node *sender(void)
{
    struct rct_node *n = RCT_NODE_AT(1, 11, 1, "1 2");
    rct_lead(n);
    ck_assert_str_eq(rct_progress(n, 2),
                     "StateProbe match=0 next=12 paused inactive");
    RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 2, .term = 2, .index = 11,
             .reject = true);
    return n;
}

/* §5.11: the entry before the next one is compacted. */
START_TEST(member_that_lacks_compacted_entries_is_sent_a_snapshot)
{
    struct rct_node *n = sender();
    ck_assert_str_eq(rct_sends(n), SNAPSHOT_11);
    ck_assert_str_eq(rct_progress(n, 2),
                     "StateSnapshot match=0 next=12 paused pendingSnap=11");
    rct_node_free(n);
}
END_TEST

/* §3.4, IsPaused: neither proposals nor heartbeat responses cause entries to be
 * sent. */
START_TEST(nothing_is_sent_while_a_snapshot_is_pending)
{
    struct rct_node *n = sender();
    rct_sends(n);
    ck_assert_int_eq(rct_propose(n, "x"), RC_OK);
    RCT_STEP(n, .type = RC_MSG_HEARTBEAT_RESP, .from = 2, .term = 2);
    ck_assert_str_eq(rct_sends(n), "");
    ck_assert_str_eq(rct_progress(n, 2),
                     "StateSnapshot match=0 next=12 paused pendingSnap=11");
    rct_node_free(n);
}
END_TEST

/* §5.12: it is probed from its match on, once it has responded; here that is
 * compacted, so another snapshot is sent. */
START_TEST(failed_snapshot_is_sent_again_after_a_response)
{
    struct rct_node *n = sender();
    rct_sends(n);
    rc_rawnode_report_snapshot(n->node, 2, false);
    ck_assert_str_eq(rct_progress(n, 2), "StateProbe match=0 next=1 paused");
    ck_assert_str_eq(rct_sends(n), "");
    RCT_STEP(n, .type = RC_MSG_HEARTBEAT_RESP, .from = 2, .term = 2);
    ck_assert_str_eq(rct_sends(n), SNAPSHOT_11);
    rct_node_free(n);
}
END_TEST

/* §5.12 and §3.4, BecomeProbe: from behind the snapshot. */
START_TEST(arrived_snapshot_is_probed_behind_after_a_response)
{
    struct rct_node *n = sender();
    rct_sends(n);
    rc_rawnode_report_snapshot(n->node, 2, true);
    ck_assert_str_eq(rct_progress(n, 2), "StateProbe match=0 next=12 paused");
    ck_assert_str_eq(rct_sends(n), "");
    RCT_STEP(n, .type = RC_MSG_HEARTBEAT_RESP, .from = 2, .term = 2);
    ck_assert_str_eq(rct_sends(n), "1->2 MsgApp Term:2 Log:1/11 Commit:11 "
                                   "Entries:[2/12 EntryNormal \"\"]\n");
    ck_assert_str_eq(rct_progress(n, 2), "StateProbe match=0 next=12 paused");
    rct_node_free(n);
}
END_TEST

/* §5.11: the acknowledgement is as good as a report, and needs no probe. */
START_TEST(acknowledgement_ends_the_wait_for_a_report)
{
    struct rct_node *n = sender();
    rct_sends(n);
    RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 2, .term = 2, .index = 11);
    ck_assert_str_eq(rct_progress(n, 2),
                     "StateReplicate match=11 next=13 inflight=1");
    ck_assert_str_eq(rct_sends(n), "1->2 MsgApp Term:2 Log:1/11 Commit:11 "
                                   "Entries:[2/12 EntryNormal \"\"]\n");
    /* A report after the acknowledgement changes nothing. */
    rc_rawnode_report_snapshot(n->node, 2, false);
    ck_assert_str_eq(rct_progress(n, 2),
                     "StateReplicate match=11 next=13 inflight=1");
    rct_node_free(n);
}
END_TEST

/* §5.11: any match that reaches the leader's log, and no other. */
START_TEST(acknowledgement_before_the_log_does_not_end_the_wait)
{
    struct rct_node *n = RCT_NODE_AT(1, 11, 1, "1 2 3");
    rct_lead(n);
    RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 2, .term = 2, .index = 11,
             .reject = true);
    RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 3, .term = 2, .index = 12);
    rct_run(n);
    for (uint64_t index = 13; index <= 15; index++) {
        rct_propose(n, "x");
        rct_run(n);
        RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 3, .term = 2,
                 .index = index);
        rct_run(n);
    }
    rct_compact(n); /* the log begins with 16 */
    RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 2, .term = 2, .index = 11);
    ck_assert_str_eq(rct_progress(n, 2),
                     "StateSnapshot match=11 next=12 paused pendingSnap=11");
    RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 2, .term = 2, .index = 14);
    ck_assert_str_eq(rct_progress(n, 2),
                     "StateSnapshot match=14 next=15 paused pendingSnap=11");
    RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 2, .term = 2, .index = 15);
    ck_assert_str_eq(rct_progress(n, 2), "StateReplicate match=15 next=16");
    rct_node_free(n);
}
END_TEST

/* §5.12: a member that does not respond is sent no snapshot. */
START_TEST(inactive_member_is_sent_no_snapshot)
{
    struct rct_node *n = RCT_NODE_AT(1, 11, 1, "1 2");
    rct_lead(n);
    struct rc_progress *pr =
        rc_progress_map_get(&n->node->core->tracker.progress, 2);
    pr->next = 11; /* as if it had said so, long ago */
    pr->flow_paused = false;
    rct_propose(n, "x");
    ck_assert_str_eq(rct_sends(n), "");
    ck_assert_str_eq(rct_progress(n, 2), "StateProbe match=0 next=11 inactive");
    RCT_STEP(n, .type = RC_MSG_HEARTBEAT_RESP, .from = 2, .term = 2);
    ck_assert_str_eq(rct_sends(n), SNAPSHOT_11);
    rct_node_free(n);
}
END_TEST

static enum rc_error not_now(void *self, struct rc_snapshot **snapshot)
{
    (void)self;
    *snapshot = NULL;
    return RC_SNAP_LATER;
}

/* §4.1: the core asks again, at the next occasion. */
START_TEST(snapshot_that_is_not_there_yet_is_sent_later)
{
    struct rct_node *n = RCT_NODE_AT(1, 11, 1, "1 2");
    rct_lead(n);
    struct rc_storage *storage = &n->node->core->log.storage;
    struct rc_storage good = *storage;
    storage->snapshot = not_now;
    RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 2, .term = 2, .index = 11,
             .reject = true);
    ck_assert_str_eq(rct_sends(n), "");
    ck_assert_str_eq(rct_progress(n, 2), "StateProbe match=0 next=1");
    *storage = good;
    RCT_STEP(n, .type = RC_MSG_HEARTBEAT_RESP, .from = 2, .term = 2);
    ck_assert_str_eq(rct_sends(n), SNAPSHOT_11);
    rct_node_free(n);
}
END_TEST

/* ---- Taking over ---------------------------------------------------------*/

/* Node 2 sends one, in this term. */
static void send_to(struct rct_node *n, uint64_t term,
                    struct rc_snapshot *snapshot)
{
    ck_assert_int_eq(RCT_STEP(n, .type = RC_MSG_SNAP, .from = 2, .term = term,
                              .snapshot = snapshot),
                     RC_OK);
    rc_snapshot_drop(snapshot);
}

/* §5.12 and §6.1: the hard state, the leader, and the acknowledgement. */
START_TEST(snapshot_is_handed_out_and_acknowledged)
{
    struct rct_node *n = RCT_NODE(1, "1 2");
    send_to(n, 1, rct_snapshot(11, 1, "1 2 3"));
    rct_handle(n);
    ck_assert_str_eq(
        rct_ready_text(n),
        "Ready MustSync=true:\n"
        "Lead:2 State:StateFollower\n"
        "HardState Term:1 Commit:11\n"
        "Snapshot Index:11 Term:1 ConfState:Voters:[1 2 3] VotersOutgoing:[] "
        "Learners:[] LearnersNext:[] AutoLeave:false\n"
        "Messages:\n"
        "1->2 MsgAppResp Term:1 Log:0/11\n");
    ck_assert_uint_eq(rc_rawnode_basic_status(n->node).applied, 11);
    ck_assert_str_eq(rct_config(n), "voters=(1 2 3)");
    ck_assert(!rc_rawnode_has_ready(n->node));
    rct_node_free(n);
}
END_TEST

/* §5.12: not promotable, and applies nothing, while it is not saved. */
START_TEST(node_with_an_unstable_snapshot_does_not_campaign)
{
    struct rct_node *n = RCT_NODE(1, "1 2");
    send_to(n, 1, rct_snapshot(11, 1, "1 2"));
    ck_assert(!core_promotable(n->node->core));
    rc_rawnode_campaign(n->node);
    ck_assert_int_eq(n->node->core->state, RC_FOLLOWER);
    struct rc_entry next = {.term = 1, .index = 12};
    RCT_STEP(n, .type = RC_MSG_APP, .from = 2, .term = 1, .index = 11,
             .log_term = 1, .commit = 12, .entries = {NULL, &next, 1});
    ck_assert_uint_eq(rct_handle(n)->committed_entries.count, 0);
    rct_run(n);
    ck_assert_uint_eq(n->applied_index, 12);
    rc_rawnode_campaign(n->node);
    ck_assert_int_eq(n->node->core->state, RC_CANDIDATE);
    rct_node_free(n);
}
END_TEST

/* §5.12, restore: it replaces the log, also what was not saved. */
START_TEST(snapshot_replaces_a_log_that_differs)
{
    struct rct_node *n = RCT_NODE(1, "1 2");
    struct rc_message m = {.type = RC_MSG_APP,
                           .from = 2,
                           .term = 1,
                           .entries = RCT_ENTRIES({.term = 1, .index = 1},
                                                  {.term = 1, .index = 2},
                                                  {.term = 1, .index = 3})};
    ck_assert_int_eq(rc_rawnode_step(n->node, &m), RC_OK);
    send_to(n, 2, rct_snapshot(2, 2, "1 2"));
    ck_assert_uint_eq(raftlog_last_index(&n->node->core->log), 2);
    rct_run(n);
    struct rc_storage face = rc_memory_storage_interface(n->ms);
    ck_assert_uint_eq(face.first_index(face.self), 3);
    ck_assert_uint_eq(face.last_index(face.self), 2);
    rct_node_free(n);
}
END_TEST

static void follower_with_entries(struct rct_node *n, uint64_t commit)
{
    struct rc_message m = {.type = RC_MSG_APP,
                           .from = 2,
                           .term = 1,
                           .commit = commit,
                           .entries = RCT_ENTRIES({.term = 1, .index = 1},
                                                  {.term = 1, .index = 2},
                                                  {.term = 1, .index = 3})};
    ck_assert_int_eq(rc_rawnode_step(n->node, &m), RC_OK);
    rct_sends(n);
}

/* §5.12 (1, 4). */
START_TEST(snapshot_of_what_is_in_the_log_only_moves_the_commit_index)
{
    struct rct_node *n = RCT_NODE(1, "1 2");
    follower_with_entries(n, 1);
    send_to(n, 1, rct_snapshot(2, 1, "1 2"));
    ck_assert_ptr_null(rct_handle(n)->snapshot);
    ck_assert_str_eq(rct_sends(n), "1->2 MsgAppResp Term:1 Log:0/2\n");
    ck_assert_uint_eq(n->node->core->log.committed, 2);
    ck_assert_uint_eq(raftlog_last_index(&n->node->core->log), 3);
    /* What is committed already changes nothing. */
    send_to(n, 1, rct_snapshot(1, 1, "1 2 3"));
    ck_assert_str_eq(rct_sends(n), "1->2 MsgAppResp Term:1 Log:0/2\n");
    ck_assert_str_eq(rct_config(n), "voters=(1 2)");
    rct_node_free(n);
}
END_TEST

/* §5.12 (1): it would lower the commit index; where the log is compacted only
 * that shows it. */
START_TEST(snapshot_before_the_commit_index_is_ignored)
{
    struct rct_node *n = RCT_NODE_AT(1, 11, 1, "1 2");
    send_to(n, 1, rct_snapshot(5, 1, "1 2 3"));
    ck_assert_str_eq(rct_sends(n), "1->2 MsgAppResp Term:1 Log:0/11\n");
    ck_assert_str_eq(rct_config(n), "voters=(1 2)");
    ck_assert_uint_eq(raftlog_last_index(&n->node->core->log), 11);
    rct_node_free(n);
}
END_TEST

/* §5.12 (3). */
START_TEST(snapshot_of_a_cluster_without_the_node_is_ignored)
{
    struct rct_node *n = RCT_NODE(1, "1 2");
    send_to(n, 1, rct_snapshot(11, 1, "2 3; 4"));
    ck_assert_str_eq(rct_sends(n), "1->2 MsgAppResp Term:1 Log:0/0\n");
    ck_assert_str_eq(rct_config(n), "voters=(1 2)");
    rct_node_free(n);
}
END_TEST

/* §5.12 (5): whatever the node was, it is what the snapshot says. */
static const struct {
    const char *before, *after, *config;
    bool learner, promotable;
} restored[] = {
    {"1 2", "1 2 3", "voters=(1 2 3)", false, true},
    {"1 2", "2 3; 1", "voters=(2 3) learners=(1)", true, false},
    {"2; 1", "1 2", "voters=(1 2)", false, true},
    {"1 2", "2 3; 4; 1 2", "voters=(2 3)&&(1 2) learners=(4)", false, true},
    {"1 2", "2 3; ; 1 2; 1 auto",
     "voters=(2 3)&&(1 2) learners_next=(1) autoleave", false, true},
    {"2; 1", "2 3; 1; 2 4", "voters=(2 3)&&(2 4) learners=(1)", true, false},
};

START_TEST(configuration_is_that_of_the_snapshot)
{
    struct rct_node *n = RCT_NODE(1, restored[_i].before);
    send_to(n, 1, rct_snapshot(11, 1, restored[_i].after));
    rct_run(n);
    ck_assert_str_eq(rct_config(n), restored[_i].config);
    ck_assert_int_eq(n->node->core->is_learner, restored[_i].learner);
    ck_assert_int_eq(core_promotable(n->node->core), restored[_i].promotable);
    ck_assert_uint_eq(n->applied_index, 11);
    /* It is also what a restart finds. */
    rct_restart(n);
    ck_assert_str_eq(rct_config(n), restored[_i].config);
    rct_node_free(n);
}
END_TEST

/* §5.8: a candidate has lost to whoever sends one in its term. */
START_TEST(candidate_takes_the_snapshot_of_the_leader_of_its_term)
{
    struct rct_node *n = RCT_NODE(1, "1 2 3");
    rc_rawnode_campaign(n->node);
    rct_sends(n);
    send_to(n, 1, rct_snapshot(11, 1, "1 2 3"));
    ck_assert_str_eq(rct_sends(n), "1->2 MsgAppResp Term:1 Log:0/11\n");
    ck_assert_int_eq(n->node->core->state, RC_FOLLOWER);
    ck_assert_uint_eq(n->node->core->lead, 2);
    rct_node_free(n);
}
END_TEST

/* §5.12 (2): no node sends one to a leader of its own term; it steps down. */
START_TEST(leader_does_not_take_a_snapshot)
{
    struct rct_node *n = RCT_NODE(1, "1");
    struct rc_snapshot *snapshot = rct_snapshot(11, 1, "1");
    struct rc_message m = {.from = 2, .term = 1, .snapshot = snapshot};
    rct_lead(n);
    core_handle_snapshot(n->node->core, &m);
    ck_assert_int_eq(n->node->core->state, RC_FOLLOWER);
    ck_assert_uint_eq(n->node->core->term, 2);
    ck_assert_str_eq(rct_sends(n), "1->2 MsgAppResp Term:2 Log:0/1\n");
    rc_snapshot_drop(snapshot);
    rct_node_free(n);
}
END_TEST

/* §5.5 (3): entries of an older term may have been replaced since, but a
 * snapshot is of what is committed. */
START_TEST(write_of_a_snapshot_counts_even_after_the_term_has_changed)
{
    struct rct_node *n = RCT_NODE(1, "1 2 3", .async_storage_writes = true);
    send_to(n, 1, rct_snapshot(11, 1, "1 2 3"));
    rct_handle(n);
    RCT_STEP(n, .type = RC_MSG_HEARTBEAT, .from = 3, .term = 2, .commit = 11);
    rct_write_one(n);
    ck_assert_ptr_null(n->node->core->log.unstable.snapshot);
    ck_assert_uint_eq(rc_rawnode_basic_status(n->node).applied, 11);
    ck_assert_uint_eq(n->node->core->term, 2);
    rct_node_free(n);
}
END_TEST

/* ---- Together ------------------------------------------------------------*/

START_TEST(slow_follower_catches_up_by_a_snapshot_and_what_follows)
{
    struct rct_group *g = RCT_GROUP("1 2 3");
    rct_elect(g, 1);
    rct_isolate(g, 3);
    for (int i = 0; i < 100; i++) {
        rct_propose(g->at[1], "x");
        rct_settle(g);
    }
    rct_compact(g->at[1]);
    rct_propose(g->at[1], "y");
    rct_settle(g);
    ck_assert_uint_eq(g->at[3]->applied_index, 1);
    rct_heal(g);
    rct_tick(g->at[1], 1); /* a heartbeat: it responds again */
    rct_settle(g);
    ck_assert_uint_eq(g->at[1]->applied_index, 102);
    ck_assert_uint_eq(g->at[3]->applied_index, 102);
    ck_assert_str_eq(rct_applied(g->at[3]), "y"); /* the rest it was spared */
    ck_assert_str_eq(rct_progress(g->at[1], 3),
                     "StateReplicate match=102 next=103");
    rct_group_free(g);
}
END_TEST

START_TEST(learner_catches_up_by_a_snapshot)
{
    struct rct_group *g = RCT_GROUP("1; 2");
    rct_isolate(g, 2);
    rct_elect(g, 1);
    rct_propose(g->at[1], "x");
    rct_settle(g);
    rct_compact(g->at[1]);
    rct_heal(g);
    rct_tick(g->at[1], 1);
    rct_settle(g);
    ck_assert_uint_eq(g->at[2]->node->core->log.committed, 2);
    ck_assert_uint_eq(g->at[2]->applied_index, 2);
    ck_assert(g->at[2]->node->core->is_learner);
    ck_assert_str_eq(rct_progress(g->at[1], 2),
                     "StateReplicate match=2 next=3 learner");
    rct_group_free(g);
}
END_TEST

SUITE(raftcore_snapshot)
{
    Suite *suite = suite_create("raftcore_snapshot");
    TCase *tc = tcase_create("sending");
    tcase_add_test(tc, member_that_lacks_compacted_entries_is_sent_a_snapshot);
    tcase_add_test(tc, nothing_is_sent_while_a_snapshot_is_pending);
    tcase_add_test(tc, failed_snapshot_is_sent_again_after_a_response);
    tcase_add_test(tc, arrived_snapshot_is_probed_behind_after_a_response);
    tcase_add_test(tc, acknowledgement_ends_the_wait_for_a_report);
    tcase_add_test(tc, acknowledgement_before_the_log_does_not_end_the_wait);
    tcase_add_test(tc, inactive_member_is_sent_no_snapshot);
    tcase_add_test(tc, snapshot_that_is_not_there_yet_is_sent_later);
    suite_add_tcase(suite, tc);

    tc = tcase_create("taking over");
    tcase_add_test(tc, snapshot_is_handed_out_and_acknowledged);
    tcase_add_test(tc, node_with_an_unstable_snapshot_does_not_campaign);
    tcase_add_test(tc, snapshot_replaces_a_log_that_differs);
    tcase_add_test(tc,
                   snapshot_of_what_is_in_the_log_only_moves_the_commit_index);
    tcase_add_test(tc, snapshot_before_the_commit_index_is_ignored);
    tcase_add_test(tc, snapshot_of_a_cluster_without_the_node_is_ignored);
    tcase_add_loop_test(tc, configuration_is_that_of_the_snapshot, 0,
                        sizeof(restored) / sizeof(restored[0]));
    tcase_add_test(tc, candidate_takes_the_snapshot_of_the_leader_of_its_term);
    tcase_add_test(tc, leader_does_not_take_a_snapshot);
    tcase_add_test(tc,
                   write_of_a_snapshot_counts_even_after_the_term_has_changed);
    suite_add_tcase(suite, tc);

    tc = tcase_create("together");
    tcase_add_test(tc, slow_follower_catches_up_by_a_snapshot_and_what_follows);
    tcase_add_test(tc, learner_catches_up_by_a_snapshot);
    suite_add_tcase(suite, tc);
    return suite;
}
