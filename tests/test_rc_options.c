/* test_rc_options.c - what a configuration may be, where this core does
 * otherwise than etcd's when asked to, and messages that no core sends.
 * Layer: tests. Specification of raftcore, sections 2.2, 11, 14. */
#include <string.h>

#include "tests/rc_node.h"
#include "tests/suites.h"

/* ---- Configurations (2.2) ------------------------------------------------*/

static struct core_config good_config(void)
{
    return (struct core_config){.id = 1,
                                .election_tick = 10,
                                .heartbeat_tick = 1,
                                .max_size_per_msg = 100,
                                .max_inflight_msgs = 1};
}

static void check_wrong(struct core_config config, struct memory_storage *ms,
                        const char *words)
{
    const char *wrong = NULL;
    if (ms) {
        config.storage = memory_storage_face(ms);
    }
    struct rawnode *node = rawnode_new(&config, &wrong);
    if (words) {
        ck_assert_ptr_null(node);
        ck_assert_str_eq(wrong, words);
    } else {
        ck_assert_ptr_null(wrong);
        rawnode_free(node);
    }
}

#define WRONG(words, ...)                                                      \
    {                                                                          \
        struct core_config c = good_config();                                  \
        __VA_ARGS__;                                                           \
        check_wrong(c, ms, words);                                             \
    }

START_TEST(wrong_configuration_is_told)
{
    struct memory_storage *ms = memory_storage_new();
    WRONG(NULL, (void)c);
    WRONG("cannot use none as id", c.id = 0);
    WRONG("cannot use local target as id", c.id = UINT64_MAX);
    WRONG("cannot use local target as id", c.id = UINT64_MAX - 1);
    WRONG("heartbeat tick must be greater than 0", c.heartbeat_tick = 0);
    WRONG("election tick must be greater than heartbeat tick",
          c.heartbeat_tick = 10);
    check_wrong(good_config(), NULL, "storage cannot be nil");
    WRONG("max inflight messages must be greater than 0",
          c.max_inflight_msgs = 0);
    WRONG("max inflight bytes must be >= max message size",
          c.max_inflight_bytes = 99);
    WRONG(NULL, c.max_inflight_bytes = 100);
    WRONG("CheckQuorum must be enabled when ReadOnlyOption is "
          "ReadOnlyLeaseBased",
          c.read_only_option = READ_ONLY_LEASE_BASED);
    WRONG(NULL, c.read_only_option = READ_ONLY_LEASE_BASED;
          c.check_quorum = true);
    /* The first that is wrong is told. */
    WRONG("cannot use none as id", c.id = 0; c.heartbeat_tick = 0;
          c.max_inflight_msgs = 0);
    memory_storage_free(ms);
}
END_TEST

START_TEST(defaults_are_set)
{
    struct core_config c = good_config();
    struct memory_storage *ms = memory_storage_new();
    c.storage = memory_storage_face(ms);
    ck_assert_ptr_null(core_config_check(&c));
    ck_assert_uint_eq(c.max_committed_size_per_ready, 100);
    ck_assert_uint_eq(c.max_uncommitted_entries_size, NO_LIMIT);
    ck_assert_uint_eq(c.max_inflight_bytes, NO_LIMIT);
    memory_storage_free(ms);
}
END_TEST

/* ---- report_refused_changes ----------------------------------------------*/

START_TEST(refused_change_can_be_an_error)
{
    struct rc_node *n = RC_NODE(1, "1 2", .report_refused_changes = true);
    struct core *core = n->node->core;
    rc_lead(n);
    RC_STEP(n, .type = MSG_APP_RESP, .from = 2, .term = 1, .index = 1);
    rc_sends(n);
    ck_assert_int_eq(rc_change(n, "", TRANSITION_AUTO, false),
                     CORE_CHANGE_REFUSED);
    ck_assert_int_eq(rc_change(n, "v3", TRANSITION_AUTO, true), CORE_OK);
    ck_assert_int_eq(rc_change(n, "v4", TRANSITION_AUTO, true),
                     CORE_CHANGE_REFUSED);
    ck_assert_uint_eq(raftlog_last_index(&core->log), 2);
    ck_assert_uint_eq(core->pending_conf_index, 2);
    rc_node_free(n);
}
END_TEST

