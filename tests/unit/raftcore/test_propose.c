/* test_propose.c - what becomes of a proposal, and how much is taken.
 * Layer: tests. docs/raftcore-spec.md §5.8, §5.9. */
#include <check.h>
#include <string.h>

#include "tests/support/rc_network.h"
#include "tests/support/suites.h"

static struct network *led_by_1(struct network *net)
{
    network_campaign(net, 1);
    ck_assert_int_eq(net->at[1].core->state, RC_LEADER);
    return net;
}

static uint64_t last_index(const struct network *net, uint64_t id)
{
    return raftlog_last_index(&net->at[id].core->log);
}

static enum rc_error propose(struct network *net, uint64_t id, size_t size)
{
    char data[1024];
    ck_assert_uint_le(size, sizeof(data));
    memset(data, 'x', sizeof(data));
    return rc_rawnode_propose(net->at[id].node, rc_bytes_of(data, size));
}

/* ---- Who takes proposals -------------------------------------------------*/

/* §5.9; paper §5.3: with a majority it is committed, else it stays in the
 * leader's log. _i of five nodes are cut off. */
START_TEST(proposal_is_committed_if_a_majority_is_there)
{
    struct network *net = led_by_1(NETWORK(.voters = 5));
    for (uint64_t id = 2; id < 2 + (uint64_t)_i; id++) {
        network_remove(net, id);
    }
    ck_assert_int_eq(network_propose(net, 1, "data"), RC_OK);
    ck_assert_uint_eq(last_index(net, 1), 2);
    for (uint64_t id = 1; id <= 5; id++) {
        if (net->at[id].node) {
            ck_assert_str_eq(network_log(net, id), "11");
            ck_assert_uint_eq(net->at[id].core->log.committed, _i <= 2 ? 2 : 1);
        }
    }
    network_free(net);
}
END_TEST

/* §5.8: without a leader a proposal is dropped. */
START_TEST(proposal_without_a_leader_is_dropped)
{
    struct network *net = NETWORK(.voters = 3);
    ck_assert_int_eq(network_propose(net, 1, "data"), RC_PROPOSAL_DROPPED);
    network_isolate(net, 1);
    network_campaign(net, 1);
    network_assert_state(net, 1, RC_CANDIDATE, 1);
    ck_assert_int_eq(network_propose(net, 1, "data"), RC_PROPOSAL_DROPPED);
    ck_assert_uint_eq(last_index(net, 1), 0);
    network_free(net);
    net = NETWORK(.voters = 3, .config.pre_vote = true);
    network_isolate(net, 1);
    network_campaign(net, 1);
    network_assert_state(net, 1, RC_PRE_CANDIDATE, 0);
    ck_assert_int_eq(network_propose(net, 1, "data"), RC_PROPOSAL_DROPPED);
    network_free(net);
}
END_TEST

/* §5.8: a follower passes it on, without a term: the leader may be another
 * by then. */
START_TEST(proposal_to_a_follower_is_forwarded)
{
    struct network *net = led_by_1(NETWORK(.voters = 3, .learners = 1));
    uint64_t by = (uint64_t)_i; /* the last of them is a learner */
    ck_assert_int_eq(
        rc_rawnode_propose(net->at[by].node, rc_bytes_of_text("data")), RC_OK);
    ck_assert_uint_eq(last_index(net, by), 1);
    network_settle(net, by);
    ck_assert_uint_eq(net->wire.count, 1);
    const struct rc_message *m = network_sent(net, 1, RC_MSG_PROP);
    ck_assert_ptr_nonnull(m);
    ck_assert_uint_eq(m->from, by);
    ck_assert_uint_eq(m->term, 0);
    network_deliver(net);
    for (uint64_t id = 1; id <= 4; id++) {
        ck_assert_uint_eq(net->at[id].applied.count, 2);
        ck_assert(
            rc_bytes_equal(rc_payload_bytes(net->at[id].applied.at[1].data),
                           rc_bytes_of_text("data")));
    }
    network_free(net);
}
END_TEST

/* §5.8, §12: unless forwarding is disabled. A leader does not forward. */
START_TEST(follower_that_must_not_forward_drops_a_proposal)
{
    struct network *net = led_by_1(
        NETWORK(.voters = 3, .config.disable_proposal_forwarding = true));
    net->at[3].core->config.disable_proposal_forwarding = false;
    ck_assert_int_eq(network_propose(net, 2, "two"), RC_PROPOSAL_DROPPED);
    ck_assert_uint_eq(last_index(net, 1), 1);
    ck_assert_int_eq(network_propose(net, 3, "three"), RC_OK);
    ck_assert_uint_eq(last_index(net, 1), 2);
    ck_assert_int_eq(network_propose(net, 1, "one"), RC_OK);
    ck_assert_uint_eq(last_index(net, 1), 3);
    network_free(net);
}
END_TEST

