/* test_input.c - messages that no core sends: each is rejected, and no message
 * from the network breaks an invariant.
 * Layer: tests. docs/raftcore-spec.md §2.5 and §14.11. */
#include "base/random.h"
#include "tests/support/rc_node.h"
#include "tests/support/suites.h"

/* ---- Messages that no core sends (§14.11) ---------------------------*/

struct look {
    struct rc_hard_state hs;
    struct rc_soft_state ss;
    uint64_t last, pending;
    bool ready;
};

static struct look look_at(const struct rct_node *n)
{
    const struct core *core = n->node->core;
    return (struct look){core_hard_state(core), core_soft_state(core),
                         raftlog_last_index(&core->log),
                         core->pending_conf_index,
                         rc_rawnode_has_ready(n->node)};
}

/* Refused, with these words, and nothing has happened. */
static void refused(struct rct_node *n, struct rc_message m, const char *why)
{
    struct look before = look_at(n);
    m.to = n->config.id;
    ck_assert_int_eq(rc_rawnode_step(n->node, &m), RC_MALFORMED);
    ck_assert_str_eq(rc_rawnode_why(n->node), why);
    struct look after = look_at(n);
    ck_assert(rc_hard_state_equal(before.hs, after.hs));
    ck_assert(rc_soft_state_equal(before.ss, after.ss));
    ck_assert_uint_eq(before.last, after.last);
    ck_assert_uint_eq(before.pending, after.pending);
    ck_assert(before.ready == after.ready);
}
#define REFUSED(n, why, ...) refused(n, (struct rc_message){__VA_ARGS__}, why)

/* A follower of node 2 in term 2: entries 1 to 3 of term 1, one committed. */
static struct rct_node *follower(bool keep_going)
{
    struct rct_node *n =
        RCT_NODE(1, "1 2", .keep_going_after_loss = keep_going);
    struct rc_message m = {.type = RC_MSG_APP,
                           .to = 1,
                           .from = 2,
                           .term = 2,
                           .commit = 1,
                           .entries = RCT_ENTRIES({.term = 1, .index = 1},
                                                  {.term = 1, .index = 2},
                                                  {.term = 1, .index = 3})};
    ck_assert_int_eq(rc_rawnode_step(n->node, &m), RC_OK);
    rct_sends(n);
    return n;
}

START_TEST(numbers_that_cannot_be_are_refused)
{
    static const char large[] = "a term or an index is too large";
    const uint64_t max = UINT64_MAX / 2;
    struct rct_node *n = follower(false);
    REFUSED(n, "its type is not known", .type = (enum rc_message_type)99,
            .from = 2);
    REFUSED(n, "its type is not known", .type = (enum rc_message_type)24,
            .from = 2);
    REFUSED(n, "its type is not known", .type = (enum rc_message_type) - 1,
            .from = 2);
    REFUSED(n, large, .type = RC_MSG_HEARTBEAT, .from = 2, .term = max + 1);
    REFUSED(n, large, .type = RC_MSG_VOTE, .from = 2, .term = 3,
            .log_term = max + 1);
    REFUSED(n, large, .type = RC_MSG_VOTE, .from = 2, .term = 3,
            .index = max + 1);
    REFUSED(n, large, .type = RC_MSG_APP, .from = 2, .term = 3,
            .commit = max + 1);
    REFUSED(n, "the type of an entry is not known", .type = RC_MSG_APP,
            .from = 2, .term = 3,
            .entries = RCT_ENTRIES(
                {.term = 1, .index = 1, .type = (enum rc_entry_type)3}));
    ck_assert_int_eq(RCT_STEP(n, .type = RC_MSG_VOTE, .from = 2, .term = max),
                     RC_OK);
    rct_node_free(n);
}
END_TEST

