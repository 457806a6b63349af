/* test_flow.c - how much a leader sends to a member, and when it pauses.
 * Layer: tests. docs/raftcore-spec.md §3.4, §3.5, §5.11. */
#include <check.h>
#include <string.h>

#include "tests/support/rc_network.h"
#include "tests/support/suites.h"

/* Node 1 leads nodes 2 .. voters. Its messages so far are lost; it probes with
 * the entry of its term. */
#define LEADER_OF(count, ...)                                                  \
    elected(NETWORK(.voters = (count), .alone = true, __VA_ARGS__))

static struct network *elected(struct network *net)
{
    network_step(net, 1, (struct rc_message){.type = RC_MSG_HUP, .from = 1});
    for (uint64_t id = 2; id <= net->count; id++) {
        network_step(net, 1,
                     (struct rc_message){.type = RC_MSG_VOTE_RESP,
                                         .from = id,
                                         .term = net->at[1].core->term});
    }
    ck_assert_int_eq(net->at[1].core->state, RC_LEADER);
    network_clear(net);
    return net;
}

static struct rc_progress *of_2(const struct network *net)
{
    return network_progress(net, 1, 2);
}

/* A response of node 2. */
static void answer(struct network *net, struct rc_message m)
{
    m.from = 2;
    m.term = net->at[1].core->term;
    network_step(net, 1, m);
}
#define acknowledge(net, at)                                                   \
    answer((net), (struct rc_message){.type = RC_MSG_APP_RESP, .index = (at)})
#define refuse(net, at, hint, term_there)                                      \
    answer((net), (struct rc_message){.type = RC_MSG_APP_RESP,                 \
                                      .index = (at),                           \
                                      .reject = true,                          \
                                      .reject_hint = (hint),                   \
                                      .log_term = (term_there)})
#define live(net)                                                              \
    answer((net), (struct rc_message){.type = RC_MSG_HEARTBEAT_RESP})

static void propose(struct network *net, size_t size)
{
    char data[1024];
    ck_assert_uint_le(size, sizeof(data));
    memset(data, 'x', sizeof(data));
    ck_assert_int_eq(
        rc_rawnode_propose(net->at[1].node, rc_bytes_of(data, size)), RC_OK);
    network_settle(net, 1);
}

/* Node 2 has said that it has everything: entries are sent as they come. */
static void replicate(struct network *net)
{
    acknowledge(net, raftlog_last_index(&net->at[1].core->log));
    ck_assert_int_eq(of_2(net)->state, RC_PROGRESS_REPLICATE);
    network_clear(net);
}

static size_t appends(const struct network *net)
{
    return network_sent_count(net, RC_MSG_APP);
}

/* ---- What the leader knows -----------------------------------------------*/

/* §5.2, §5.4: it knows of itself what it has saved, not what it has only
 * appended. */
START_TEST(leader_counts_its_own_entries_once_they_are_saved)
{
    struct network *net = LEADER_OF(1, .logs = {"11"});
    struct rc_progress *own = network_progress(net, 1, 1);
    ck_assert_int_eq(own->state, RC_PROGRESS_REPLICATE);
    ck_assert(own->recent_active);
    ck_assert_uint_eq(own->match, 3);
    for (uint64_t last = 4; last <= 6; last++) {
        ck_assert_int_eq(
            rc_rawnode_propose(net->at[1].node, rc_bytes_of_text("data")),
            RC_OK);
        ck_assert_uint_eq(own->match, last - 1);
        ck_assert_uint_eq(net->at[1].core->log.committed, last - 1);
        network_settle(net, 1);
        ck_assert_uint_eq(own->match, last);
        ck_assert_uint_eq(own->next, last + 1);
        ck_assert_uint_eq(net->at[1].core->log.committed, last);
    }
    network_free(net);
}
END_TEST

/* §5.2: what a member had in an earlier term may be replaced since. */
START_TEST(new_leader_knows_nothing_of_the_others)
{
    struct network *net = LEADER_OF(2, .logs = {"11"});
    replicate(net);
    ck_assert_uint_eq(of_2(net)->match, 3);
    network_step(
        net, 1,
        (struct rc_message){.type = RC_MSG_HEARTBEAT, .from = 2, .term = 3});
    elected(net);
    ck_assert_uint_eq(of_2(net)->match, 0);
    ck_assert_uint_eq(of_2(net)->next, 4);
    ck_assert_int_eq(of_2(net)->state, RC_PROGRESS_PROBE);
    ck_assert(rc_progress_paused(of_2(net)));
    ck_assert_uint_eq(net->at[1].core->log.committed, 3);
    network_free(net);
}
END_TEST

