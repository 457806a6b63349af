/* test_transfer.c - a leader hands over.
 * Layer: tests. Specification of raftcore, section 5.15; thesis 3.10. */
#include "tests/support/rc_node.h"
#include "tests/support/suites.h"

static struct core *core_of(struct rc_group *g, uint64_t id)
{
    return g->at[id]->node->core;
}

static void check_leader(struct rc_group *g, uint64_t leader)
{
    for (uint64_t id = 1; id < RC_IDS; id++) {
        if (g->at[id]) {
            ck_assert_int_eq(core_of(g, id)->state,
                             id == leader ? LEADER : FOLLOWER);
            ck_assert_uint_eq(core_of(g, id)->lead, leader);
            ck_assert_uint_eq(core_of(g, id)->lead_transferee, NO_NODE);
        }
    }
}

static void transfer(struct rc_group *g, uint64_t at, uint64_t to)
{
    ck_assert_int_eq(rawnode_transfer_leader(g->at[at]->node, to), CORE_OK);
    rc_settle(g);
}

/* Node 1 leads; it is handing over to node 3, which hears nothing. */
static struct rc_group *handing_over(void)
{
    struct rc_group *g = RC_GROUP("1 2 3");
    rc_elect(g, 1);
    rc_tick(g->at[1], 4); /* time begins with the request */
    rc_settle(g);
    rc_isolate(g, 3);
    transfer(g, 1, 3);
    ck_assert_uint_eq(core_of(g, 1)->lead_transferee, 3);
    return g;
}

/* Whoever is asked, with and without leases and pre-votes (5.5, 5.7). */
static const struct {
    uint64_t asked;
    bool check_quorum, pre_vote;
} ways[] = {
    {1, false, false}, {2, false, false}, {3, false, false},
    {1, true, false},  {1, false, true},  {2, true, true},
};

START_TEST(member_with_the_whole_log_takes_over_and_gives_back)
{
    struct rc_group *g =
        RC_GROUP("1 2 3", .check_quorum = ways[_i].check_quorum,
                 .pre_vote = ways[_i].pre_vote);
    rc_elect(g, 1);
    g->lost_types[MSG_PRE_VOTE] = true; /* there is no need of any */
    transfer(g, ways[_i].asked, 3);
    check_leader(g, 3);
    ck_assert_uint_eq(core_of(g, 3)->term, 2);
    rc_propose(g->at[3], "x");
    rc_settle(g);
    transfer(g, 3, 1);
    check_leader(g, 1);
    ck_assert_uint_eq(core_of(g, 1)->term, 3);
    rc_group_free(g);
}
END_TEST

/* The message goes out at once, and the request says whose wish it was. */
START_TEST(message_says_to_campaign_now)
{
    struct rc_group *g = RC_GROUP("1 2", .pre_vote = true);
    rc_elect(g, 1);
    rawnode_transfer_leader(g->at[1]->node, 2);
    ck_assert_str_eq(rc_sends(g->at[1]), "1->2 MsgTimeoutNow Term:1 Log:0/0\n");
    RC_STEP(g->at[2], .type = MSG_TIMEOUT_NOW, .from = 1, .term = 1);
    rc_run(g->at[2]);
    ck_assert_uint_eq(g->at[2]->outbox.count, 1);
    const struct message *m = &g->at[2]->outbox.at[0];
    ck_assert_int_eq(m->type, MSG_VOTE);
    ck_assert(bytes_equal(payload_bytes(m->context),
                          bytes_of_text("CampaignTransfer")));
    rc_group_free(g);
}
END_TEST

START_TEST(slow_member_is_sent_what_it_lacks_first)
{
    struct rc_group *g = RC_GROUP("1 2 3");
    rc_elect(g, 1);
    rc_isolate(g, 3);
    rc_propose(g->at[1], "x");
    rc_settle(g);
    rc_heal(g);
    transfer(g, 1, 3);
    check_leader(g, 3);
    ck_assert_str_eq(rc_applied(g->at[3]), "x");
    rc_group_free(g);
}
END_TEST

