/* test_election.c - terms, timeouts, campaigns and votes of a core.
 * Layer: tests. docs/raftcore-spec.md §5.1 to §5.8, §5.10. */
#include <check.h>

#include "tests/support/rc_network.h"
#include "tests/support/suites.h"

/* A node of term 1 in this role, alone among three names. */
static struct network *in_role(enum rc_state_type role)
{
    struct network *net =
        NETWORK(.voters = 3, .alone = true, .states = {{1, 0, 0}});
    struct core *core = net->at[1].core;
    if (role == RC_PRE_CANDIDATE) {
        core_become_pre_candidate(core);
    } else if (role != RC_FOLLOWER) {
        core->term = 0; /* so that it campaigns in term 1 */
        core_become_candidate(core);
    }
    if (role == RC_LEADER) {
        core_become_leader(core);
    }
    network_settle(net, 1);
    network_clear(net);
    network_assert_state(net, 1, role, 1);
    return net;
}

/* ---- Terms ---------------------------------------------------------------*/

/* §5.5; paper §5.1: a message of a higher term makes its receiver a follower in
 * it, of the sender if only a leader sends such a message. */
START_TEST(any_role_follows_an_append_of_a_higher_term)
{
    struct network *net = in_role((enum rc_state_type)_i);
    network_step(net, 1,
                 (struct rc_message){.type = RC_MSG_APP, .from = 2, .term = 2});
    network_assert_state(net, 1, RC_FOLLOWER, 2);
    ck_assert_uint_eq(net->at[1].core->lead, 2);
    network_free(net);
}
END_TEST

START_TEST(higher_term_of_a_candidate_names_no_leader)
{
    struct network *net = in_role((enum rc_state_type)_i);
    network_step(
        net, 1, (struct rc_message){.type = RC_MSG_VOTE, .from = 2, .term = 4});
    network_assert_state(net, 1, RC_FOLLOWER, 4);
    ck_assert_uint_eq(net->at[1].core->lead, RC_NO_NODE);
    network_free(net);
}
END_TEST

/* §5.5 (3): a message of a lower term does nothing in any role, but for
 * responses that tell the sender of the term. */
START_TEST(message_of_a_lower_term_reaches_no_role)
{
    static const enum rc_message_type types[] = {
        RC_MSG_APP,         RC_MSG_APP_RESP,  RC_MSG_VOTE,
        RC_MSG_VOTE_RESP,   RC_MSG_HEARTBEAT, RC_MSG_HEARTBEAT_RESP,
        RC_MSG_TIMEOUT_NOW, RC_MSG_SNAP,
    };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct network *net = in_role((enum rc_state_type)_i);
        struct core *core = net->at[1].core;
        core->term = 3;
        network_settle(net, 1);
        uint64_t lead = core->lead, last = raftlog_last_index(&core->log);
        core->election_elapsed = 4;
        network_step(net, 1,
                     (struct rc_message){.type = types[i],
                                         .from = 2,
                                         .term = 2,
                                         .index = last,
                                         .commit = last});
        network_assert_state(net, 1, (enum rc_state_type)_i, 3);
        ck_assert_uint_eq(core->lead, lead);
        ck_assert_int_eq(core->election_elapsed, 4);
        ck_assert_uint_eq(core->log.committed, 0);
        ck_assert_uint_eq(net->wire.count, 0);
        network_free(net);
    }
}
END_TEST

/* §5.1 (5). */
START_TEST(node_starts_as_a_follower_without_leader)
{
    struct network *net = NETWORK(.voters = 3, .states = {{7, 2, 0}});
    network_assert_state(net, 1, RC_FOLLOWER, 7);
    ck_assert_uint_eq(net->at[1].core->vote, 2);
    ck_assert_uint_eq(net->at[1].core->lead, RC_NO_NODE);
    network_assert_state(net, 2, RC_FOLLOWER, 0);
    network_free(net);
}
END_TEST

/* ---- Timeouts ------------------------------------------------------------*/

/* §5.2, §5.7; paper §5.2: after a timeout without leader a follower or a
 * candidate campaigns in the next term. */
