/* test_reads.c - reads that see everything that was committed before them.
 * Layer: tests. docs/raftcore-spec.md §5.16; thesis §6.4. */
#include "tests/support/rc_node.h"
#include "tests/support/suites.h"

/* ---- Together ------------------------------------------------------------*/

static void propose_many(struct rct_group *g, int count)
{
    for (int i = 0; i < count; i++) {
        ck_assert_int_eq(rct_propose(g->at[1], "x"), RC_OK);
        rct_settle(g);
    }
}

/* From the leader, a follower and a learner, each way. */
static const struct {
    const char *members;
    enum rc_read_only_option option;
} clusters[] = {
    {"1 2 3", RC_READ_ONLY_SAFE},
    {"1 2; 3", RC_READ_ONLY_SAFE},
    {"1 2 3", RC_READ_ONLY_LEASE_BASED},
    {"1 2; 3", RC_READ_ONLY_LEASE_BASED},
};

START_TEST(read_index_is_what_was_committed_when_it_was_asked_for)
{
    struct rct_group *g = RCT_GROUP(clusters[_i].members, .check_quorum = true,
                                    .read_only_option = clusters[_i].option);
    rct_elect(g, 1);
    static const char *const expected[] = {"11:a ", "21:b ", "31:c "};
    static const char *const contexts[] = {"a", "b", "c"};
    for (uint64_t id = 1; id <= 3; id++) {
        propose_many(g, 10);
        rct_read(g->at[id], contexts[id - 1]);
        rct_settle(g);
        ck_assert_str_eq(rct_reads(g->at[id]), expected[id - 1]);
    }
    rct_group_free(g);
}
END_TEST

/* What is committed later does not matter to the read. */
START_TEST(read_index_is_not_what_is_committed_when_it_is_confirmed)
{
    struct rct_group *g = RCT_GROUP("1 2 3");
    rct_elect(g, 1);
    g->lost_types[RC_MSG_HEARTBEAT_RESP] = true;
    rct_read(g->at[1], "a");
    propose_many(g, 4);
    rct_settle(g);
    ck_assert_str_eq(rct_reads(g->at[1]), "");
    rct_heal(g);
    rct_tick(g->at[1], 1); /* heartbeats carry the token too */
    rct_settle(g);
    ck_assert_str_eq(rct_reads(g->at[1]), "1:a ");
    rct_group_free(g);
}
END_TEST

/* ---- One leader ----------------------------------------------------------*/

/* The leader of term 1, with its first entry committed. */
static struct rct_node *leader(const char *members,
                               enum rc_read_only_option option)
{
    struct rct_node *n =
        RCT_NODE(1, members, .check_quorum = true, .read_only_option = option);
    rct_lead(n);
    const struct rc_joint *voters = &n->node->core->tracker.config.voters;
    for (uint64_t id = 2; id < RCT_IDS; id++) {
        if (rc_joint_has(voters, id)) {
            RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = id, .term = 1,
                     .index = 1);
        }
    }
    rct_sends(n);
    ck_assert_uint_eq(n->node->core->log.committed, 1);
    return n;
}

static void confirm(struct rct_node *n, uint64_t from, uint64_t token)
{
    struct rc_payload *context = read_token_encode(token);
    ck_assert_int_eq(RCT_STEP(n, .type = RC_MSG_HEARTBEAT_RESP, .from = from,
                              .term = n->node->core->term, .context = context),
                     RC_OK);
    rc_payload_drop(context);
}

START_TEST(single_voter_serves_reads_at_once)
{
    struct rct_node *n = leader("1; 2", RC_READ_ONLY_SAFE);
    rct_read(n, "a");
    ck_assert_str_eq(rct_reads(n), "1:a ");
    ck_assert_str_eq(rct_sends(n), "");
    rct_node_free(n);
}
END_TEST