START_TEST(slow_member_is_sent_a_snapshot_first)
{
    struct rc_group *g = RC_GROUP("1 2 3");
    rc_elect(g, 1);
    rc_isolate(g, 3);
    rc_propose(g->at[1], "x");
    rc_settle(g);
    rc_compact(g->at[1]);
    rc_heal(g);
    g->lost_types[MSG_SNAP] = true;
    transfer(g, 1, 3);
    ck_assert_int_eq(core_of(g, 1)->state, LEADER);
    ck_assert_uint_eq(core_of(g, 1)->lead_transferee, 3);
    g->lost_types[MSG_SNAP] = false;
    rawnode_report_snapshot(g->at[1]->node, 3, false);
    rc_tick(g->at[1], 1);
    rc_settle(g);
    check_leader(g, 3);
    ck_assert_uint_eq(g->at[3]->applied_index, 3);
    rc_group_free(g);
}
END_TEST

/* Itself, nobody, and who has no vote. */
static const uint64_t refused[] = {1, 4, 7};

START_TEST(leader_keeps_what_nobody_else_can_take)
{
    struct rc_group *g = RC_GROUP("1 2; 4");
    rc_elect(g, 1);
    transfer(g, 1, refused[_i]);
    check_leader(g, 1);
    ck_assert_int_eq(rc_propose(g->at[1], "x"), CORE_OK);
    rc_group_free(g);
}
END_TEST

/* 5.3: it has an election timeout for it, which a second request for the same
 * member does not make longer. */
static const int again_after[] = {0, 1, 9};

START_TEST(transfer_is_given_up_after_an_election_timeout)
{
    struct rc_group *g = handing_over();
    rc_tick(g->at[1], again_after[_i]);
    rawnode_transfer_leader(g->at[1]->node, 3);
    rc_tick(g->at[1], 9 - again_after[_i]);
    ck_assert_uint_eq(core_of(g, 1)->lead_transferee, 3);
    rc_tick(g->at[1], 1);
    check_leader(g, 1); /* as node 3 sees it, too */
    rc_group_free(g);
}
END_TEST

/* 5.9, point 3. */
START_TEST(proposals_are_dropped_meanwhile)
{
    struct rc_group *g = handing_over();
    ck_assert_int_eq(rc_propose(g->at[1], "x"), CORE_PROPOSAL_DROPPED);
    ck_assert_int_eq(rc_change(g->at[1], "r2", TRANSITION_AUTO, true),
                     CORE_PROPOSAL_DROPPED);
    ck_assert_uint_eq(raftlog_last_index(&core_of(g, 1)->log), 1);
    ck_assert_uint_eq(core_of(g, 1)->pending_conf_index, 0);
    rc_tick(g->at[1], 10);
    ck_assert_int_eq(rc_propose(g->at[1], "x"), CORE_OK);
    rc_group_free(g);
}
END_TEST

START_TEST(transfer_is_given_up_if_another_has_won)
{
    struct rc_group *g = handing_over();
    rc_elect(g, 2);
    ck_assert_uint_eq(core_of(g, 1)->lead_transferee, NO_NODE);
    ck_assert_uint_eq(core_of(g, 1)->lead, 2);
    rc_group_free(g);
}
END_TEST

/* 5.14: who is removed or has no vote any more cannot lead. */
static const enum change_type unvoted[] = {REMOVE_NODE, ADD_LEARNER_NODE,
                                           UPDATE_NODE};

START_TEST(transfer_is_given_up_if_the_member_loses_its_vote)
{
    struct rc_group *g = handing_over();
    struct change change = {unvoted[_i], 3};
    struct conf_change cc = {.changes = &change, .count = 1};
    struct conf_state cs = rawnode_apply_conf_change(g->at[1]->node, &cc);
    conf_state_release(&cs);
    ck_assert_uint_eq(core_of(g, 1)->lead_transferee, _i == 2 ? 3 : NO_NODE);
    ck_assert_int_eq(core_of(g, 1)->state, LEADER);
    rc_group_free(g);
}
END_TEST

START_TEST(transfer_to_itself_takes_it_back)
{
    struct rc_group *g = handing_over();
    transfer(g, 1, 1);
    check_leader(g, 1);
    ck_assert_int_eq(rc_propose(g->at[1], "x"), CORE_OK);
    rc_group_free(g);
}
END_TEST

START_TEST(second_transfer_to_another_takes_the_place_of_the_first)
{
    struct rc_group *g = handing_over();
    transfer(g, 1, 2);
    ck_assert_int_eq(core_of(g, 2)->state, LEADER);
    ck_assert_int_eq(core_of(g, 1)->state, FOLLOWER);
    ck_assert_uint_eq(core_of(g, 1)->lead, 2);
    rc_group_free(g);
}
END_TEST