START_TEST(node_that_waits_too_long_campaigns)
{
    struct network *net = in_role(_i ? RC_CANDIDATE : RC_FOLLOWER);
    struct core *core = net->at[1].core;
    network_tick(net, 1, core->randomized_election_timeout - 1);
    network_assert_state(net, 1, _i ? RC_CANDIDATE : RC_FOLLOWER, 1);
    ck_assert_uint_eq(net->wire.count, 0);
    network_tick(net, 1, 1);
    network_assert_state(net, 1, RC_CANDIDATE, 2);
    ck_assert_uint_eq(core->vote, 1);
    ck_assert_uint_eq(core->tracker.vote_count, 1);
    ck_assert(core->tracker.votes[0].granted);
    for (uint64_t id = 2; id <= 3; id++) {
        const struct rc_message *m = network_sent(net, id, RC_MSG_VOTE);
        ck_assert_ptr_nonnull(m);
        ck_assert_uint_eq(m->term, 2);
    }
    ck_assert_uint_eq(net->wire.count, 2);
    network_free(net);
}
END_TEST

/* §5.3: each number of ticks in [T, 2T) is drawn, and no other. */
START_TEST(timeouts_take_every_value)
{
    struct network *net = in_role(RC_FOLLOWER);
    struct core *core = net->at[1].core;
    bool drawn[20] = {false};
    for (int i = 0; i < 500; i++) {
        if (_i) {
            core_become_candidate(core);
        } else {
            core_become_follower(core, core->term + 1, 2);
        }
        int ticks = core->randomized_election_timeout;
        ck_assert_int_ge(ticks, 10);
        ck_assert_int_lt(ticks, 20);
        drawn[ticks] = true;
    }
    for (int ticks = 10; ticks < 20; ticks++) {
        ck_assert(drawn[ticks]);
    }
    network_free(net);
}
END_TEST

/* §5.3: of five nodes that begin to wait at once, seldom do two stop
 * waiting first at once: fewer than three times of ten. */
START_TEST(first_timeout_is_mostly_of_one_node)
{
    struct network *net = NETWORK(.voters = 5, .config.seed = 11);
    int conflicts = 0;
    for (uint64_t round = 1; round <= 1000; round++) {
        int first = 20, count = 0;
        for (uint64_t id = 1; id <= 5; id++) {
            struct core *core = net->at[id].core;
            core->vote = RC_NO_NODE;
            if (_i) {
                core_become_candidate(core);
            } else {
                core_become_follower(core, round, RC_NO_NODE);
            }
            int ticks = core->randomized_election_timeout;
            count = ticks < first ? 1 : count + (ticks == first);
            first = ticks < first ? ticks : first;
        }
        conflicts += count > 1;
    }
    ck_assert_int_gt(conflicts, 0);
    ck_assert_int_lt(conflicts, 300);
    network_free(net);
}
END_TEST

static uint64_t draw_of(void *self, uint64_t bound)
{
    ck_assert_uint_eq(bound, 10);
    return *(uint64_t *)self;
}

/* §5.3: after e ticks a campaign has begun with e - (T - 1) of ten draws. */
START_TEST(chance_of_a_campaign_grows_with_the_wait)
{
    for (int elapsed = 5; elapsed <= 22; elapsed++) {
        int begun = 0;
        for (uint64_t draw = 0; draw < 10; draw++) {
            struct network *net =
                NETWORK(.voters = 3, .alone = true, .config.random = draw_of,
                        .config.random_self = &draw);
            network_tick(net, 1, elapsed);
            begun += net->at[1].core->state == RC_CANDIDATE;
            network_free(net);
        }
        int expected = elapsed - 9;
        expected = expected < 0 ? 0 : expected > 10 ? 10 : expected;
        ck_assert_int_eq(begun, expected);
    }
}
END_TEST

/* ---- Elections -----------------------------------------------------------*/

/* §3.1, §5.10: won with more than half of all voters, lost once that is
 * impossible; else pending. Every pattern of responses to one to five nodes. */
