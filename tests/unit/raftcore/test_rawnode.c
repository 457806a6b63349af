/* test_rawnode.c - what a node asks its application to do, and what it says
 * of itself.
 * Layer: tests. docs/raftcore-spec.md §2.4, §5.1, §6, §7. */
#include "raftcore/describe.h"
#include "tests/support/rc_node.h"
#include "tests/support/suites.h"

/* ---- Stepping ------------------------------------------------------------*/

static bool is_one_of(int type, const int *types, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (types[i] == type) {
            return true;
        }
    }
    return false;
}

/* §1.2 and §7.1: by the numbers of the types. */
START_TEST(local_messages_and_responses_of_non_members_are_refused)
{
    static const int local[] = {0, 1, 10, 11, 12, 19, 20, 21, 22};
    static const int response[] = {4, 6, 9, 10, 16, 18, 20, 22};
    struct rct_node *n = RCT_NODE(1, "1 2");
    enum rc_error error = RCT_STEP(n, .type = (enum rc_message_type)_i,
                                   .from = 7, .term = 0, .index = 1);
    if (is_one_of(_i, local, 9)) {
        ck_assert_int_eq(error, RC_STEP_LOCAL);
    } else if (is_one_of(_i, response, 8)) {
        ck_assert_int_eq(error, RC_STEP_PEER_NOT_FOUND);
    } else {
        ck_assert_int_ne(error, RC_STEP_LOCAL);
        ck_assert_int_ne(error, RC_STEP_PEER_NOT_FOUND);
        rct_node_free(n);
        return;
    }
    ck_assert(!rc_rawnode_has_ready(n->node));
    rct_node_free(n);
}
END_TEST

/* §7.1: messages of its own threads are local, and processed. */
START_TEST(messages_of_the_own_threads_are_processed)
{
    struct rct_node *n = RCT_NODE(1, "1", .async_storage_writes = true);
    rc_rawnode_campaign(n->node);
    rct_handle(n);
    rct_write_one(n);
    ck_assert_int_eq(n->node->core->state, RC_LEADER);
    rct_handle(n);
    ck_assert_uint_eq(n->node->core->log.unstable.entries.count, 1);
    ck_assert_int_eq(RCT_STEP(n, .type = RC_MSG_STORAGE_APPEND_RESP,
                              .from = RC_APPEND_THREAD, .term = 1, .index = 1,
                              .log_term = 1),
                     RC_OK);
    ck_assert_uint_eq(n->node->core->log.unstable.entries.count, 0);
    rct_node_free(n);
}
END_TEST

/* ---- Starting ------------------------------------------------------------*/

/* §7.1, Bootstrap, and every Ready of a cluster of one. */
START_TEST(first_start_is_as_if_the_members_had_been_agreed_upon)
{
    struct rct_node *n = RCT_NODE(1, "");
    struct rc_peer self = {1, rc_bytes_of_text("here")};
    ck_assert_int_eq(rc_rawnode_bootstrap(n->node, &self, 0), RC_NO_PEERS);
    ck_assert(!rc_rawnode_has_ready(n->node));
    ck_assert_int_eq(rc_rawnode_bootstrap(n->node, &self, 1), RC_OK);
    ck_assert_uint_eq(rc_rawnode_basic_status(n->node).applied, 0);
    ck_assert_str_eq(rct_config(n), "voters=(1)"); /* it could campaign now */
    static const char *const readies[] = {
        "Ready MustSync=true:\n"
        "HardState Term:1 Commit:1\n"
        "Entries:\n1/1 EntryConfChange v1\n"
        "CommittedEntries:\n1/1 EntryConfChange v1\n",
        "Ready MustSync=true:\n"
        "Lead:0 State:StateCandidate\n"
        "HardState Term:2 Vote:1 Commit:1\n",
        "Ready MustSync=true:\n"
        "Lead:1 State:StateLeader\n"
        "Entries:\n2/2 EntryNormal \"\"\n",
        "Ready MustSync=false:\n"
        "HardState Term:2 Vote:1 Commit:2\n"
        "CommittedEntries:\n2/2 EntryNormal \"\"\n",
        "Ready MustSync=true:\n"
        "Entries:\n2/3 EntryNormal \"x\"\n",
        "Ready MustSync=false:\n"
        "HardState Term:2 Vote:1 Commit:3\n"
        "CommittedEntries:\n2/3 EntryNormal \"x\"\n",
    };
    for (int i = 0; i < 6; i++) {
        if (i == 1) {
            rc_rawnode_campaign(n->node);
        } else if (i == 4) {
            ck_assert_int_eq(rct_propose(n, "x"), RC_OK);
        }
        ck_assert(rc_rawnode_has_ready(n->node));
        rct_handle(n);
        ck_assert_str_eq(rct_ready_text(n), readies[i]);
        ck_assert_int_eq(rc_rawnode_has_ready(n->node),
                         i == 1 || i == 2 || i == 4);
    }
    ck_assert_int_eq(rc_rawnode_bootstrap(n->node, &self, 1), RC_NOT_EMPTY);
    rct_node_free(n);
}
END_TEST