/* All of a proposal or nothing of it: also the entries before. */
START_TEST(proposal_with_a_refused_change_leaves_no_trace)
{
    struct rc_node *n = RC_NODE(1, "1 2", .report_refused_changes = true);
    struct core *core = n->node->core;
    struct change change = {ADD_NODE, 3};
    struct conf_change cc = {.changes = &change, .count = 1};
    struct payload *data = conf_change_encode(&cc, ENTRY_CONF_CHANGE_V2);
    struct message m = {
        .type = MSG_PROP,
        .from = 2,
        .entries = RC_ENTRIES({.type = ENTRY_NORMAL, .data = data},
                              {.type = ENTRY_CONF_CHANGE_V2, .data = data},
                              {.type = ENTRY_CONF_CHANGE_V2})};
    rc_lead(n);
    RC_STEP(n, .type = MSG_APP_RESP, .from = 2, .term = 1, .index = 1);
    rc_sends(n);
    ck_assert_int_eq(rawnode_step(n->node, &m), CORE_CHANGE_REFUSED);
    ck_assert_uint_eq(raftlog_last_index(&core->log), 1);
    ck_assert_uint_eq(core->pending_conf_index, 0);
    ck_assert_uint_eq(core->uncommitted_size, 0);
    ck_assert_str_eq(rc_sends(n), "");
    ck_assert_int_eq(m.entries.at[2].type, ENTRY_CONF_CHANGE_V2); /* lent */
    payload_drop(data);
    rc_node_free(n);
}
END_TEST

/* ---- member_epochs -------------------------------------------------------*/

static void apply_words(struct rc_node *n, const char *words)
{
    struct conf_change cc = {.count = 0};
    struct text error = {NULL, 0, 0};
    ck_assert(conf_change_parse(words, &cc, &error));
    struct conf_state cs = rawnode_apply_conf_change(n->node, &cc);
    conf_state_release(&cs);
    conf_change_release(&cc);
}

/* Node 2 was a member, was removed, and is one again, in one term. */
static struct rc_node *readmitted(bool epochs, uint64_t index)
{
    struct rc_node *n =
        RC_NODE_AT(1, index, index > 0, "1 2 3", .member_epochs = epochs);
    rc_lead(n);
    apply_words(n, "r2");
    apply_words(n, "v2");
    rc_run(n);
    return n;
}

static uint64_t match_of_2(struct rc_node *n)
{
    return progress_map_get(&n->node->core->tracker.progress, 2)->match;
}

/* raft#349: what it said as a member before is not true of its new log. */
START_TEST(late_answer_of_an_earlier_membership_is_not_credited)
{
    for (int epochs = 0; epochs < 2; epochs++) {
        struct rc_node *n = readmitted(epochs, 0);
        RC_STEP(n, .type = MSG_APP_RESP, .from = 2, .term = 1, .index = 1);
        ck_assert_uint_eq(match_of_2(n), !epochs);
        ck_assert_uint_eq(n->node->core->log.committed, !epochs);
        rc_node_free(n);
    }
}
END_TEST

/* Who was no member before in this term needs no mark: others may run without
 * the option. */
START_TEST(newcomer_needs_no_mark)
{
    struct rc_node *n = readmitted(true, 0);
    apply_words(n, "v4");
    RC_STEP(n, .type = MSG_APP_RESP, .from = 4, .term = 1, .index = 1);
    ck_assert_str_eq(rc_progress(n, 4), "StateReplicate match=1 next=2");
    RC_STEP(n, .type = MSG_APP_RESP, .from = 3, .term = 1, .index = 1);
    ck_assert_str_eq(rc_progress(n, 3), "StateReplicate match=1 next=2");
    rc_node_free(n);
}
END_TEST

/* The mark goes with what is sent, and comes back. */
START_TEST(answer_with_the_mark_of_the_membership_is_credited)
{
    struct rc_node *n = readmitted(true, 0);
    struct rc_node *follower = RC_NODE(2, "1 2 3", .member_epochs = true);
    size_t arrived = 0;
    for (size_t i = 0; i < n->outbox.count; i++) {
        if (n->outbox.at[i].to == 2) {
            rawnode_step(follower->node, &n->outbox.at[i]);
            arrived++;
        }
    }
    ck_assert_uint_gt(arrived, 0);
    rc_run(follower);
    ck_assert_uint_gt(follower->outbox.count, 0);
    for (size_t i = 0; i < follower->outbox.count; i++) {
        rawnode_step(n->node, &follower->outbox.at[i]);
    }
    ck_assert_uint_eq(match_of_2(n), 1);
    /* In another term nothing of this one is heard: no mark is needed. */
    RC_STEP(n, .type = MSG_HEARTBEAT, .from = 3, .term = 2);
    rc_lead(n);
    RC_STEP(n, .type = MSG_APP_RESP, .from = 2, .term = 3, .index = 2);
    ck_assert_uint_eq(match_of_2(n), 2);
    rc_node_free(follower);
    rc_node_free(n);
}
END_TEST