START_TEST(lease_based_read_is_served_at_once)
{
    struct rct_node *n = leader("1 2 3", RC_READ_ONLY_LEASE_BASED);
    rct_read(n, "a");
    ck_assert_str_eq(rct_reads(n), "1:a ");
    RCT_STEP(n, .type = RC_MSG_READ_INDEX, .from = 2,
             .entries = RCT_ENTRIES({.index = 0}));
    ck_assert_str_eq(rct_sends(n), "1->2 MsgReadIndexResp Term:1 Log:0/1 "
                                   "Entries:[0/0 EntryNormal \"\"]\n");
    rct_node_free(n);
}
END_TEST

/* The leader sends heartbeats, and needs responses of a majority. */
START_TEST(read_is_served_once_a_majority_confirms)
{
    struct rct_node *n = leader("1 2 3 4 5", RC_READ_ONLY_SAFE);
    rct_read(n, "a");
    rct_run(n);
    ck_assert_uint_eq(n->outbox.count, 4);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_int_eq(n->outbox.at[i].type, RC_MSG_HEARTBEAT);
        ck_assert_uint_eq(read_token_decode(n->outbox.at[i].context), 1);
    }
    confirm(n, 2, 1);
    ck_assert_str_eq(rct_reads(n), "");
    confirm(n, 2, 1); /* the same once more is one */
    ck_assert_str_eq(rct_reads(n), "");
    confirm(n, 4, 1);
    ck_assert_str_eq(rct_reads(n), "1:a ");
    confirm(n, 3, 1);
    ck_assert_str_eq(rct_reads(n), "");
    rct_node_free(n);
}
END_TEST

/* Answers may come in any order; the highest of each counts. */
START_TEST(late_response_takes_no_confirmation_back)
{
    struct rct_node *n = leader("1 2 3 4 5", RC_READ_ONLY_SAFE);
    rct_read(n, "a");
    rct_read(n, "b");
    confirm(n, 2, 2);
    confirm(n, 2, 1);
    ck_assert_str_eq(rct_reads(n), "");
    confirm(n, 3, 2);
    ck_assert_str_eq(rct_reads(n), "1:a 1:b ");
    rct_node_free(n);
}
END_TEST

/* A read that was forwarded to a former leader can come back to its requester,
 * which leads by then. */
START_TEST(own_read_that_comes_back_is_served_here)
{
    struct rct_node *n = leader("1 2 3", RC_READ_ONLY_LEASE_BASED);
    RCT_STEP(n, .type = RC_MSG_READ_INDEX, .from = 1,
             .entries = RCT_ENTRIES({.index = 0}));
    ck_assert_str_eq(rct_reads(n), "1: ");
    ck_assert_str_eq(rct_sends(n), "");
    rct_node_free(n);
}
END_TEST

START_TEST(learners_confirm_nothing)
{
    struct rct_node *n = leader("1 2; 3 4", RC_READ_ONLY_SAFE);
    rct_read(n, "a");
    confirm(n, 3, 1);
    confirm(n, 4, 1);
    ck_assert_str_eq(rct_reads(n), "");
    confirm(n, 2, 1);
    ck_assert_str_eq(rct_reads(n), "1:a ");
    rct_node_free(n);
}
END_TEST

START_TEST(both_majorities_of_a_joint_configuration_confirm)
{
    struct rct_node *n = leader("1 2 3; ; 1 4 5", RC_READ_ONLY_SAFE);
    rct_read(n, "a");
    confirm(n, 2, 1);
    confirm(n, 3, 1);
    ck_assert_str_eq(rct_reads(n), "");
    confirm(n, 5, 1);
    ck_assert_str_eq(rct_reads(n), "1:a ");
    rct_node_free(n);
}
END_TEST

/* A token confirms all reads before it as well; served reads are dropped. */
START_TEST(newest_token_confirms_all_reads_up_to_it_in_order)
{
    struct rct_node *n = leader("1 2 3", RC_READ_ONLY_SAFE);
    rct_read(n, "a");
    rct_propose(n, "x");
    rct_run(n);
    RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 2, .term = 1, .index = 2);
    rct_read(n, "b");
    rct_read(n, "c");
    ck_assert_uint_eq(n->node->core->read_queue.count, 3);
    confirm(n, 3, 2);
    ck_assert_str_eq(rct_reads(n), "1:a 2:b ");
    ck_assert_uint_eq(n->node->core->read_queue.count, 1);
    confirm(n, 3, 3);
    ck_assert_str_eq(rct_reads(n), "2:c ");
    ck_assert_uint_eq(n->node->core->read_queue.count, 0);
    ck_assert_uint_eq(n->node->core->read_queue.confirmed, 3);
    rct_node_free(n);
}
END_TEST

