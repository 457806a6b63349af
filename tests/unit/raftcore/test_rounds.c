/* test_rounds.c - elections among several cores; learners; what is late.
 * Layer: tests. docs/raftcore-spec.md §5.2 to §5.10. Even loop
 * indexes: without pre-vote, odd: with it. */
#include <check.h>

#include "base/random.h"
#include "tests/support/rc_network.h"
#include "tests/support/suites.h"

/* ---- Who wins ------------------------------------------------------------*/

static const char *const logs[] = {"", "1", "11", "12", "2", "122", "113"};

/* By the term of the last entry, then by the length. */
static int rank(const char *log)
{
    int size = 0;
    while (log[size]) {
        size++;
    }
    return size == 0 ? 0 : (log[size - 1] - '0') * 100 + size;
}

/* Node 1 asks; each other node is there or not and has some log. */
static void one_round(uint64_t key, bool pre_vote)
{
    struct network_setup setup = {.config.pre_vote = pre_vote};
    size_t granted = 1, refused = 0;
    setup.voters = 1 + random_below(random_at(key, 0), 5);
    for (size_t i = 0; i < setup.voters; i++) {
        setup.logs[i] = logs[random_below(random_at(key, 10 + i), 7)];
        setup.states[i] = (struct rc_hard_state){3, 0, 0};
    }
    struct network *net = network_new(&setup);
    for (size_t i = 1; i < setup.voters; i++) {
        if (random_below(random_at(key, 20 + i), 4) == 0) {
            network_remove(net, i + 1);
        } else if (rank(setup.logs[i]) > rank(setup.logs[0])) {
            refused++;
        } else {
            granted++;
        }
    }
    network_campaign(net, 1);
    if (2 * granted > setup.voters) {
        network_assert_state(net, 1, RC_LEADER, 4);
    } else if (2 * refused >= setup.voters) {
        network_assert_state(net, 1, RC_FOLLOWER, pre_vote ? 3 : 4);
    } else {
        network_assert_state(net, 1, pre_vote ? RC_PRE_CANDIDATE : RC_CANDIDATE,
                             pre_vote ? 3 : 4);
    }
    network_free(net);
}

/* §5.7, §5.10; paper §5.4.1: whoever a majority finds up to date. */
START_TEST(majority_with_logs_that_are_not_newer_elects)
{
    for (uint64_t i = 0; i < 300; i++) {
        one_round(random_key(1006, i), _i);
    }
}
END_TEST

/* §5.2: each can take over from another, one term later. */
START_TEST(every_node_can_take_over)
{
    struct network *net = NETWORK(.voters = 3, .config.pre_vote = _i);
    for (uint64_t term = 1; term <= 6; term++) {
        uint64_t lead = (term - 1) % 3 + 1;
        network_campaign(net, lead);
        for (uint64_t id = 1; id <= 3; id++) {
            network_assert_state(net, id, id == lead ? RC_LEADER : RC_FOLLOWER,
                                 term);
            ck_assert_uint_eq(net->at[id].core->lead, lead);
        }
    }
    ck_assert_str_eq(network_log(net, 2), "123456");
    network_free(net);
}
END_TEST

/* Paper §5.4.2: an entry of a higher term that no majority has is replaced by a
 * leader that does not have it. Nodes 3, 4 and 5 have elected 3 in term 2,
 * which has sent its entry to no other node. */
START_TEST(leader_without_the_newest_entry_replaces_it)
{
    struct network *net =
        NETWORK(.voters = 5, .config.pre_vote = _i, .logs = {"11", "1", "2"},
                .states = {
                    {1, 1, 0}, {1, 1, 0}, {2, 3, 0}, {2, 3, 0}, {2, 3, 0}});
    network_campaign(net, 1);
    network_assert_state(net, 1, RC_FOLLOWER, 2); /* term 2 was given away */
    network_campaign(net, 1);
    network_assert_state(net, 1, RC_LEADER, 3);
    for (uint64_t id = 1; id <= 5; id++) {
        ck_assert_uint_eq(net->at[id].core->term, 3);
        ck_assert_str_eq(network_log(net, id), "113");
    }
    network_free(net);
}
END_TEST

/* §3.1, §5.7: all voters of a joint configuration are asked, and both halves
 * have to agree. Voters 1 4 5, all five before; all patterns of grants. */