/* A snapshot is acknowledged as entries are: so it has to bear the mark. */
START_TEST(snapshot_to_a_readmitted_member_bears_the_mark)
{
    struct rc_node *n = readmitted(true, 11);
    struct rc_node *follower = RC_NODE(2, "1 2 3", .member_epochs = true);
    for (int round = 0; round < 4; round++) {
        for (size_t i = 0; i < n->outbox.count; i++) {
            if (n->outbox.at[i].to == 2) {
                rawnode_step(follower->node, &n->outbox.at[i]);
            }
        }
        messages_clear(&n->outbox);
        rc_run(follower);
        for (size_t i = 0; i < follower->outbox.count; i++) {
            rawnode_step(n->node, &follower->outbox.at[i]);
        }
        messages_clear(&follower->outbox);
        rc_run(n);
    }
    ck_assert_uint_eq(follower->applied_index, 12);
    ck_assert_str_eq(rc_progress(n, 2), "StateReplicate match=12 next=13");
    rc_node_free(follower);
    rc_node_free(n);
}
END_TEST

/* ---- Messages that no core sends (14, item 11) ---------------------------*/

struct look {
    struct hard_state hs;
    struct soft_state ss;
    uint64_t last, pending;
    bool ready;
};

static struct look look_at(const struct rc_node *n)
{
    const struct core *core = n->node->core;
    return (struct look){core_hard_state(core), core_soft_state(core),
                         raftlog_last_index(&core->log),
                         core->pending_conf_index, rawnode_has_ready(n->node)};
}

/* Refused, with these words, and nothing has happened. */
static void refused(struct rc_node *n, struct message m, const char *why)
{
    struct look before = look_at(n);
    m.to = n->config.id;
    ck_assert_int_eq(rawnode_step(n->node, &m), CORE_MALFORMED);
    ck_assert_str_eq(rawnode_why(n->node), why);
    struct look after = look_at(n);
    ck_assert(hard_state_equal(before.hs, after.hs));
    ck_assert(soft_state_equal(before.ss, after.ss));
    ck_assert_uint_eq(before.last, after.last);
    ck_assert_uint_eq(before.pending, after.pending);
    ck_assert(before.ready == after.ready);
}
#define REFUSED(n, why, ...) refused(n, (struct message){__VA_ARGS__}, why)

/* A follower of node 2 in term 2: entries 1 to 3 of term 1, one committed. */
static struct rc_node *follower(bool keep_going)
{
    struct rc_node *n = RC_NODE(1, "1 2", .keep_going_after_loss = keep_going);
    struct message m = {.type = MSG_APP,
                        .to = 1,
                        .from = 2,
                        .term = 2,
                        .commit = 1,
                        .entries = RC_ENTRIES({.term = 1, .index = 1},
                                              {.term = 1, .index = 2},
                                              {.term = 1, .index = 3})};
    ck_assert_int_eq(rawnode_step(n->node, &m), CORE_OK);
    rc_sends(n);
    return n;
}

START_TEST(numbers_that_cannot_be_are_refused)
{
    static const char large[] = "a term or an index is too large";
    const uint64_t max = UINT64_MAX / 2;
    struct rc_node *n = follower(false);
    REFUSED(n, "its type is not known", .type = (enum message_type)99,
            .from = 2);
    REFUSED(n, "its type is not known", .type = (enum message_type)24,
            .from = 2);
    REFUSED(n, "its type is not known", .type = (enum message_type) - 1,
            .from = 2);
    REFUSED(n, large, .type = MSG_HEARTBEAT, .from = 2, .term = max + 1);
    REFUSED(n, large, .type = MSG_VOTE, .from = 2, .term = 3,
            .log_term = max + 1);
    REFUSED(n, large, .type = MSG_VOTE, .from = 2, .term = 3, .index = max + 1);
    REFUSED(n, large, .type = MSG_APP, .from = 2, .term = 3, .commit = max + 1);
    REFUSED(n, "the type of an entry is not known", .type = MSG_APP, .from = 2,
            .term = 3,
            .entries = RC_ENTRIES(
                {.term = 1, .index = 1, .type = (enum entry_type)3}));
    ck_assert_int_eq(RC_STEP(n, .type = MSG_VOTE, .from = 2, .term = max),
                     CORE_OK);
    rc_node_free(n);
}
END_TEST