START_TEST(entries_that_are_of_no_log_are_refused)
{
    static const char why[] = "its entries are not of one log";
    struct rct_node *n = follower(false);
    REFUSED(n, why, .type = RC_MSG_APP, .from = 2, .term = 2, .index = 3,
            .log_term = 1, .entries = RCT_ENTRIES({.term = 2, .index = 5}));
    REFUSED(n, why, .type = RC_MSG_APP, .from = 2, .term = 2, .index = 3,
            .log_term = 1,
            .entries =
                RCT_ENTRIES({.term = 2, .index = 4}, {.term = 2, .index = 4}));
    REFUSED(n, why, .type = RC_MSG_APP, .from = 2, .term = 2, .index = 3,
            .log_term = 2, .entries = RCT_ENTRIES({.term = 1, .index = 4}));
    REFUSED(n, why, .type = RC_MSG_APP, .from = 2, .term = 2, .index = 3,
            .log_term = 1, .entries = RCT_ENTRIES({.term = 3, .index = 4}));
    REFUSED(n, why, .type = RC_MSG_APP, .from = 2, .term = 2, .index = 3,
            .log_term = 3);
    rct_node_free(n);
}
END_TEST

/* What is behind the commit index is not looked at, as it is not used. */
START_TEST(old_entries_are_acknowledged_with_the_commit_index)
{
    struct rct_node *n = follower(false);
    ck_assert_int_eq(RCT_STEP(n, .type = RC_MSG_APP, .from = 2, .term = 2,
                              .entries = RCT_ENTRIES({.term = 2, .index = 1},
                                                     {.term = 2, .index = 2})),
                     RC_OK);
    ck_assert_str_eq(rct_sends(n), "1->2 MsgAppResp Term:2 Log:0/1\n");
    ck_assert_uint_eq(raftlog_last_index(&n->node->core->log), 3);
    rct_node_free(n);
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
        {UINT64_MAX / 4 + 1, 1, "1 2", entry},
        {11, 3, "1 2", entry},
        {11, 2, "1 2; 1", config},
        {11, 2, "1 0", config},
        {11, 2, "1 2; ; ; 2", config},
        {11, 2, "1 1", config},
    };
    struct rct_node *n = follower(false);
    REFUSED(n, "it has no snapshot", .type = RC_MSG_SNAP, .from = 2, .term = 2);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct rc_snapshot *snapshot =
            rct_snapshot(rows[i].index, rows[i].term, rows[i].members);
        REFUSED(n, rows[i].why, .type = RC_MSG_SNAP, .from = 2, .term = 2,
                .snapshot = snapshot);
        rc_snapshot_drop(snapshot);
    }
    /* What is committed is not taken over, so it is not looked at. */
    struct rc_snapshot *old = rct_snapshot(1, 1, "1 2; 1");
    ck_assert_int_eq(
        RCT_STEP(n, .type = RC_MSG_SNAP, .from = 2, .term = 2, .snapshot = old),
        RC_OK);
    ck_assert_str_eq(rct_sends(n), "1->2 MsgAppResp Term:2 Log:0/1\n");
    rc_snapshot_drop(old);
    rct_node_free(n);
}
END_TEST

START_TEST(proposals_that_cannot_be_are_refused)
{
    static const char why[] =
        "it has a configuration change that cannot be read";
    struct rct_node *n = RCT_NODE(1, "1");
    rct_lead(n);
    REFUSED(n, "it has no entry", .type = RC_MSG_PROP, .from = 2);
    struct rc_payload *cut = rc_payload_of(rc_bytes_of("\x0a\x05\x01", 3));
    struct rc_payload *unknown =
        rc_payload_of(rc_bytes_of("\x10\x09\x18\x02", 4));
    REFUSED(n, why, .type = RC_MSG_PROP, .from = 2,
            .entries =
                RCT_ENTRIES({.type = RC_ENTRY_NORMAL, .data = cut},
                            {.type = RC_ENTRY_CONF_CHANGE_V2, .data = cut}));
    REFUSED(n, why, .type = RC_MSG_PROP, .from = 2,
            .entries =
                RCT_ENTRIES({.type = RC_ENTRY_CONF_CHANGE, .data = cut}));
    REFUSED(n, why, .type = RC_MSG_PROP, .from = 2,
            .entries =
                RCT_ENTRIES({.type = RC_ENTRY_CONF_CHANGE, .data = unknown}));
    ck_assert_int_eq(RCT_STEP(n, .type = RC_MSG_PROP, .from = 2,
                              .entries = RCT_ENTRIES(
                                  {.type = RC_ENTRY_NORMAL, .data = cut})),
                     RC_OK);
    rc_payload_drop(cut);
    rc_payload_drop(unknown);
    rct_node_free(n);
}
END_TEST

