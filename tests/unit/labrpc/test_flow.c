/* test_flow.c - control of single messages (labrpc/flow.h).
 * Layer: tests. Host 0 calls host 1, which is the server of a junk world. */
#include "labrpc/flow.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/junk.h"
#include "tests/support/sim_helper.h"
#include "tests/support/suites.h"

enum { HERE, THERE, HOSTS };

static struct world *controlled(bool on_node)
{
    struct world *w = world_new(1, on_node);
    flow_control(w->net, HOSTS);
    flow_assign_end(w->net, "end", HERE, THERE);
    return w;
}

static int runs(const struct world *w, int number)
{
    return w->junk->call[number].runs;
}

static uint64_t kept_number(const struct world *w, size_t at)
{
    struct flow_message message;
    ck_assert(flow_kept(w->net, at, &message));
    return message.number;
}

static bool none_kept(const struct world *w)
{
    struct flow_message message;
    return !flow_kept(w->net, 0, &message);
}

/* ---- Off and pass --------------------------------------------------------*/

static void some_calls(struct world *w)
{
    for (int i = 0; i < 20; i++) {
        ck_assert(junk_sample(w, i).ok);
    }
    world_free(w);
}

static void calls_without(void)
{
    some_calls(world_new(1, true));
}

static void calls_with(void)
{
    some_calls(controlled(true));
}

START_TEST(a_flow_that_passes_changes_nothing)
{
    for (uint64_t seed = 1; seed <= 5; seed++) {
        ck_assert_uint_eq(in_sim(seed, SIM_RANDOM, calls_without),
                          in_sim(seed, SIM_RANDOM, calls_with));
    }
}
END_TEST

/* ---- Drop ----------------------------------------------------------------*/

static void drops(void)
{
    struct world *w = controlled(true);
    struct flow_delay hour = {FLOW_CONSTANT, 3600 * SIM_SECOND, 0};
    flow_set(w->net, HERE, THERE, FLOW_REQUESTS, FLOW_DROP);
    flow_delay(w->net, HERE, THERE, hour); /* dropped messages have none */
    struct sample s = junk_sample(w, 1);
    ck_assert(!s.ok && !s.ran);
    assert_within(s.total, 200 * SIM_US, 20 * SIM_MS);

    flow_delay(w->net, HERE, THERE, (struct flow_delay){.kind = FLOW_NO_DELAY});
    flow_set(w->net, HERE, THERE, FLOW_BOTH, FLOW_PASS);
    flow_set(w->net, THERE, HERE, FLOW_REPLIES, FLOW_DROP);
    s = junk_sample(w, 2);
    ck_assert(!s.ok && s.ran);
    assert_within(s.total, 400 * SIM_US, 20 * SIM_MS);

    /* The other direction and the other kind are not affected. */
    flow_set(w->net, HERE, THERE, FLOW_REPLIES, FLOW_DROP);
    flow_set(w->net, THERE, HERE, FLOW_BOTH, FLOW_PASS);
    flow_set(w->net, THERE, HERE, FLOW_REQUESTS, FLOW_DROP);
    ck_assert_int_eq(flow_get(w->net, HERE, THERE, FLOW_REQUESTS), FLOW_PASS);
    ck_assert_int_eq(flow_get(w->net, HERE, THERE, FLOW_REPLIES), FLOW_DROP);
    ck_assert(junk_sample(w, 3).ok);
    world_free(w);
}

START_TEST(a_dropped_message_fails_its_call_within_20_ms)
{
    in_sim(1, SIM_RANDOM, drops);
}
END_TEST

