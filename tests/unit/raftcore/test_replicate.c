/* test_replicate.c - a leader replicates its log and commits entries.
 * Layer: tests. docs/raftcore-spec.md §5.8, §5.11; Paper: §5.3, §5.4. */
#include <check.h>
#include <string.h>

#include "base/random.h"
#include "tests/support/rc_network.h"
#include "tests/support/suites.h"

/* Node 1 leads nodes 2 .. voters in the term after that of its log; its
 * messages so far are lost. */
static struct network *lone_leader(size_t voters, const char *log)
{
    struct network *net =
        NETWORK(.voters = voters, .alone = true, .logs = {log});
    network_step(net, 1, (struct rc_message){.type = RC_MSG_HUP, .from = 1});
    for (uint64_t id = 2; id <= voters; id++) {
        network_step(net, 1,
                     (struct rc_message){.type = RC_MSG_VOTE_RESP,
                                         .from = id,
                                         .term = net->at[1].core->term});
    }
    ck_assert_int_eq(net->at[1].core->state, RC_LEADER);
    network_clear(net);
    return net;
}

static void acknowledge(struct network *net, uint64_t from, uint64_t index)
{
    network_step(net, 1,
                 (struct rc_message){.type = RC_MSG_APP_RESP,
                                     .from = from,
                                     .term = net->at[1].core->term,
                                     .index = index});
}

static void propose(struct network *net, const char *data)
{
    ck_assert_int_eq(
        rc_rawnode_propose(net->at[1].node, rc_bytes_of_text(data)), RC_OK);
    network_settle(net, 1);
}

static uint64_t committed(const struct network *net, uint64_t id)
{
    return net->at[id].core->log.committed;
}

/* ---- Heartbeats ----------------------------------------------------------*/

/* §5.11: to each other node, with nothing but how far that one is known
 * to be committed. */
START_TEST(heartbeat_caps_the_commit_index_at_match)
{
    struct network *net = lone_leader(4, "111");
    acknowledge(net, 2, 4);
    acknowledge(net, 3, 4);
    ck_assert_uint_eq(committed(net, 1), 4);
    acknowledge(net, 4, 2);
    network_clear(net);
    network_tick(net, 1, 1);
    ck_assert_uint_eq(net->wire.count, 3);
    for (uint64_t id = 2; id <= 4; id++) {
        const struct rc_message *m = network_sent(net, id, RC_MSG_HEARTBEAT);
        ck_assert_ptr_nonnull(m);
        ck_assert_uint_eq(m->term, 2);
        ck_assert_uint_eq(m->index, 0);
        ck_assert_uint_eq(m->log_term, 0);
        ck_assert_uint_eq(m->entries.count, 0);
        ck_assert_uint_eq(m->commit, id == 4 ? 2 : 4);
        ck_assert_ptr_null(m->context);
    }
    network_free(net);
}
END_TEST

/* §5.3: every heartbeat_tick ticks. */
START_TEST(heartbeats_are_sent_at_even_intervals)
{
    struct network *net = NETWORK(.voters = 3, .config.heartbeat_tick = 3);
    network_campaign(net, 1);
    for (int tick = 1; tick <= 9; tick++) {
        network_clear(net);
        network_tick(net, 1, 1);
        ck_assert_uint_eq(network_sent_count(net, RC_MSG_HEARTBEAT),
                          tick % 3 == 0 ? 2 : 0);
    }
    network_free(net);
}
END_TEST

/* §5.8: others ignore MsgBeat. */
START_TEST(only_a_leader_beats)
{
    struct network *net = NETWORK(.voters = 3);
    struct rc_message beat = {.type = RC_MSG_BEAT, .from = 1};
    network_step(net, 1, beat);
    ck_assert_uint_eq(net->wire.count, 0);
    core_become_candidate(net->at[1].core);
    network_step(net, 1, beat);
    ck_assert_uint_eq(net->wire.count, 0);
    core_become_leader(net->at[1].core);
    network_step(net, 1, beat);
    ck_assert_uint_eq(network_sent_count(net, RC_MSG_HEARTBEAT), 2);
    network_free(net);
}
END_TEST

/* §5.11: the commit index follows, never back. */
START_TEST(heartbeat_commits_forward_only)
{
    for (uint64_t commit = 0; commit <= 3; commit++) {
        struct network *net =
            NETWORK(.voters = 2, .logs = {"123"}, .states = {{3, 0, 2}});
        network_step(net, 1,
                     (struct rc_message){.type = RC_MSG_HEARTBEAT,
                                         .from = 2,
                                         .term = 3,
                                         .commit = commit});
        ck_assert_uint_eq(committed(net, 1), commit > 2 ? commit : 2);
        ck_assert_ptr_nonnull(network_sent(net, 2, RC_MSG_HEARTBEAT_RESP));
        network_free(net);
    }
}
END_TEST