/* It would be committed, and is not there. */
START_TEST(acknowledgement_of_what_was_not_sent_is_refused)
{
    static const char why[] = "it acknowledges what was not sent";
    struct rct_node *n = RCT_NODE(1, "1 2");
    rct_lead(n);
    REFUSED(n, why, .type = RC_MSG_APP_RESP, .from = 2, .term = 1, .index = 2);
    REFUSED(n, "it has no term or no sender", .type = RC_MSG_APP_RESP,
            .from = 2, .term = 0, .index = 2);
    REFUSED(n, "it has no term or no sender", .type = RC_MSG_HEARTBEAT,
            .term = 1);
    REFUSED(n, why, .type = RC_MSG_APP_RESP, .from = 2, .term = 1, .index = 2,
            .reject = true);
    ck_assert_int_eq(
        RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 2, .term = 1, .index = 1),
        RC_OK);
    /* Others do not look at it. */
    ck_assert_int_eq(
        RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 2, .term = 2, .index = 9),
        RC_OK);
    ck_assert_int_eq(n->node->core->state, RC_FOLLOWER);
    rct_node_free(n);
}
END_TEST

/* A hint may be anything: it only makes the next one smaller. */
START_TEST(rejection_with_any_hint_is_harmless)
{
    static const uint64_t hints[] = {0, 5, UINT64_MAX - 1, UINT64_MAX};
    for (int i = 0; i < 8; i++) {
        struct rct_node *n = RCT_NODE(1, "1 2");
        rct_lead(n);
        ck_assert_int_eq(RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = 2,
                                  .term = 1, .reject = true,
                                  .reject_hint = hints[i / 2],
                                  .log_term = (uint64_t)i % 2),
                         RC_OK);
        ck_assert_str_eq(rct_progress(n, 2),
                         "StateProbe match=0 next=1 paused");
        rct_node_free(n);
    }
}
END_TEST

/* A vote carries a term (§5.4); the response would have none. */
START_TEST(requests_for_votes_of_no_term_are_refused)
{
    static const char why[] = "it has no term or no sender";
    struct rct_node *n = follower(false);
    REFUSED(n, why, .type = RC_MSG_VOTE, .from = 2, .index = 9, .log_term = 9);
    REFUSED(n, why, .type = RC_MSG_PRE_VOTE, .from = 2, .index = 9,
            .log_term = 9);
    rct_node_free(n);
    n = RCT_NODE(1, "1 2");
    REFUSED(n, why, .type = RC_MSG_VOTE, .from = 2);
    rct_node_free(n);
}
END_TEST

/* A node that has not been in any term, but has a log, as after a restore
 * from elsewhere, cannot say in what term it refuses: it says nothing. */
START_TEST(pre_vote_is_not_refused_in_no_term)
{
    struct rct_node *n = RCT_NODE_AT(1, 11, 1, "1 2");
    rc_memory_storage_set_hard_state(n->ms, (struct rc_hard_state){0, 0, 0});
    rct_restart(n);
    ck_assert_uint_eq(n->node->core->term, 0);
    ck_assert_int_eq(RCT_STEP(n, .type = RC_MSG_PRE_VOTE, .from = 2, .term = 1),
                     RC_OK);
    ck_assert_str_eq(rct_sends(n), "");
    RCT_STEP(n, .type = RC_MSG_PRE_VOTE, .from = 2, .term = 1, .index = 11,
             .log_term = 1);
    ck_assert_str_eq(rct_sends(n), "1->2 MsgPreVoteResp Term:1 Log:0/0\n");
    rct_node_free(n);
}
END_TEST