static void drops_under_way(void)
{
    struct world *w = controlled(true);
    struct asked asked = {.w = w};
    sim_spawn("asker", ask, &asked);
    sim_sleep(100 * SIM_US);
    flow_set(w->net, HERE, THERE, FLOW_BOTH, FLOW_DROP);
    sim_sleep(20 * SIM_MS);
    ck_assert(asked.over && !asked.ok);
    ck_assert_int_eq(runs(w, 0), 0);

    labrpc_long_delays(w->net, true);
    labrpc_enable(w->net, "end", false);
    for (int i = 1; i < 10; i++) { /* a dead end */
        struct sample s = junk_sample(w, i);
        ck_assert(!s.ok && s.total <= 20 * SIM_MS);
    }
    world_free(w);
}

START_TEST(a_cut_also_stops_messages_under_way)
{
    in_sim(1, SIM_FIFO, drops_under_way);
}
END_TEST

/* ---- Hold ----------------------------------------------------------------*/

static void holds(void)
{
    struct world *w = controlled(true);
    struct asked asked = {.w = w, .number = 7};
    flow_set(w->net, HERE, THERE, FLOW_BOTH, FLOW_HOLD);
    flow_set(w->net, THERE, HERE, FLOW_BOTH, FLOW_HOLD);
    sim_spawn("asker", ask, &asked);
    sim_sleep(100 * SIM_SECOND);
    ck_assert(!asked.over && runs(w, 7) == 0);
    struct flow_message message;
    ck_assert(flow_kept(w->net, 0, &message));
    ck_assert(!message.is_reply);
    ck_assert_int_eq(message.from, HERE);
    ck_assert_int_eq(message.to, THERE);
    uint64_t request = message.number;

    ck_assert(flow_release(w->net, request));
    ck_assert(!flow_release(w->net, request));
    sim_sleep(100 * SIM_SECOND);
    ck_assert(!asked.over && runs(w, 7) == 1);
    ck_assert(flow_kept(w->net, 0, &message));
    ck_assert(message.is_reply);
    ck_assert_int_eq(message.from, THERE);
    ck_assert_uint_eq(message.request, request);
    ck_assert(
        !flow_deliver(w->net, message.number)); /* a reply has no copies */
    ck_assert(flow_release(w->net, message.number));
    sim_sleep(SIM_MS);
    ck_assert(asked.over && asked.ok && none_kept(w));

    /* Or it is lost. */
    asked = (struct asked){.w = w, .number = 8};
    sim_spawn("asker", ask, &asked);
    sim_sleep(SIM_SECOND);
    ck_assert(flow_discard(w->net, kept_number(w, 0)));
    sim_sleep(SIM_MS);
    ck_assert(asked.over && !asked.ok && runs(w, 8) == 0);
    world_free(w);
}

START_TEST(held_messages_wait_for_their_release)
{
    in_sim(1, SIM_RANDOM, holds);
}
END_TEST

/* In any order, one by one. */
static void releases_backwards(void)
{
    struct world *w = controlled(true);
    struct asked asked[4];
    flow_set(w->net, HERE, THERE, FLOW_REQUESTS, FLOW_HOLD);
    for (int i = 0; i < 4; i++) {
        asked[i] = (struct asked){.w = w, .number = i};
        sim_spawn("asker", ask, &asked[i]);
        sim_sleep(SIM_MS);
    }
    for (int i = 3; i >= 0; i--) {
        ck_assert(flow_release(w->net, kept_number(w, (size_t)i)));
        sim_sleep(5 * SIM_MS);
        ck_assert(asked[i].over && asked[i].ok);
        ck_assert(i == 0 || !asked[i - 1].over);
    }
    world_free(w);
}

START_TEST(held_messages_arrive_in_any_order)
{
    in_sim(1, SIM_RANDOM, releases_backwards);
}
END_TEST

/* ---- Copies --------------------------------------------------------------*/

