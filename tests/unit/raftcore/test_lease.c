/* test_lease.c - a leader checks its quorum, and nodes within its lease ignore
 * requests for votes.
 * Layer: tests. docs/raftcore-spec.md §5.3, §5.5, §5.8; Paper: §6; thesis
 * §4.2.3, §6.2. */
#include <check.h>

#include "tests/support/rc_network.h"
#include "tests/support/suites.h"

enum { TIMEOUT = 10 }; /* in ticks; a node campaigns after at least that */

static struct rc_message vote_request(enum rc_message_type type, uint64_t from,
                                      uint64_t term)
{
    return (struct rc_message){.type = type,
                               .from = from,
                               .term = term,
                               .index = 9,
                               .log_term = term - 1};
}

/* ---- The leader's side ---------------------------------------------------*/

static struct network *lone_leader(size_t voters)
{
    struct network *net =
        NETWORK(.voters = voters, .alone = true, .config.check_quorum = true);
    network_step(net, 1, (struct rc_message){.type = RC_MSG_HUP, .from = 1});
    for (uint64_t id = 2; id <= voters; id++) {
        network_step(net, 1,
                     (struct rc_message){
                         .type = RC_MSG_VOTE_RESP, .from = id, .term = 1});
    }
    network_assert_state(net, 1, RC_LEADER, 1);
    return net;
}

/* §5.3, §5.8: it leads on as long as a majority responds. */
START_TEST(leader_with_an_active_quorum_stays)
{
    struct network *net = lone_leader(3);
    for (int i = 0; i < 5 * TIMEOUT; i++) {
        network_step(net, 1,
                     (struct rc_message){.type = RC_MSG_HEARTBEAT_RESP,
                                         .from = 2 + (uint64_t)(i % 2),
                                         .term = 1});
        network_tick(net, 1, 1);
    }
    network_assert_state(net, 1, RC_LEADER, 1);
    network_free(net);
}
END_TEST

/* §5.8: else it steps down at the check, in its term, and says nothing
 * more. */
START_TEST(leader_without_an_active_quorum_steps_down)
{
    struct network *net = lone_leader(3);
    network_tick(net, 1, TIMEOUT - 1);
    network_assert_state(net, 1, RC_LEADER, 1);
    network_clear(net);
    network_tick(net, 1, 1);
    network_assert_state(net, 1, RC_FOLLOWER, 1);
    ck_assert_uint_eq(net->at[1].core->lead, RC_NO_NODE);
    ck_assert_uint_eq(network_sent_count(net, RC_MSG_HEARTBEAT), 0);
    network_free(net);
}
END_TEST

/* §3.3, §5.8: some of _i voters respond once; a check resets that. */
START_TEST(quorum_check_counts_responses_since_the_last_one)
{
    size_t voters = (size_t)_i;
    for (size_t heard = 0; heard < voters; heard++) {
        struct network *net = lone_leader(voters);
        for (uint64_t id = 2; id < 2 + heard; id++) {
            network_step(net, 1,
                         (struct rc_message){.type = RC_MSG_APP_RESP,
                                             .from = id,
                                             .term = 1,
                                             .index = 1});
        }
        bool quorum = 2 * (heard + 1) > voters;
        network_tick(net, 1, TIMEOUT);
        network_assert_state(net, 1, quorum ? RC_LEADER : RC_FOLLOWER, 1);
        network_tick(net, 1, TIMEOUT);
        ck_assert_int_eq(net->at[1].core->state == RC_LEADER, voters == 1);
        network_free(net);
    }
}
END_TEST

/* §5.3: without check_quorum an isolated leader leads on. */
START_TEST(leader_without_the_check_leads_on)
{
    struct network *net = NETWORK(.voters = 3);
    network_campaign(net, 1);
    network_isolate(net, 1);
    network_tick(net, 1, 10 * TIMEOUT);
    network_assert_state(net, 1, RC_LEADER, 1);
    network_free(net);
}
END_TEST