/* The same id twice in a cluster, or a message that went astray. */
START_TEST(messages_that_only_others_send_are_refused_from_itself)
{
    static const char why[] =
        "it is from this node, which does not say that to itself";
    struct rct_node *n = follower(false);
    REFUSED(n, why, .type = RC_MSG_APP, .from = 1, .term = 3);
    REFUSED(n, why, .type = RC_MSG_HEARTBEAT, .from = 1, .term = 2);
    REFUSED(n, why, .type = RC_MSG_SNAP, .from = 1, .term = 2);
    rct_lead(n);
    rct_propose(n, "x");
    REFUSED(n, why, .type = RC_MSG_HEARTBEAT_RESP, .from = 1, .term = 3);
    REFUSED(n, why, .type = RC_MSG_APP_RESP, .from = 1, .term = 3, .index = 5,
            .reject = true);
    rct_node_free(n);
}
END_TEST

/* §2.5 (4): terms never decrease; a candidate would follow it there. */
START_TEST(leaders_of_no_term_are_refused)
{
    static const char why[] = "it has no term or no sender";
    struct rct_node *n = RCT_NODE(1, "1 2");
    rc_rawnode_campaign(n->node);
    REFUSED(n, why, .type = RC_MSG_APP, .from = 2);
    REFUSED(n, why, .type = RC_MSG_HEARTBEAT, .from = 2);
    REFUSED(n, why, .type = RC_MSG_SNAP, .from = 2);
    rct_node_free(n);
}
END_TEST

START_TEST(reads_without_one_entry_are_refused)
{
    static const char why[] = "it has not one entry";
    struct rct_node *n = RCT_NODE(1, "1");
    rct_lead(n);
    REFUSED(n, why, .type = RC_MSG_READ_INDEX, .from = 2);
    REFUSED(n, why, .type = RC_MSG_READ_INDEX, .from = 2,
            .entries = RCT_ENTRIES({.index = 0}, {.index = 0}));
    rct_node_free(n);
}
END_TEST

/* §5.5: of a lower term nothing is looked at. */
START_TEST(messages_of_lower_terms_are_not_validated)
{
    struct rct_node *n = follower(false);
    ck_assert_int_eq(RCT_STEP(n, .type = RC_MSG_SNAP, .from = 2, .term = 1),
                     RC_OK);
    ck_assert_int_eq(
        RCT_STEP(n, .type = RC_MSG_APP, .from = 2, .term = 1, .log_term = 7),
        RC_OK);
    ck_assert(!rc_rawnode_has_ready(n->node));
    rct_node_free(n);
}
END_TEST

/* ---- keep_going_after_loss -----------------------------------------------*/

/* raft#139: this log was shorter before it was saved, or it was not saved. */
START_TEST(commit_index_behind_the_log_can_be_an_error)
{
    struct rct_node *n = follower(true);
    REFUSED(n, "what it says is committed was lost here",
            .type = RC_MSG_HEARTBEAT, .from = 2, .term = 2, .commit = 4);
    ck_assert_int_eq(RCT_STEP(n, .type = RC_MSG_HEARTBEAT, .from = 2, .term = 2,
                              .commit = 3),
                     RC_OK);
    ck_assert_uint_eq(n->node->core->log.committed, 3);
    rct_node_free(n);
}
END_TEST

START_TEST(commit_index_behind_the_log_is_else_a_broken_invariant)
{
    struct rct_node *n = follower(false);
    RCT_FATAL(RCT_STEP(n, .type = RC_MSG_HEARTBEAT, .from = 2, .term = 2,
                       .commit = 4),
              "tocommit(4) is out of range [lastIndex(3)]. Was the raft log "
              "corrupted, truncated, or lost?");
    rct_node_free(n);
}
END_TEST

/* §4.4, maybeAppend: with entries it is only as far as they reach. */
START_TEST(commit_index_of_entries_is_bounded_by_them)
{
    struct rct_node *n = follower(false);
    RCT_STEP(n, .type = RC_MSG_APP, .from = 2, .term = 2, .index = 2,
             .log_term = 1, .commit = 9);
    ck_assert_uint_eq(n->node->core->log.committed, 2);
    rct_node_free(n);
}
END_TEST