static void answer_votes(size_t voters, uint32_t pattern)
{
    struct network *net = NETWORK(.voters = voters, .alone = true);
    size_t granted = 1, refused = 0;
    network_step(net, 1, (struct rc_message){.type = RC_MSG_HUP, .from = 1});
    for (uint64_t id = 2; id <= voters; id++, pattern /= 3) {
        if (pattern % 3 == 0) {
            continue; /* says nothing */
        }
        bool reject = pattern % 3 == 1;
        *(reject ? &refused : &granted) += 1;
        network_step(net, 1,
                     (struct rc_message){.type = RC_MSG_VOTE_RESP,
                                         .from = id,
                                         .term = 1,
                                         .reject = reject});
    }
    enum rc_state_type expected = 2 * granted > voters    ? RC_LEADER
                                  : 2 * refused >= voters ? RC_FOLLOWER
                                                          : RC_CANDIDATE;
    network_assert_state(net, 1, expected, 1);
    network_free(net);
}

START_TEST(election_is_won_lost_or_open_by_count)
{
    uint32_t patterns = 1;
    for (int i = 1; i < _i; i++) {
        patterns *= 3;
    }
    for (uint32_t pattern = 0; pattern < patterns; pattern++) {
        answer_votes((size_t)_i, pattern);
    }
}
END_TEST

/* §5.10: the first response of each voter counts, and two responses of one
 * voter are not two votes. */
START_TEST(second_vote_of_a_voter_does_not_count)
{
    struct network *net = NETWORK(.voters = 5, .alone = true);
    struct rc_message grant = {.type = RC_MSG_VOTE_RESP, .from = 2, .term = 1};
    struct rc_message refusal = grant;
    refusal.reject = true;
    network_step(net, 1, (struct rc_message){.type = RC_MSG_HUP, .from = 1});
    network_step(net, 1, grant);
    network_step(net, 1, grant);
    network_assert_state(net, 1, RC_CANDIDATE, 1);
    network_step(net, 1, refusal);
    grant.from = 3;
    network_step(net, 1, grant);
    network_assert_state(net, 1, RC_LEADER, 1);
    network_free(net);
}
END_TEST

/* §5.7; paper §5.4.1: a request says what the sender's last entry is. */
START_TEST(vote_request_carries_the_last_entry)
{
    static const struct {
        const char *log;
        uint64_t index, term;
    } logs[] = {{"", 0, 0}, {"1", 1, 1}, {"122", 3, 2}, {"11", 2, 1}};
    for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
        struct network *net =
            NETWORK(.voters = 3, .alone = true, .logs = {logs[i].log},
                    .states = {{4, 0, 0}});
        network_step(net, 1,
                     (struct rc_message){.type = RC_MSG_HUP, .from = 1});
        for (uint64_t id = 2; id <= 3; id++) {
            const struct rc_message *m = network_sent(net, id, RC_MSG_VOTE);
            ck_assert_ptr_nonnull(m);
            ck_assert_uint_eq(m->term, 5);
            ck_assert_uint_eq(m->index, logs[i].index);
            ck_assert_uint_eq(m->log_term, logs[i].term);
            ck_assert_ptr_null(m->context);
        }
        network_free(net);
    }
}
END_TEST

static bool grants(struct network *net, struct rc_message m)
{
    enum rc_message_type answer =
        m.type == RC_MSG_VOTE ? RC_MSG_VOTE_RESP : RC_MSG_PRE_VOTE_RESP;
    network_clear(net);
    network_step(net, 1, m);
    const struct rc_message *reply = network_sent(net, m.from, answer);
    ck_assert_ptr_nonnull(reply);
    ck_assert_uint_eq(reply->term,
                      reply->reject ? net->at[1].core->term : m.term);
    return !reply->reject;
}

/* §5.6; paper §5.2: one vote per term; to the same candidate again. */
START_TEST(one_vote_per_term_may_be_repeated)
{
    for (uint64_t voted = 0; voted <= 3; voted++) {
        for (uint64_t asks = 2; asks <= 3; asks++) {
            struct network *net =
                NETWORK(.voters = 3, .alone = true, .states = {{1, voted, 0}});
            struct rc_message m = {
                .type = RC_MSG_VOTE, .from = asks, .term = 1};
            bool free_or_same = voted == RC_NO_NODE || voted == asks;
            net->at[1].core->election_elapsed = 5;
            ck_assert_int_eq(grants(net, m), free_or_same);
            ck_assert_int_eq(
                net->at[1].core->election_elapsed,
                free_or_same ? 0 : 5); /* a vote restarts the timeout */
            ck_assert_uint_eq(net->at[1].core->vote,
                              free_or_same ? asks : voted);
            m.term = 2;
            m.from = 5 - asks; /* the other, in the next term */
            ck_assert(grants(net, m));
            network_free(net);
        }
    }
}
END_TEST

