/* test_control.c - steps of directed tests on servers and messages (control.h,
 * flows.h), with the reference Raft.
 * Layer: tests. Bodies that look at what servers have saved use lab.h. */
#include "tester/harness/control.h"

#include <stdlib.h>

#include "tester/harness/lab.h"
#include "tester/labs/strict.h"
#include "tests/support/reference.h"
#include "tests/support/suites.h"

enum { ALL = SERVER(0) | SERVER(1) | SERVER(2) };

static void set_clocks(struct cluster *c, uint32_t numerator)
{
    for (int i = 0; i < server_count(c); i++) {
        set_clock(c, i, numerator, 1);
    }
}

static void cut_all(struct cluster *c)
{
    for (int i = 0; i < server_count(c); i++) {
        disconnect(c, i);
    }
}

/* ---- Clocks -------------------------------------------------------------*/

static void stops_clocks(struct cluster *c)
{
    set_clocks(c, 0);
    sleep_ms(20000);
    for (int i = 0; i < 3; i++) {
        struct raft_state state = state_of(c, i);
        REQUIRE(c, state.term == 0 && !state.is_leader, "t",
                "server %d became candidate", i);
    }
    /* Servers with stopped clocks reply, vote and apply. */
    run_clock(c, 1);
    REQUIRE(c, check_one_leader(c) == 1, "t", "another leads");
    agree(c, 77, ALL_SERVERS, NO_RETRY);
    uint64_t term = check_terms(c);

    /* Without a leader none of them becomes candidate. */
    crash(c, 1);
    sleep_ms(20000);
    REQUIRE(c, state_of(c, 0).term == term, "t", "server 0 became candidate");
    REQUIRE(c, state_of(c, 2).term == term, "t", "server 2 became candidate");
    set_clock(c, 2, 1, 1);
    REQUIRE(c, check_one_leader(c) == 2, "t", "2 does not lead");
}

START_TEST(a_stopped_server_answers_and_never_campaigns)
{
    reference_passes(stops_clocks);
}
END_TEST

/* A disconnected server starts election after election: its term counts its
 * timeouts. */
static void slows_clocks(struct cluster *c)
{
    cut_all(c);
    set_clock(c, 0, 1, 4);
    set_clock(c, 1, 101, 100);
    sleep_ms(200000);
    uint64_t slow = state_of(c, 0).term;
    uint64_t drifting = state_of(c, 1).term;
    uint64_t usual = state_of(c, 2).term;
    REQUIRE(c, usual > 200 && usual < 320, "t", "%d terms", (int)usual);
    REQUIRE(c, slow * 4 > usual * 8 / 10 && slow * 4 < usual * 12 / 10, "t",
            "%d terms at a quarter, %d usually", (int)slow, (int)usual);
    REQUIRE(c, drifting * 10 > usual * 9 && drifting * 10 < usual * 11, "t",
            "%d terms drifting, %d usually", (int)drifting, (int)usual);
}

START_TEST(a_slow_server_is_slow_in_proportion)
{
    reference_passes(slows_clocks);
}
END_TEST

/* A Raft does not depend on the wall clock. */
static void steps_clocks(struct cluster *c)
{
    agree(c, 1, ALL_SERVERS, RETRY);
    int leader = check_one_leader(c);
    uint64_t term = check_terms(c);
    step_clock(c, leader, 3600 * 1000);
    step_clock(c, (leader + 1) % 3, -3600 * 1000);
    sleep_ms(5000);
    REQUIRE(c, check_terms(c) == term, "t", "a new term");
    agree(c, 2, ALL_SERVERS, NO_RETRY);
}

START_TEST(a_step_of_wall_clocks_deposes_no_leader)
{
    reference_passes(steps_clocks);
}
END_TEST

/* ---- Pauses -------------------------------------------------------------*/