START_TEST(each_member_of_a_first_start_is_an_entry_with_its_context)
{
    struct rct_node *n = RCT_NODE(2, "");
    struct rc_peer peers[] = {{1, rc_bytes_of_text("a")},
                              {2, rc_bytes_of_text("b")},
                              {12, rc_bytes_of_text("c")}};
    ck_assert_int_eq(rc_rawnode_bootstrap(n->node, peers, 3), RC_OK);
    rct_run(n);
    ck_assert_uint_eq(n->applied.count, 3);
    for (size_t i = 0; i < 3; i++) {
        struct rc_conf_change cc;
        ck_assert_int_eq(rc_conf_change_decode(&n->applied.at[i], &cc), RC_OK);
        ck_assert_uint_eq(cc.changes[0].node, peers[i].id);
        ck_assert(
            rc_bytes_equal(rc_payload_bytes(cc.context), peers[i].context));
        rc_conf_change_release(&cc);
    }
    ck_assert_str_eq(rct_config(n), "voters=(1 2 c)");
    rct_node_free(n);
}
END_TEST

/* §5.1: committed entries are handed out again, and nothing else. */
static const struct {
    uint64_t snapshot;
    uint64_t commit;
    const char *ready;
} starts[] = {
    {0, 1, "Ready MustSync=false:\nCommittedEntries:\n1/1 EntryNormal \"a\"\n"},
    {0, 2,
     "Ready MustSync=false:\nCommittedEntries:\n1/1 EntryNormal \"a\"\n"
     "1/2 EntryNormal \"a\"\n"},
    {2, 3, "Ready MustSync=false:\nCommittedEntries:\n1/3 EntryNormal \"a\"\n"},
    {2, 2, NULL},
};

static void store(struct rct_node *n, uint64_t from, size_t count,
                  uint64_t term)
{
    struct rc_payload *data = rc_payload_of(rc_bytes_of_text("a"));
    for (size_t i = 0; i < count; i++) {
        struct rc_entry entry = {.term = term, .index = from + i, .data = data};
        rc_memory_storage_append(n->ms, &(struct rc_entries){NULL, &entry, 1});
    }
    rc_payload_drop(data);
}

START_TEST(restart_hands_out_what_is_committed)
{
    struct rct_node *n =
        RCT_NODE_AT(1, starts[_i].snapshot, starts[_i].snapshot > 0, "1 2");
    store(n, starts[_i].snapshot + 1, 2, 1);
    rc_memory_storage_set_hard_state(
        n->ms, (struct rc_hard_state){1, RC_NO_NODE, starts[_i].commit});
    rct_restart(n);
    ck_assert_int_eq(rc_rawnode_has_ready(n->node), starts[_i].ready != NULL);
    if (starts[_i].ready) {
        rct_handle(n);
        ck_assert_str_eq(rct_ready_text(n), starts[_i].ready);
    }
    ck_assert(!rc_rawnode_has_ready(n->node));
    ck_assert_uint_eq(n->node->core->term, 1);
    rct_node_free(n);
}
END_TEST