/* A request that is on its way for long does not bring down who has won. */
START_TEST(late_message_to_campaign_is_ignored)
{
    struct rc_group *g = RC_GROUP("1 2 3");
    rc_elect(g, 1);
    rc_elect(g, 2);
    RC_STEP(g->at[3], .type = MSG_TIMEOUT_NOW, .from = 1, .term = 1);
    rc_settle(g);
    check_leader(g, 2);
    rc_group_free(g);
}
END_TEST

/* 5.3, promotable; 5.8: only a follower, and only one with a vote. */
START_TEST(who_has_no_vote_does_not_campaign_when_told_to)
{
    static const char *const members[] = {"2 3 4", "2 3; 1"};
    for (int i = 0; i < 2; i++) {
        struct rc_node *n = RC_NODE(1, members[i]);
        RC_STEP(n, .type = MSG_TIMEOUT_NOW, .from = 2, .term = 1);
        ck_assert_str_eq(rc_sends(n), "");
        (void)RC_STEP(n, .type = MSG_VOTE_RESP, .from = 2, .term = 1);
        (void)RC_STEP(n, .type = MSG_VOTE_RESP, .from = 3, .term = 1);
        ck_assert_int_eq(n->node->core->state, FOLLOWER);
        ck_assert_uint_eq(n->node->core->term, 1);
        rc_node_free(n);
    }
}
END_TEST

START_TEST(candidate_is_not_told_to_campaign)
{
    struct rc_node *n = RC_NODE(1, "1 2 3");
    rawnode_campaign(n->node);
    rc_sends(n);
    RC_STEP(n, .type = MSG_TIMEOUT_NOW, .from = 2, .term = 1);
    ck_assert_uint_eq(n->node->core->term, 1);
    ck_assert_str_eq(rc_sends(n), "");
    rc_node_free(n);
}
END_TEST

/* 5.8: passed on as if the leader had been asked; nobody to pass it on to. */
START_TEST(follower_passes_the_request_on_if_it_knows_a_leader)
{
    struct rc_node *n = RC_NODE(1, "1 2 3");
    rawnode_transfer_leader(n->node, 3);
    ck_assert_str_eq(rc_sends(n), "");
    RC_STEP(n, .type = MSG_HEARTBEAT, .from = 2, .term = 1);
    rc_sends(n);
    rawnode_transfer_leader(n->node, 3);
    ck_assert_str_eq(rc_sends(n), "3->2 MsgTransferLeader Term:1 Log:0/0\n");
    rc_node_free(n);
}
END_TEST

Suite *suite_raftcore_transfer(void)
{
    Suite *suite = suite_create("raftcore_transfer");
    TCase *tc = tcase_create("taken over");
    tcase_add_loop_test(tc, member_with_the_whole_log_takes_over_and_gives_back,
                        0, sizeof(ways) / sizeof(ways[0]));
    tcase_add_test(tc, message_says_to_campaign_now);
    tcase_add_test(tc, slow_member_is_sent_what_it_lacks_first);
    tcase_add_test(tc, slow_member_is_sent_a_snapshot_first);
    suite_add_tcase(suite, tc);

    tc = tcase_create("given up");
    tcase_add_loop_test(tc, leader_keeps_what_nobody_else_can_take, 0,
                        sizeof(refused) / sizeof(refused[0]));
    tcase_add_loop_test(tc, transfer_is_given_up_after_an_election_timeout, 0,
                        sizeof(again_after) / sizeof(again_after[0]));
    tcase_add_test(tc, proposals_are_dropped_meanwhile);
    tcase_add_test(tc, transfer_is_given_up_if_another_has_won);
    tcase_add_loop_test(tc, transfer_is_given_up_if_the_member_loses_its_vote,
                        0, sizeof(unvoted) / sizeof(unvoted[0]));
    tcase_add_test(tc, transfer_to_itself_takes_it_back);
    tcase_add_test(tc, second_transfer_to_another_takes_the_place_of_the_first);
    suite_add_tcase(suite, tc);

    tc = tcase_create("messages");
    tcase_add_test(tc, late_message_to_campaign_is_ignored);
    tcase_add_test(tc, who_has_no_vote_does_not_campaign_when_told_to);
    tcase_add_test(tc, candidate_is_not_told_to_campaign);
    tcase_add_test(tc, follower_passes_the_request_on_if_it_knows_a_leader);
    suite_add_tcase(suite, tc);
    return suite;
}