/* §5.9 (3): it could keep the new leader from being up to date. */
START_TEST(leader_that_hands_over_takes_no_proposals)
{
    struct network *net = led_by_1(NETWORK(.voters = 3));
    network_isolate(net, 3);
    ck_assert_int_eq(network_propose(net, 1, "before"), RC_OK);
    network_step(
        net, 1, (struct rc_message){.type = RC_MSG_TRANSFER_LEADER, .from = 3});
    ck_assert_uint_eq(net->at[1].core->lead_transferee, 3);
    ck_assert_int_eq(network_propose(net, 1, "now"), RC_PROPOSAL_DROPPED);
    ck_assert_uint_eq(last_index(net, 1), 2);
    network_tick(net, 1, 10); /* its time is over */
    ck_assert_int_eq(network_propose(net, 1, "after"), RC_OK);
    ck_assert_uint_eq(last_index(net, 1), 3);
    network_free(net);
}
END_TEST

/* §5.9 (2): a leader that is no member any more leads to the end, but takes
 * nothing new. */
START_TEST(removed_leader_takes_no_proposals)
{
    struct network *net = led_by_1(NETWORK(.voters = 3));
    struct rc_change gone = {RC_REMOVE_NODE, 1};
    struct rc_conf_change cc = {.changes = &gone, .count = 1};
    ck_assert_int_eq(
        rc_rawnode_propose_conf_change(net->at[1].node, &cc, _i == 0), RC_OK);
    network_deliver(net);
    network_assert_state(net, 1, RC_LEADER, 1);
    ck_assert_int_eq(network_propose(net, 1, "data"), RC_PROPOSAL_DROPPED);
    ck_assert_uint_eq(last_index(net, 1), 2);
    network_free(net);
}
END_TEST

static void step_nothing(void *core)
{
    struct rc_message m = {.type = RC_MSG_PROP, .from = 1};
    (void)core_step(core, &m);
}

/* §5.9 (1); §14.11: from within that is a broken invariant; from outside it is
 * rejected before. */
START_TEST(proposal_of_nothing_is_refused)
{
    struct network *net = led_by_1(NETWORK(.voters = 3));
    ck_assert_str_eq(network_fatal(step_nothing, net->at[1].core),
                     "1 stepped empty MsgProp");
    struct rc_message m = {.type = RC_MSG_PROP, .from = 2, .to = 1};
    ck_assert_int_eq(rc_rawnode_step(net->at[1].node, &m), RC_MALFORMED);
    network_free(net);
}
END_TEST

/* §5.9 (5): several entries of one message follow each other. */
START_TEST(entries_of_one_proposal_follow_each_other)
{
    struct network *net = led_by_1(NETWORK(.voters = 3));
    struct rc_entry entries[3] = {
        {.data = rc_payload_of(rc_bytes_of_text("a"))},
        {.data = NULL},
        {.data = rc_payload_of(rc_bytes_of_text("c"))}};
    struct rc_entries run = {NULL, entries, 3};
    ck_assert_int_eq(rc_rawnode_propose_entries(net->at[1].node, &run), RC_OK);
    network_settle(net, 1);
    const struct rc_message *m = network_sent(net, 3, RC_MSG_APP);
    ck_assert_uint_eq(m->entries.count, 3);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_uint_eq(m->entries.at[i].index, 2 + i);
        ck_assert_uint_eq(m->entries.at[i].term, 1);
        ck_assert_ptr_eq(m->entries.at[i].data, entries[i].data);
        ck_assert_uint_eq(entries[i].index, 0); /* the caller's are as before */
    }
    network_deliver(net);
    ck_assert_uint_eq(net->at[2].applied.count, 4);
    rc_payload_drop(entries[0].data);
    rc_payload_drop(entries[2].data);
    network_free(net);
}
END_TEST

/* ---- How much is taken ---------------------------------------------------*/

/* At most 100 bytes are uncommitted; the others are cut off. */
static struct network *limited(void)
{
    struct network *net = led_by_1(
        NETWORK(.voters = 3, .config.max_uncommitted_entries_size = 100));
    network_lose(net, RC_MSG_APP);
    return net;
}