START_TEST(joint_election_needs_both_majorities)
{
    for (uint32_t mask = 0; mask < 16; mask++) {
        struct network *net = NETWORK(.voters = 5, .alone = true);
        struct rc_change changes[] = {{RC_REMOVE_NODE, 2}, {RC_REMOVE_NODE, 3}};
        struct rc_conf_change cc = {RC_TRANSITION_EXPLICIT, changes, 2, NULL};
        struct rc_rawnode *node = net->at[1].node;
        struct rc_conf_state cs = rc_rawnode_apply_conf_change(node, &cc);
        rc_conf_state_release(&cs);
        network_step(net, 1,
                     (struct rc_message){.type = RC_MSG_HUP, .from = 1});
        ck_assert_uint_eq(network_sent_count(net, RC_MSG_VOTE), 4);
        size_t old = 1, now = 1; /* of 5, of 1 4 5 */
        for (uint64_t id = 2; id <= 5; id++) {
            if (mask >> (id - 2) & 1) {
                old++;
                now += id >= 4;
                network_step(net, 1,
                             (struct rc_message){.type = RC_MSG_VOTE_RESP,
                                                 .from = id,
                                                 .term = 1});
            }
        }
        network_assert_state(
            net, 1, old >= 3 && now >= 2 ? RC_LEADER : RC_CANDIDATE, 1);
        network_free(net);
    }
}
END_TEST

/* ---- Duels ---------------------------------------------------------------*/

/* Paper §5.2: two candidates, one of which is cut off from the other. It has
 * missed entries, so it cannot win later, but it ends the term of the one that
 * can. */
START_TEST(candidate_that_cannot_win_raises_the_term)
{
    struct network *net = NETWORK(.voters = 3);
    network_cut(net, 1, 3);
    network_campaign(net, 1);
    network_campaign(net, 3);
    network_assert_state(net, 1, RC_LEADER, 1);
    network_assert_state(net, 3, RC_CANDIDATE, 1);
    network_heal(net);
    network_campaign(net, 3);
    for (uint64_t id = 1; id <= 3; id++) {
        network_assert_state(net, id, RC_FOLLOWER, 2);
        ck_assert_str_eq(network_log(net, id), id == 3 ? "" : "1");
    }
    network_free(net);
}
END_TEST

/* Thesis §9.6: with pre-vote it does not. */
START_TEST(pre_candidate_that_cannot_win_disturbs_no_leader)
{
    struct network *net = NETWORK(.voters = 3, .config.pre_vote = true);
    network_cut(net, 1, 3);
    network_campaign(net, 1);
    network_campaign(net, 3);
    network_assert_state(net, 1, RC_LEADER, 1);
    network_assert_state(net, 3, RC_FOLLOWER,
                         1); /* it learned the term from node 2 */
    network_heal(net);
    network_campaign(net, 3);
    network_assert_state(net, 1, RC_LEADER, 1);
    network_assert_state(net, 2, RC_FOLLOWER, 1);
    network_assert_state(net, 3, RC_FOLLOWER, 1);
    network_free(net);
}
END_TEST

/* Paper §5.2: a candidate follows a leader of its term. */
START_TEST(candidate_concedes_and_takes_the_log)
{
    struct network *net = NETWORK(.voters = 3);
    network_isolate(net, 1);
    network_campaign(net, 1);
    network_campaign(net, 3);
    network_assert_state(net, 1, RC_CANDIDATE, 1);
    network_assert_state(net, 3, RC_LEADER, 1);
    network_heal(net);
    network_beat(net, 3);
    network_propose(net, 3, "data");
    network_assert_state(net, 1, RC_FOLLOWER, 1);
    for (uint64_t id = 1; id <= 3; id++) {
        ck_assert_str_eq(network_log(net, id), "11");
        ck_assert_uint_eq(net->at[id].core->log.committed, 2);
    }
    network_free(net);
}
END_TEST

/* §5.5, §5.8: an isolated candidate, of the leader's term or of a lower
 * one, takes the leader's at its next heartbeat or append. Two loops of two:
 * which message, and which term. */
START_TEST(isolated_candidate_follows_a_leader_of_its_term)
{
    struct network *net = NETWORK(.voters = 3);
    network_isolate(net, 3);
    network_campaign(net, 1);
    if (_i / 2) {
        network_campaign(net, 2); /* term 2 */
    }
    uint64_t lead = _i / 2 ? 2 : 1;
    network_campaign(net, 3);
    network_assert_state(net, 3, RC_CANDIDATE, 1);
    network_heal(net);
    if (_i % 2) {
        network_step(net, 3,
                     (struct rc_message){
                         .type = RC_MSG_APP, .from = lead, .term = lead});
        network_deliver(net);
    } else {
        network_beat(net, lead);
    }
    network_assert_state(net, 3, RC_FOLLOWER, lead);
    ck_assert_uint_eq(net->at[3].core->lead, lead);
    network_assert_state(net, lead, RC_LEADER, lead);
    ck_assert_str_eq(network_log(net, 3), network_log(net, lead));
    network_free(net);
}
END_TEST