static void pauses(struct cluster *c)
{
    agree(c, 1, ALL_SERVERS, RETRY);
    int leader = check_one_leader(c);
    int follower = (leader + 1) % 3;
    struct sim_node *node = c->lab->servers[follower].node;
    pause_server(c, follower);
    crash_at(c, follower, SIM_BEFORE_SEND, 0);
    agree(c, 2, 2, NO_RETRY);
    uint64_t last = agree(c, 3, 2, NO_RETRY);
    sleep_ms(5000);
    REQUIRE(c, committed(c, last) == 2, "t", "it has applied something");
    REQUIRE(c, sim_node_passed(node, SIM_BEFORE_SEND) == 0, "t", "it sent");
    REQUIRE(c, sim_node_passed(node, SIM_BEFORE_REPLY) == 0, "t", "it replied");
    resume_server(c, follower);
    wait_commit(c, last, ALL_SERVERS, ANY_TERM, NULL);

    /* A paused leader is replaced, and becomes follower when it is resumed. */
    leader = check_one_leader(c);
    pause_server(c, leader);
    int other = check_one_leader(c);
    REQUIRE(c, other != leader, "t", "a paused server is asked");
    agree(c, 4, 2, RETRY);
    resume_server(c, leader);
    sleep_ms(2000);
    REQUIRE(c, check_one_leader(c) != leader, "t", "still leads");
    agree(c, 5, ALL_SERVERS, RETRY);

    pause_server(c, leader);
    restart(c, leader); /* a crash ends it */
    agree(c, 6, ALL_SERVERS, RETRY);
}

START_TEST(a_paused_server_does_nothing_and_catches_up)
{
    reference_passes(pauses);
}
END_TEST

/* ---- Twins --------------------------------------------------------------*/

enum { RISES = 12 };

/* Measure how long each server waits from one election to the next. */
static void measure(struct cluster *c, uint64_t waits_ms[3][RISES])
{
    uint64_t term[3], since[3] = {0}, rises[3] = {0};
    for (int i = 0; i < 3; i++) {
        term[i] = state_of(c, i).term;
    }
    for (uint64_t ms = 0; ms < 30000; ms++) {
        sleep_ms(1);
        for (int i = 0; i < 3; i++) {
            uint64_t now = state_of(c, i).term;
            if (now == term[i]) {
                continue;
            }
            if (rises[i] > 0 && rises[i] <= RISES) {
                waits_ms[i][rises[i] - 1] = ms - since[i];
            }
            term[i] = now;
            since[i] = ms;
            rises[i]++;
        }
    }
}

static bool nearly_equal(uint64_t a, uint64_t b)
{
    return a + 5 >= b && b + 5 >= a;
}

static void shares_random_numbers(struct cluster *c)
{
    static uint64_t waits_ms[3][RISES];
    cut_all(c);
    share_random(c, 1, 0);
    measure(c, waits_ms);
    int unlike = 0;
    for (int i = 0; i < RISES; i++) {
        REQUIRE(c, nearly_equal(waits_ms[0][i], waits_ms[1][i]), "t",
                "wait %d: %d ms and %d ms", i, (int)waits_ms[0][i],
                (int)waits_ms[1][i]);
        unlike += !nearly_equal(waits_ms[0][i], waits_ms[2][i]);
    }
    REQUIRE(c, unlike > RISES / 2, "t", "all three draw the same");
}

START_TEST(shared_random_numbers_are_equal)
{
    reference_passes(shares_random_numbers);
}
END_TEST

/* ---- Crashes at points --------------------------------------------------*/

/* Make server 0 leader and stop its clock, so that it is idle. */
static void lead_and_rest(struct cluster *c)
{
    strict_begin(c);
    must_elect(c, 0, SERVER(1) | SERVER(2), DELIVERED);
    agree_by(c, 0, 1, ALL);
    sleep_ms(500);
    stop_clock(c, 0);
    sleep_ms(500);
}

static size_t saved_bytes(const struct cluster *c, int server)
{
    return persister_state_bytes(c->lab->servers[server].persister);
}