/* §5.2: nothing of what a leader counted and waited for outlasts it. */
START_TEST(end_of_a_leader_ends_what_it_waited_for)
{
    struct network *net =
        LEADER_OF(2, .logs = {"11"}, .config.max_inflight_msgs = 2);
    struct core *core = net->at[1].core;
    replicate(net);
    propose(net, 10);
    propose(net, 10);
    network_step(
        net, 1, (struct rc_message){.type = RC_MSG_TRANSFER_LEADER, .from = 2});
    ck_assert_uint_eq(of_2(net)->inflights.count, 2);
    ck_assert(of_2(net)->flow_paused);
    ck_assert_uint_eq(of_2(net)->sent_commit, 3);
    ck_assert_uint_eq(core->lead_transferee, 2);
    ck_assert_uint_gt(core->pending_conf_index, 0);
    ck_assert_uint_eq(core->uncommitted_size, 20);
    network_step(
        net, 1,
        (struct rc_message){.type = RC_MSG_HEARTBEAT, .from = 2, .term = 3});
    ck_assert_uint_eq(of_2(net)->inflights.count, 0);
    ck_assert_uint_eq(of_2(net)->inflights.bytes, 0);
    ck_assert(!of_2(net)->flow_paused);
    ck_assert_uint_eq(of_2(net)->sent_commit, 0);
    ck_assert_uint_eq(core->lead_transferee, RC_NO_NODE);
    ck_assert_uint_eq(core->pending_conf_index, 0);
    ck_assert_uint_eq(core->uncommitted_size, 0);
    network_free(net);
}
END_TEST

/* §3.4, §5.11: a member that was sent the commit index is not sent it again. */
START_TEST(commit_index_is_sent_once)
{
    struct network *net = LEADER_OF(3, .logs = {""});
    replicate(net);
    network_step(
        net, 1,
        (struct rc_message){
            .type = RC_MSG_APP_RESP, .from = 3, .term = 1, .index = 1});
    propose(net, 1);
    network_clear(net);
    network_step(
        net, 1,
        (struct rc_message){
            .type = RC_MSG_APP_RESP, .from = 3, .term = 1, .index = 2});
    ck_assert_uint_eq(appends(net), 2);
    ck_assert_uint_eq(network_sent(net, 2, RC_MSG_APP)->commit, 2);
    network_clear(net);
    acknowledge(net, 2);
    ck_assert_uint_eq(net->wire.count, 0);
    network_free(net);
}
END_TEST

/* §5.11. The log is 1 1 2, all unknown to node 2, which was sent entry 3 behind
 * entry 2. One response, and what follows. */
static const struct {
    uint64_t index, hint, hint_term;
    bool reject;
    uint64_t match, next;
    enum rc_progress_state state;
    size_t sent;
    uint64_t sent_index, sent_entries;
} answers[] = {
    /* It has less than was thought: nothing is lost, go on from there. */
    {2, 0, 0, false, 2, 4, RC_PROGRESS_REPLICATE, 1, 2, 1},
    {0, 0, 0, false, 0, 4, RC_PROGRESS_REPLICATE, 1, 0, 3},
    /* It has all: the entry is committed, and it is sent the commit index. */
    {3, 0, 0, false, 3, 4, RC_PROGRESS_REPLICATE, 1, 3, 0},
    /* Refused: the hint is tried next. */
    {2, 0, 0, true, 0, 1, RC_PROGRESS_PROBE, 1, 0, 3},
    {2, 1, 1, true, 0, 2, RC_PROGRESS_PROBE, 1, 1, 2},
    /* A hint that is no progress: one less all the same. */
    {2, 2, 0, true, 0, 2, RC_PROGRESS_PROBE, 1, 1, 2},
    /* A response to another message. */
    {3, 0, 0, true, 0, 3, RC_PROGRESS_PROBE, 0, 0, 0},
    {1, 0, 0, true, 0, 3, RC_PROGRESS_PROBE, 0, 0, 0},
};