/* Config.Applied: entries that the application has are not handed out again. */
START_TEST(restart_hands_out_nothing_that_was_applied)
{
    struct rct_node *n = RCT_NODE(1, "1 2");
    store(n, 1, 3, 1);
    rc_memory_storage_set_hard_state(n->ms,
                                     (struct rc_hard_state){1, RC_NO_NODE, 3});
    n->applied_index = 2;
    rct_restart(n);
    ck_assert_uint_eq(rc_rawnode_basic_status(n->node).applied, 2);
    rct_handle(n);
    ck_assert_str_eq(
        rct_ready_text(n),
        "Ready MustSync=false:\nCommittedEntries:\n1/3 EntryNormal \"a\"\n");
    rct_restart(n);
    ck_assert(!rc_rawnode_has_ready(n->node));
    rct_node_free(n);
}
END_TEST

/* §5.1: the log must hold what is said to be committed. */
START_TEST(restart_without_committed_entries_is_a_broken_invariant)
{
    struct rct_node *n = RCT_NODE(10, "10 2");
    store(n, 1, 1, 1);
    rc_memory_storage_set_hard_state(n->ms,
                                     (struct rc_hard_state){1, RC_NO_NODE, 2});
    RCT_FATAL(rct_restart(n), "a state.commit 2 is out of range [0, 1]");
    rct_node_free(n);
}
END_TEST

/* Figure 2: the vote is saved, too. */
START_TEST(restart_remembers_term_and_vote)
{
    struct rct_node *n = RCT_NODE(1, "1 2 3");
    RCT_STEP(n, .type = RC_MSG_VOTE, .from = 2, .term = 5);
    rct_run(n);
    rct_restart(n);
    ck_assert_uint_eq(n->node->core->term, 5);
    RCT_STEP(n, .type = RC_MSG_VOTE, .from = 3, .term = 5);
    ck_assert_str_eq(rct_sends(n),
                     "1->3 MsgVoteResp Term:5 Log:0/0 Rejected (Hint: 0)\n");
    RCT_STEP(n, .type = RC_MSG_VOTE, .from = 2, .term = 5);
    ck_assert_str_eq(rct_sends(n), "1->2 MsgVoteResp Term:5 Log:0/0\n");
    rct_node_free(n);
}
END_TEST

/* ---- Ready ---------------------------------------------------------------*/

/* §6.1: MustSync is true for what others will rely on. */
START_TEST(only_entries_terms_and_votes_have_to_be_written_at_once)
{
    struct rct_node *n = RCT_NODE(1, "1 2 3");
    RCT_STEP(n, .type = RC_MSG_HEARTBEAT, .from = 2, .term = 1);
    ck_assert(rct_handle(n)->must_sync); /* term */
    RCT_STEP(n, .type = RC_MSG_APP, .from = 2, .term = 1,
             .entries = RCT_ENTRIES({.term = 1, .index = 1}));
    ck_assert(rct_handle(n)->must_sync); /* entries */
    RCT_STEP(n, .type = RC_MSG_HEARTBEAT, .from = 2, .term = 1, .commit = 1);
    const struct rc_ready *ready = rct_handle(n);
    ck_assert(!ready->must_sync); /* commit */
    ck_assert_uint_eq(ready->hard_state.commit, 1);
    struct rc_snapshot *snapshot = rct_snapshot(9, 1, "1 2 3");
    RCT_STEP(n, .type = RC_MSG_SNAP, .from = 2, .term = 1,
             .snapshot = snapshot);
    rc_snapshot_drop(snapshot);
    ready = rct_handle(n);
    ck_assert(!ready->must_sync); /* snapshot */
    ck_assert_ptr_nonnull(ready->snapshot);
    RCT_STEP(n, .type = RC_MSG_VOTE, .from = 2, .term = 2); /* of no log */
    ck_assert(rct_handle(n)->must_sync);                    /* term again */
    RCT_STEP(n, .type = RC_MSG_VOTE, .from = 3, .term = 2, .index = 9,
             .log_term = 1);
    ready = rct_handle(n);
    ck_assert(ready->must_sync); /* vote */
    ck_assert_uint_eq(ready->hard_state.vote, 3);
    rct_node_free(n);
}
END_TEST