/* §5.6: nor is there a vote against a leader of the same term. */
START_TEST(follower_of_a_leader_grants_no_vote_in_its_term)
{
    struct network *net =
        NETWORK(.voters = 3, .alone = true, .states = {{1, 0, 0}});
    network_step(
        net, 1,
        (struct rc_message){.type = RC_MSG_HEARTBEAT, .from = 2, .term = 1});
    ck_assert(!grants(
        net, (struct rc_message){.type = RC_MSG_VOTE, .from = 3, .term = 1}));
    network_free(net);
}
END_TEST

/* §5.6; paper §5.4.1: the term of the last entry decides, then the length; a
 * node that voted for another rejects. All pairs near "122". Even i: a real
 * vote, odd: a pre-vote. */
START_TEST(vote_goes_to_a_log_at_least_as_up_to_date)
{
    enum rc_message_type type = _i % 2 ? RC_MSG_PRE_VOTE : RC_MSG_VOTE;
    for (uint64_t term = 0; term <= 3; term++) {
        for (uint64_t index = 0; index <= 5; index++) {
            struct network *net =
                NETWORK(.voters = 3, .alone = true, .logs = {"122"});
            bool good = term > 2 || (term == 2 && index >= 3);
            struct rc_message m = {.type = type,
                                   .from = 2,
                                   .term = 3,
                                   .index = index,
                                   .log_term = term};
            ck_assert_int_eq(grants(net, m), good);
            network_free(net);
        }
    }
}
END_TEST

/* §5.6: in its own term no candidate and no leader votes for another,
 * however good the other's log. */
START_TEST(candidate_and_leader_keep_their_vote)
{
    struct network *net = in_role(_i ? RC_LEADER : RC_CANDIDATE);
    struct rc_message m = {
        .type = RC_MSG_VOTE, .from = 2, .term = 1, .index = 9, .log_term = 1};
    ck_assert(!grants(net, m));
    network_assert_state(net, 1, _i ? RC_LEADER : RC_CANDIDATE, 1);
    network_free(net);
}
END_TEST

/* §5.5, §5.6: whoever one is, a request of a higher term with a good log
 * gets the vote. */
START_TEST(vote_is_given_from_any_role_in_a_higher_term)
{
    struct network *net = in_role((enum rc_state_type)_i);
    struct core *core = net->at[1].core;
    core->election_elapsed = 5;
    struct rc_message m = {
        .type = RC_MSG_VOTE, .from = 2, .term = 2, .index = 9, .log_term = 1};
    ck_assert(grants(net, m));
    network_assert_state(net, 1, RC_FOLLOWER, 2);
    ck_assert_uint_eq(core->vote, 2);
    ck_assert_int_eq(core->election_elapsed, 0);
    network_free(net);
}
END_TEST

/* ---- Roles ---------------------------------------------------------------*/

/* §5.8; paper §5.2: another has won this term, or a later one. */
START_TEST(candidate_gives_way_to_a_leader)
{
    static const enum rc_message_type types[] = {RC_MSG_APP, RC_MSG_HEARTBEAT};
    for (uint64_t term = 1; term <= 2; term++) {
        struct network *net = in_role(RC_CANDIDATE);
        network_step(
            net, 1,
            (struct rc_message){.type = types[_i], .from = 2, .term = term});
        network_assert_state(net, 1, RC_FOLLOWER, term);
        ck_assert_uint_eq(net->at[1].core->lead, 2);
        network_free(net);
    }
}
END_TEST

/* §5.5 (3): without lease and pre-vote, what ends the rule of a leader is
 * any message of a higher term. */