START_TEST(response_to_a_probe_moves_next)
{
    struct network *net = LEADER_OF(3, .logs = {"11"});
    answer(net, (struct rc_message){.type = RC_MSG_APP_RESP,
                                    .index = answers[_i].index,
                                    .reject = answers[_i].reject,
                                    .reject_hint = answers[_i].hint,
                                    .log_term = answers[_i].hint_term});
    ck_assert_uint_eq(of_2(net)->match, answers[_i].match);
    ck_assert_uint_eq(of_2(net)->next, answers[_i].next);
    ck_assert_int_eq(of_2(net)->state, answers[_i].state);
    ck_assert(of_2(net)->recent_active);
    ck_assert_uint_eq(appends(net), answers[_i].sent);
    if (answers[_i].sent) {
        const struct rc_message *m = network_sent(net, 2, RC_MSG_APP);
        ck_assert_uint_eq(m->index, answers[_i].sent_index);
        ck_assert_uint_eq(m->entries.count, answers[_i].sent_entries);
        ck_assert_uint_eq(m->commit, answers[_i].match == 3 ? 3 : 0);
    }
    network_free(net);
}
END_TEST

/* §5.11: logs that differ are skipped a term at a time on both sides: the hint
 * of the follower, and the next probe. Nine pairs of logs; the leader's is
 * followed by an entry of term 9, and the first probe is the entry before
 * that. */
static const struct {
    const char *leader, *follower;
    uint64_t hint, hint_term;
    uint64_t probe;
} rejections[] = {
    /* A short log ends in a term that the leader's has not so late. */
    {"1335", "13", 2, 3, 2},    {"1222", "1111", 4, 1, 1},
    {"1112", "1133", 2, 1, 2},  {"1444", "1223", 4, 3, 1},
    {"13333", "1", 1, 1, 1},    {"1555", "1244", 4, 4, 1},
    {"2334", "1113", 4, 3, 3},  {"1234", "1222", 4, 2, 2},
    {"4444", "12333", 4, 3, 0},
};

START_TEST(rejection_skips_terms)
{
    struct network *net =
        NETWORK(.voters = 2,
                .logs = {rejections[_i].leader, rejections[_i].follower},
                .states = {{8, 0, 0}, {8, 0, 0}});
    rc_rawnode_campaign(net->at[1].node);
    network_settle(net, 1);
    struct rc_message vote = {.type = RC_MSG_VOTE_RESP, .from = 2, .term = 9};
    network_clear(net);
    network_step(net, 1, vote);
    network_assert_state(net, 1, RC_LEADER, 9);
    struct rc_message probe =
        rc_message_share(network_sent(net, 2, RC_MSG_APP));
    ck_assert_uint_eq(probe.index, strlen(rejections[_i].leader));
    network_clear(net);
    network_step(net, 2, probe);
    rc_message_release(&probe);
    struct rc_message no =
        rc_message_share(network_sent(net, 1, RC_MSG_APP_RESP));
    ck_assert(no.reject);
    ck_assert_uint_eq(no.reject_hint, rejections[_i].hint);
    ck_assert_uint_eq(no.log_term, rejections[_i].hint_term);
    network_clear(net);
    network_step(net, 1, no);
    rc_message_release(&no);
    ck_assert_uint_eq(network_sent(net, 2, RC_MSG_APP)->index,
                      rejections[_i].probe);
    network_deliver(net);
    ck_assert_str_eq(network_log(net, 2), network_log(net, 1));
    network_free(net);
}
END_TEST

/* §3.4: a late rejection does not lower next to match or below. */
START_TEST(late_rejection_moves_nothing_below_the_match)
{
    struct network *net = LEADER_OF(3, .logs = {"11"});
    replicate(net);
    propose(net, 1);
    propose(net, 1);
    network_clear(net);
    refuse(net, 2, 0, 0); /* of the probe */
    ck_assert_int_eq(of_2(net)->state, RC_PROGRESS_REPLICATE);
    ck_assert_uint_eq(of_2(net)->next, 6);
    ck_assert_uint_eq(appends(net), 0);
    refuse(net, 4, 0, 0); /* of what is behind the match: that was lost */
    ck_assert_int_eq(of_2(net)->state, RC_PROGRESS_PROBE);
    ck_assert_uint_eq(of_2(net)->match, 3);
    ck_assert_uint_eq(of_2(net)->next, 4);
    ck_assert_uint_eq(network_sent(net, 2, RC_MSG_APP)->entries.count, 2);
    network_clear(net);
    refuse(net, 3, 1, 1);
    ck_assert_uint_eq(of_2(net)->next, 4);
    network_free(net);
}
END_TEST