/* §6.2: what happens between a Ready and its end is in the next. */
START_TEST(messages_between_ready_and_advance_are_not_lost)
{
    struct rct_node *n = RCT_NODE(1, "1 2");
    struct rc_ready ready = {.has_soft_state = false};
    rct_lead(n);
    rct_propose(n, "x");
    rc_rawnode_ready(n->node, &ready);
    ck_assert_uint_eq(ready.entries.count, 1);
    ck_assert_uint_eq(ready.entries.at[0].index, 2);
    rc_rawnode_tick(n->node);
    rct_propose(n, "y");
    rc_memory_storage_append(n->ms, &ready.entries);
    rc_rawnode_advance(n->node);
    ck_assert_uint_eq(n->node->core->log.unstable.entries.count, 1);
    rc_rawnode_ready(n->node, &ready);
    ck_assert_uint_eq(ready.entries.count, 1);
    ck_assert_uint_eq(ready.entries.at[0].index, 3);
    ck_assert_uint_eq(ready.messages.count, 1);
    ck_assert_int_eq(ready.messages.at[0].type, RC_MSG_HEARTBEAT);
    rc_memory_storage_append(n->ms, &ready.entries);
    rc_rawnode_advance(n->node);
    ck_assert(!rc_rawnode_has_ready(n->node));
    rc_ready_release(&ready);
    rct_node_free(n);
}
END_TEST

/* §6.2, the two ways to get it wrong. */
START_TEST(second_ready_without_advance_is_a_broken_invariant)
{
    struct rct_node *n = RCT_NODE(1, "1");
    struct rc_ready ready = {.has_soft_state = false};
    rc_rawnode_campaign(n->node);
    rc_rawnode_ready(n->node, &ready);
    RCT_FATAL(rc_rawnode_ready(n->node, &ready),
              "two accepted Ready structs without call to Advance");
    rc_ready_release(&ready);
    rct_node_free(n);
}
END_TEST

START_TEST(advance_with_asynchronous_writes_is_a_broken_invariant)
{
    struct rct_node *n = RCT_NODE(1, "1", .async_storage_writes = true);
    RCT_FATAL(rc_rawnode_advance(n->node),
              "Advance must not be called when using AsyncStorageWrites");
    rct_node_free(n);
}
END_TEST

START_TEST(read_is_handed_out_once)
{
    struct rct_node *n = RCT_NODE(1, "1");
    rct_lead(n);
    rct_read(n, "ctx");
    ck_assert(rc_rawnode_has_ready(n->node));
    rct_handle(n);
    ck_assert_str_eq(rct_ready_text(n), "Ready MustSync=false:\n"
                                        "ReadStates [{1 [99 116 120]}]\n");
    ck_assert(!rc_rawnode_has_ready(n->node));
    rct_node_free(n);
}
END_TEST

/* §6.3, ABA: what was written under an older term is not taken for what took
 * its place, though index and term of an entry are the same. */