/* The context is the application's: the same twice is two reads, and what
 * confirms the first says nothing of the second. */
START_TEST(second_read_with_the_same_context_needs_its_own_confirmation)
{
    struct rct_node *n = leader("1 2 3", RC_READ_ONLY_SAFE);
    rct_read(n, "a");
    rct_run(n);
    rct_propose(n, "x");
    rct_run(n);
    RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 2, .term = 1, .index = 2);
    rct_read(n, "a");
    confirm(n, 2, 1);
    ck_assert_str_eq(rct_reads(n), "1:a ");
    confirm(n, 2, 1); /* late, and twice */
    confirm(n, 3, 1);
    ck_assert_str_eq(rct_reads(n), "");
    confirm(n, 3, 2);
    ck_assert_str_eq(rct_reads(n), "2:a ");
    rct_node_free(n);
}
END_TEST

/* Tokens count from the leader's election on: a response to it as the leader of
 * an earlier term has a lower term and is ignored. */
START_TEST(response_of_an_earlier_term_confirms_nothing)
{
    struct rct_node *n = leader("1 2 3", RC_READ_ONLY_SAFE);
    rct_read(n, "a");
    rct_run(n);
    RCT_STEP(n, .type = RC_MSG_HEARTBEAT, .from = 3, .term = 2);
    ck_assert_uint_eq(n->node->core->read_queue.count, 0); /* given up */
    rct_lead(n);
    ck_assert_uint_eq(n->node->core->term, 3);
    RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 2, .term = 3, .index = 2);
    rct_read(n, "b");
    struct rc_payload *token = read_token_encode(1);
    RCT_STEP(n, .type = RC_MSG_HEARTBEAT_RESP, .from = 2, .term = 1,
             .context = token);
    rc_payload_drop(token);
    ck_assert_str_eq(rct_reads(n), "");
    confirm(n, 2, 1);
    ck_assert_str_eq(rct_reads(n), "2:b ");
    rct_node_free(n);
}
END_TEST

/* Nor is what was confirmed to it then: places begin again. */
START_TEST(confirmation_of_an_earlier_term_is_forgotten)
{
    struct rct_node *n = leader("1 2 3 4 5", RC_READ_ONLY_SAFE);
    rct_read(n, "a");
    rct_read(n, "b");
    confirm(n, 2, 2);
    confirm(n, 3, 2);
    ck_assert_str_eq(rct_reads(n), "1:a 1:b ");
    RCT_STEP(n, .type = RC_MSG_HEARTBEAT, .from = 3, .term = 2);
    rct_lead(n);
    RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 2, .term = 3, .index = 2);
    RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 3, .term = 3, .index = 2);
    rct_read(n, "c");
    confirm(n, 4, 1);
    ck_assert_str_eq(rct_reads(n), "");
    confirm(n, 5, 1);
    ck_assert_str_eq(rct_reads(n), "2:c ");
    rct_node_free(n);
}
END_TEST

/* §14.11: what was never given out, or is too short. */
START_TEST(token_that_was_not_given_out_confirms_nothing)
{
    struct rct_node *n = leader("1 2 3", RC_READ_ONLY_SAFE);
    struct rc_payload *seven = rc_payload_of(rc_bytes_of("\1\0\0\0\0\0\0", 7));
    rct_read(n, "a");
    confirm(n, 2, 2);
    confirm(n, 2, UINT64_MAX);
    confirm(n, 2, 0);
    RCT_STEP(n, .type = RC_MSG_HEARTBEAT_RESP, .from = 2, .term = 1,
             .context = seven);
    ck_assert_str_eq(rct_reads(n), "");
    rct_read(n, "b");
    confirm(n, 3, 1); /* node 2 has not confirmed it in advance */
    ck_assert_str_eq(rct_reads(n), "1:a ");
    rc_payload_drop(seven);
    rct_node_free(n);
}
END_TEST