static void stashes(void)
{
    struct world *w = controlled(true);
    flow_set(w->net, HERE, THERE, FLOW_BOTH, FLOW_STASH);
    struct sample s = junk_sample(w, 1);
    ck_assert(!s.ok && !s.ran);
    ck_assert_uint_le(s.total, 20 * SIM_MS);
    uint64_t number = kept_number(w, 0);
    uint64_t bytes = labrpc_total_bytes(w->net);
    for (int i = 1; i <= 3; i++) {
        ck_assert(flow_deliver(w->net, number));
        sim_sleep(10 * SIM_MS);
        ck_assert_int_eq(runs(w, 1), i);
    }
    ck_assert(flow_release(w->net, number));
    sim_sleep(10 * SIM_MS);
    ck_assert_int_eq(runs(w, 1), 4);
    ck_assert(none_kept(w));
    /* No reply was delivered. */
    ck_assert_uint_eq(labrpc_total_bytes(w->net), bytes);

    flow_set(w->net, HERE, THERE, FLOW_BOTH, FLOW_PASS);
    flow_set(w->net, THERE, HERE, FLOW_REPLIES, FLOW_STASH);
    ck_assert(!junk_sample(w, 2).ok); /* a stashed reply is lost */
    ck_assert(none_kept(w));
    world_free(w);
}

START_TEST(a_stashed_request_is_lost_and_arrives_later)
{
    in_sim(1, SIM_RANDOM, stashes);
}
END_TEST

static void duplicates(void)
{
    struct world *w = controlled(true);
    flow_set(w->net, HERE, THERE, FLOW_BOTH, FLOW_DUPLICATE);
    flow_set(w->net, THERE, HERE, FLOW_BOTH, FLOW_DUPLICATE);
    struct asked asked = {.w = w, .number = 1};
    ask(&asked);
    ck_assert(asked.ok);
    sim_sleep(10 * SIM_MS);
    ck_assert_int_eq(runs(w, 1), 2);

    flow_set(w->net, HERE, THERE, FLOW_BOTH, FLOW_COPY);
    asked = (struct asked){.w = w, .number = 2};
    ask(&asked);
    ck_assert(asked.ok);
    ck_assert_int_eq(runs(w, 2), 1);
    ck_assert(flow_release(w->net, kept_number(w, 0)));
    sim_sleep(10 * SIM_MS);
    ck_assert_int_eq(runs(w, 2), 2);
    ck_assert(none_kept(w));
    world_free(w);
}

START_TEST(a_duplicate_runs_the_handler_again_and_returns_once)
{
    in_sim(1, SIM_RANDOM, duplicates);
}
END_TEST

/* ---- A controller --------------------------------------------------------*/

static enum flow_fate drop_third(void *context,
                                 const struct flow_message *message,
                                 enum flow_fate fate)
{
    uint64_t *nth = context;
    return !message->is_reply && message->sequence == *nth ? FLOW_DROP : fate;
}

static enum flow_fate drop_large(void *context,
                                 const struct flow_message *message,
                                 enum flow_fate fate)
{
    size_t *most = context;
    return message->content.size > *most ? FLOW_DROP : fate;
}

static enum flow_fate drop_marked(void *context,
                                  const struct flow_message *message,
                                  enum flow_fate fate)
{
    const char *marker = context;
    return flow_carries(message, bytes_of(marker, strlen(marker))) ? FLOW_DROP
                                                                   : fate;
}

static bool length_of(struct world *w, const char *text)
{
    struct junk_text args = {.text = (char *)text};
    struct junk_number reply = {0};
    return call_Length(w->end, &args, &reply);
}

static void decides(void)
{
    struct world *w = controlled(true);
    uint64_t third = 3;
    flow_decide(w->net, drop_third, &third);
    for (int i = 1; i <= 5; i++) {
        ck_assert_int_eq(junk_print(w->end, i), i != 3);
    }
    size_t most = 50;
    char text[100];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    flow_decide(w->net, drop_large, &most);
    ck_assert(!length_of(w, text));
    ck_assert(length_of(w, "short"));
    flow_decide(w->net, drop_marked, "mark");
    ck_assert(length_of(w, "mar-k"));
    ck_assert(!length_of(w, "a mark in it"));
    ck_assert(!length_of(w, "mark"));
    flow_decide(w->net, NULL, NULL);
    ck_assert(length_of(w, "mark"));
    world_free(w);
}

