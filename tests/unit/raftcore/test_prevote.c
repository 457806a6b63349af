/* test_prevote.c - asking first whether an election could be won.
 * Layer: tests. docs/raftcore-spec.md §5.2, §5.5 to §5.7; thesis §9.6. */
#include <check.h>

#include "tests/support/rc_network.h"
#include "tests/support/suites.h"

static struct rc_message request(enum rc_message_type type, uint64_t from,
                                 uint64_t term)
{
    return (struct rc_message){
        .type = type, .from = from, .term = term, .index = 9, .log_term = term};
}

/* ---- What a pre-candidate does -------------------------------------------*/

/* §5.2, §5.7: it asks for the next term and stays in its own; its vote and
 * its election timer are as they were. */
START_TEST(pre_candidate_asks_for_the_next_term_and_stays_in_its_own)
{
    struct network *net =
        NETWORK(.voters = 3, .alone = true, .config.pre_vote = true,
                .logs = {"12"}, .states = {{4, 3, 0}});
    network_step(net, 1, (struct rc_message){.type = RC_MSG_HUP, .from = 1});
    network_assert_state(net, 1, RC_PRE_CANDIDATE, 4);
    ck_assert_uint_eq(net->at[1].core->vote, 3);
    ck_assert_uint_eq(network_sent_count(net, RC_MSG_PRE_VOTE), 2);
    ck_assert_uint_eq(network_sent_count(net, RC_MSG_VOTE), 0);
    const struct rc_message *m = network_sent(net, 2, RC_MSG_PRE_VOTE);
    ck_assert_uint_eq(m->term, 5);
    ck_assert_uint_eq(m->index, 2);
    ck_assert_uint_eq(m->log_term, 2);
    network_free(net);
}
END_TEST

/* §5.10: a majority of pre-votes begins the election itself. */
START_TEST(majority_of_pre_votes_begins_an_election)
{
    struct network *net =
        NETWORK(.voters = 3, .alone = true, .config.pre_vote = true);
    network_step(net, 1, (struct rc_message){.type = RC_MSG_HUP, .from = 1});
    network_clear(net);
    network_step(net, 1,
                 (struct rc_message){
                     .type = RC_MSG_PRE_VOTE_RESP, .from = 3, .term = 1});
    network_assert_state(net, 1, RC_CANDIDATE, 1);
    ck_assert_uint_eq(network_sent_count(net, RC_MSG_VOTE), 2);
    ck_assert_uint_eq(network_sent(net, 2, RC_MSG_VOTE)->term, 1);
    /* A late pre-vote is not a vote. */
    network_step(net, 1,
                 (struct rc_message){
                     .type = RC_MSG_PRE_VOTE_RESP, .from = 2, .term = 1});
    network_assert_state(net, 1, RC_CANDIDATE, 1);
    network_free(net);
}
END_TEST

/* §5.5: a rejection of a higher term raises the term; §5.10: rejected by a
 * majority of its own term it becomes a follower. */
START_TEST(refused_pre_candidate_is_a_follower_again)
{
    struct network *net =
        NETWORK(.voters = 3, .alone = true, .config.pre_vote = true,
                .states = {{2, 0, 0}});
    struct rc_message no = {
        .type = RC_MSG_PRE_VOTE_RESP, .from = 2, .term = 2, .reject = true};
    network_step(net, 1, (struct rc_message){.type = RC_MSG_HUP, .from = 1});
    network_step(net, 1, no);
    network_assert_state(net, 1, RC_PRE_CANDIDATE, 2);
    no.from = 3;
    network_step(net, 1, no);
    network_assert_state(net, 1, RC_FOLLOWER, 2);
    network_step(net, 1, (struct rc_message){.type = RC_MSG_HUP, .from = 1});
    no.term = 6;
    network_step(net, 1, no);
    network_assert_state(net, 1, RC_FOLLOWER, 6);
    network_free(net);
}
END_TEST

/* ---- What is answered ----------------------------------------------------*/

static bool grants(struct network *net, struct rc_message m)
{
    network_clear(net);
    network_step(net, 1, m);
    const struct rc_message *reply =
        network_sent(net, m.from, RC_MSG_PRE_VOTE_RESP);
    ck_assert_ptr_nonnull(reply);
    /* A grant is of the term that was asked for, a refusal of its own. */
    ck_assert_uint_eq(reply->term,
                      reply->reject ? net->at[1].core->term : m.term);
    return !reply->reject;
}