/* A crash of the leader around the save of a new entry. */
static void crashes_at_a_save(struct cluster *c)
{
    lead_and_rest(c);
    size_t before = saved_bytes(c, 0);
    crash_at(c, 0, SIM_BEFORE_SAVE, 1);
    REQUIRE(c, !submit(c, 0, 2).is_leader, "t", "it has returned");
    REQUIRE(c, !is_running(c, 0), "t", "it has not crashed");
    REQUIRE(c, saved_bytes(c, 0) == before, "t", "it has saved");

    restart(c, 0);
    must_elect(c, 0, SERVER(1) | SERVER(2), DELIVERED);
    sleep_ms(500);
    stop_clock(c, 0);
    before = saved_bytes(c, 0);
    crash_at(c, 0, SIM_AFTER_SAVE, 1);
    REQUIRE(c, !submit(c, 0, 3).is_leader, "t", "it has returned");
    REQUIRE(c, !is_running(c, 0), "t", "it has not crashed");
    REQUIRE(c, saved_bytes(c, 0) >= before + COMMAND_BYTES, "t", "not saved");
}

START_TEST(a_crash_comes_before_or_after_a_save)
{
    reference_passes(crashes_at_a_save);
}
END_TEST

/* Server 1 receives the entry and crashes when it replies; server 2 is
 * disconnected. */
static int commits_with_a_crash_at(struct cluster *c, enum sim_stop_point point)
{
    lead_and_rest(c);
    set_links(c, 2, ALL, FLOW_DROP);
    watch_command(c, 2);
    crash_at(c, 1, point, 1);
    struct raft_start start = submit(c, 0, 2);
    sleep_ms(200);
    REQUIRE(c, !is_running(c, 1), "t", "it has not crashed");
    REQUIRE(c, points_passed(c, 1, SIM_AFTER_SAVE) == 1, "t", "not saved");
    return committed(c, start.index);
}

static void crashes_before_a_reply(struct cluster *c)
{
    REQUIRE(c, commits_with_a_crash_at(c, SIM_BEFORE_REPLY) == 0, "t",
            "the reply has left");
    REQUIRE(c, !has_stored(c, 1, 2), "t", "the reply has left");
}

static void crashes_after_a_reply(struct cluster *c)
{
    REQUIRE(c, commits_with_a_crash_at(c, SIM_AFTER_REPLY) == 1, "t",
            "the reply has not arrived");
    REQUIRE(c, has_stored(c, 1, 2), "t", "the storing was not seen");
    REQUIRE(c, !has_stored(c, 2, 2), "t", "a storing was seen");
}

START_TEST(a_reply_does_not_leave_after_a_crash_before_it)
{
    reference_passes(crashes_before_a_reply);
}
END_TEST

START_TEST(a_reply_that_has_left_arrives_after_the_crash)
{
    reference_passes(crashes_after_a_reply);
}
END_TEST

/* A request of a deposed leader gets a reply, but the entry is not stored. */
static void refuses_a_command(struct cluster *c)
{
    struct flow_message message;
    lead_and_rest(c);
    watch_command(c, 2);
    set_flow(c, 0, 1, FLOW_REQUESTS, FLOW_STASH);
    set_links(c, 0, SERVER(2), FLOW_DROP);
    submit(c, 0, 2);
    REQUIRE(c, wait_kept(c, 0, 1, FLOW_REQUESTS, 1000, &message), "t", "kept");
    REQUIRE(c, carries_command(&message, 2), "t", "another one");
    must_elect(c, 2, SERVER(1), DELIVERED);
    sleep_ms(500);
    stop_clock(c, 2);
    uint64_t replies = points_passed(c, 1, SIM_AFTER_REPLY);
    release_message(c, message.number);
    sleep_ms(500);
    REQUIRE(c, points_passed(c, 1, SIM_AFTER_REPLY) == replies + 1, "t",
            "no reply");
    REQUIRE(c, !has_stored(c, 1, 2), "t", "stored by a stale leader");
}

START_TEST(a_rejected_entry_is_not_stored)
{
    reference_passes(refuses_a_command);
}
END_TEST