START_TEST(a_controller_decides_by_sequence_size_and_bytes)
{
    in_sim(1, SIM_RANDOM, decides);
}
END_TEST

struct seen {
    int count[3][2]; /* by event, reply */
    struct flow_message last;
};

static void see(void *context, enum flow_event event,
                const struct flow_message *message)
{
    struct seen *seen = context;
    seen->count[event][message->is_reply]++;
    seen->last = *message;
}

static void watches(void)
{
    struct world *w = controlled(true);
    struct seen seen = {.count = {{0}}};
    flow_watch(w->net, see, &seen);
    ck_assert(junk_print(w->end, 1));
    for (int reply = 0; reply < 2; reply++) {
        ck_assert_int_eq(seen.count[FLOW_SENT][reply], 1);
        ck_assert_int_eq(seen.count[FLOW_DELIVERED][reply], 1);
        ck_assert_int_eq(seen.count[FLOW_HANDLED][reply], !reply);
    }
    ck_assert_uint_eq(seen.last.number, 2);
    ck_assert_uint_eq(seen.last.request, 1);
    ck_assert_uint_eq(seen.last.sequence, 1);
    flow_set(w->net, HERE, THERE, FLOW_REQUESTS, FLOW_STASH);
    ck_assert(!junk_print(w->end, 2));
    ck_assert_int_eq(seen.count[FLOW_SENT][0], 2);
    ck_assert_int_eq(seen.count[FLOW_DELIVERED][0], 1);
    flow_release(w->net, kept_number(w, 0));
    sim_sleep(SIM_MS);
    ck_assert_int_eq(seen.count[FLOW_DELIVERED][0], 2);
    ck_assert_int_eq(seen.count[FLOW_HANDLED][0], 2);
    ck_assert_int_eq(seen.count[FLOW_SENT][1], 1); /* nobody awaits it */
    world_free(w);
}

START_TEST(a_watcher_sees_messages_sent_delivered_and_handled)
{
    in_sim(1, SIM_RANDOM, watches);
}
END_TEST

/* ---- Crashes -------------------------------------------------------------*/

static void crash_server(struct world *w)
{
    labrpc_enable(w->net, "end", false);
    labrpc_delete_server(w->net, "server");
    sim_node_crash(w->node);
    labrpc_server_free(w->server);
}

static void boot_server(struct world *w)
{
    sim_node_boot(w->node);
    w->server = world_server(w);
    labrpc_add_server(w->net, "server", w->server);
    labrpc_enable(w->net, "end", true);
}

/* A message that was sent no longer needs its sender; a request reaches the
 * successor of its server. */
static void crashes(void)
{
    struct world *w = controlled(true);
    struct asked first = {.w = w, .number = 1};
    struct asked second = {.w = w, .number = 2};
    flow_set(w->net, THERE, HERE, FLOW_REPLIES, FLOW_HOLD);
    sim_spawn("asker", ask, &first);
    sim_sleep(10 * SIM_MS);
    flow_set(w->net, HERE, THERE, FLOW_REQUESTS, FLOW_HOLD);
    sim_spawn("asker", ask, &second);
    sim_sleep(10 * SIM_MS);
    crash_server(w);
    uint64_t reply = kept_number(w, 0);
    uint64_t request = kept_number(w, 1);
    ck_assert(flow_release(w->net, reply));
    sim_sleep(10 * SIM_MS);
    ck_assert(first.over && first.ok);

    boot_server(w);
    flow_set(w->net, THERE, HERE, FLOW_REPLIES, FLOW_PASS);
    ck_assert(flow_release(w->net, request));
    sim_sleep(10 * SIM_MS);
    ck_assert(second.over && second.ok);
    ck_assert_uint_eq(labrpc_count(w->net, "server"), 1);

    /* No server is bound: lost. */
    struct asked third = {.w = w, .number = 3};
    sim_spawn("asker", ask, &third);
    sim_sleep(10 * SIM_MS);
    crash_server(w);
    ck_assert(flow_release(w->net, kept_number(w, 0)));
    sim_sleep(SIM_SECOND);
    ck_assert(third.over && !third.ok);
    boot_server(w);
    world_free(w);
}

