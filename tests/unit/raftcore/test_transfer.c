/* test_transfer.c - a leader hands over.
 * Layer: tests. docs/raftcore-spec.md §5.15; thesis §3.10. */
#include "tests/support/rc_node.h"
#include "tests/support/suites.h"

static struct core *core_of(struct rct_group *g, uint64_t id)
{
    return g->at[id]->node->core;
}

static void check_leader(struct rct_group *g, uint64_t leader)
{
    for (uint64_t id = 1; id < RCT_IDS; id++) {
        if (g->at[id]) {
            ck_assert_int_eq(core_of(g, id)->state,
                             id == leader ? RC_LEADER : RC_FOLLOWER);
            ck_assert_uint_eq(core_of(g, id)->lead, leader);
            ck_assert_uint_eq(core_of(g, id)->lead_transferee, RC_NO_NODE);
        }
    }
}

static void transfer(struct rct_group *g, uint64_t at, uint64_t to)
{
    ck_assert_int_eq(rc_rawnode_transfer_leader(g->at[at]->node, to), RC_OK);
    rct_settle(g);
}

/* Node 1 leads and is handing over to node 3, which is cut off. */
static struct rct_group *handing_over(void)
{
    struct rct_group *g = RCT_GROUP("1 2 3");
    rct_elect(g, 1);
    rct_tick(g->at[1], 4); /* time begins with the request */
    rct_settle(g);
    rct_isolate(g, 3);
    transfer(g, 1, 3);
    ck_assert_uint_eq(core_of(g, 1)->lead_transferee, 3);
    return g;
}

/* Whoever is asked, with and without leases and pre-votes (§5.5, §5.7). */
static const struct {
    uint64_t asked;
    bool check_quorum, pre_vote;
} ways[] = {
    {1, false, false}, {2, false, false}, {3, false, false},
    {1, true, false},  {1, false, true},  {2, true, true},
};

START_TEST(up_to_date_member_takes_over_and_back)
{
    struct rct_group *g =
        RCT_GROUP("1 2 3", .check_quorum = ways[_i].check_quorum,
                  .pre_vote = ways[_i].pre_vote);
    rct_elect(g, 1);
    g->lost_types[RC_MSG_PRE_VOTE] = true; /* there is no need of any */
    transfer(g, ways[_i].asked, 3);
    check_leader(g, 3);
    ck_assert_uint_eq(core_of(g, 3)->term, 2);
    rct_propose(g->at[3], "x");
    rct_settle(g);
    transfer(g, 3, 1);
    check_leader(g, 1);
    ck_assert_uint_eq(core_of(g, 1)->term, 3);
    rct_group_free(g);
}
END_TEST

/* The message goes out at once, and the request says whose wish it was. */
START_TEST(timeout_now_starts_a_campaign)
{
    struct rct_group *g = RCT_GROUP("1 2", .pre_vote = true);
    rct_elect(g, 1);
    rc_rawnode_transfer_leader(g->at[1]->node, 2);
    ck_assert_str_eq(rct_sends(g->at[1]),
                     "1->2 MsgTimeoutNow Term:1 Log:0/0\n");
    RCT_STEP(g->at[2], .type = RC_MSG_TIMEOUT_NOW, .from = 1, .term = 1);
    rct_run(g->at[2]);
    ck_assert_uint_eq(g->at[2]->outbox.count, 1);
    const struct rc_message *m = &g->at[2]->outbox.at[0];
    ck_assert_int_eq(m->type, RC_MSG_VOTE);
    ck_assert(rc_bytes_equal(rc_payload_bytes(m->context),
                             rc_bytes_of_text("CampaignTransfer")));
    rct_group_free(g);
}
END_TEST

START_TEST(slow_member_is_sent_what_it_lacks_first)
{
    struct rct_group *g = RCT_GROUP("1 2 3");
    rct_elect(g, 1);
    rct_isolate(g, 3);
    rct_propose(g->at[1], "x");
    rct_settle(g);
    rct_heal(g);
    transfer(g, 1, 3);
    check_leader(g, 3);
    ck_assert_str_eq(rct_applied(g->at[3]), "x");
    rct_group_free(g);
}
END_TEST