/* §3.6: a member that was just added counts as active, once. */
START_TEST(new_member_counts_as_active_for_one_round)
{
    struct network *net = NETWORK(.voters = 1, .config.check_quorum = true);
    network_campaign(net, 1);
    struct rc_change add = {RC_ADD_NODE, 2};
    struct rc_conf_change cc = {.changes = &add, .count = 1};
    struct rc_conf_state cs =
        rc_rawnode_apply_conf_change(net->at[1].node, &cc);
    rc_conf_state_release(&cs);
    network_tick(net, 1, TIMEOUT);
    network_assert_state(net, 1, RC_LEADER, 1);
    network_tick(net, 1, TIMEOUT - 1);
    network_assert_state(net, 1, RC_LEADER, 1);
    network_tick(net, 1, 1);
    network_assert_state(net, 1, RC_FOLLOWER, 1);
    network_free(net);
}
END_TEST

/* ---- The followers' side -------------------------------------------------*/

/* §5.5 (2): a request of a higher term is ignored for a timeout after hearing
 * from the leader; then it is processed. Loop: vote and pre-vote. */
START_TEST(vote_request_within_the_lease_is_ignored)
{
    enum rc_message_type type = _i ? RC_MSG_PRE_VOTE : RC_MSG_VOTE;
    for (int wait = 0; wait <= TIMEOUT; wait++) {
        struct network *net =
            NETWORK(.voters = 3, .alone = true, .config.check_quorum = true);
        network_step(net, 1,
                     (struct rc_message){
                         .type = RC_MSG_HEARTBEAT, .from = 2, .term = 1});
        network_clear(net);
        rc_rawnode_set_randomized_timeout(net->at[1].node, 2 * TIMEOUT);
        network_tick(net, 1, wait);
        network_step(net, 1, vote_request(type, 3, 2));
        bool heard = wait >= TIMEOUT;
        ck_assert_uint_eq(net->wire.count, heard ? 1 : 0);
        network_assert_state(net, 1, RC_FOLLOWER, heard && !_i ? 2 : 1);
        ck_assert_uint_eq(net->at[1].core->vote, heard && !_i ? 3 : 0);
        network_free(net);
    }
}
END_TEST

/* §5.5 (2): there is no lease without a leader or without the switch. */
START_TEST(vote_request_outside_a_lease_is_processed)
{
    struct network *net =
        NETWORK(.voters = 3, .alone = true, .config.check_quorum = _i);
    if (!_i) {
        network_step(net, 1,
                     (struct rc_message){
                         .type = RC_MSG_HEARTBEAT, .from = 2, .term = 1});
    }
    network_step(net, 1, vote_request(RC_MSG_VOTE, 3, 2));
    network_assert_state(net, 1, RC_FOLLOWER, 2);
    ck_assert_uint_eq(net->at[1].core->vote, 3);
    network_free(net);
}
END_TEST

/* §5.5 (2), §12: what its leader asks a node to do is no breach of the
 * lease. */
START_TEST(lease_does_not_refuse_a_transfer)
{
    struct network *net = NETWORK(.voters = 3, .config.check_quorum = true,
                                  .config.pre_vote = _i);
    network_campaign(net, 1);
    network_tick_all(net, 2);
    network_step(
        net, 1, (struct rc_message){.type = RC_MSG_TRANSFER_LEADER, .from = 2});
    network_deliver(net);
    network_assert_state(net, 1, RC_FOLLOWER, 2);
    network_assert_state(net, 2, RC_LEADER, 2);
    network_assert_state(net, 3, RC_FOLLOWER, 2);
    network_free(net);
}
END_TEST

/* The lease of a leader is its own, too. */
START_TEST(leader_in_its_lease_ignores_vote_requests)
{
    struct network *net = lone_leader(3);
    network_clear(net);
    network_step(net, 1, vote_request(RC_MSG_VOTE, 3, 2));
    network_assert_state(net, 1, RC_LEADER, 1);
    ck_assert_uint_eq(net->wire.count, 0);
    network_free(net);
}
END_TEST

/* ---- Together ------------------------------------------------------------*/

/* Node 3 campaigns while 1 leads. Node 2 ignores it until it has not heard from
 * 1 for a timeout; that 1 still leads does not matter then. */