/* ---- A new leader --------------------------------------------------------*/

/* Paper §8: until an entry of its term is committed it does not know
 * what else is. */
START_TEST(read_at_a_new_leader_waits_for_its_first_commit)
{
    struct rct_node *n = RCT_NODE(1, "1 2 3");
    rct_lead(n);
    rct_read(n, "a");
    RCT_STEP(n, .type = RC_MSG_READ_INDEX, .from = 2,
             .entries = RCT_ENTRIES({.index = 0}));
    ck_assert_str_eq(rct_sends(n), "");
    ck_assert_uint_eq(n->node->core->pending_reads.count, 2);
    RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 2, .term = 1, .index = 1);
    ck_assert_uint_eq(n->node->core->pending_reads.count, 0);
    ck_assert_str_eq(rct_reads(n), "");
    confirm(n, 2, 2);
    ck_assert_str_eq(rct_reads(n), "1:a ");
    const struct rc_message *last = &n->outbox.at[n->outbox.count - 1];
    ck_assert_int_eq(last->type, RC_MSG_READ_INDEX_RESP);
    ck_assert_uint_eq(last->to, 2);
    ck_assert_uint_eq(last->index, 1);
    rct_node_free(n);
}
END_TEST

/* The commit index alone is not enough: it may be of an earlier term. */
START_TEST(commit_of_an_earlier_term_does_not_release_reads)
{
    struct rct_node *n = RCT_NODE_AT(1, 5, 1, "1 2 3");
    rct_lead(n);
    ck_assert_uint_eq(n->node->core->log.committed, 5);
    rct_read(n, "a");
    ck_assert_uint_eq(n->node->core->pending_reads.count, 1);
    RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 2, .term = 2, .index = 5);
    ck_assert_uint_eq(n->node->core->pending_reads.count, 1);
    RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 2, .term = 2, .index = 6);
    ck_assert_uint_eq(n->node->core->pending_reads.count, 0);
    confirm(n, 2, 1);
    ck_assert_str_eq(rct_reads(n), "6:a ");
    rct_node_free(n);
}
END_TEST

/* §14.15: they stay over changes of roles. */
START_TEST(waiting_reads_are_served_in_the_next_term_of_the_leader)
{
    struct rct_node *n = RCT_NODE(1, "1 2 3");
    rct_lead(n);
    rct_read(n, "a");
    RCT_STEP(n, .type = RC_MSG_HEARTBEAT, .from = 3, .term = 2);
    rct_lead(n);
    RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 2, .term = 3, .index = 2);
    confirm(n, 2, 1);
    ck_assert_str_eq(rct_reads(n), "2:a ");
    rct_node_free(n);
}
END_TEST

/* Of a lease, too: it is not asked, but it has to know. */
START_TEST(lease_based_read_waits_for_the_first_commit)
{
    struct rct_node *n = RCT_NODE(1, "1 2 3", .check_quorum = true,
                                  .read_only_option = RC_READ_ONLY_LEASE_BASED);
    rct_lead(n);
    rct_read(n, "a");
    ck_assert_str_eq(rct_reads(n), "");
    RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 2, .term = 1, .index = 1);
    ck_assert_str_eq(rct_reads(n), "1:a ");
    rct_node_free(n);
}
END_TEST

/* ---- A follower ----------------------------------------------------------*/