/* §5.11: a heartbeat response of a member that is behind is followed by the
 * entries it lacks; of one that is not, by nothing. */
START_TEST(heartbeat_response_is_followed_by_missing_entries)
{
    struct network *net = lone_leader(2, "11");
    struct rc_message alive = {
        .type = RC_MSG_HEARTBEAT_RESP, .from = 2, .term = 2};
    for (int i = 0; i < 3; i++) {
        network_step(net, 1, alive);
        const struct rc_message *m = network_sent(net, 2, RC_MSG_APP);
        ck_assert_ptr_nonnull(m);
        ck_assert_uint_eq(m->index, 2);
        ck_assert_uint_eq(m->entries.count, 1);
        network_clear(net);
    }
    acknowledge(net, 2, 3);
    network_clear(net);
    network_step(net, 1, alive);
    ck_assert_uint_eq(net->wire.count, 0);
    /* What was sent and not acknowledged may be lost: ask. */
    propose(net, "data");
    network_clear(net);
    network_step(net, 1, alive);
    const struct rc_message *ask = network_sent(net, 2, RC_MSG_APP);
    ck_assert_ptr_nonnull(ask);
    ck_assert_uint_eq(ask->index, 4);
    ck_assert_uint_eq(ask->entries.count, 0);
    network_free(net);
}
END_TEST

/* ---- Committing ----------------------------------------------------------*/

/* §5.9: a proposal is sent to all, behind the entry that they have. */
START_TEST(proposal_is_sent_with_what_is_before_it)
{
    struct network *net = lone_leader(3, "");
    acknowledge(net, 2, 1);
    acknowledge(net, 3, 1);
    network_clear(net);
    propose(net, "data");
    ck_assert_uint_eq(committed(net, 1), 1);
    for (uint64_t id = 2; id <= 3; id++) {
        const struct rc_message *m = network_sent(net, id, RC_MSG_APP);
        ck_assert_ptr_nonnull(m);
        ck_assert_uint_eq(m->index, 1);
        ck_assert_uint_eq(m->log_term, 1);
        ck_assert_uint_eq(m->commit, 1);
        ck_assert_uint_eq(m->entries.count, 1);
        ck_assert_uint_eq(m->entries.at[0].index, 2);
        ck_assert_uint_eq(m->entries.at[0].term, 1);
        ck_assert(rc_bytes_equal(rc_payload_bytes(m->entries.at[0].data),
                                 rc_bytes_of_text("data")));
    }
    ck_assert_uint_eq(net->wire.count, 2);
    network_free(net);
}
END_TEST

/* Paper §5.3: committed once any majority has it; then it is applied, and the
 * others are sent the commit index. */
START_TEST(entry_is_committed_by_a_majority)
{
    size_t voters = (size_t)_i;
    for (uint32_t mask = 0; mask < 1U << (voters - 1); mask++) {
        struct network *net = lone_leader(voters, "");
        size_t have = 1;
        for (uint64_t id = 2; id <= voters; id++) {
            if (mask >> (id - 2) & 1) {
                acknowledge(net, id, 1);
                have++;
            }
        }
        bool majority = 2 * have > voters;
        ck_assert_uint_eq(committed(net, 1), majority);
        ck_assert_uint_eq(net->at[1].applied.count, majority);
        bool told = false;
        for (size_t i = 0; i < net->wire.count; i++) {
            told = told || net->wire.at[i].commit == 1;
        }
        ck_assert_int_eq(told, majority && voters > 1);
        network_free(net);
    }
}
END_TEST

/* §5.8: followers commit with the next message, and apply in order. */
START_TEST(follower_applies_what_the_leader_says_is_committed)
{
    for (uint64_t commit = 0; commit <= 5; commit++) {
        struct network *net = NETWORK(.voters = 3, .alone = true);
        struct rc_entry entries[] = {{.term = 1, .index = 1},
                                     {.term = 1, .index = 2},
                                     {.term = 1, .index = 3}};
        network_step(net, 1,
                     (struct rc_message){.type = RC_MSG_APP,
                                         .from = 2,
                                         .term = 1,
                                         .commit = commit,
                                         .entries = {NULL, entries, 3}});
        uint64_t expected = commit < 3 ? commit : 3;
        ck_assert_uint_eq(net->at[1].applied.count, expected);
        for (uint64_t i = 0; i < expected; i++) {
            ck_assert_uint_eq(net->at[1].applied.at[i].index, i + 1);
        }
        network_free(net);
    }
}
END_TEST