/* §3.1: one voter alone is a majority. */
START_TEST(single_voter_elects_itself)
{
    struct network *net = NETWORK(.voters = 1, .config.pre_vote = _i);
    network_campaign(net, 1);
    network_assert_state(net, 1, RC_LEADER, 1);
    ck_assert_uint_eq(net->at[1].core->log.committed, 1);
    network_free(net);
}
END_TEST

/* §5.5 (3): a late message of an old leader changes nothing. */
START_TEST(late_entries_of_an_old_term_are_not_appended)
{
    struct network *net = NETWORK(.voters = 3);
    network_campaign(net, 1);
    network_campaign(net, 2);
    network_campaign(net, 1);
    struct rc_entry late = {.term = 2, .index = 3};
    network_step(net, 1,
                 (struct rc_message){.type = RC_MSG_APP,
                                     .from = 2,
                                     .term = 2,
                                     .index = 2,
                                     .log_term = 2,
                                     .entries = {NULL, &late, 1}});
    network_propose(net, 1, "data");
    for (uint64_t id = 1; id <= 3; id++) {
        ck_assert_str_eq(network_log(net, id), "1233");
        ck_assert_uint_eq(net->at[id].core->log.committed, 4);
    }
    network_free(net);
}
END_TEST

/* ---- What comes late from itself -----------------------------------------*/

/* §5.4: a node's own vote is delivered once it is durable. By then another may
 * have won. */
START_TEST(own_vote_after_a_lost_election_does_nothing)
{
    struct network *net =
        NETWORK(.voters = 3, .alone = true, .config.pre_vote = _i);
    struct rc_rawnode *node = net->at[1].node;
    struct rc_ready ready = {.must_sync = false};
    ck_assert_int_eq(rc_rawnode_campaign(node), RC_OK);
    rc_rawnode_ready(node, &ready);
    struct rc_message m = {.type = RC_MSG_HEARTBEAT, .from = 2, .term = 1};
    ck_assert_int_eq(rc_rawnode_step(node, &m), RC_OK);
    rc_rawnode_advance(node);
    network_assert_state(net, 1, RC_FOLLOWER, 1);
    ck_assert_uint_eq(net->at[1].core->lead, 2);
    ck_assert_uint_eq(net->at[1].core->tracker.vote_count, 0);
    rc_ready_release(&ready);
    network_free(net);
}
END_TEST

/* §5.8: nor is its own pre-vote a vote in the election that follows. */
START_TEST(own_pre_vote_is_not_counted_by_a_candidate)
{
    struct network *net =
        NETWORK(.voters = 3, .alone = true, .config.pre_vote = true);
    struct rc_rawnode *node = net->at[1].node;
    struct rc_ready ready = {.must_sync = false};
    struct rc_message m = {.type = RC_MSG_PRE_VOTE_RESP, .term = 1};
    ck_assert_int_eq(rc_rawnode_campaign(node), RC_OK);
    rc_rawnode_ready(node, &ready);
    for (m.from = 2; m.from <= 3; m.from++) {
        ck_assert_int_eq(rc_rawnode_step(node, &m), RC_OK);
    }
    network_assert_state(net, 1, RC_CANDIDATE, 1);
    rc_rawnode_advance(node);
    network_assert_state(net, 1, RC_CANDIDATE, 1);
    ck_assert_uint_eq(net->at[1].core->tracker.vote_count, 0);
    rc_ready_release(&ready);
    network_settle(net, 1);
    ck_assert_uint_eq(net->at[1].core->tracker.vote_count, 1);
    network_step(
        net, 1,
        (struct rc_message){.type = RC_MSG_VOTE_RESP, .from = 2, .term = 1});
    network_assert_state(net, 1, RC_LEADER, 1);
    network_free(net);
}
END_TEST

/* §5.4: a leader's own acknowledgement is delivered though it may lead no
 * more. */
START_TEST(own_acknowledgement_after_a_term_has_ended_does_nothing)
{
    struct network *net = NETWORK(.voters = 3);
    network_campaign(net, 1);
    struct rc_rawnode *node = net->at[1].node;
    struct rc_ready ready = {.must_sync = false};
    ck_assert_int_eq(rc_rawnode_propose(node, rc_bytes_of_text("data")), RC_OK);
    rc_rawnode_ready(node, &ready);
    struct rc_message m = {
        .type = RC_MSG_HEARTBEAT, .from = 2, .term = 2, .commit = 1};
    ck_assert_int_eq(rc_rawnode_step(node, &m), RC_OK);
    rc_rawnode_advance(node);
    network_assert_state(net, 1, RC_FOLLOWER, 2);
    ck_assert_uint_eq(net->at[1].core->log.committed, 1);
    ck_assert_str_eq(network_log(net, 1), "11");
    rc_ready_release(&ready);
    network_free(net);
}
END_TEST