START_TEST(slow_member_is_sent_a_snapshot_first)
{
    struct rct_group *g = RCT_GROUP("1 2 3");
    rct_elect(g, 1);
    rct_isolate(g, 3);
    rct_propose(g->at[1], "x");
    rct_settle(g);
    rct_compact(g->at[1]);
    rct_heal(g);
    g->lost_types[RC_MSG_SNAP] = true;
    transfer(g, 1, 3);
    ck_assert_int_eq(core_of(g, 1)->state, RC_LEADER);
    ck_assert_uint_eq(core_of(g, 1)->lead_transferee, 3);
    g->lost_types[RC_MSG_SNAP] = false;
    rc_rawnode_report_snapshot(g->at[1]->node, 3, false);
    rct_tick(g->at[1], 1);
    rct_settle(g);
    check_leader(g, 3);
    ck_assert_uint_eq(g->at[3]->applied_index, 3);
    rct_group_free(g);
}
END_TEST

/* To itself, to a non-member, and to a learner. */
static const uint64_t refused[] = {1, 4, 7};

START_TEST(leader_does_not_transfer_to_itself_or_to_strangers)
{
    struct rct_group *g = RCT_GROUP("1 2; 4");
    rct_elect(g, 1);
    transfer(g, 1, refused[_i]);
    check_leader(g, 1);
    ck_assert_int_eq(rct_propose(g->at[1], "x"), RC_OK);
    rct_group_free(g);
}
END_TEST

/* §5.3: it has an election timeout for it, which a second request for the same
 * member does not make longer. */
static const int again_after[] = {0, 1, 9};

START_TEST(transfer_is_given_up_after_an_election_timeout)
{
    struct rct_group *g = handing_over();
    rct_tick(g->at[1], again_after[_i]);
    rc_rawnode_transfer_leader(g->at[1]->node, 3);
    rct_tick(g->at[1], 9 - again_after[_i]);
    ck_assert_uint_eq(core_of(g, 1)->lead_transferee, 3);
    rct_tick(g->at[1], 1);
    check_leader(g, 1); /* as node 3 sees it, too */
    rct_group_free(g);
}
END_TEST

/* §5.9 (3). */
START_TEST(proposals_are_dropped_meanwhile)
{
    struct rct_group *g = handing_over();
    ck_assert_int_eq(rct_propose(g->at[1], "x"), RC_PROPOSAL_DROPPED);
    ck_assert_int_eq(rct_change(g->at[1], "r2", RC_TRANSITION_AUTO, true),
                     RC_PROPOSAL_DROPPED);
    ck_assert_uint_eq(raftlog_last_index(&core_of(g, 1)->log), 1);
    ck_assert_uint_eq(core_of(g, 1)->pending_conf_index, 0);
    rct_tick(g->at[1], 10);
    ck_assert_int_eq(rct_propose(g->at[1], "x"), RC_OK);
    rct_group_free(g);
}
END_TEST

START_TEST(transfer_is_given_up_if_another_has_won)
{
    struct rct_group *g = handing_over();
    rct_elect(g, 2);
    ck_assert_uint_eq(core_of(g, 1)->lead_transferee, RC_NO_NODE);
    ck_assert_uint_eq(core_of(g, 1)->lead, 2);
    rct_group_free(g);
}
END_TEST

/* §5.14: a member that is removed or demoted cannot lead. */
static const enum rc_change_type unvoted[] = {
    RC_REMOVE_NODE, RC_ADD_LEARNER_NODE, RC_UPDATE_NODE};

START_TEST(transfer_is_given_up_if_the_member_loses_its_vote)
{
    struct rct_group *g = handing_over();
    struct rc_change change = {unvoted[_i], 3};
    struct rc_conf_change cc = {.changes = &change, .count = 1};
    struct rc_conf_state cs = rc_rawnode_apply_conf_change(g->at[1]->node, &cc);
    rc_conf_state_release(&cs);
    ck_assert_uint_eq(core_of(g, 1)->lead_transferee, _i == 2 ? 3 : RC_NO_NODE);
    ck_assert_int_eq(core_of(g, 1)->state, RC_LEADER);
    rct_group_free(g);
}
END_TEST

START_TEST(transfer_to_itself_takes_it_back)
{
    struct rct_group *g = handing_over();
    transfer(g, 1, 1);
    check_leader(g, 1);
    ck_assert_int_eq(rct_propose(g->at[1], "x"), RC_OK);
    rct_group_free(g);
}
END_TEST

START_TEST(second_transfer_replaces_the_first)
{
    struct rct_group *g = handing_over();
    transfer(g, 1, 2);
    ck_assert_int_eq(core_of(g, 2)->state, RC_LEADER);
    ck_assert_int_eq(core_of(g, 1)->state, RC_FOLLOWER);
    ck_assert_uint_eq(core_of(g, 1)->lead, 2);
    rct_group_free(g);
}
END_TEST

