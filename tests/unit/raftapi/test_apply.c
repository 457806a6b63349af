/* test_apply.c - the apply channel, lab_log and lab_state.
 * Layer: tests. */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "raftapi/service.h"
#include "sim/node.h"
#include "tests/support/sim_helper.h"
#include "tests/support/suites.h"

/* ---- The channel ---------------------------------------------------------*/

struct putter {
    struct apply_channel *ch;
    uint64_t first, count; /* indexes to be put */
    uint64_t put;          /* of these, taken */
    bool closed;           /* as a put returned */
};

static void put_all(void *argument)
{
    struct putter *p = argument;
    for (uint64_t i = 0; i < p->count && !p->closed; i++) {
        char text[32];
        snprintf(text, sizeof(text), "command %u", (unsigned)(p->first + i));
        struct apply_msg msg = {
            .index = p->first + i, .term = 3, .bytes = bytes_of_text(text)};
        if (apply_put(p->ch, msg)) {
            p->put++;
        } else {
            p->closed = true;
        }
        memset(text, '#', sizeof(text)); /* the channel has copied it */
    }
}

static void assert_msg(struct apply_msg *msg, uint64_t index)
{
    char text[32];
    snprintf(text, sizeof(text), "command %u", (unsigned)index);
    ck_assert_uint_eq(msg->index, index);
    ck_assert_uint_eq(msg->term, 3);
    ck_assert(!msg->is_snapshot);
    ck_assert(bytes_equal(msg->bytes, bytes_of_text(text)));
    bytes_free(&msg->bytes);
}

static void put_and_take(void *unused)
{
    (void)unused;
    struct sim_node *node = sim_node_new("server", 0);
    sim_node_boot(node);
    struct apply_channel *ch = apply_channel_new(0);
    struct putter p = {.ch = ch, .first = 1, .count = 100};
    sim_node_spawn(node, "applier", put_all, &p);
    for (uint64_t i = 1; i <= 100; i++) {
        if (i % 3 == 0) {
            sim_sleep(SIM_MS); /* the taker is sometimes late */
            /* Unbuffered: nothing was taken meanwhile. */
            ck_assert_uint_eq(p.put, i - 1);
        }
        struct apply_msg msg;
        ck_assert(apply_take(ch, &msg));
        assert_msg(&msg, i);
    }
    sim_sleep(SIM_MS);
    ck_assert_uint_eq(p.put, 100);
    apply_channel_close(ch);
    apply_channel_free(ch);
    sim_node_free(node);
}

START_TEST(messages_arrive_in_order_each_when_taken)
{
    sim_ok((uint64_t)_i, SIM_RANDOM, put_and_take, NULL);
    sim_ok((uint64_t)_i, SIM_FIFO, put_and_take, NULL);
}
END_TEST

static void several_putters(void *unused)
{
    (void)unused;
    struct apply_channel *ch = apply_channel_new(0);
    struct putter p[] = {{.ch = ch, .first = 100, .count = 10},
                         {.ch = ch, .first = 200, .count = 10},
                         {.ch = ch, .first = 300, .count = 10}};
    for (int i = 0; i < 3; i++) {
        sim_spawn("putter", put_all, &p[i]);
    }
    uint64_t next[] = {100, 200, 300};
    for (int i = 0; i < 30; i++) {
        struct apply_msg msg;
        ck_assert(apply_take(ch, &msg));
        uint64_t *from = &next[msg.index / 100 - 1];
        assert_msg(&msg, (*from)++);
    }
    sim_sleep(SIM_MS);
    for (int i = 0; i < 3; i++) {
        ck_assert_uint_eq(p[i].put, 10);
    }
    apply_channel_free(ch);
}

START_TEST(several_threads_may_put)
{
    sim_ok(1, SIM_RANDOM, several_putters, NULL);
}
END_TEST

static void putters_in_turn(void *unused)
{
    (void)unused;
    struct apply_channel *ch = apply_channel_new(0);
    struct putter p[5];
    for (uint64_t i = 0; i < 5; i++) {
        p[i] = (struct putter){.ch = ch, .first = i, .count = 1};
        sim_spawn("putter", put_all, &p[i]);
        sim_sleep(SIM_MS);
    }
    for (uint64_t i = 0; i < 5; i++) {
        struct apply_msg msg;
        ck_assert(apply_take(ch, &msg));
        assert_msg(&msg, i);
    }
    sim_sleep(SIM_MS);
    apply_channel_free(ch);
}

START_TEST(messages_are_taken_in_the_order_of_their_puts)
{
    sim_ok(1, SIM_RANDOM, putters_in_turn, NULL);
}
END_TEST