static void crashes_at_a_send(struct cluster *c)
{
    lead_and_rest(c);
    watch_command(c, 2);
    watch_command(c, 3);
    uint64_t calls = labrpc_total_count(c->lab->net);
    crash_at(c, 0, SIM_BEFORE_SEND, 1);
    submit(c, 0, 2);
    sleep_ms(200);
    REQUIRE(c, !is_running(c, 0), "t", "it has not crashed");
    REQUIRE(c, labrpc_total_count(c->lab->net) == calls, "t", "it has sent");

    restart(c, 0);
    must_elect(c, 0, SERVER(1) | SERVER(2), DELIVERED);
    sleep_ms(500);
    stop_clock(c, 0);
    crash_at(c, 0, SIM_AFTER_SEND, 1);
    submit(c, 0, 3);
    sleep_ms(200);
    REQUIRE(c, !is_running(c, 0), "t", "it has not crashed");
    REQUIRE(c, has_stored(c, 1, 3) || has_stored(c, 2, 3), "t", "not sent");
}

START_TEST(a_crash_comes_before_or_after_a_send)
{
    reference_passes(crashes_at_a_send);
}
END_TEST

static void counts_points(struct cluster *c)
{
    agree(c, 1, ALL_SERVERS, RETRY);
    uint64_t saves[3], calls = labrpc_total_count(c->lab->net);
    for (int i = 0; i < 3; i++) {
        crash_at(c, i, SIM_BEFORE_SAVE, 0);
        saves[i] = persister_saves(c->lab->servers[i].persister);
    }
    for (uint64_t value = 2; value < 20; value++) {
        agree(c, value, ALL_SERVERS, RETRY);
    }
    uint64_t sent = 0, replies = 0, received = rpc_count(c);
    for (int i = 0; i < 3; i++) {
        uint64_t now = persister_saves(c->lab->servers[i].persister);
        uint64_t passed = points_passed(c, i, SIM_AFTER_SAVE);
        REQUIRE(c, passed == now - saves[i] && passed >= 18, "t", "saves");
        sent += points_passed(c, i, SIM_AFTER_SEND);
        replies += points_passed(c, i, SIM_AFTER_REPLY);
    }
    REQUIRE(c, sent == labrpc_total_count(c->lab->net) - calls, "t", "sends");
    REQUIRE(c, replies >= 36 && replies <= received, "t", "replies");

    /* Crash at the third send from now. Then take a stop point back. */
    int leader = check_one_leader(c);
    crash_at(c, leader, SIM_BEFORE_SEND, 3);
    sleep_ms(1000);
    REQUIRE(c, !is_running(c, leader), "t", "it has not crashed");
    REQUIRE(c, points_passed(c, leader, SIM_BEFORE_SEND) == 3, "t", "count");
    restart(c, leader);
    crash_at(c, leader, SIM_BEFORE_REPLY, 5);
    crash_at(c, leader, SIM_BEFORE_REPLY, 0);
    agree(c, 100, ALL_SERVERS, RETRY);
    sleep_ms(5000);
    REQUIRE(c, is_running(c, leader), "t", "it has crashed");
}

START_TEST(points_are_counted_and_crashes_are_taken_back)
{
    reference_passes(counts_points);
}
END_TEST

/* A server can also crash while it starts: raft_make may save nothing, but send
 * at once. */
static void crashes_while_it_starts(struct cluster *c)
{
    for (int i = 0; i < 30; i++) {
        int server = i % 3;
        crash_at(c, server, (enum sim_stop_point)(i % SIM_STOP_POINTS),
                 1 + lab_random(c, 4));
        sleep_ms(lab_random(c, 300));
        restart(c, server);
    }
    for (int i = 0; i < 3; i++) {
        crash_at(c, i, SIM_BEFORE_SAVE, 0);
        if (!is_running(c, i)) {
            restart(c, i);
        }
    }
    agree(c, 1, ALL_SERVERS, RETRY);
}