START_TEST(write_of_an_older_term_does_not_make_entries_stable)
{
    struct rct_node *n = RCT_NODE(1, "1 2 3", .async_storage_writes = true);
    struct unstable *unstable = &n->node->core->log.unstable;
    RCT_STEP(n, .type = RC_MSG_APP, .from = 2, .term = 1,
             .entries = RCT_ENTRIES({.term = 1, .index = 1}));
    rct_handle(n); /* written later */
    RCT_STEP(n, .type = RC_MSG_APP, .from = 3, .term = 2,
             .entries = RCT_ENTRIES({.term = 2, .index = 1}));
    rct_handle(n);
    RCT_STEP(n, .type = RC_MSG_APP, .from = 2, .term = 3,
             .entries = RCT_ENTRIES({.term = 1, .index = 1}));
    rct_handle(n);
    ck_assert_uint_eq(n->append_work.count, 3);
    rct_write_one(n);
    rct_write_one(n);
    ck_assert_uint_eq(unstable->entries.count, 1);
    ck_assert_uint_eq(unstable->offset, 1);
    rct_write_one(n);
    ck_assert_uint_eq(unstable->entries.count, 0);
    ck_assert_uint_eq(unstable->offset, 2);
    rct_node_free(n);
}
END_TEST

/* §6.3: in asynchronous mode only what is saved is applied. */
START_TEST(unsaved_entries_are_applied_only_with_synchronous_writes)
{
    for (int async = 0; async < 2; async++) {
        struct rct_node *n =
            RCT_NODE(1, "1 2 3", .async_storage_writes = async);
        RCT_STEP(n, .type = RC_MSG_APP, .from = 2, .term = 1, .commit = 1,
                 .entries = RCT_ENTRIES({.term = 1, .index = 1}));
        ck_assert_uint_eq(rct_handle(n)->committed_entries.count, !async);
        rct_run(n);
        ck_assert_uint_eq(n->applied_index, 1);
        rct_node_free(n);
    }
}
END_TEST

/* ---- Status --------------------------------------------------------------*/

START_TEST(states_are_equal_if_all_of_them_is)
{
    struct rc_soft_state ss = {1, RC_LEADER};
    ck_assert(rc_soft_state_equal(ss, (struct rc_soft_state){1, RC_LEADER}));
    ck_assert(!rc_soft_state_equal(ss, (struct rc_soft_state){2, RC_LEADER}));
    ck_assert(!rc_soft_state_equal(ss, (struct rc_soft_state){1, RC_FOLLOWER}));
    struct rc_hard_state hs = {1, 2, 3};
    ck_assert(rc_hard_state_equal(hs, (struct rc_hard_state){1, 2, 3}));
    ck_assert(!rc_hard_state_equal(hs, (struct rc_hard_state){0, 2, 3}));
    ck_assert(!rc_hard_state_equal(hs, (struct rc_hard_state){1, 0, 3}));
    ck_assert(!rc_hard_state_equal(hs, (struct rc_hard_state){1, 2, 0}));
    ck_assert(rc_hard_state_empty((struct rc_hard_state){0, 0, 0}));
    ck_assert(!rc_hard_state_empty((struct rc_hard_state){0, 0, 3}));
}
END_TEST

static void check_json(struct rct_node *n, const char *expected)
{
    struct rc_text text = {NULL, 0, 0};
    struct rc_status status = rc_rawnode_status(n->node);
    rc_status_json(&status, &text);
    ck_assert_str_eq(rc_text_of(&text), expected);
    rc_text_release(&text);
    rc_status_release(&status);
}

/* §7.3: ids in hexadecimal, progress of a leader only. */
START_TEST(status_shows_the_state_and_the_progress_a_leader_sees)
{
    struct rct_node *n = RCT_NODE(10, "2 10; 31");
    check_json(n, "{\"id\":\"a\",\"term\":0,\"vote\":\"0\",\"commit\":0,"
                  "\"lead\":\"0\",\"raftState\":\"StateFollower\","
                  "\"applied\":0,\"progress\":{},\"leadtransferee\":\"0\"}");
    rct_lead(n);
    RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 2, .term = 1, .index = 1);
    rct_run(n);
    rc_rawnode_transfer_leader(n->node, 2);
    check_json(n, "{\"id\":\"a\",\"term\":1,\"vote\":\"a\",\"commit\":1,"
                  "\"lead\":\"a\",\"raftState\":\"StateLeader\","
                  "\"applied\":1,\"progress\":{"
                  "\"2\":{\"match\":1,\"next\":2,\"state\":\"StateReplicate\"},"
                  "\"a\":{\"match\":1,\"next\":2,\"state\":\"StateReplicate\"},"
                  "\"1f\":{\"match\":0,\"next\":1,\"state\":\"StateProbe\"}},"
                  "\"leadtransferee\":\"2\"}");
    rct_node_free(n);
}
END_TEST