/* §12; paper §5.4.2, Figure 8: entries of earlier terms are not committed
 * by counting, but with one of this term. All lengths that two others have. */
START_TEST(leader_counts_only_entries_of_its_own_term)
{
    const char *log = "1122";
    for (uint64_t two = 0; two <= 6; two++) {
        for (uint64_t three = 0; three <= 6; three++) {
            struct network *net = lone_leader(3, log); /* entry 5: term 3 */
            propose(net, "data");                      /* entry 6 */
            acknowledge(net, 2, two);
            acknowledge(net, 3, three);
            uint64_t most = two > three ? two : three;
            ck_assert_uint_eq(committed(net, 1), most >= 5 ? most : 0);
            network_free(net);
        }
    }
}
END_TEST

/* §3.1, §4.4: the highest index of this term that a majority has. Logs and
 * acknowledged indexes by chance. */
static void commit_by_chance(uint64_t key)
{
    char log[7] = "";
    uint64_t match[5] = {0};
    size_t voters = 1 + random_below(random_at(key, 0), 5);
    size_t size = random_below(random_at(key, 1), 6);
    for (size_t i = 0; i < size; i++) {
        log[i] = '1';
    }
    struct network *net = lone_leader(voters, log);
    for (uint64_t i = 0; i < random_below(random_at(key, 2), 4); i++) {
        propose(net, "data");
    }
    uint64_t last = raftlog_last_index(&net->at[1].core->log);
    uint64_t first_own = size + 1;
    match[0] = last;
    for (uint64_t id = 2; id <= voters; id++) {
        match[id - 1] = random_below(random_at(key, 10 + id), last + 1);
        acknowledge(net, id, match[id - 1]);
    }
    uint64_t expected = 0;
    for (uint64_t index = first_own; index <= last; index++) {
        size_t have = 0;
        for (size_t i = 0; i < voters; i++) {
            have += match[i] >= index;
        }
        expected = 2 * have > voters ? index : expected;
    }
    ck_assert_uint_eq(committed(net, 1), expected);
    network_free(net);
}

START_TEST(highest_index_of_a_majority_is_committed)
{
    for (uint64_t i = 0; i < 200; i++) {
        commit_by_chance(random_key(1008, i));
    }
}
END_TEST

/* Paper §5.4.2: what an old leader could not commit is committed by the empty
 * entry of the next, and not before that. */
START_TEST(empty_entry_of_a_new_leader_commits_what_is_before_it)
{
    struct network *net = NETWORK(.voters = 5);
    network_campaign(net, 1);
    for (uint64_t id = 3; id <= 5; id++) {
        network_cut(net, 1, id);
    }
    network_propose(net, 1, "one");
    network_propose(net, 1, "two");
    ck_assert_uint_eq(committed(net, 1), 1);
    network_heal(net);
    network_lose(net, RC_MSG_APP);
    network_campaign(net, 2);
    network_assert_state(net, 2, RC_LEADER, 2);
    ck_assert_uint_eq(committed(net, 2), 1);
    network_heal(net);
    network_isolate(net, 1);
    network_beat(net, 2);
    for (uint64_t id = 2; id <= 5; id++) {
        ck_assert_uint_eq(committed(net, id), 4);
        ck_assert_str_eq(network_log(net, id), "1112");
    }
    network_free(net);
}
END_TEST

/* The same, without a proposal of the new term and with a majority that has
 * the old entries: still not by counting. */
START_TEST(old_entries_of_a_majority_wait_for_one_of_the_term)
{
    struct network *net = NETWORK(.voters = 3, .logs = {"11", "11", ""},
                                  .config.max_size_per_msg = 1);
    network_campaign(net, 1);
    network_assert_state(net, 1, RC_LEADER, 2);
    ck_assert_uint_eq(committed(net, 1), 3);
    network_free(net);
    net = lone_leader(3, "11");
    acknowledge(net, 2, 2);
    acknowledge(net, 3, 2);
    ck_assert_uint_eq(committed(net, 1), 0);
    acknowledge(net, 3, 3);
    ck_assert_uint_eq(committed(net, 1), 3);
    network_free(net);
}
END_TEST

START_TEST(single_voter_commits_alone)
{
    struct network *net = NETWORK(.voters = 1);
    network_campaign(net, 1);
    network_propose(net, 1, "one");
    network_propose(net, 1, "two");
    ck_assert_uint_eq(committed(net, 1), 3);
    ck_assert_uint_eq(net->at[1].applied.count, 3);
    network_free(net);
}
END_TEST