START_TEST(candidate_wins_when_the_lease_of_a_voter_is_over)
{
    struct network *net = NETWORK(.voters = 3, .config.check_quorum = true);
    network_campaign(net, 1);
    network_campaign(net, 3);
    network_assert_state(net, 3, RC_CANDIDATE, 2);
    network_assert_state(net, 2, RC_FOLLOWER, 1);
    network_assert_state(net, 1, RC_LEADER, 1);
    rc_rawnode_set_randomized_timeout(net->at[2].node, 2 * TIMEOUT);
    network_tick(net, 2, TIMEOUT);
    network_campaign(net, 3);
    network_assert_state(net, 3, RC_LEADER, 3);
    network_assert_state(net, 2, RC_FOLLOWER, 3);
    network_assert_state(net, 1, RC_FOLLOWER, 3);
    network_free(net);
}
END_TEST

/* The leader itself has a lease of one timeout as well. */
START_TEST(election_is_won_once_the_old_leader_is_gone)
{
    struct network *net = NETWORK(.voters = 3, .config.check_quorum = true);
    network_campaign(net, 3);
    network_assert_state(net, 3, RC_LEADER, 1);
    network_isolate(net, 3);
    rc_rawnode_set_randomized_timeout(net->at[2].node, 2 * TIMEOUT);
    network_campaign(net, 1);
    network_assert_state(net, 1, RC_CANDIDATE, 2);
    network_tick(net, 2, TIMEOUT);
    network_campaign(net, 1);
    network_assert_state(net, 1, RC_LEADER, 3);
    network_assert_state(net, 2, RC_FOLLOWER, 3);
    network_free(net);
}
END_TEST

/* §5.5 (3): a candidate of a higher term that can neither win nor follow
 * responds to the leader with its term. Then it gets a leader. */
START_TEST(stuck_candidate_is_freed_by_a_heartbeat)
{
    struct network *net = NETWORK(.voters = 3, .config.check_quorum = true);
    network_campaign(net, 1);
    network_isolate(net, 1);
    network_campaign(net, 3);
    network_heal(net);
    network_campaign(net, 3);
    network_assert_state(net, 3, RC_CANDIDATE, 3);
    network_assert_state(net, 2, RC_FOLLOWER, 1);
    network_assert_state(net, 1, RC_LEADER, 1);
    network_step(
        net, 3,
        (struct rc_message){.type = RC_MSG_HEARTBEAT, .from = 1, .term = 1});
    const struct rc_message *m = network_sent(net, 1, RC_MSG_APP_RESP);
    ck_assert_ptr_nonnull(m);
    ck_assert_uint_eq(m->term, 3);
    network_deliver(net);
    network_assert_state(net, 1, RC_FOLLOWER, 3);
    network_campaign(net, 1);
    network_assert_state(net, 3, RC_FOLLOWER, 4);
    ck_assert_uint_eq(net->at[3].core->lead, 1);
    network_free(net);
}
END_TEST

/* §5.5 (3): without lease and pre-vote there is no such response. */
START_TEST(old_leader_gets_a_response_only_with_lease_or_pre_vote)
{
    struct network *net =
        NETWORK(.voters = 3, .alone = true, .states = {{3, 0, 0}},
                .config.check_quorum = _i & 1, .config.pre_vote = _i >> 1);
    network_step(net, 1,
                 (struct rc_message){.type = RC_MSG_APP, .from = 2, .term = 2});
    ck_assert_uint_eq(net->wire.count, _i ? 1 : 0);
    network_assert_state(net, 1, RC_FOLLOWER, 3);
    ck_assert_uint_eq(net->at[1].core->lead, RC_NO_NODE);
    network_free(net);
}
END_TEST

/* §5.8: a voter that does not know yet that it is one follows, too, and
 * has no lease that keeps it from that. */
START_TEST(node_that_is_no_member_follows_a_leader)
{
    struct network *net = NETWORK(.voters = 2, .config.check_quorum = true);
    struct rc_change gone = {RC_REMOVE_NODE, 2};
    struct rc_conf_change cc = {.changes = &gone, .count = 1};
    struct rc_conf_state cs =
        rc_rawnode_apply_conf_change(net->at[2].node, &cc);
    rc_conf_state_release(&cs);
    network_tick(net, 2, 3 * TIMEOUT);
    network_assert_state(net, 2, RC_FOLLOWER, 0);
    network_campaign(net, 1);
    network_assert_state(net, 1, RC_LEADER, 1);
    network_assert_state(net, 2, RC_FOLLOWER, 1);
    ck_assert_uint_eq(net->at[2].core->lead, 1);
    ck_assert_str_eq(network_log(net, 2), "1");
    network_free(net);
}
END_TEST