START_TEST(every_role_steps_down_for_a_higher_term)
{
    static const enum rc_message_type types[] = {RC_MSG_VOTE, RC_MSG_APP};
    for (size_t i = 0; i < 2; i++) {
        struct network *net = in_role((enum rc_state_type)_i);
        struct core *core = net->at[1].core;
        uint64_t last = raftlog_last_index(&core->log);
        network_step(
            net, 1,
            (struct rc_message){.type = types[i], .from = 2, .term = 3});
        network_assert_state(net, 1, RC_FOLLOWER, 3);
        ck_assert_uint_eq(core->lead, i == 1 ? 2 : RC_NO_NODE);
        ck_assert_uint_eq(raftlog_last_index(&core->log), last);
        network_free(net);
    }
}
END_TEST

static void try_candidate(void *core)
{
    core_become_candidate(core);
}

static void try_pre_candidate(void *core)
{
    core_become_pre_candidate(core);
}

static void try_leader(void *core)
{
    core_become_leader(core);
}

/* §5.2: no leader becomes a candidate, no follower a leader. */
START_TEST(impossible_changes_of_role_are_broken_invariants)
{
    struct network *net = in_role(RC_LEADER);
    const char *text = network_fatal(try_candidate, net->at[1].core);
    ck_assert_str_eq(text, "invalid transition [leader -> candidate]");
    text = network_fatal(try_pre_candidate, net->at[1].core);
    ck_assert_str_eq(text, "invalid transition [leader -> pre-candidate]");
    network_free(net);
    net = in_role(RC_FOLLOWER);
    text = network_fatal(try_leader, net->at[1].core);
    ck_assert_str_eq(text, "invalid transition [follower -> leader]");
    network_free(net);
}
END_TEST

/* §5.2: what each change does to term, vote and leader. */
START_TEST(change_of_role_sets_term_vote_and_leader)
{
    struct network *net = in_role((enum rc_state_type)_i);
    struct core *core = net->at[1].core;
    core_become_follower(core, 1, 3);
    ck_assert_uint_eq(core->lead, 3);
    network_assert_state(net, 1, RC_FOLLOWER, 1);
    core->vote = 3;
    core->election_elapsed = 5;
    core_become_pre_candidate(core);
    network_assert_state(net, 1, RC_PRE_CANDIDATE, 1);
    ck_assert_int_eq(core->election_elapsed, 5);
    ck_assert_uint_eq(core->vote, 3);
    ck_assert_uint_eq(core->lead, RC_NO_NODE);
    core_become_candidate(core);
    network_assert_state(net, 1, RC_CANDIDATE, 2);
    ck_assert_uint_eq(core->vote, 1);
    ck_assert_uint_eq(core->lead, RC_NO_NODE);
    ck_assert_int_eq(core->election_elapsed, 0);
    core_become_leader(core);
    network_assert_state(net, 1, RC_LEADER, 2);
    ck_assert_uint_eq(core->vote, 1);
    ck_assert_uint_eq(core->lead, 1);
    struct rc_progress *own = network_progress(net, 1, 1);
    ck_assert_int_eq(own->state, RC_PROGRESS_REPLICATE);
    ck_assert(own->recent_active);
    core->election_elapsed = core->heartbeat_elapsed = 5;
    core_become_follower(core, 5, RC_NO_NODE);
    network_assert_state(net, 1, RC_FOLLOWER, 5);
    ck_assert_int_eq(core->election_elapsed, 0);
    ck_assert_int_eq(core->heartbeat_elapsed, 0);
    ck_assert(!own->recent_active);
    ck_assert_uint_eq(core->vote, RC_NO_NODE);
    network_free(net);
}
END_TEST

/* §5.8: it campaigns already. */
START_TEST(candidate_ignores_timeout_now)
{
    struct network *net = in_role(_i ? RC_PRE_CANDIDATE : RC_CANDIDATE);
    network_step(
        net, 1,
        (struct rc_message){.type = RC_MSG_TIMEOUT_NOW, .from = 2, .term = 1});
    network_assert_state(net, 1, _i ? RC_PRE_CANDIDATE : RC_CANDIDATE, 1);
    ck_assert_uint_eq(net->wire.count, 0);
    network_free(net);
}
END_TEST