START_TEST(entries_that_are_of_no_log_are_refused)
{
    static const char why[] = "its entries are not of one log";
    struct rc_node *n = follower(false);
    REFUSED(n, why, .type = MSG_APP, .from = 2, .term = 2, .index = 3,
            .log_term = 1, .entries = RC_ENTRIES({.term = 2, .index = 5}));
    REFUSED(n, why, .type = MSG_APP, .from = 2, .term = 2, .index = 3,
            .log_term = 1,
            .entries =
                RC_ENTRIES({.term = 2, .index = 4}, {.term = 2, .index = 4}));
    REFUSED(n, why, .type = MSG_APP, .from = 2, .term = 2, .index = 3,
            .log_term = 2, .entries = RC_ENTRIES({.term = 1, .index = 4}));
    REFUSED(n, why, .type = MSG_APP, .from = 2, .term = 2, .index = 3,
            .log_term = 1, .entries = RC_ENTRIES({.term = 3, .index = 4}));
    REFUSED(n, why, .type = MSG_APP, .from = 2, .term = 2, .index = 3,
            .log_term = 3);
    rc_node_free(n);
}
END_TEST

/* What is behind the commit index is not looked at, as it is not used. */
START_TEST(old_entries_are_answered_with_the_commit_index)
{
    struct rc_node *n = follower(false);
    ck_assert_int_eq(RC_STEP(n, .type = MSG_APP, .from = 2, .term = 2,
                             .entries = RC_ENTRIES({.term = 2, .index = 1},
                                                   {.term = 2, .index = 2})),
                     CORE_OK);
    ck_assert_str_eq(rc_sends(n), "1->2 MsgAppResp Term:2 Log:0/1\n");
    ck_assert_uint_eq(raftlog_last_index(&n->node->core->log), 3);
    rc_node_free(n);
}
END_TEST

START_TEST(snapshots_that_cannot_be_are_refused)
{
    static const char config[] = "its snapshot has no possible configuration";
    static const char entry[] = "its snapshot is of no possible entry";
    static const struct {
        uint64_t index, term;
        const char *members, *why;
    } rows[] = {
        {0, 0, "1 2", "it has no snapshot"},
        {UINT64_MAX / 2 + 1, 1, "1 2", entry},
        {11, 3, "1 2", entry},
        {11, 2, "1 2; 1", config},
        {11, 2, "1 0", config},
        {11, 2, "1 2; ; ; 2", config},
        {11, 2, "1 1", config},
    };
    struct rc_node *n = follower(false);
    REFUSED(n, "it has no snapshot", .type = MSG_SNAP, .from = 2, .term = 2);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct snapshot *snapshot =
            rc_snapshot(rows[i].index, rows[i].term, rows[i].members);
        REFUSED(n, rows[i].why, .type = MSG_SNAP, .from = 2, .term = 2,
                .snapshot = snapshot);
        snapshot_drop(snapshot);
    }
    /* What is committed is not taken over, so it is not looked at. */
    struct snapshot *old = rc_snapshot(1, 1, "1 2; 1");
    ck_assert_int_eq(
        RC_STEP(n, .type = MSG_SNAP, .from = 2, .term = 2, .snapshot = old),
        CORE_OK);
    ck_assert_str_eq(rc_sends(n), "1->2 MsgAppResp Term:2 Log:0/1\n");
    snapshot_drop(old);
    rc_node_free(n);
}
END_TEST

START_TEST(proposals_that_cannot_be_are_refused)
{
    static const char why[] =
        "it has a configuration change that cannot be read";
    struct rc_node *n = RC_NODE(1, "1");
    rc_lead(n);
    REFUSED(n, "it has no entry", .type = MSG_PROP, .from = 2);
    struct payload *cut = payload_of(bytes_of("\x0a\x05\x01", 3));
    struct payload *unknown = payload_of(bytes_of("\x10\x09\x18\x02", 4));
    REFUSED(n, why, .type = MSG_PROP, .from = 2,
            .entries = RC_ENTRIES({.type = ENTRY_NORMAL, .data = cut},
                                  {.type = ENTRY_CONF_CHANGE_V2, .data = cut}));
    REFUSED(n, why, .type = MSG_PROP, .from = 2,
            .entries = RC_ENTRIES({.type = ENTRY_CONF_CHANGE, .data = cut}));
    REFUSED(n, why, .type = MSG_PROP, .from = 2,
            .entries =
                RC_ENTRIES({.type = ENTRY_CONF_CHANGE, .data = unknown}));
    ck_assert_int_eq(
        RC_STEP(n, .type = MSG_PROP, .from = 2,
                .entries = RC_ENTRIES({.type = ENTRY_NORMAL, .data = cut})),
        CORE_OK);
    payload_drop(cut);
    payload_drop(unknown);
    rc_node_free(n);
}
END_TEST