/* ---- Matching logs -------------------------------------------------------*/

/* §5.11; Figure 2, AppendEntries: an entry before that is not there is
 * refused with the place to try instead; what is committed always matches. */
START_TEST(follower_checks_the_entry_before)
{
    static const struct {
        uint64_t index, term, hint, hint_term;
        bool reject;
    } cases[] = {
        /* The log is 1 2 2, of which 1 is committed. */
        {0, 0, 0, 0, false}, {1, 1, 0, 0, false}, {2, 2, 0, 0, false},
        {3, 2, 0, 0, false}, {2, 1, 1, 1, true},  {3, 3, 3, 2, true},
        {4, 4, 3, 2, true},  {7, 1, 1, 1, true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct network *net = NETWORK(.voters = 2, .alone = true,
                                      .logs = {"122"}, .states = {{4, 0, 1}});
        network_step(net, 1,
                     (struct rc_message){.type = RC_MSG_APP,
                                         .from = 2,
                                         .term = 4,
                                         .index = cases[i].index,
                                         .log_term = cases[i].term});
        const struct rc_message *m = network_sent(net, 2, RC_MSG_APP_RESP);
        ck_assert_ptr_nonnull(m);
        ck_assert_int_eq(m->reject, cases[i].reject);
        ck_assert_uint_eq(m->index, cases[i].index == 0 ? 1 : cases[i].index);
        ck_assert_uint_eq(m->reject_hint, cases[i].hint);
        ck_assert_uint_eq(m->log_term, cases[i].hint_term);
        network_free(net);
    }
}
END_TEST

/* Figure 2, AppendEntries 3 to 5: what differs is replaced with all behind it,
 * what is there already stays, with all behind it. */
static const struct {
    uint64_t index, term;
    const char *sent;
    uint64_t commit;
    const char *log;
    uint64_t committed;
} appends[] = {
    /* The log is 1 2, of which nothing is committed. */
    {0, 0, "", 0, "12", 0},     {2, 2, "3", 0, "123", 0},
    {1, 1, "3", 0, "13", 0},    {1, 1, "34", 3, "134", 3},
    {0, 0, "1", 1, "12", 1},    {0, 0, "33", 2, "33", 2},
    {0, 0, "1", 2, "12", 1},    {0, 0, "12", 2, "12", 2},
    {1, 1, "", 2, "12", 1},     {2, 2, "", 9, "12", 2},
    {2, 2, "44", 3, "1244", 3}, {2, 3, "4", 3, "12", 0},
    {3, 3, "4", 3, "12", 0},
};

START_TEST(follower_takes_the_entries_of_the_leader)
{
    struct network *net = NETWORK(.voters = 2, .alone = true, .logs = {"12"});
    struct rc_entry entries[4];
    size_t count = strlen(appends[_i].sent);
    for (size_t k = 0; k < count; k++) {
        entries[k] =
            (struct rc_entry){.index = appends[_i].index + 1 + k,
                              .term = (uint64_t)(appends[_i].sent[k] - '0')};
    }
    network_step(net, 1,
                 (struct rc_message){.type = RC_MSG_APP,
                                     .from = 2,
                                     .term = 4,
                                     .index = appends[_i].index,
                                     .log_term = appends[_i].term,
                                     .commit = appends[_i].commit,
                                     .entries = {NULL, entries, count}});
    ck_assert_str_eq(network_log(net, 1), appends[_i].log);
    ck_assert_uint_eq(committed(net, 1), appends[_i].committed);
    ck_assert_uint_eq(net->at[1].applied.count, appends[_i].committed);
    network_free(net);
}
END_TEST

/* §4.4: what is there already is not saved again. */
START_TEST(follower_saves_only_what_it_lacks)
{
    struct network *net = NETWORK(.voters = 2, .alone = true, .logs = {"12"});
    struct rc_entry entries[] = {{.term = 1, .index = 1},
                                 {.term = 2, .index = 2},
                                 {.term = 4, .index = 3}};
    struct rc_message m = {.type = RC_MSG_APP,
                           .from = 2,
                           .term = 4,
                           .entries = {NULL, entries, 3}};
    struct rc_ready ready = {.must_sync = false};
    ck_assert_int_eq(rc_rawnode_step(net->at[1].node, &m), RC_OK);
    rc_rawnode_ready(net->at[1].node, &ready);
    ck_assert_uint_eq(ready.entries.count, 1);
    ck_assert_uint_eq(ready.entries.at[0].index, 3);
    rc_ready_release(&ready);
    network_free(net);
}
END_TEST

/* Paper, Figure 7: whatever a follower has, short, long or wrong, it gets the
 * leader's log. Node 3 gives the leader its vote in term 8. */
START_TEST(leader_brings_any_log_to_its_own)
{
    static const char *const followers[] = {
        "111445566",   "1114", "11144556666", "111445566677", "1114444",
        "11122233333", "",
    };
    const char *own = "1114455666";
    struct network *net = NETWORK(.voters = 3, .logs = {own, followers[_i], ""},
                                  .states = {{7, 0, 3}, {7, 2, 0}, {7, 0, 0}});
    network_campaign(net, 1);
    network_assert_state(net, 1, RC_LEADER, 8);
    for (uint64_t id = 1; id <= 3; id++) {
        ck_assert_str_eq(network_log(net, id), "11144556668");
        ck_assert_uint_eq(committed(net, id), 11);
    }
    network_free(net);
}
END_TEST

/* Paper §5.3: all nodes apply the same proposals in the same order, learners
 * too, under any leader. */
START_TEST(all_nodes_apply_the_same)
{
    struct network *net = NETWORK(.voters = 3, .learners = 1);
    network_campaign(net, 1);
    network_propose(net, 1, "a");
    network_campaign(net, 2);
    network_propose(net, 2, "b");
    network_propose(net, 1, "c");
    const char *data[] = {"", "a", "", "b", "c"};
    for (uint64_t id = 1; id <= 4; id++) {
        const struct rc_entries *applied = &net->at[id].applied;
        ck_assert_uint_eq(applied->count, 5);
        for (size_t i = 0; i < 5; i++) {
            ck_assert_uint_eq(applied->at[i].index, i + 1);
            ck_assert(rc_bytes_equal(rc_payload_bytes(applied->at[i].data),
                                     rc_bytes_of_text(data[i])));
        }
    }
    ck_assert_uint_eq(network_progress(net, 2, 4)->match, 5);
    network_free(net);
}
END_TEST

/* §3.1: what a learner has does not count. */
START_TEST(learner_has_no_part_in_committing)
{
    struct network *net = NETWORK(.voters = 2, .learners = 1);
    network_campaign(net, 1);
    network_isolate(net, 2);
    network_propose(net, 1, "data");
    ck_assert_str_eq(network_log(net, 3), "11");
    ck_assert_uint_eq(network_progress(net, 1, 3)->match, 2);
    ck_assert_uint_eq(committed(net, 1), 1);
    network_free(net);
}
END_TEST

SUITE(raftcore_replicate)
{
    Suite *suite = suite_create("raftcore_replicate");
    TCase *tc = tcase_create("heartbeats");
    tcase_add_test(tc, heartbeat_caps_the_commit_index_at_match);
    tcase_add_test(tc, heartbeats_are_sent_at_even_intervals);
    tcase_add_test(tc, only_a_leader_beats);
    tcase_add_test(tc, heartbeat_commits_forward_only);
    tcase_add_test(tc, heartbeat_response_is_followed_by_missing_entries);
    suite_add_tcase(suite, tc);

    tc = tcase_create("committing");
    tcase_add_test(tc, proposal_is_sent_with_what_is_before_it);
    tcase_add_loop_test(tc, entry_is_committed_by_a_majority, 1, 6);
    tcase_add_test(tc, follower_applies_what_the_leader_says_is_committed);
    tcase_add_test(tc, leader_counts_only_entries_of_its_own_term);
    tcase_add_test(tc, highest_index_of_a_majority_is_committed);
    tcase_add_test(tc, empty_entry_of_a_new_leader_commits_what_is_before_it);
    tcase_add_test(tc, old_entries_of_a_majority_wait_for_one_of_the_term);
    tcase_add_test(tc, single_voter_commits_alone);
    suite_add_tcase(suite, tc);

    tc = tcase_create("matching");
    tcase_add_test(tc, follower_checks_the_entry_before);
    tcase_add_loop_test(tc, follower_takes_the_entries_of_the_leader, 0,
                        sizeof(appends) / sizeof(appends[0]));
    tcase_add_test(tc, follower_saves_only_what_it_lacks);
    tcase_add_loop_test(tc, leader_brings_any_log_to_its_own, 0, 7);
    tcase_add_test(tc, all_nodes_apply_the_same);
    tcase_add_test(tc, learner_has_no_part_in_committing);
    suite_add_tcase(suite, tc);
    return suite;
}