/* ---- Anything -------------------------------------------------------------
 * Messages of random content, near to what could be right, between ticks,
 * proposals, crashes and Readies. Each ends with an error or is taken; none
 * breaks an invariant. Keys are fixed: a failure comes again. */

enum { STEPS = 3000, KEYS = 40 };

struct source {
    uint64_t key, number;
};

static uint64_t draw(struct source *from, uint64_t bound)
{
    return random_below(random_at(from->key, from->number++), bound);
}

/* Mostly close to a number that means something, rarely anything. */
static uint64_t near(struct source *from, uint64_t center)
{
    static const uint64_t odd[] = {0, 1, UINT64_MAX, UINT64_MAX / 2,
                                   UINT64_MAX / 2 + 1};
    if (draw(from, 20) == 0) {
        return odd[draw(from, 5)];
    }
    uint64_t shift = draw(from, 5);
    return center + shift < 2 ? 0 : center + shift - 2;
}

/* Terms do not run away: then all would be of a lower one. */
static uint64_t some_term(struct source *from, const struct core *core)
{
    return draw(from, 6) == 0 ? near(from, core->term) % 1000 : core->term;
}

static struct rc_payload *some_bytes(struct source *from)
{
    struct rc_payload *payload = rc_payload_new(draw(from, 12));
    for (size_t i = 0; i < payload->size; i++) {
        payload->bytes[i] =
            (uint8_t)(draw(from, 2) ? draw(from, 4) : draw(from, 256));
    }
    return payload;
}

static struct rc_snapshot *some_snapshot(struct source *from,
                                         const struct core *core)
{
    static const char *const members[] = {"1 2 3", "2 3; 1", "1 2; ; 1 3",
                                          "2 3",   "",       "1 2; 2"};
    struct rc_snapshot *snapshot =
        rct_snapshot(near(from, core->log.committed + 1), some_term(from, core),
                     members[draw(from, 6)]);
    return snapshot;
}

static void add_entries(struct source *from, struct rc_message *m,
                        const struct core *core, struct rc_entry *at)
{
    m->entries.at = at;
    m->entries.count = draw(from, 4);
    for (size_t i = 0; i < m->entries.count; i++) {
        bool right = draw(from, 8) > 0;
        at[i] = (struct rc_entry){
            .term = right ? m->term : some_term(from, core),
            .index = right ? m->index + 1 + i : near(from, m->index),
            .data = draw(from, 2) ? some_bytes(from) : NULL,
            .type = draw(from, 8) ? RC_ENTRY_NORMAL
                                  : (enum rc_entry_type)draw(from, 4),
        };
    }
}

static void step_something(struct source *from, struct rct_node *n)
{
    struct core *core = n->node->core;
    struct rc_entry at[4];
    uint64_t last = raftlog_last_index(&core->log);
    struct rc_message m = {
        .type = (enum rc_message_type)draw(from, RC_MESSAGE_TYPE_COUNT + 1),
        .to = 1,
        .from = draw(from, 5),
        .term = some_term(from, core),
        .index = near(from, draw(from, 2) ? last : core->log.committed),
        .commit = near(from, core->log.committed),
        .reject = draw(from, 3) == 0,
        .reject_hint = near(from, last),
    };
    if (raftlog_term(&core->log, m.index, &m.log_term) != RC_OK ||
        draw(from, 5) == 0) {
        m.log_term = some_term(from, core);
    }
    add_entries(from, &m, core, at);
    m.context = draw(from, 2) ? some_bytes(from) : NULL;
    m.snapshot = m.type == RC_MSG_SNAP || draw(from, 10) == 0
                     ? some_snapshot(from, core)
                     : NULL;
    (void)rc_rawnode_step(n->node, &m);
    for (size_t i = 0; i < m.entries.count; i++) {
        rc_payload_drop(at[i].data);
    }
    rc_payload_drop(m.context);
    rc_snapshot_drop(m.snapshot);
}