START_TEST(follower_passes_a_read_on_without_a_term)
{
    struct rct_node *n = RCT_NODE(1, "1 2 3");
    rct_read(n, "a"); /* no leader: it is lost */
    ck_assert_str_eq(rct_sends(n), "");
    RCT_STEP(n, .type = RC_MSG_HEARTBEAT, .from = 3, .term = 4);
    rct_sends(n);
    rct_read(n, "a");
    ck_assert_str_eq(rct_sends(n), "1->3 MsgReadIndex Term:0 Log:0/0 "
                                   "Entries:[0/0 EntryNormal \"a\"]\n");
    /* A node that takes another for the leader forwards it further; its
     * requester stays. */
    RCT_STEP(n, .type = RC_MSG_READ_INDEX, .from = 2,
             .entries = RCT_ENTRIES({.index = 0}));
    ck_assert_str_eq(rct_sends(n), "2->3 MsgReadIndex Term:0 Log:0/0 "
                                   "Entries:[0/0 EntryNormal \"\"]\n");
    rct_node_free(n);
}
END_TEST

START_TEST(read_response_to_a_follower_has_one_entry)
{
    struct rct_node *n = RCT_NODE(1, "1 2 3");
    struct rc_payload *context = rc_payload_of(rc_bytes_of_text("a"));
    struct rc_entry entries[] = {{.data = context}, {.data = context}};
    RCT_STEP(n, .type = RC_MSG_HEARTBEAT, .from = 3, .term = 1);
    for (size_t count = 0; count <= 2; count++) {
        RCT_STEP(n, .type = RC_MSG_READ_INDEX_RESP, .from = 3, .term = 1,
                 .index = 7, .entries = {NULL, entries, count});
        ck_assert_str_eq(rct_reads(n), count == 1 ? "7:a " : "");
    }
    rc_payload_drop(context);
    rct_node_free(n);
}
END_TEST

START_TEST(candidate_takes_no_reads)
{
    struct rct_node *n = RCT_NODE(1, "1 2 3");
    rc_rawnode_campaign(n->node);
    rct_sends(n);
    rct_read(n, "a");
    ck_assert_str_eq(rct_sends(n), "");
    ck_assert_uint_eq(n->node->core->pending_reads.count, 0);
    rct_node_free(n);
}
END_TEST

SUITE(raftcore_reads)
{
    Suite *suite = suite_create("raftcore_reads");
    TCase *tc = tcase_create("together");
    tcase_add_loop_test(tc,
                        read_index_is_what_was_committed_when_it_was_asked_for,
                        0, sizeof(clusters) / sizeof(clusters[0]));
    tcase_add_test(tc,
                   read_index_is_not_what_is_committed_when_it_is_confirmed);
    suite_add_tcase(suite, tc);

    tc = tcase_create("leader");
    tcase_add_test(tc, single_voter_serves_reads_at_once);
    tcase_add_test(tc, lease_based_read_is_served_at_once);
    tcase_add_test(tc, read_is_served_once_a_majority_confirms);
    tcase_add_test(tc, late_response_takes_no_confirmation_back);
    tcase_add_test(tc, own_read_that_comes_back_is_served_here);
    tcase_add_test(tc, learners_confirm_nothing);
    tcase_add_test(tc, both_majorities_of_a_joint_configuration_confirm);
    tcase_add_test(tc, newest_token_confirms_all_reads_up_to_it_in_order);
    tcase_add_test(
        tc, second_read_with_the_same_context_needs_its_own_confirmation);
    tcase_add_test(tc, response_of_an_earlier_term_confirms_nothing);
    tcase_add_test(tc, confirmation_of_an_earlier_term_is_forgotten);
    tcase_add_test(tc, token_that_was_not_given_out_confirms_nothing);
    suite_add_tcase(suite, tc);

    tc = tcase_create("new leader");
    tcase_add_test(tc, read_at_a_new_leader_waits_for_its_first_commit);
    tcase_add_test(tc, commit_of_an_earlier_term_does_not_release_reads);
    tcase_add_test(tc, waiting_reads_are_served_in_the_next_term_of_the_leader);
    tcase_add_test(tc, lease_based_read_waits_for_the_first_commit);
    suite_add_tcase(suite, tc);

    tc = tcase_create("follower");
    tcase_add_test(tc, follower_passes_a_read_on_without_a_term);
    tcase_add_test(tc, read_response_to_a_follower_has_one_entry);
    tcase_add_test(tc, candidate_takes_no_reads);
    suite_add_tcase(suite, tc);
    return suite;
}