START_TEST(kept_messages_outlive_the_servers)
{
    in_sim(1, SIM_RANDOM, crashes);
}
END_TEST

static void frees_with_messages_kept(void)
{
    struct world *w = controlled(true);
    struct asked asked = {.w = w, .number = 1};
    flow_set(w->net, HERE, THERE, FLOW_REQUESTS, FLOW_STASH);
    ck_assert(!junk_print(w->end, 0));
    flow_set(w->net, HERE, THERE, FLOW_REQUESTS, FLOW_HOLD);
    sim_spawn("asker", ask, &asked);
    sim_sleep(SIM_SECOND);
    labrpc_end_delete(w->net, "end");
    ck_assert(!asked.over);
    world_free(w); /* the sanitizer sees leaks */
    sim_sleep(SIM_SECOND);
    ck_assert(asked.over && !asked.ok);
}

START_TEST(freeing_the_network_loses_kept_messages)
{
    in_sim(1, SIM_RANDOM, frees_with_messages_kept);
}
END_TEST

/* ---- Delay and bandwidth -------------------------------------------------*/

#define LATENCY_MOST (600 * SIM_US + 100 * SIM_US)

static struct flow_delay delay_ms(enum flow_delay_kind kind, uint64_t least,
                                  uint64_t most)
{
    return (struct flow_delay){kind, least * SIM_MS, most * SIM_MS};
}

static void constant_and_uniform(void)
{
    struct world *w = controlled(true);
    flow_delay(w->net, HERE, THERE, delay_ms(FLOW_CONSTANT, 50, 0));
    struct sample s = junk_sample(w, 0);
    assert_within(s.there, 50 * SIM_MS, 50 * SIM_MS + LATENCY_MOST);
    assert_within(s.back, 0, LATENCY_MOST);

    flow_delay(w->net, THERE, HERE, delay_ms(FLOW_UNIFORM, 10, 30));
    int slow = 0;
    for (int i = 0; i < 200; i++) {
        s = junk_sample(w, i);
        assert_within(s.back, 10 * SIM_MS, 30 * SIM_MS + LATENCY_MOST);
        slow += s.back > 20 * SIM_MS;
    }
    assert_within((uint64_t)slow, 70, 130);

    /* A slow server: in both directions, in addition. */
    flow_delay_host(w->net, THERE, delay_ms(FLOW_CONSTANT, 100, 0));
    s = junk_sample(w, 0);
    assert_within(s.there, 150 * SIM_MS, 150 * SIM_MS + LATENCY_MOST);
    assert_within(s.back, 110 * SIM_MS, 130 * SIM_MS + LATENCY_MOST);
    flow_delay_host(w->net, HERE, delay_ms(FLOW_CONSTANT, 1000, 0));
    s = junk_sample(w, 0);
    assert_within(s.there, 1150 * SIM_MS, 1150 * SIM_MS + LATENCY_MOST);
    world_free(w);
}

START_TEST(delays_are_constant_or_uniform_and_add_up)
{
    in_sim(1, SIM_RANDOM, constant_and_uniform);
}
END_TEST