/* ---- Learners ------------------------------------------------------------*/

/* §5.3: a learner does not campaign, however long it waits and whoever
 * asks it to. */
START_TEST(learner_does_not_campaign)
{
    struct network *net = NETWORK(.voters = 2, .learners = 1);
    network_tick(net, 3, 100);
    network_step(net, 3, (struct rc_message){.type = RC_MSG_HUP, .from = 3});
    network_assert_state(net, 3, RC_FOLLOWER, 0);
    ck_assert_int_eq(net->at[3].core->election_elapsed, 100);
    network_campaign(net, 1);
    network_step(
        net, 3,
        (struct rc_message){.type = RC_MSG_TIMEOUT_NOW, .from = 1, .term = 1});
    network_assert_state(net, 3, RC_FOLLOWER, 1);
    ck_assert_uint_eq(net->wire.count, 0);
    network_free(net);
}
END_TEST

/* §5.14: once it votes it can lead. */
START_TEST(learner_that_became_a_voter_can_be_elected)
{
    struct network *net = NETWORK(.voters = 1, .learners = 1);
    network_campaign(net, 1);
    ck_assert(net->at[2].core->is_learner);
    struct rc_change add = {RC_ADD_NODE, 2};
    struct rc_conf_change cc = {.changes = &add, .count = 1};
    ck_assert_int_eq(
        rc_rawnode_propose_conf_change(net->at[1].node, &cc, _i == 0), RC_OK);
    network_deliver(net);
    ck_assert(!net->at[2].core->is_learner);
    network_campaign(net, 2);
    network_assert_state(net, 2, RC_LEADER, 2);
    network_assert_state(net, 1, RC_FOLLOWER, 2);
    network_free(net);
}
END_TEST

/* §5.6: it may have been promoted and not know it. */
START_TEST(learner_votes_when_asked)
{
    struct network *net = NETWORK(.voters = 2, .learners = 1);
    network_step(net, 3,
                 (struct rc_message){.type = _i ? RC_MSG_PRE_VOTE : RC_MSG_VOTE,
                                     .from = 2,
                                     .term = 2,
                                     .index = 11,
                                     .log_term = 1});
    const struct rc_message *m =
        network_sent(net, 2, _i ? RC_MSG_PRE_VOTE_RESP : RC_MSG_VOTE_RESP);
    ck_assert_ptr_nonnull(m);
    ck_assert(!m->reject);
    ck_assert_uint_eq(m->term, 2);
    network_free(net);
}
END_TEST

/* ---- Who may campaign ----------------------------------------------------*/

static struct core *core_of(struct rc_memory_storage *storage, uint64_t id,
                            const uint64_t *voters, size_t count)
{
    struct rc_snapshot *snapshot = rc_snapshot_new();
    for (size_t i = 0; i < count; i++) {
        rc_ids_append(&snapshot->conf_state.voters, voters[i]);
    }
    rc_memory_storage_apply_snapshot(storage, snapshot);
    rc_snapshot_drop(snapshot);
    struct rc_config config = {.id = id,
                               .election_tick = 5,
                               .heartbeat_tick = 1,
                               .max_inflight_msgs = 1,
                               .storage = rc_memory_storage_interface(storage)};
    ck_assert_ptr_null(rc_config_check(&config));
    return core_new(&config);
}

/* §5.3: only a voter; §3.3: members go in ascending order, however they
 * were listed. */
START_TEST(only_a_voter_is_promotable)
{
    static const struct {
        uint64_t voters[3];
        size_t count;
        bool promotable;
    } members[] = {
        {{1}, 1, true},          {{3, 1, 2}, 3, true}, {{0}, 0, false},
        {{20, 16, 2}, 3, false}, {{11, 1}, 2, true},
    };
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        struct rc_memory_storage *storage = rc_memory_storage_new();
        struct core *core =
            core_of(storage, 1, members[i].voters, members[i].count);
        ck_assert_int_eq(core_promotable(core), members[i].promotable);
        struct rc_ids ids = rc_joint_ids(&core->tracker.config.voters);
        ck_assert_uint_eq(ids.count, members[i].count);
        for (size_t k = 1; k < ids.count; k++) {
            ck_assert_uint_lt(ids.at[k - 1], ids.at[k]);
        }
        for (int tick = 0; tick < 10; tick++) {
            core_tick(core);
        }
        ck_assert_int_eq(core->state != RC_FOLLOWER, members[i].promotable);
        rc_ids_release(&ids);
        core_free(core);
        rc_memory_storage_free(storage);
    }
}
END_TEST