/* §5.5, §5.6: a pre-vote of a higher term is given in any role, to any
 * number, and changes nothing. */
START_TEST(pre_vote_from_any_role_changes_nothing)
{
    struct network *net =
        NETWORK(.voters = 3, .alone = true, .config.pre_vote = true,
                .states = {{1, 3, 0}});
    struct core *core = net->at[1].core;
    if (_i == RC_PRE_CANDIDATE) {
        core_become_pre_candidate(core);
    } else if (_i != RC_FOLLOWER) {
        core->term = 0;
        core_become_candidate(core);
    }
    if (_i == RC_LEADER) {
        core_become_leader(core);
    }
    uint64_t vote = core->vote;
    network_settle(net, 1);
    core->election_elapsed = 3;
    ck_assert(grants(net, request(RC_MSG_PRE_VOTE, 2, 2)));
    ck_assert(grants(net, request(RC_MSG_PRE_VOTE, 3, 2)));
    network_assert_state(net, 1, (enum rc_state_type)_i, 1);
    ck_assert_uint_eq(core->vote, vote);
    ck_assert_int_eq(core->election_elapsed, 3);
    network_free(net);
}
END_TEST

/* §5.6: in its own term a pre-vote is given where a vote could be;
 * §5.5: in a lower term it is refused aloud, so that the sender learns. */
START_TEST(pre_vote_in_the_own_term_is_as_a_vote)
{
    for (uint64_t voted = 0; voted <= 3; voted++) {
        struct network *net =
            NETWORK(.voters = 3, .alone = true, .states = {{4, voted, 0}});
        ck_assert_int_eq(grants(net, request(RC_MSG_PRE_VOTE, 2, 4)),
                         voted == RC_NO_NODE || voted == 2);
        ck_assert(!grants(net, request(RC_MSG_PRE_VOTE, 2, 3)));
        ck_assert_uint_eq(net->at[1].core->vote, voted);
        network_step(net, 1,
                     (struct rc_message){
                         .type = RC_MSG_HEARTBEAT, .from = 3, .term = 4});
        ck_assert_int_eq(grants(net, request(RC_MSG_PRE_VOTE, 2, 4)),
                         voted == 2);
        network_free(net);
    }
}
END_TEST

/* ---- Together ------------------------------------------------------------*/

/* A node of a lower term than the others can win: it is rejected with their
 * term, and campaigns above it. */
START_TEST(node_with_a_lower_term_can_be_elected)
{
    struct network *net = NETWORK(.voters = 3, .config.pre_vote = true);
    network_campaign(net, 1);
    network_isolate(net, 3);
    network_propose(net, 1, "data");
    network_campaign(net, 2); /* term 2, with 1 */
    network_assert_state(net, 2, RC_LEADER, 2);
    network_campaign(net, 3);
    network_campaign(net, 3);
    network_assert_state(net, 3, RC_PRE_CANDIDATE, 1);
    /* Now 2 is cut off and 3, whose log is shorter, is back. */
    network_heal(net);
    network_isolate(net, 2);
    network_campaign(net, 3);
    network_assert_state(net, 3, RC_FOLLOWER, 2);
    network_campaign(net, 1);
    network_assert_state(net, 1, RC_LEADER, 3);
    network_assert_state(net, 3, RC_FOLLOWER, 3);
    ck_assert_str_eq(network_log(net, 3), "1123");
    network_free(net);
}
END_TEST

/* Two win the pre-vote at once and split the votes; the next round decides. */
START_TEST(split_vote_after_two_pre_votes_is_resolved)
{
    struct network *net = NETWORK(.voters = 3, .config.pre_vote = true);
    network_campaign(net, 1);
    network_remove(net, 1); /* the leader is cut off */
    rc_rawnode_campaign(net->at[2].node);
    rc_rawnode_campaign(net->at[3].node);
    network_deliver(net);
    network_assert_state(net, 2, RC_CANDIDATE, 2);
    network_assert_state(net, 3, RC_CANDIDATE, 2);
    network_campaign(net, 2);
    network_assert_state(net, 2, RC_LEADER, 3);
    network_assert_state(net, 3, RC_FOLLOWER, 3);
    network_free(net);
}
END_TEST

/* Node 3 has a higher term and a shorter log, nodes 1 and 2 are of term 2: all
 * had no pre-vote when it campaigned. Pre-vote is switched on. */