/* ---- Probing -------------------------------------------------------------*/

/* §5.11: while a member is probed one message is outstanding, and another is
 * sent after each heartbeat response. Heartbeats continue. */
START_TEST(one_probe_for_each_heartbeat)
{
    struct network *net = LEADER_OF(2, .logs = {""});
    for (uint64_t round = 1; round <= 3; round++) {
        for (int i = 0; i < 3; i++) {
            propose(net, 1);
            ck_assert_uint_eq(appends(net), 0);
        }
        network_tick(net, 1, 1);
        ck_assert_ptr_nonnull(network_sent(net, 2, RC_MSG_HEARTBEAT));
        ck_assert_uint_eq(appends(net), 0);
        ck_assert(rc_progress_paused(of_2(net)));
        live(net);
        ck_assert_uint_eq(appends(net), 1);
        const struct rc_message *m = network_sent(net, 2, RC_MSG_APP);
        ck_assert_uint_eq(m->index, 0);
        ck_assert_uint_eq(m->entries.count, 3 * round + 1);
        ck_assert_uint_eq(of_2(net)->next, 1); /* as before */
        network_clear(net);
    }
    network_free(net);
}
END_TEST

/* §3.4: an acknowledgement ends the wait. */
START_TEST(acknowledged_probe_lets_everything_go)
{
    struct network *net = LEADER_OF(3, .logs = {""});
    replicate(net);
    propose(net, 1);
    ck_assert_uint_eq(appends(net), 1);
    ck_assert_ptr_nonnull(network_sent(net, 2, RC_MSG_APP));
    network_clear(net);
    network_step(
        net, 1,
        (struct rc_message){
            .type = RC_MSG_APP_RESP, .from = 3, .term = 1, .index = 1});
    const struct rc_message *m = network_sent(net, 3, RC_MSG_APP);
    ck_assert_ptr_nonnull(m);
    ck_assert_uint_eq(m->index, 1);
    ck_assert_uint_eq(m->entries.count, 1);
    ck_assert_uint_eq(m->entries.at[0].index, 2);
    network_free(net);
}
END_TEST

/* §3.4: a follower that keeps up is sent each entry at once, as if those
 * before had arrived. */
START_TEST(entries_to_a_follower_that_keeps_up_do_not_wait)
{
    struct network *net = LEADER_OF(2, .logs = {"11"});
    replicate(net);
    for (uint64_t i = 0; i < 10; i++) {
        propose(net, 1);
        ck_assert_uint_eq(appends(net), 1);
        const struct rc_message *m = network_sent(net, 2, RC_MSG_APP);
        ck_assert_uint_eq(m->index, 3 + i);
        ck_assert_uint_eq(m->entries.count, 1);
        ck_assert_uint_eq(of_2(net)->match, 3);
        ck_assert_uint_eq(of_2(net)->next, 5 + i);
        network_clear(net);
    }
    network_free(net);
}
END_TEST

/* §5.12: a member that waits for a snapshot is sent nothing else, whatever it
 * sends. */
START_TEST(follower_that_waits_for_a_snapshot_is_sent_no_entries)
{
    struct network *net = LEADER_OF(2, .logs = {"11"});
    rc_progress_become_snapshot(of_2(net), 10);
    propose(net, 1);
    live(net);
    propose(net, 1);
    ck_assert_uint_eq(net->wire.count, 0);
    ck_assert_int_eq(of_2(net)->state, RC_PROGRESS_SNAPSHOT);
    network_tick(net, 1, 1);
    ck_assert_uint_eq(network_sent_count(net, RC_MSG_HEARTBEAT), 1);
    network_free(net);
}
END_TEST

/* §5.8: what was sent to a node that cannot be reached may be lost: probe
 * behind what is known. */