START_TEST(crashes_and_restarts_may_meet)
{
    reference_passes(crashes_while_it_starts);
}
END_TEST

/* ---- Messages of a cluster ----------------------------------------------*/

/* The leader's messages arrive, but no replies reach it: nothing is committed,
 * and no other server becomes candidate. */
static void cuts_one_way(struct cluster *c)
{
    control_flows(c);
    agree(c, 1, ALL_SERVERS, RETRY);
    int leader = check_one_leader(c);
    uint64_t term = check_terms(c);
    for (int i = 0; i < 3; i++) {
        set_flow(c, i, leader, FLOW_BOTH, FLOW_DROP);
    }
    struct raft_start start = submit(c, leader, 2);
    sleep_ms(5000);
    REQUIRE(c, committed(c, start.index) == 0, "t", "committed");
    REQUIRE(c, check_terms(c) == term, "t", "a server became candidate");
    set_links(c, leader, ALL, FLOW_PASS);
    wait_commit(c, start.index, ALL_SERVERS, ANY_TERM, NULL);

    /* In the other direction: the leader is deposed. */
    for (int i = 0; i < 3; i++) {
        set_flow(c, leader, i, FLOW_BOTH, FLOW_DROP);
    }
    sleep_ms(5000);
    REQUIRE(c, check_one_leader(c) != leader, "t", "still leads");
    agree(c, 3, 2, RETRY);
    set_links(c, leader, ALL, FLOW_PASS);
    agree(c, 4, ALL_SERVERS, RETRY);
}

START_TEST(links_can_be_cut_one_way)
{
    reference_passes(cuts_one_way);
}
END_TEST

static void duplicates_everything(struct cluster *c)
{
    control_flows(c);
    for (int i = 0; i < 3; i++) {
        set_links(c, i, ALL, FLOW_DUPLICATE);
        set_slow(c, i,
                 (struct flow_delay){FLOW_HEAVY_TAIL, SIM_MS, 200 * SIM_MS});
        set_delay(c, i, (i + 1) % 3,
                  (struct flow_delay){FLOW_UNIFORM, 0, 20 * SIM_MS});
        set_capacity(c, i, (i + 2) % 3, 10000);
    }
    for (uint64_t value = 1; value < 20; value++) {
        agree(c, value, ALL_SERVERS, RETRY);
    }
    restart(c, 1);
    agree(c, 20, ALL_SERVERS, RETRY);
}

START_TEST(the_reference_tolerates_duplicates_and_delays)
{
    reference_passes(duplicates_everything);
}
END_TEST

SUITE(tester_control)
{
    Suite *suite = suite_create("tester_control");
    TCase *servers = tcase_create("servers");
    tcase_add_test(servers, a_stopped_server_answers_and_never_campaigns);
    tcase_add_test(servers, a_slow_server_is_slow_in_proportion);
    tcase_add_test(servers, a_step_of_wall_clocks_deposes_no_leader);
    tcase_add_test(servers, a_paused_server_does_nothing_and_catches_up);
    tcase_add_test(servers, shared_random_numbers_are_equal);
    suite_add_tcase(suite, servers);

    TCase *points = tcase_create("points");
    tcase_add_test(points, a_crash_comes_before_or_after_a_save);
    tcase_add_test(points, a_reply_does_not_leave_after_a_crash_before_it);
    tcase_add_test(points, a_reply_that_has_left_arrives_after_the_crash);
    tcase_add_test(points, a_rejected_entry_is_not_stored);
    tcase_add_test(points, a_crash_comes_before_or_after_a_send);
    tcase_add_test(points, points_are_counted_and_crashes_are_taken_back);
    tcase_add_test(points, crashes_and_restarts_may_meet);
    suite_add_tcase(suite, points);

    TCase *messages = tcase_create("messages");
    tcase_add_test(messages, links_can_be_cut_one_way);
    tcase_add_test(messages, the_reference_tolerates_duplicates_and_delays);
    suite_add_tcase(suite, messages);
    return suite;
}