static struct network *migrated(void)
{
    struct network *net = NETWORK(.voters = 3);
    network_campaign(net, 1);
    network_isolate(net, 3);
    network_propose(net, 1, "data");
    network_campaign(net, 3);
    network_campaign(net, 3);
    network_assert_state(net, 1, RC_LEADER, 1);
    network_assert_state(net, 3, RC_CANDIDATE, 3);
    for (uint64_t id = 1; id <= 3; id++) {
        net->at[id].core->config.pre_vote = true;
    }
    return net;
}

/* §5.5 (3): refused with the higher term, the others go on from it. */
START_TEST(switching_pre_vote_on_leaves_no_node_without_a_leader)
{
    struct network *net = migrated();
    network_remove(net, 1);
    network_heal(net);
    network_campaign(net, 3);
    network_campaign(net, 2);
    network_assert_state(net, 2, RC_FOLLOWER, 3);
    network_assert_state(net, 3, RC_PRE_CANDIDATE, 3);
    network_campaign(net, 3);
    network_assert_state(net, 3, RC_PRE_CANDIDATE, 3); /* its log is short */
    network_campaign(net, 2);
    network_assert_state(net, 2, RC_LEADER, 4);
    network_assert_state(net, 3, RC_FOLLOWER, 4);
    ck_assert_str_eq(network_log(net, 3), "114");
    network_free(net);
}
END_TEST

/* §5.5 (3): it can neither win nor, with its higher term, follow. Its response
 * to a heartbeat makes the leader step down, and win in a term above it. */
START_TEST(stuck_pre_candidate_is_freed_by_a_heartbeat)
{
    struct network *net = migrated();
    network_heal(net);
    network_campaign(net, 3);
    network_campaign(net, 3);
    network_assert_state(net, 1, RC_LEADER, 1);
    network_assert_state(net, 2, RC_FOLLOWER, 1);
    network_assert_state(net, 3, RC_PRE_CANDIDATE, 3);
    network_beat(net, 1);
    network_assert_state(net, 1, RC_FOLLOWER, 3);
    network_campaign(net, 1);
    network_assert_state(net, 1, RC_LEADER, 4);
    network_assert_state(net, 3, RC_FOLLOWER, 4);
    ck_assert_str_eq(network_log(net, 3), "114");
    network_free(net);
}
END_TEST

/* §5.7, §12: the leader wants it, so there is nothing to be asked before. */
START_TEST(transfer_needs_no_pre_vote)
{
    struct network *net = NETWORK(.voters = 3, .config.pre_vote = true);
    network_campaign(net, 1);
    network_lose(net, RC_MSG_PRE_VOTE);
    network_step(
        net, 2,
        (struct rc_message){.type = RC_MSG_TIMEOUT_NOW, .from = 1, .term = 1});
    network_assert_state(net, 2, RC_CANDIDATE, 2);
    ck_assert_uint_eq(network_sent_count(net, RC_MSG_PRE_VOTE), 0);
    const struct rc_message *m = network_sent(net, 3, RC_MSG_VOTE);
    ck_assert_ptr_nonnull(m);
    ck_assert_uint_eq(m->term, 2);
    ck_assert(rc_bytes_equal(rc_payload_bytes(m->context),
                             rc_bytes_of_text("CampaignTransfer")));
    network_deliver(net);
    network_assert_state(net, 2, RC_LEADER, 2);
    network_free(net);
}
END_TEST

SUITE(raftcore_prevote)
{
    Suite *suite = suite_create("raftcore_prevote");
    TCase *tc = tcase_create("pre-vote");
    tcase_add_test(tc,
                   pre_candidate_asks_for_the_next_term_and_stays_in_its_own);
    tcase_add_test(tc, majority_of_pre_votes_begins_an_election);
    tcase_add_test(tc, refused_pre_candidate_is_a_follower_again);
    tcase_add_loop_test(tc, pre_vote_from_any_role_changes_nothing, 0, 4);
    tcase_add_test(tc, pre_vote_in_the_own_term_is_as_a_vote);
    tcase_add_test(tc, node_with_a_lower_term_can_be_elected);
    tcase_add_test(tc, split_vote_after_two_pre_votes_is_resolved);
    tcase_add_test(tc, switching_pre_vote_on_leaves_no_node_without_a_leader);
    tcase_add_test(tc, stuck_pre_candidate_is_freed_by_a_heartbeat);
    tcase_add_test(tc, transfer_needs_no_pre_vote);
    suite_add_tcase(suite, tc);
    return suite;
}