/* §5.9 (5), §12: by the data of what is not applied. */
START_TEST(proposals_are_dropped_while_too_much_waits)
{
    struct network *net = limited();
    ck_assert_int_eq(propose(net, 1, 40), RC_OK);
    ck_assert_int_eq(propose(net, 1, 40), RC_OK);
    ck_assert_int_eq(propose(net, 1, 21), RC_PROPOSAL_DROPPED);
    ck_assert_uint_eq(net->at[1].core->uncommitted_size, 80);
    ck_assert_uint_eq(last_index(net, 1), 3);
    ck_assert_int_eq(propose(net, 1, 20), RC_OK); /* just as much */
    ck_assert_int_eq(propose(net, 1, 1), RC_PROPOSAL_DROPPED);
    ck_assert_int_eq(propose(net, 1, 0), RC_OK);
    ck_assert_uint_eq(net->at[1].core->uncommitted_size, 100);
    network_free(net);
}
END_TEST

/* §5.9 (5): one of any size is taken if nothing waits. */
START_TEST(one_large_proposal_is_taken_if_nothing_waits)
{
    struct network *net = limited();
    ck_assert_int_eq(propose(net, 1, 0), RC_OK);
    ck_assert_int_eq(propose(net, 1, 1000), RC_OK);
    ck_assert_int_eq(propose(net, 1, 1), RC_PROPOSAL_DROPPED);
    ck_assert_int_eq(propose(net, 1, 0), RC_OK);
    ck_assert_uint_eq(net->at[1].core->uncommitted_size, 1000);
    ck_assert_uint_eq(last_index(net, 1), 4);
    network_free(net);
}
END_TEST

/* §5.9: the sum of one message counts, all or nothing. */
START_TEST(proposal_of_several_entries_is_all_or_nothing)
{
    struct network *net = limited();
    struct rc_entry entries[2] = {{.data = rc_payload_new(60)},
                                  {.data = rc_payload_new(60)}};
    memset(entries[0].data->bytes, 0, 60);
    memset(entries[1].data->bytes, 0, 60);
    struct rc_entries both = {NULL, entries, 2}, one = {NULL, entries, 1};
    ck_assert_int_eq(propose(net, 1, 1), RC_OK);
    ck_assert_int_eq(rc_rawnode_propose_entries(net->at[1].node, &both),
                     RC_PROPOSAL_DROPPED);
    ck_assert_uint_eq(last_index(net, 1), 2);
    ck_assert_int_eq(rc_rawnode_propose_entries(net->at[1].node, &one), RC_OK);
    ck_assert_uint_eq(net->at[1].core->uncommitted_size, 61);
    rc_payload_drop(entries[0].data);
    rc_payload_drop(entries[1].data);
    network_free(net);
}
END_TEST

/* §5.9: it counts until it is applied; that it is committed is not
 * enough. */
START_TEST(room_is_made_by_applying)
{
    struct network *net = limited();
    struct core *core = net->at[1].core;
    struct rc_ready ready = {.must_sync = false};
    ck_assert_int_eq(propose(net, 1, 100), RC_OK);
    network_settle(net, 1);
    struct rc_message m = {
        .type = RC_MSG_APP_RESP, .from = 2, .term = 1, .index = 2};
    ck_assert_int_eq(rc_rawnode_step(net->at[1].node, &m), RC_OK);
    ck_assert_uint_eq(core->log.committed, 2);
    ck_assert_int_eq(propose(net, 1, 1), RC_PROPOSAL_DROPPED);
    rc_rawnode_ready(net->at[1].node, &ready);
    ck_assert_uint_eq(ready.committed_entries.count, 1);
    ck_assert_int_eq(propose(net, 1, 1), RC_PROPOSAL_DROPPED);
    rc_rawnode_advance(net->at[1].node);
    ck_assert_uint_eq(core->uncommitted_size, 0);
    ck_assert_int_eq(propose(net, 1, 100), RC_OK);
    rc_ready_release(&ready);
    network_free(net);
}
END_TEST

/* §5.2, §5.9: what is counted is an estimate, which begins at nothing with
 * each role and is never below nothing. */
START_TEST(uncommitted_size_is_reset_with_the_role)
{
    struct network *net = limited();
    ck_assert_int_eq(propose(net, 1, 100), RC_OK);
    network_settle(net, 1);
    network_campaign(net, 2); /* its log is shorter: there is no leader */
    network_assert_state(net, 1, RC_FOLLOWER, 2);
    ck_assert_uint_eq(net->at[1].core->uncommitted_size, 0);
    network_heal(net);
    network_campaign(net, 1);
    network_assert_state(net, 1, RC_LEADER, 3);
    network_deliver(net);
    ck_assert_str_eq(network_log(net, 2), "113");
    ck_assert_uint_eq(net->at[1].core->uncommitted_size, 0);
    network_lose(net, RC_MSG_APP);
    ck_assert_int_eq(propose(net, 1, 100), RC_OK);
    ck_assert_int_eq(propose(net, 1, 1), RC_PROPOSAL_DROPPED);
    network_free(net);
}
END_TEST