/* True: it started again, and may have lost what it had not saved. */
static bool do_something(struct source *from, struct rct_node *n)
{
    bool restarts = false;
    switch (draw(from, 30)) {
    case 0:
        rc_rawnode_campaign(n->node);
        break;
    case 1:
        rct_propose(n, "x");
        break;
    case 2:
        rct_change(n, "l7", RC_TRANSITION_AUTO, draw(from, 2));
        break;
    case 3:
        rct_read(n, "r");
        break;
    case 4:
        rc_rawnode_transfer_leader(n->node, draw(from, 5));
        break;
    case 5:
        rc_rawnode_report_snapshot(n->node, draw(from, 5), draw(from, 2));
        break;
    case 6:
        rc_rawnode_report_unreachable(n->node, draw(from, 5));
        break;
    case 7:
        rc_rawnode_tick(n->node);
        break;
    case 8:
        restarts = draw(from, 10) == 0;
        if (restarts) {
            rct_restart(n);
        }
        break;
    default:
        step_something(from, n);
        break;
    }
    if (draw(from, 3) == 0) {
        rct_run(n);
        rc_messages_clear(&n->outbox);
        rc_read_states_clear(&n->reads);
    }
    return restarts;
}

/* §2.5 (1, 4), within one life. */
START_TEST(no_message_breaks_an_invariant)
{
    struct source from = {random_key_text((uint64_t)_i, "rct_input"), 0};
    struct rct_node *n = RCT_NODE(
        1, "1 2 3", .async_storage_writes = draw(&from, 2),
        .check_quorum = true, .pre_vote = draw(&from, 2),
        .read_only_option = (enum rc_read_only_option)draw(&from, 2),
        .max_size_per_msg = 40, .max_committed_size_per_ready = 40,
        .max_inflight_msgs = 3, .max_uncommitted_entries_size = 100,
        .step_down_on_removal = draw(&from, 2),
        .report_refused_changes = draw(&from, 2),
        .member_epochs = draw(&from, 2), .keep_going_after_loss = true);
    n->keeps_changes = true;
    for (int i = 0; i < STEPS; i++) {
        struct rc_basic_status before = rc_rawnode_basic_status(n->node);
        bool restarted = do_something(&from, n);
        const struct core *core = n->node->core;
        if (!restarted) {
            ck_assert_uint_ge(core->term, before.hard_state.term);
            ck_assert_uint_ge(core->log.committed, before.hard_state.commit);
        }
        ck_assert_uint_le(core->log.applied, core->log.applying);
        ck_assert_uint_le(core->log.applying, core->log.committed);
        ck_assert_uint_le(core->log.committed, raftlog_last_index(&core->log));
    }
    rct_node_free(n);
}
END_TEST

SUITE(raftcore_input)
{
    Suite *suite = suite_create("raftcore_input");
    TCase *tc = tcase_create("messages");
    tcase_add_test(tc, numbers_that_cannot_be_are_refused);
    tcase_add_test(tc, entries_that_are_of_no_log_are_refused);
    tcase_add_test(tc, old_entries_are_acknowledged_with_the_commit_index);
    tcase_add_test(tc, snapshots_that_cannot_be_are_refused);
    tcase_add_test(tc, proposals_that_cannot_be_are_refused);
    tcase_add_test(tc, acknowledgement_of_what_was_not_sent_is_refused);
    tcase_add_test(tc, rejection_with_any_hint_is_harmless);
    tcase_add_test(tc, requests_for_votes_of_no_term_are_refused);
    tcase_add_test(tc, pre_vote_is_not_refused_in_no_term);
    tcase_add_test(tc, messages_that_only_others_send_are_refused_from_itself);
    tcase_add_test(tc, leaders_of_no_term_are_refused);
    tcase_add_test(tc, reads_without_one_entry_are_refused);
    tcase_add_test(tc, messages_of_lower_terms_are_not_validated);
    tcase_add_test(tc, commit_index_of_entries_is_bounded_by_them);
    tcase_add_test(tc, commit_index_behind_the_log_can_be_an_error);
    tcase_add_test(tc, commit_index_behind_the_log_is_else_a_broken_invariant);
    suite_add_tcase(suite, tc);

    tc = tcase_create("random");
    tcase_add_loop_test(tc, no_message_breaks_an_invariant, 0, KEYS);
    suite_add_tcase(suite, tc);
    return suite;
}