static void heavy(void)
{
    enum { SAMPLES = 2000 };
    struct world *w = controlled(true);
    flow_delay(w->net, HERE, THERE, delay_ms(FLOW_HEAVY_TAIL, 10, 5000));
    uint64_t above[3] = {0};
    for (int i = 0; i < SAMPLES; i++) {
        sim_ns there = junk_sample(w, i).there;
        assert_within(there, 10 * SIM_MS, 5000 * SIM_MS + LATENCY_MOST);
        above[0] += there > 20 * SIM_MS;
        above[1] += there > 100 * SIM_MS;
        above[2] += there > 1000 * SIM_MS;
    }
    assert_within(above[0], SAMPLES * 46 / 100, SAMPLES * 58 / 100);
    assert_within(above[1], SAMPLES * 7 / 100, SAMPLES * 13 / 100);
    assert_within(above[2], SAMPLES * 3 / 1000, SAMPLES * 20 / 1000);
    world_free(w);
}

START_TEST(a_heavy_tail_is_long_sometimes)
{
    in_sim(1, SIM_FIFO, heavy);
}
END_TEST

/* 1,000 bytes per second: a message waits for those before it. */
static void capacity(void)
{
    enum { CALLS = 10 };
    struct world *w = controlled(true);
    struct asked asked[CALLS];
    flow_bandwidth(w->net, HERE, THERE, 1000);
    uint64_t bytes = labrpc_total_bytes(w->net);
    for (int i = 0; i < CALLS; i++) {
        asked[i] = (struct asked){.w = w, .number = 100 + i};
        sim_spawn("asker", ask, &asked[i]);
    }
    sim_sleep(100 * SIM_US);
    bytes = labrpc_total_bytes(w->net) - bytes;
    ck_assert_uint_ge(bytes, CALLS * 2);
    sim_ns began = sim_now();
    sim_ns last = 0;
    sim_sleep(SIM_SECOND);
    for (int i = 0; i < CALLS; i++) {
        ck_assert(asked[i].ok);
        sim_ns started = w->junk->call[100 + i].started;
        last = started > last ? started : last;
    }
    assert_within(last - began, bytes * SIM_MS - SIM_MS,
                  bytes * SIM_MS + 2 * SIM_MS);
    /* An idle link sends at once. */
    struct sample s = junk_sample(w, 1);
    assert_within(s.there, 2 * SIM_MS, 4 * SIM_MS + LATENCY_MOST);
    flow_bandwidth(w->net, HERE, THERE, 0);
    ck_assert_uint_le(junk_sample(w, 1).there, LATENCY_MOST);
    world_free(w);
}

START_TEST(limited_bandwidth_queues_messages)
{
    in_sim(1, SIM_FIFO, capacity);
}
END_TEST

SUITE(labrpc_flow)
{
    Suite *suite = suite_create("labrpc_flow");
    TCase *fates = tcase_create("fates");
    tcase_add_test(fates, a_flow_that_passes_changes_nothing);
    tcase_add_test(fates, a_dropped_message_fails_its_call_within_20_ms);
    tcase_add_test(fates, a_cut_also_stops_messages_under_way);
    tcase_add_test(fates, held_messages_wait_for_their_release);
    tcase_add_test(fates, held_messages_arrive_in_any_order);
    tcase_add_test(fates, a_stashed_request_is_lost_and_arrives_later);
    tcase_add_test(fates, a_duplicate_runs_the_handler_again_and_returns_once);
    tcase_add_test(fates, a_controller_decides_by_sequence_size_and_bytes);
    tcase_add_test(fates, a_watcher_sees_messages_sent_delivered_and_handled);
    tcase_add_test(fates, kept_messages_outlive_the_servers);
    tcase_add_test(fates, freeing_the_network_loses_kept_messages);
    suite_add_tcase(suite, fates);

    TCase *slowness = tcase_create("slowness");
    tcase_add_test(slowness, delays_are_constant_or_uniform_and_add_up);
    tcase_add_test(slowness, a_heavy_tail_is_long_sometimes);
    tcase_add_test(slowness, limited_bandwidth_queues_messages);
    suite_add_tcase(suite, slowness);
    return suite;
}