/* §2.2: zero is no limit; followers do not count what they pass on. */
START_TEST(without_a_limit_everything_is_taken)
{
    struct network *net = led_by_1(NETWORK(.voters = 3));
    network_lose(net, RC_MSG_APP);
    for (int i = 0; i < 1000; i++) {
        ck_assert_int_eq(propose(net, 1, 1000), RC_OK);
    }
    ck_assert_uint_eq(net->at[1].core->uncommitted_size, 1000000);
    network_free(net);
    net = limited();
    for (int i = 0; i < 10; i++) {
        ck_assert_int_eq(propose(net, 2, 60), RC_OK);
    }
    network_deliver(net);
    ck_assert_uint_eq(net->at[2].core->uncommitted_size, 0);
    ck_assert_uint_eq(net->at[1].core->uncommitted_size, 60);
    network_free(net);
}
END_TEST

/* §2.2: a size of nothing is one entry at a time, in messages and in what
 * is to be applied. (A limit of bytes, so that the size stays as it is.) */
START_TEST(size_of_nothing_is_one_entry_at_a_time)
{
    struct network *net = led_by_1(
        NETWORK(.voters = 2, .config.max_inflight_bytes = RC_NO_LIMIT));
    struct rc_ready ready = {.must_sync = false};
    ck_assert_uint_eq(net->at[1].core->config.max_size_per_msg, 0);
    network_lose(net, RC_MSG_APP);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(network_propose(net, 1, "data"), RC_OK);
    }
    network_heal(net);
    rc_rawnode_report_unreachable(net->at[1].node, 2);
    network_step(
        net, 1,
        (struct rc_message){
            .type = RC_MSG_APP_RESP, .from = 2, .term = 1, .index = 1});
    for (size_t i = 0; i < net->wire.count; i++) {
        ck_assert_uint_le(net->wire.at[i].entries.count, 1);
    }
    ck_assert_uint_eq(network_sent_count(net, RC_MSG_APP), 3);
    struct rc_message m = {
        .type = RC_MSG_APP_RESP, .from = 2, .term = 1, .index = 4};
    ck_assert_int_eq(rc_rawnode_step(net->at[1].node, &m), RC_OK);
    ck_assert_uint_eq(net->at[1].core->log.committed, 4);
    rc_rawnode_ready(net->at[1].node, &ready);
    ck_assert_uint_eq(ready.committed_entries.count, 1);
    rc_rawnode_advance(net->at[1].node);
    rc_ready_release(&ready);
    network_settle(net, 1);
    ck_assert_uint_eq(net->at[1].core->log.applied, 4);
    network_free(net);
}
END_TEST

SUITE(raftcore_propose)
{
    Suite *suite = suite_create("raftcore_propose");
    TCase *tc = tcase_create("who takes it");
    tcase_add_loop_test(tc, proposal_is_committed_if_a_majority_is_there, 0, 5);
    tcase_add_test(tc, proposal_without_a_leader_is_dropped);
    tcase_add_loop_test(tc, proposal_to_a_follower_is_forwarded, 2, 5);
    tcase_add_test(tc, follower_that_must_not_forward_drops_a_proposal);
    tcase_add_test(tc, leader_that_hands_over_takes_no_proposals);
    tcase_add_loop_test(tc, removed_leader_takes_no_proposals, 0, 2);
    tcase_add_test(tc, proposal_of_nothing_is_refused);
    tcase_add_test(tc, entries_of_one_proposal_follow_each_other);
    suite_add_tcase(suite, tc);

    tc = tcase_create("how much");
    tcase_add_test(tc, proposals_are_dropped_while_too_much_waits);
    tcase_add_test(tc, one_large_proposal_is_taken_if_nothing_waits);
    tcase_add_test(tc, proposal_of_several_entries_is_all_or_nothing);
    tcase_add_test(tc, room_is_made_by_applying);
    tcase_add_test(tc, uncommitted_size_is_reset_with_the_role);
    tcase_add_test(tc, without_a_limit_everything_is_taken);
    tcase_add_test(tc, size_of_nothing_is_one_entry_at_a_time);
    suite_add_tcase(suite, tc);
    return suite;
}