/* It would be committed, and is not there. */
START_TEST(acknowledgement_of_what_was_not_sent_is_refused)
{
    static const char why[] = "it acknowledges what was not sent";
    struct rc_node *n = RC_NODE(1, "1 2");
    rc_lead(n);
    REFUSED(n, why, .type = MSG_APP_RESP, .from = 2, .term = 1, .index = 2);
    REFUSED(n, why, .type = MSG_APP_RESP, .from = 2, .term = 0, .index = 2);
    REFUSED(n, why, .type = MSG_APP_RESP, .from = 2, .term = 1, .index = 2,
            .reject = true);
    ck_assert_int_eq(
        RC_STEP(n, .type = MSG_APP_RESP, .from = 2, .term = 1, .index = 1),
        CORE_OK);
    /* Others do not look at it. */
    ck_assert_int_eq(
        RC_STEP(n, .type = MSG_APP_RESP, .from = 2, .term = 2, .index = 9),
        CORE_OK);
    ck_assert_int_eq(n->node->core->state, FOLLOWER);
    rc_node_free(n);
}
END_TEST

/* A hint may be anything: it only makes the next one smaller. */
START_TEST(rejection_with_any_hint_is_harmless)
{
    static const uint64_t hints[] = {0, 5, UINT64_MAX - 1, UINT64_MAX};
    for (int i = 0; i < 8; i++) {
        struct rc_node *n = RC_NODE(1, "1 2");
        rc_lead(n);
        ck_assert_int_eq(RC_STEP(n, .type = MSG_APP_RESP, .from = 2, .term = 1,
                                 .reject = true, .reject_hint = hints[i / 2],
                                 .log_term = (uint64_t)i % 2),
                         CORE_OK);
        ck_assert_str_eq(rc_progress(n, 2), "StateProbe match=0 next=1 paused");
        rc_node_free(n);
    }
}
END_TEST

/* A vote names its term (5.4); the answer would be of none. */
START_TEST(requests_for_votes_of_no_term_are_refused)
{
    static const char why[] = "it asks for a vote in no term";
    struct rc_node *n = follower(false);
    REFUSED(n, why, .type = MSG_VOTE, .from = 2, .index = 9, .log_term = 9);
    REFUSED(n, why, .type = MSG_PRE_VOTE, .from = 2, .index = 9, .log_term = 9);
    rc_node_free(n);
    n = RC_NODE(1, "1 2");
    REFUSED(n, why, .type = MSG_VOTE, .from = 2);
    rc_node_free(n);
}
END_TEST

/* A node that has not been in any term, but has a log, as after a restore
 * from elsewhere, cannot say in what term it refuses: it says nothing. */
START_TEST(pre_vote_is_not_refused_in_no_term)
{
    struct rc_node *n = RC_NODE_AT(1, 11, 1, "1 2");
    memory_storage_set_hard_state(n->ms, (struct hard_state){0, 0, 0});
    rc_restart(n);
    ck_assert_uint_eq(n->node->core->term, 0);
    ck_assert_int_eq(RC_STEP(n, .type = MSG_PRE_VOTE, .from = 2, .term = 1),
                     CORE_OK);
    ck_assert_str_eq(rc_sends(n), "");
    RC_STEP(n, .type = MSG_PRE_VOTE, .from = 2, .term = 1, .index = 11,
            .log_term = 1);
    ck_assert_str_eq(rc_sends(n), "1->2 MsgPreVoteResp Term:1 Log:0/0\n");
    rc_node_free(n);
}
END_TEST

START_TEST(reads_without_one_entry_are_refused)
{
    static const char why[] = "it has not one entry";
    struct rc_node *n = RC_NODE(1, "1");
    rc_lead(n);
    REFUSED(n, why, .type = MSG_READ_INDEX, .from = 2);
    REFUSED(n, why, .type = MSG_READ_INDEX, .from = 2,
            .entries = RC_ENTRIES({.index = 0}, {.index = 0}));
    rc_node_free(n);
}
END_TEST