/* §5.7. */
START_TEST(leader_does_not_campaign)
{
    struct network *net = NETWORK(.voters = 1, .config.pre_vote = _i);
    network_campaign(net, 1);
    network_assert_state(net, 1, RC_LEADER, 1);
    network_campaign(net, 1);
    network_assert_state(net, 1, RC_LEADER, 1);
    ck_assert_str_eq(network_log(net, 1), "1");
    network_free(net);
}
END_TEST

/* §12: a new leader does not know which entries of its log change the
 * configuration: any may. */
START_TEST(new_leader_allows_no_change_before_its_log_is_applied)
{
    struct network *net = NETWORK(.voters = 3, .logs = {"1123", "1", "1"});
    ck_assert_uint_eq(net->at[1].core->pending_conf_index, 0);
    network_lose(net, RC_MSG_APP);
    network_campaign(net, 1);
    network_assert_state(net, 1, RC_LEADER, 4);
    ck_assert_uint_eq(net->at[1].core->pending_conf_index, 4);
    struct rc_change add = {RC_ADD_NODE, 4};
    struct rc_conf_change cc = {.changes = &add, .count = 1};
    rc_rawnode_propose_conf_change(net->at[1].node, &cc, false);
    ck_assert_uint_eq(net->at[1].core->pending_conf_index, 4);
    network_heal(net);
    network_beat(net, 1);
    ck_assert_uint_eq(net->at[1].core->log.applied, 6);
    ck_assert_int_eq(net->at[1].applied.at[5].type, RC_ENTRY_NORMAL);
    rc_rawnode_propose_conf_change(net->at[1].node, &cc, false);
    ck_assert_uint_eq(net->at[1].core->pending_conf_index, 7);
    network_free(net);
}
END_TEST

SUITE(raftcore_election)
{
    Suite *suite = suite_create("raftcore_election");
    TCase *tc = tcase_create("elections");
    enum { ROLES = 4 };
    tcase_add_loop_test(tc, any_role_follows_an_append_of_a_higher_term, 0,
                        ROLES);
    tcase_add_loop_test(tc, higher_term_of_a_candidate_names_no_leader, 0,
                        ROLES);
    tcase_add_loop_test(tc, message_of_a_lower_term_reaches_no_role, 0, ROLES);
    tcase_add_test(tc, node_starts_as_a_follower_without_leader);
    tcase_add_loop_test(tc, node_that_waits_too_long_campaigns, 0, 2);
    tcase_add_loop_test(tc, timeouts_take_every_value, 0, 2);
    tcase_add_loop_test(tc, first_timeout_is_mostly_of_one_node, 0, 2);
    tcase_add_test(tc, chance_of_a_campaign_grows_with_the_wait);
    tcase_add_loop_test(tc, election_is_won_lost_or_open_by_count, 1, 6);
    tcase_add_test(tc, second_vote_of_a_voter_does_not_count);
    tcase_add_test(tc, vote_request_carries_the_last_entry);
    tcase_add_test(tc, one_vote_per_term_may_be_repeated);
    tcase_add_test(tc, follower_of_a_leader_grants_no_vote_in_its_term);
    tcase_add_loop_test(tc, vote_goes_to_a_log_at_least_as_up_to_date, 0, 2);
    tcase_add_loop_test(tc, candidate_and_leader_keep_their_vote, 0, 2);
    tcase_add_loop_test(tc, vote_is_given_from_any_role_in_a_higher_term, 0,
                        ROLES);
    tcase_add_loop_test(tc, candidate_gives_way_to_a_leader, 0, 2);
    tcase_add_loop_test(tc, every_role_steps_down_for_a_higher_term, 0, ROLES);
    tcase_add_test(tc, impossible_changes_of_role_are_broken_invariants);
    tcase_add_loop_test(tc, change_of_role_sets_term_vote_and_leader, 0, ROLES);
    tcase_add_loop_test(tc, candidate_ignores_timeout_now, 0, 2);
    tcase_add_loop_test(tc, leader_does_not_campaign, 0, 2);
    tcase_add_test(tc, new_leader_allows_no_change_before_its_log_is_applied);
    suite_add_tcase(suite, tc);
    return suite;
}