static void collect(void *context, const struct rc_progress *progress)
{
    rc_ids_append(context, progress->id);
}

/* §3.2: a status is a copy, without auto_leave. */
START_TEST(status_is_a_copy)
{
    struct rct_node *n = RCT_NODE(1, "1; ; 1 3; 3 auto");
    struct rc_ids visited = {NULL, 0, 0};
    rc_rawnode_campaign(n->node);
    struct rc_status status = rc_rawnode_status(n->node);
    ck_assert(!status.config.auto_leave);
    ck_assert(n->node->core->tracker.config.auto_leave);
    ck_assert_uint_eq(status.config.voters.outgoing.count, 2);
    ck_assert_uint_eq(status.config.learners_next.count, 1);
    rc_rawnode_with_progress(n->node, collect, &visited);
    ck_assert_uint_eq(visited.count, 2);
    ck_assert_uint_eq(visited.at[0], 1);
    ck_assert_uint_eq(visited.at[1], 3);
    rc_ids_release(&visited);
    rc_status_release(&status);
    rct_node_free(n);
}
END_TEST

/* ---- Other events --------------------------------------------------------*/

/* §5.8, MsgForgetLeader: it may vote for another then. */
START_TEST(follower_that_forgets_its_leader_may_vote)
{
    struct rct_node *n = RCT_NODE(1, "1 2 3");
    RCT_STEP(n, .type = RC_MSG_HEARTBEAT, .from = 2, .term = 1);
    rc_rawnode_forget_leader(n->node);
    rct_run(n);
    ck_assert_uint_eq(rc_rawnode_basic_status(n->node).soft_state.lead,
                      RC_NO_NODE);
    ck_assert_uint_eq(n->node->core->term, 1);
    ck_assert_int_eq(rct_propose(n, "x"), RC_PROPOSAL_DROPPED);
    rct_node_free(n);
}
END_TEST

/* One message for several entries, and one write. */
START_TEST(entries_can_be_proposed_together)
{
    struct rct_node *n = RCT_NODE(1, "1 2");
    struct rc_entries three =
        RCT_ENTRIES({.index = 0}, {.index = 0}, {.index = 0});
    ck_assert_int_eq(rc_rawnode_propose_entries(n->node, &three),
                     RC_PROPOSAL_DROPPED);
    rct_lead(n);
    RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 2, .term = 1, .index = 1);
    rct_sends(n);
    ck_assert_int_eq(rc_rawnode_propose_entries(n->node, &three), RC_OK);
    rct_handle(n);
    ck_assert_uint_eq(n->ready.entries.count, 3);
    ck_assert_uint_eq(n->outbox.count, 1);
    ck_assert_uint_eq(n->outbox.at[0].entries.count, 3);
    ck_assert_uint_eq(n->outbox.at[0].entries.at[2].index, 4);
    rct_node_free(n);
}
END_TEST

/* §5.8, MsgUnreachable: from the last that was acknowledged on. */
START_TEST(member_that_was_not_reached_is_probed)
{
    struct rct_node *n = RCT_NODE(1, "1 2");
    rct_lead(n);
    RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 2, .term = 1, .index = 1);
    rct_propose(n, "x");
    ck_assert_str_eq(rct_progress(n, 2),
                     "StateReplicate match=1 next=3 inflight=1");
    rc_rawnode_report_unreachable(n->node, 2);
    ck_assert_str_eq(rct_progress(n, 2), "StateProbe match=1 next=2");
    rc_rawnode_report_unreachable(n->node, 7); /* not a member */
    rct_node_free(n);
}
END_TEST