START_TEST(unreachable_follower_is_probed)
{
    struct network *net = LEADER_OF(2, .logs = {"11"});
    struct rc_message gone = {.type = RC_MSG_UNREACHABLE, .from = 2};
    replicate(net);
    propose(net, 1);
    propose(net, 1);
    ck_assert_uint_eq(of_2(net)->next, 6);
    network_step(net, 1, gone);
    ck_assert_int_eq(of_2(net)->state, RC_PROGRESS_PROBE);
    ck_assert_uint_eq(of_2(net)->next, 4);
    rc_progress_become_snapshot(of_2(net), 3);
    network_step(net, 1, gone);
    ck_assert_int_eq(of_2(net)->state, RC_PROGRESS_SNAPSHOT);
    network_free(net);
}
END_TEST

/* ---- The window ----------------------------------------------------------*/

enum { WINDOW = 4 };

/* Entries 2 .. 5 are under way, one in each message. */
static struct network *full_window(void)
{
    struct network *net =
        LEADER_OF(2, .logs = {""}, .config.max_inflight_msgs = WINDOW);
    replicate(net);
    for (size_t i = 1; i <= WINDOW; i++) {
        propose(net, 1);
        ck_assert_uint_eq(appends(net), i);
    }
    ck_assert(rc_progress_paused(of_2(net)));
    network_clear(net);
    return net;
}

/* §3.5: as many messages as the window allows are outstanding, and no more. */
START_TEST(full_window_sends_nothing)
{
    struct network *net = full_window();
    for (int i = 0; i < 10; i++) {
        propose(net, 1);
    }
    ck_assert_uint_eq(net->wire.count, 0);
    ck_assert_uint_eq(of_2(net)->inflights.count, WINDOW);
    network_free(net);
}
END_TEST

/* §3.5: an acknowledgement makes room for all messages up to it, also if
 * earlier ones were lost or come later. */
START_TEST(acknowledgement_makes_room_in_the_window)
{
    uint64_t freed = (uint64_t)_i;
    struct network *net = full_window();
    acknowledge(net, 1 + freed);
    ck_assert_uint_eq(of_2(net)->inflights.count, WINDOW - freed);
    for (uint64_t late = 2; late <= 1 + freed; late++) {
        acknowledge(net, late);
    }
    ck_assert_uint_eq(of_2(net)->inflights.count, WINDOW - freed);
    network_clear(net);
    for (uint64_t i = 1; i <= freed; i++) {
        propose(net, 1);
        ck_assert_uint_eq(appends(net), i);
    }
    propose(net, 1);
    ck_assert_uint_eq(appends(net), freed);
    network_free(net);
}
END_TEST

/* §5.11: with a full window each heartbeat response lets one message without
 * entries go, which reveals lost messages. */
START_TEST(full_window_is_probed_with_one_empty_message_per_heartbeat)
{
    struct network *net = full_window();
    propose(net, 1);
    for (int round = 0; round < 3; round++) {
        live(net);
        ck_assert_uint_eq(appends(net), 1);
        const struct rc_message *m = network_sent(net, 2, RC_MSG_APP);
        ck_assert_uint_eq(m->index, 1 + WINDOW);
        ck_assert_uint_eq(m->entries.count, 0);
        network_clear(net);
        for (int i = 0; i < 5; i++) {
            propose(net, 1);
        }
        ck_assert_uint_eq(net->wire.count, 0);
    }
    acknowledge(net, 1 + WINDOW); /* nothing was lost: all that waits goes */
    ck_assert_uint_eq(network_sent(net, 2, RC_MSG_APP)->entries.count, 16);
    network_free(net);
}
END_TEST

/* §2.2, §5.11: messages are limited in bytes, the window in messages; what fits
 * is sent at once, the rest after each acknowledgement. */
START_TEST(window_and_size_of_messages_divide_a_backlog)
{
    struct network *net =
        LEADER_OF(2, .logs = {""}, .config.max_inflight_msgs = 3,
                  .config.max_size_per_msg = 300);
    for (int i = 0; i < 12; i++) {
        propose(net, 100); /* 2 .. 13; two of them make more than 200 bytes */
    }
    ck_assert_uint_eq(appends(net), 0);
    for (uint64_t acked = 1; acked <= 13; acked += 6) {
        acknowledge(net, acked);
        size_t with_entries = 0;
        uint64_t next = acked + 1;
        for (size_t i = 0; i < net->wire.count; i++) {
            const struct rc_entries *entries = &net->wire.at[i].entries;
            if (entries->count > 0) {
                ck_assert_uint_eq(entries->count, 2);
                ck_assert_uint_eq(entries->at[0].index, next);
                ck_assert_uint_le(rc_entries_size(entries->at, 2), 300);
                next += 2;
                with_entries++;
            }
        }
        ck_assert_uint_eq(with_entries, acked < 13 ? 3 : 0);
        network_clear(net);
    }
    ck_assert_uint_eq(net->at[1].core->log.committed, 13);
    network_free(net);
}
END_TEST