/* A late request does not depose the winner. */
START_TEST(late_message_to_campaign_is_ignored)
{
    struct rct_group *g = RCT_GROUP("1 2 3");
    rct_elect(g, 1);
    rct_elect(g, 2);
    RCT_STEP(g->at[3], .type = RC_MSG_TIMEOUT_NOW, .from = 1, .term = 1);
    rct_settle(g);
    check_leader(g, 2);
    rct_group_free(g);
}
END_TEST

/* §5.3, promotable; §5.8: only a follower, and only one with a vote. */
START_TEST(node_without_vote_ignores_timeout_now)
{
    static const char *const members[] = {"2 3 4", "2 3; 1"};
    for (int i = 0; i < 2; i++) {
        struct rct_node *n = RCT_NODE(1, members[i]);
        RCT_STEP(n, .type = RC_MSG_TIMEOUT_NOW, .from = 2, .term = 1);
        ck_assert_str_eq(rct_sends(n), "");
        (void)RCT_STEP(n, .type = RC_MSG_VOTE_RESP, .from = 2, .term = 1);
        (void)RCT_STEP(n, .type = RC_MSG_VOTE_RESP, .from = 3, .term = 1);
        ck_assert_int_eq(n->node->core->state, RC_FOLLOWER);
        ck_assert_uint_eq(n->node->core->term, 1);
        rct_node_free(n);
    }
}
END_TEST

START_TEST(candidate_ignores_timeout_now)
{
    struct rct_node *n = RCT_NODE(1, "1 2 3");
    rc_rawnode_campaign(n->node);
    rct_sends(n);
    RCT_STEP(n, .type = RC_MSG_TIMEOUT_NOW, .from = 2, .term = 1);
    ck_assert_uint_eq(n->node->core->term, 1);
    ck_assert_str_eq(rct_sends(n), "");
    rct_node_free(n);
}
END_TEST

/* §5.8: forwarded to the leader; dropped if none is known. */
START_TEST(follower_passes_the_request_on_if_it_knows_a_leader)
{
    struct rct_node *n = RCT_NODE(1, "1 2 3");
    rc_rawnode_transfer_leader(n->node, 3);
    ck_assert_str_eq(rct_sends(n), "");
    RCT_STEP(n, .type = RC_MSG_HEARTBEAT, .from = 2, .term = 1);
    rct_sends(n);
    rc_rawnode_transfer_leader(n->node, 3);
    ck_assert_str_eq(rct_sends(n), "3->2 MsgTransferLeader Term:1 Log:0/0\n");
    rct_node_free(n);
}
END_TEST

SUITE(raftcore_transfer)
{
    Suite *suite = suite_create("raftcore_transfer");
    TCase *tc = tcase_create("taken over");
    tcase_add_loop_test(tc, up_to_date_member_takes_over_and_back, 0,
                        sizeof(ways) / sizeof(ways[0]));
    tcase_add_test(tc, timeout_now_starts_a_campaign);
    tcase_add_test(tc, slow_member_is_sent_what_it_lacks_first);
    tcase_add_test(tc, slow_member_is_sent_a_snapshot_first);
    suite_add_tcase(suite, tc);

    tc = tcase_create("given up");
    tcase_add_loop_test(tc, leader_does_not_transfer_to_itself_or_to_strangers,
                        0, sizeof(refused) / sizeof(refused[0]));
    tcase_add_loop_test(tc, transfer_is_given_up_after_an_election_timeout, 0,
                        sizeof(again_after) / sizeof(again_after[0]));
    tcase_add_test(tc, proposals_are_dropped_meanwhile);
    tcase_add_test(tc, transfer_is_given_up_if_another_has_won);
    tcase_add_loop_test(tc, transfer_is_given_up_if_the_member_loses_its_vote,
                        0, sizeof(unvoted) / sizeof(unvoted[0]));
    tcase_add_test(tc, transfer_to_itself_takes_it_back);
    tcase_add_test(tc, second_transfer_replaces_the_first);
    suite_add_tcase(suite, tc);

    tc = tcase_create("messages");
    tcase_add_test(tc, late_message_to_campaign_is_ignored);
    tcase_add_test(tc, node_without_vote_ignores_timeout_now);
    tcase_add_test(tc, candidate_ignores_timeout_now);
    tcase_add_test(tc, follower_passes_the_request_on_if_it_knows_a_leader);
    suite_add_tcase(suite, tc);
    return suite;
}