/* §7.1: time passes, and a group at rest stays at rest. */
START_TEST(quiesced_ticks_only_count)
{
    struct rct_node *n = RCT_NODE(1, "1 2 3");
    for (int i = 0; i < 100; i++) {
        rc_rawnode_tick_quiesced(n->node);
    }
    ck_assert(!rc_rawnode_has_ready(n->node));
    ck_assert_int_eq(n->node->core->election_elapsed, 100);
    rc_rawnode_tick(n->node);
    ck_assert_int_eq(n->node->core->state, RC_CANDIDATE);
    rct_node_free(n);
}
END_TEST

static uint64_t always_three(void *self, uint64_t bound)
{
    ck_assert_uint_eq(bound, 10);
    ++*(int *)self;
    return 3;
}

/* §5.3: [T, 2T-1], drawn by whoever the application names. */
START_TEST(timeout_is_drawn_by_the_hook)
{
    int draws = 0;
    struct rct_node *n =
        RCT_NODE(1, "1 2 3", .random = always_three, .random_self = &draws);
    ck_assert_int_gt(draws, 0);
    rct_tick(n, 12);
    ck_assert_int_eq(n->node->core->state, RC_FOLLOWER);
    rct_tick(n, 1);
    ck_assert_int_eq(n->node->core->state, RC_CANDIDATE);
    rct_node_free(n);
}
END_TEST

SUITE(raftcore_rawnode)
{
    Suite *suite = suite_create("raftcore_rawnode");
    TCase *tc = tcase_create("stepping");
    tcase_add_loop_test(tc,
                        local_messages_and_responses_of_non_members_are_refused,
                        0, RC_MESSAGE_TYPE_COUNT);
    tcase_add_test(tc, messages_of_the_own_threads_are_processed);
    tcase_add_test(tc, follower_that_forgets_its_leader_may_vote);
    tcase_add_test(tc, entries_can_be_proposed_together);
    tcase_add_test(tc, member_that_was_not_reached_is_probed);
    tcase_add_test(tc, quiesced_ticks_only_count);
    tcase_add_test(tc, timeout_is_drawn_by_the_hook);
    suite_add_tcase(suite, tc);

    tc = tcase_create("starting");
    tcase_add_test(tc, first_start_is_as_if_the_members_had_been_agreed_upon);
    tcase_add_test(tc,
                   each_member_of_a_first_start_is_an_entry_with_its_context);
    tcase_add_loop_test(tc, restart_hands_out_what_is_committed, 0,
                        sizeof(starts) / sizeof(starts[0]));
    tcase_add_test(tc, restart_hands_out_nothing_that_was_applied);
    tcase_add_test(tc, restart_without_committed_entries_is_a_broken_invariant);
    tcase_add_test(tc, restart_remembers_term_and_vote);
    suite_add_tcase(suite, tc);

    tc = tcase_create("ready");
    tcase_add_test(tc, only_entries_terms_and_votes_have_to_be_written_at_once);
    tcase_add_test(tc, messages_between_ready_and_advance_are_not_lost);
    tcase_add_test(tc, second_ready_without_advance_is_a_broken_invariant);
    tcase_add_test(tc, advance_with_asynchronous_writes_is_a_broken_invariant);
    tcase_add_test(tc, read_is_handed_out_once);
    tcase_add_test(tc, write_of_an_older_term_does_not_make_entries_stable);
    tcase_add_test(tc,
                   unsaved_entries_are_applied_only_with_synchronous_writes);
    suite_add_tcase(suite, tc);

    tc = tcase_create("status");
    tcase_add_test(tc, states_are_equal_if_all_of_them_is);
    tcase_add_test(tc, status_shows_the_state_and_the_progress_a_leader_sees);
    tcase_add_test(tc, status_is_a_copy);
    suite_add_tcase(suite, tc);
    return suite;
}