/* A follower that has a committed entry of this type, behind another, and has
 * applied none. It looks at one entry at a time. */
static struct network *with_unapplied(enum rc_entry_type type)
{
    struct network *net = NETWORK(.voters = 3, .alone = true,
                                  .config.max_committed_size_per_ready = 1);
    struct rc_change add = {RC_ADD_LEARNER_NODE, 4};
    struct rc_conf_change cc = {.changes = &add, .count = 1};
    struct rc_entry entries[] = {
        {.term = 1, .index = 1},
        {.term = 1, .index = 2, .type = type},
        {.term = 1, .index = 3},
    };
    if (type != RC_ENTRY_NORMAL) {
        entries[1].data = rc_conf_change_encode(&cc, type);
    }
    struct rc_message m = {.type = RC_MSG_APP,
                           .from = 2,
                           .term = 1,
                           .commit = 2,
                           .entries = {NULL, entries, 3}};
    ck_assert_int_eq(rc_rawnode_step(net->at[1].node, &m), RC_OK);
    ck_assert_uint_eq(net->at[1].core->log.committed, 2);
    rc_payload_drop(entries[1].data);
    return net;
}

/* §5.7, §12: the voters are not known while a committed change is not applied:
 * no campaign by hup, for a transfer, or by timeout. Loop: the type of the
 * entry, three ways. */
START_TEST(no_campaign_before_a_committed_change_is_applied)
{
    struct network *net = with_unapplied((enum rc_entry_type)(_i / 3));
    struct core *core = net->at[1].core;
    struct rc_message hup = {.type = RC_MSG_HUP, .from = 1};
    struct rc_message now = {.type = RC_MSG_TIMEOUT_NOW, .from = 2, .term = 1};
    if (_i % 3 == 2) {
        for (int tick = 0; tick < core->config.election_tick * 2; tick++) {
            core_tick(core);
        }
    } else {
        core_step(core, _i % 3 ? &now : &hup);
    }
    bool change = _i >= 3;
    ck_assert_int_eq(core->state, change ? RC_FOLLOWER : RC_CANDIDATE);
    network_settle(net, 1);
    ck_assert_uint_eq(core->log.applied, 2);
    network_step(net, 1, hup);
    ck_assert_int_eq(core->state, RC_CANDIDATE);
    network_free(net);
}
END_TEST

SUITE(raftcore_rounds)
{
    Suite *suite = suite_create("raftcore_rounds");
    TCase *tc = tcase_create("elections of several");
    tcase_add_loop_test(tc, majority_with_logs_that_are_not_newer_elects, 0, 2);
    tcase_add_loop_test(tc, every_node_can_take_over, 0, 2);
    tcase_add_loop_test(tc, leader_without_the_newest_entry_replaces_it, 0, 2);
    tcase_add_test(tc, joint_election_needs_both_majorities);
    tcase_add_test(tc, candidate_that_cannot_win_raises_the_term);
    tcase_add_test(tc, pre_candidate_that_cannot_win_disturbs_no_leader);
    tcase_add_test(tc, candidate_concedes_and_takes_the_log);
    tcase_add_loop_test(tc, isolated_candidate_follows_a_leader_of_its_term, 0,
                        4);
    tcase_add_loop_test(tc, single_voter_elects_itself, 0, 2);
    tcase_add_test(tc, late_entries_of_an_old_term_are_not_appended);
    suite_add_tcase(suite, tc);

    tc = tcase_create("late");
    tcase_add_loop_test(tc, own_vote_after_a_lost_election_does_nothing, 0, 2);
    tcase_add_test(tc, own_pre_vote_is_not_counted_by_a_candidate);
    tcase_add_test(tc, own_acknowledgement_after_a_term_has_ended_does_nothing);
    suite_add_tcase(suite, tc);

    tc = tcase_create("who may");
    tcase_add_test(tc, learner_does_not_campaign);
    tcase_add_loop_test(tc, learner_that_became_a_voter_can_be_elected, 0, 2);
    tcase_add_loop_test(tc, learner_votes_when_asked, 0, 2);
    tcase_add_test(tc, only_a_voter_is_promotable);
    tcase_add_loop_test(tc, no_campaign_before_a_committed_change_is_applied, 0,
                        9);
    suite_add_tcase(suite, tc);
    return suite;
}