/* 5.5: of a lower term nothing is looked at. */
START_TEST(what_is_not_heard_is_not_looked_at)
{
    struct rc_node *n = follower(false);
    ck_assert_int_eq(RC_STEP(n, .type = MSG_SNAP, .from = 2, .term = 1),
                     CORE_OK);
    ck_assert_int_eq(
        RC_STEP(n, .type = MSG_APP, .from = 2, .term = 1, .log_term = 7),
        CORE_OK);
    ck_assert(!rawnode_has_ready(n->node));
    rc_node_free(n);
}
END_TEST

/* ---- keep_going_after_loss -----------------------------------------------*/

/* raft#139: this log was shorter before it was saved, or it was not saved. */
START_TEST(commit_index_behind_the_log_can_be_an_error)
{
    struct rc_node *n = follower(true);
    REFUSED(n, "what it says is committed was lost here", .type = MSG_HEARTBEAT,
            .from = 2, .term = 2, .commit = 4);
    ck_assert_int_eq(
        RC_STEP(n, .type = MSG_HEARTBEAT, .from = 2, .term = 2, .commit = 3),
        CORE_OK);
    ck_assert_uint_eq(n->node->core->log.committed, 3);
    rc_node_free(n);
}
END_TEST

START_TEST(commit_index_behind_the_log_is_else_a_broken_invariant)
{
    struct rc_node *n = follower(false);
    RC_FATAL(
        RC_STEP(n, .type = MSG_HEARTBEAT, .from = 2, .term = 2, .commit = 4),
        "tocommit(4) is out of range [lastIndex(3)]. Was the raft log "
        "corrupted, truncated, or lost?");
    rc_node_free(n);
}
END_TEST

/* 4.4, maybeAppend: with entries it is only as far as they reach. */
START_TEST(commit_index_of_entries_is_bounded_by_them)
{
    struct rc_node *n = follower(false);
    RC_STEP(n, .type = MSG_APP, .from = 2, .term = 2, .index = 2, .log_term = 1,
            .commit = 9);
    ck_assert_uint_eq(n->node->core->log.committed, 2);
    rc_node_free(n);
}
END_TEST

Suite *suite_rc_options(void)
{
    Suite *suite = suite_create("rc_options");
    TCase *tc = tcase_create("configuration");
    tcase_add_test(tc, wrong_configuration_is_told);
    tcase_add_test(tc, defaults_are_set);
    suite_add_tcase(suite, tc);

    tc = tcase_create("otherwise");
    tcase_add_test(tc, refused_change_can_be_an_error);
    tcase_add_test(tc, proposal_with_a_refused_change_leaves_no_trace);
    tcase_add_test(tc, late_answer_of_an_earlier_membership_is_not_credited);
    tcase_add_test(tc, newcomer_needs_no_mark);
    tcase_add_test(tc, answer_with_the_mark_of_the_membership_is_credited);
    tcase_add_test(tc, snapshot_to_a_readmitted_member_bears_the_mark);
    tcase_add_test(tc, commit_index_behind_the_log_can_be_an_error);
    tcase_add_test(tc, commit_index_behind_the_log_is_else_a_broken_invariant);
    suite_add_tcase(suite, tc);

    tc = tcase_create("messages");
    tcase_add_test(tc, numbers_that_cannot_be_are_refused);
    tcase_add_test(tc, entries_that_are_of_no_log_are_refused);
    tcase_add_test(tc, old_entries_are_answered_with_the_commit_index);
    tcase_add_test(tc, snapshots_that_cannot_be_are_refused);
    tcase_add_test(tc, proposals_that_cannot_be_are_refused);
    tcase_add_test(tc, acknowledgement_of_what_was_not_sent_is_refused);
    tcase_add_test(tc, rejection_with_any_hint_is_harmless);
    tcase_add_test(tc, requests_for_votes_of_no_term_are_refused);
    tcase_add_test(tc, pre_vote_is_not_refused_in_no_term);
    tcase_add_test(tc, reads_without_one_entry_are_refused);
    tcase_add_test(tc, what_is_not_heard_is_not_looked_at);
    tcase_add_test(tc, commit_index_of_entries_is_bounded_by_them);
    suite_add_tcase(suite, tc);
    return suite;
}