static void snapshot_message(void *argument)
{
    struct apply_channel *ch = argument;
    struct apply_msg msg = {.is_snapshot = true,
                            .index = 7,
                            .term = 2,
                            .bytes = bytes_of_text("snapshot")};
    apply_put(ch, msg);
    msg.bytes = (struct bytes){NULL, 0};
    apply_put(ch, msg);
}

static void take_snapshots(void *unused)
{
    (void)unused;
    struct apply_channel *ch = apply_channel_new(0);
    sim_spawn("putter", snapshot_message, ch);
    struct apply_msg msg;
    ck_assert(apply_take(ch, &msg));
    ck_assert(msg.is_snapshot);
    ck_assert_uint_eq(msg.index, 7);
    ck_assert_uint_eq(msg.term, 2);
    ck_assert(bytes_equal(msg.bytes, bytes_of_text("snapshot")));
    bytes_free(&msg.bytes);
    ck_assert(apply_take(ch, &msg));
    ck_assert_uint_eq(msg.bytes.size, 0);
    sim_sleep(SIM_MS);
    apply_channel_free(ch);
}

START_TEST(snapshots_and_empty_messages_pass_too)
{
    sim_ok(1, SIM_RANDOM, take_snapshots, NULL);
}
END_TEST

struct taker {
    struct apply_channel *ch;
    bool over, got;
};

static void take_one(void *argument)
{
    struct taker *t = argument;
    struct apply_msg msg;
    t->got = apply_take(t->ch, &msg);
    t->over = true;
}

static void close_it(void *unused)
{
    (void)unused;
    struct apply_channel *ch = apply_channel_new(0);
    struct putter p[] = {{.ch = ch, .first = 1, .count = 1},
                         {.ch = ch, .first = 2, .count = 1}};
    sim_spawn("putter", put_all, &p[0]);
    sim_spawn("putter", put_all, &p[1]);
    sim_sleep(SIM_MS);
    ck_assert(!p[0].closed && !p[1].closed);
    apply_channel_close(ch);
    sim_sleep(SIM_MS);
    ck_assert(p[0].closed && p[1].closed);

    struct apply_msg msg = {.index = 1};
    sim_ns before = sim_now();
    bool put = apply_put(ch, msg);
    sim_ns after = sim_now();
    ck_assert(!put); /* later ones fail, too, and time passes */
    ck_assert_uint_gt(after, before);
    ck_assert(!apply_take(ch, &msg));
    apply_channel_free(ch);

    struct taker t = {.ch = apply_channel_new(0)};
    sim_spawn("taker", take_one, &t);
    sim_sleep(SIM_MS);
    ck_assert(!t.over);
    apply_channel_close(t.ch);
    sim_sleep(SIM_MS);
    ck_assert(t.over && !t.got);
    apply_channel_free(t.ch);
}

START_TEST(closing_wakes_all_threads)
{
    sim_ok(1, SIM_RANDOM, close_it, NULL);
}
END_TEST

static void crash_putter(void *unused)
{
    (void)unused;
    struct sim_node *node = sim_node_new("server", 0);
    struct apply_channel *ch = apply_channel_new(0);
    struct putter p = {.ch = ch, .first = 1, .count = 1};
    sim_node_boot(node);
    sim_node_spawn(node, "applier", put_all, &p);
    sim_sleep(SIM_MS);
    sim_node_crash(node); /* while its message is offered */
    struct taker t = {.ch = ch};
    sim_spawn("taker", take_one, &t);
    sim_sleep(SIM_MS);
    ck_assert(!t.over); /* it was lost */
    apply_channel_close(ch);
    sim_sleep(SIM_MS);
    apply_channel_free(ch);

    /* A message that was taken survives a crash right after. */
    ch = apply_channel_new(0);
    p = (struct putter){.ch = ch, .first = 1, .count = 1};
    sim_node_boot(node);
    sim_node_spawn(node, "applier", put_all, &p);
    struct apply_msg msg;
    bool got = apply_take(ch, &msg);
    sim_node_crash(node);
    ck_assert(got);
    ck_assert_uint_eq(p.put, 0); /* it crashed before its put returned */
    assert_msg(&msg, 1);
    apply_channel_free(ch);
    sim_node_free(node);
}

START_TEST(the_message_of_a_crashed_server_is_lost)
{
    sim_ok((uint64_t)_i, SIM_RANDOM, crash_putter, NULL);
    sim_ok((uint64_t)_i, SIM_FIFO, crash_putter, NULL);
}
END_TEST

struct hog {
    struct apply_channel *ch;
    pthread_mutex_t mu;
};

static void put_with_lock(void *argument)
{
    struct hog *hog = argument;
    pthread_mutex_lock(&hog->mu);
    apply_put(hog->ch, (struct apply_msg){.index = 1});
    pthread_mutex_unlock(&hog->mu);
}