/* §3.5, §12: bytes are limited, too; the message that crosses the limit is
 * the last. What counts is the data of the entries. */
START_TEST(window_of_bytes_is_closed_by_the_message_that_crosses_it)
{
    struct network *net =
        LEADER_OF(2, .logs = {""}, .config.max_inflight_bytes = 100,
                  .config.max_size_per_msg = 60);
    replicate(net);
    for (size_t i = 1; i <= 5; i++) {
        propose(net, 40);
        ck_assert_uint_eq(appends(net), i < 3 ? i : 3); /* 40, 80, 120 */
    }
    ck_assert_uint_eq(of_2(net)->inflights.bytes, 120);
    network_clear(net);
    acknowledge(net, 2); /* 80 are left, then 120 again */
    ck_assert_uint_eq(network_sent(net, 2, RC_MSG_APP)->entries.at[0].index, 5);
    ck_assert_uint_eq(of_2(net)->inflights.bytes, 120);
    network_clear(net);
    acknowledge(net, 5);
    ck_assert_uint_eq(of_2(net)->inflights.bytes, 40);
    acknowledge(net, 6);
    ck_assert_uint_eq(of_2(net)->inflights.bytes, 0);
    propose(net, 0);
    ck_assert_uint_eq(of_2(net)->inflights.bytes, 0);
    ck_assert_uint_eq(of_2(net)->inflights.count, 1);
    network_free(net);
}
END_TEST

/* §3.5: exactly as many bytes as the limit is are enough. */
START_TEST(window_of_bytes_is_closed_at_its_limit)
{
    struct network *net =
        LEADER_OF(2, .logs = {""}, .config.max_inflight_bytes = 80,
                  .config.max_size_per_msg = 60);
    replicate(net);
    propose(net, 40);
    propose(net, 40);
    propose(net, 1);
    ck_assert_uint_eq(appends(net), 2);
    network_free(net);
}
END_TEST

SUITE(raftcore_flow)
{
    Suite *suite = suite_create("raftcore_flow");
    TCase *tc = tcase_create("answers");
    tcase_add_test(tc, leader_counts_its_own_entries_once_they_are_saved);
    tcase_add_test(tc, new_leader_knows_nothing_of_the_others);
    tcase_add_test(tc, end_of_a_leader_ends_what_it_waited_for);
    tcase_add_test(tc, commit_index_is_sent_once);
    tcase_add_loop_test(tc, response_to_a_probe_moves_next, 0,
                        sizeof(answers) / sizeof(answers[0]));
    tcase_add_loop_test(tc, rejection_skips_terms, 0,
                        sizeof(rejections) / sizeof(rejections[0]));
    tcase_add_test(tc, late_rejection_moves_nothing_below_the_match);
    suite_add_tcase(suite, tc);

    tc = tcase_create("states");
    tcase_add_test(tc, one_probe_for_each_heartbeat);
    tcase_add_test(tc, acknowledged_probe_lets_everything_go);
    tcase_add_test(tc, entries_to_a_follower_that_keeps_up_do_not_wait);
    tcase_add_test(tc, follower_that_waits_for_a_snapshot_is_sent_no_entries);
    tcase_add_test(tc, unreachable_follower_is_probed);
    suite_add_tcase(suite, tc);

    tc = tcase_create("window");
    tcase_add_test(tc, full_window_sends_nothing);
    tcase_add_loop_test(tc, acknowledgement_makes_room_in_the_window, 1,
                        WINDOW + 1);
    tcase_add_test(tc,
                   full_window_is_probed_with_one_empty_message_per_heartbeat);
    tcase_add_test(tc, window_and_size_of_messages_divide_a_backlog);
    tcase_add_test(tc,
                   window_of_bytes_is_closed_by_the_message_that_crosses_it);
    tcase_add_test(tc, window_of_bytes_is_closed_at_its_limit);
    suite_add_tcase(suite, tc);
    return suite;
}