/* A follower that the leader is too slow for campaigns: without pre-vote its
 * higher term ends the leader's, with it the leader stays. */
START_TEST(slow_heartbeats_depose_a_leader_only_without_pre_vote)
{
    struct network *net = NETWORK(.voters = 3, .config.check_quorum = true,
                                  .config.pre_vote = _i);
    network_campaign(net, 1);
    /* Only node 3 is cut off from the leader. */
    network_cut(net, 1, 3);
    rc_rawnode_set_randomized_timeout(net->at[3].node, TIMEOUT + 1);
    for (int tick = 0; tick < TIMEOUT + 1; tick++) {
        network_tick_all(net, 1);
    }
    network_assert_state(net, 1, RC_LEADER, 1);
    network_assert_state(net, 3, _i ? RC_PRE_CANDIDATE : RC_CANDIDATE,
                         _i ? 1 : 2);
    network_heal(net);
    network_beat(net, 1); /* arrives at last */
    network_assert_state(net, 1, _i ? RC_LEADER : RC_FOLLOWER, _i ? 1 : 2);
    network_assert_state(net, 3, _i ? RC_FOLLOWER : RC_CANDIDATE, _i ? 1 : 2);
    network_free(net);
}
END_TEST

/* §5.2: a pre-candidate has forgotten its leader, so it can grant pre-votes to
 * others. */
START_TEST(pre_candidate_forgets_its_leader_and_can_grant)
{
    struct network *net = NETWORK(.voters = 3, .config.check_quorum = true,
                                  .config.pre_vote = true);
    network_campaign(net, 1);
    network_remove(net, 1);
    ck_assert_uint_eq(net->at[2].core->lead, 1);
    network_campaign(net, 3); /* refused: 2 is in the lease */
    network_assert_state(net, 3, RC_PRE_CANDIDATE, 1);
    network_assert_state(net, 2, RC_FOLLOWER, 1);
    ck_assert_uint_eq(net->at[3].core->lead, RC_NO_NODE);
    network_campaign(net, 2); /* 3 has forgotten it */
    network_assert_state(net, 2, RC_LEADER, 2);
    network_assert_state(net, 3, RC_FOLLOWER, 2);
    network_free(net);
}
END_TEST

SUITE(raftcore_lease)
{
    Suite *suite = suite_create("raftcore_lease");
    TCase *tc = tcase_create("leader");
    tcase_add_test(tc, leader_with_an_active_quorum_stays);
    tcase_add_test(tc, leader_without_an_active_quorum_steps_down);
    tcase_add_loop_test(tc, quorum_check_counts_responses_since_the_last_one, 1,
                        6);
    tcase_add_test(tc, leader_without_the_check_leads_on);
    tcase_add_test(tc, new_member_counts_as_active_for_one_round);
    suite_add_tcase(suite, tc);

    tc = tcase_create("lease");
    tcase_add_loop_test(tc, vote_request_within_the_lease_is_ignored, 0, 2);
    tcase_add_loop_test(tc, vote_request_outside_a_lease_is_processed, 0, 2);
    tcase_add_loop_test(tc, lease_does_not_refuse_a_transfer, 0, 2);
    tcase_add_test(tc, leader_in_its_lease_ignores_vote_requests);
    tcase_add_test(tc, candidate_wins_when_the_lease_of_a_voter_is_over);
    tcase_add_test(tc, election_is_won_once_the_old_leader_is_gone);
    tcase_add_test(tc, stuck_candidate_is_freed_by_a_heartbeat);
    tcase_add_loop_test(
        tc, old_leader_gets_a_response_only_with_lease_or_pre_vote, 0, 4);
    tcase_add_test(tc, node_that_is_no_member_follows_a_leader);
    tcase_add_loop_test(
        tc, slow_heartbeats_depose_a_leader_only_without_pre_vote, 0, 2);
    tcase_add_test(tc, pre_candidate_forgets_its_leader_and_can_grant);
    suite_add_tcase(suite, tc);
    return suite;
}