static void nobody_takes(void *unused)
{
    (void)unused;
    struct hog hog = {.ch = apply_channel_new(0),
                      .mu = PTHREAD_MUTEX_INITIALIZER};
    sim_spawn("applier", put_with_lock, &hog);
    sim_sleep(SIM_MS);
    pthread_mutex_lock(&hog.mu); /* as raft_start() would */
}

START_TEST(a_mutex_held_over_apply_put_is_reported_as_a_deadlock)
{
    struct sim_result *result = sim_of(1, SIM_RANDOM, nobody_takes, NULL);
    ck_assert_int_eq(result->end, SIM_DEADLOCK);
    ck_assert_ptr_nonnull(
        strstr(result->threads, "the service to take a message (apply_put)"));
}
END_TEST

/* ---- lab_log -------------------------------------------------------------*/

static char lines[512];

static void collect(sim_ns now, int server, const char *topic, const char *text)
{
    size_t used = strlen(lines);
    snprintf(lines + used, sizeof(lines) - used, "%u %d %s: %s\n",
             (unsigned)(now / SIM_MS), server, topic, text);
}

static void log_some(void *unused)
{
    (void)unused;
    sim_sleep(5 * SIM_MS);
    errno = 42;
    lab_log("vote", "for %d in term %u", 3, 7U);
    lab_log("append", "%s", "one entry");
    lab_log("app", "the beginning of a word");
    lab_log("end", "the end of a word");
    ck_assert_int_eq(errno, 42);
}

static void check_log(const char *topics, const char *wanted)
{
    lines[0] = '\0';
    lab_log_select(topics, collect);
    sim_ok(1, SIM_FIFO, log_some, NULL);
    ck_assert_str_eq(lines, wanted);
}

START_TEST(only_selected_topics_are_printed)
{
    check_log(NULL, "");
    check_log("", "");
    check_log("vote", "5 -1 vote: for 3 in term 7\n");
    check_log("other,append", "5 -1 append: one entry\n");
    check_log("all", "5 -1 vote: for 3 in term 7\n"
                     "5 -1 append: one entry\n"
                     "5 -1 app: the beginning of a word\n"
                     "5 -1 end: the end of a word\n");
    check_log("ppend,appen", "");
}
END_TEST

START_TEST(logging_does_not_change_a_run)
{
    lab_log_select(NULL, collect);
    uint64_t hash = sim_ok(1, SIM_RANDOM, log_some, NULL);
    lab_log_select("all", collect);
    ck_assert_uint_eq(sim_ok(1, SIM_RANDOM, log_some, NULL), hash);
}
END_TEST

/* ---- lab_state -----------------------------------------------------------*/

static struct lab_state_report seen;
static int reports;

static void observe(const struct lab_state_report *report)
{
    seen = *report;
    reports++;
}

static void tell(void *unused)
{
    (void)unused;
    lab_state(NULL, 5, LAB_LEADER, 8, 9);
}

static void tell_from_server(void *unused)
{
    (void)unused;
    struct sim_node *node = sim_node_new("server", 2);
    sim_node_boot(node);
    ck_assert(sim_node_call(node, "raft", tell, NULL));
    sim_node_free(node);
}

START_TEST(the_observer_gets_server_and_state)
{
    sim_ok(1, SIM_RANDOM, tell_from_server, NULL); /* no observer */
    ck_assert_int_eq(reports, 0);
    lab_state_observe(observe);
    sim_ok(1, SIM_RANDOM, tell_from_server, NULL);
    ck_assert_int_eq(reports, 1);
    ck_assert_int_eq(seen.server, 2);
    ck_assert_uint_eq(seen.term, 5);
    ck_assert_int_eq(seen.role, LAB_LEADER);
    ck_assert_uint_eq(seen.commit_index, 8);
    ck_assert_uint_eq(seen.last_index, 9);
}
END_TEST

SUITE(raftapi_apply)
{
    Suite *suite = suite_create("raftapi_apply");
    TCase *channel = tcase_create("channel");
    tcase_add_loop_test(channel, messages_arrive_in_order_each_when_taken, 1,
                        6);
    tcase_add_test(channel, several_threads_may_put);
    tcase_add_test(channel, messages_are_taken_in_the_order_of_their_puts);
    tcase_add_test(channel, snapshots_and_empty_messages_pass_too);
    tcase_add_test(channel, closing_wakes_all_threads);
    tcase_add_loop_test(channel, the_message_of_a_crashed_server_is_lost, 1, 6);
    tcase_add_test(channel,
                   a_mutex_held_over_apply_put_is_reported_as_a_deadlock);
    suite_add_tcase(suite, channel);

    TCase *words = tcase_create("log and state");
    tcase_add_test(words, only_selected_topics_are_printed);
    tcase_add_test(words, logging_does_not_change_a_run);
    tcase_add_test(words, the_observer_gets_server_and_state);
    suite_add_tcase(suite, words);
    return suite;
}
