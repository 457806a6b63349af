/* test_calls.c - the labs' twelve tests of labrpc, and what labgob guarantees
 * to caller and handler (docs/labs.md §1.5 and §2).
 * Layer: tests. */
#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/junk.h"
#include "tests/support/sim_helper.h"
#include "tests/support/suites.h"

static void sleep_ms(uint64_t ms)
{
    sim_sleep(ms * SIM_MS);
}

static int parse(struct labrpc_end *end, const char *text)
{
    struct junk_text args = {.text = (char *)text};
    struct junk_number reply = {0};
    ck_assert(call_Parse(end, &args, &reply));
    return reply.number;
}

static void basic(void)
{
    struct world *w = world_new(1, false);
    ck_assert(junk_print(w->end, 111));
    ck_assert_int_eq(w->junk->printed, 1);
    ck_assert_int_eq(parse(w->end, "9099"), 9099);
    ck_assert_int_eq(w->junk->parsed, 1);
    world_free(w);
}

START_TEST(a_call_gets_the_exact_reply)
{
    in_sim(1, SIM_RANDOM, basic);
}
END_TEST

/* The labs' test of types, in C: both sides must use the same record. */
static void wrong_arguments(void *unused)
{
    (void)unused;
    struct world *w = world_new(1, false);
    struct junk_text args = {.text = (char[]){"x"}};
    struct junk_text reply = {0};
    labrpc_call(w->end, "Junk.Print", &record_junk_text, &args,
                &record_junk_text, &reply);
}

static void wrong_reply(void *unused)
{
    (void)unused;
    struct world *w = world_new(1, false);
    struct junk_number args = {.number = 1};
    struct junk_number reply = {0};
    labrpc_call(w->end, "Junk.Print", &record_junk_number, &args,
                &record_junk_number, &reply);
}

START_TEST(both_sides_must_agree_on_the_records)
{
    sim_ends(SIM_MISUSE,
             "call of Junk.Print: for the arguments the caller uses record "
             "junk_text {TEXT(text)}, but the handler uses record junk_number "
             "{INT(number)}; use the same RECORD on both sides",
             wrong_arguments, NULL);
    sim_ends(SIM_MISUSE,
             "for the reply the caller uses record junk_number {INT(number)}, "
             "but the handler uses record junk_text",
             wrong_reply, NULL);
}
END_TEST

static void call_by_name(void *name)
{
    struct world *w = world_new(1, true);
    struct junk_number args = {.number = 1}, reply = {0};
    labrpc_call(w->end, name, &record_junk_number, &args, &record_junk_number,
                &reply);
}

START_TEST(unknown_names_end_the_run_and_list_the_known)
{
    sim_ends(SIM_MISUSE, "no service \"Raft\"; its services: Junk",
             call_by_name, (char[]){"Raft.Work"});
    sim_ends(SIM_MISUSE,
             "no method \"Play\"; add it to the list of its methods, which "
             "are: Parse, Print, Slow, Length, Letters, Work, Turn",
             call_by_name, (char[]){"Junk.Play"});
    sim_ends(SIM_MISUSE, "no service \"\"", call_by_name, (char[]){"Work"});
    /* The name is cut at its last dot. */
    sim_ends(SIM_MISUSE, "no service \"Junk.a\"", call_by_name,
             (char[]){"Junk.a.Work"});
}
END_TEST

static void disconnected(void)
{
    struct world *w = world_new(1, false);
    labrpc_enable(w->net, "end", false);
    ck_assert(!junk_print(w->end, 111));
    ck_assert_int_eq(w->junk->printed, 0);
    labrpc_enable(w->net, "end", true);
    ck_assert(junk_print(w->end, 111));
    world_free(w);
}

START_TEST(a_disabled_end_gets_no_reply_until_enabled)
{
    in_sim(1, SIM_RANDOM, disconnected);
}
END_TEST

static void counts(void)
{
    struct world *w = world_new(1, false);
    labrpc_add_server(w->net, "99", w->server);
    struct labrpc_end *end = world_end(w, "other", "99");
    for (int i = 0; i < 17; i++) {
        ck_assert(junk_print(end, i));
    }
    ck_assert_uint_eq(labrpc_count(w->net, "99"), 17);
    ck_assert_uint_eq(labrpc_total_count(w->net), 17);
    ck_assert_uint_eq(labrpc_count(w->net, "never heard of"), 0);
    world_free(w);
}

START_TEST(requests_are_counted_by_server)
{
    in_sim(1, SIM_RANDOM, counts);
}
END_TEST

/* The bounds are payload and payload + 24 %, as in the original. */
static void bytes_of_calls(void)
{
    struct world *w = world_new(1, false);
    char text[285];
    memset(text, 'x', 284);
    text[284] = '\0';
    for (int i = 0; i < 17; i++) {
        struct junk_text args = {.text = text};
        struct junk_number reply = {0};
        ck_assert(call_Length(w->end, &args, &reply));
        ck_assert_int_eq(reply.number, 284);
    }
    uint64_t first = labrpc_total_bytes(w->net);
    ck_assert_uint_ge(first, 17 * 284);
    ck_assert_uint_le(first, 17 * 284 * 124 / 100);
    for (int i = 0; i < 17; i++) {
        struct junk_number args = {.number = 107};
        struct junk_text reply = {0};
        ck_assert(call_Letters(w->end, &args, &reply));
        ck_assert_uint_eq(strlen(reply.text), 107);
        FREE(junk_text, &reply);
    }
    uint64_t second = labrpc_total_bytes(w->net) - first;
    ck_assert_uint_ge(second, 17 * 107);
    ck_assert_uint_le(second, 17 * 107 * 124 / 100);
    world_free(w);
}

START_TEST(bytes_of_arguments_and_replies_are_counted)
{
    in_sim(1, SIM_RANDOM, bytes_of_calls);
}
END_TEST

/* ---- Many at once --------------------------------------------------------*/

struct client {
    struct labrpc_end *end;
    int number, calls, replies;
    pthread_t thread;
};

static void *run_client(void *argument)
{
    struct client *client = argument;
    for (int i = 0; i < client->calls; i++) {
        client->replies += junk_print(client->end, client->number * 100 + i);
    }
    return NULL;
}

enum { CLIENTS_MAX = 300 };

/* Make calls from many threads, on an end each (own_end) or all on one. Return
 * the number of replies. */
static int run_clients(struct world *w, int count, int calls, bool own_end)
{
    static struct client clients[CLIENTS_MAX];
    for (int i = 0; i < count; i++) {
        char name[32];
        snprintf(name, sizeof(name), "end %d", i);
        clients[i] = (struct client){
            .end = own_end ? world_end(w, name, "server") : w->end,
            .number = i,
            .calls = calls};
        pthread_create(&clients[i].thread, NULL, run_client, &clients[i]);
    }
    int replies = 0;
    for (int i = 0; i < count; i++) {
        pthread_join(clients[i].thread, NULL);
        replies += clients[i].replies;
    }
    return replies;
}

static void concurrent_many(void)
{
    struct world *w = world_new(1, false);
    ck_assert_int_eq(run_clients(w, 20, 10, true), 200);
    ck_assert_uint_eq(labrpc_count(w->net, "server"), 200);
    world_free(w);
}

START_TEST(many_ends_call_at_once)
{
    in_sim(1, SIM_RANDOM, concurrent_many);
}
END_TEST

static void unreliable(void)
{
    struct world *w = world_new(1, false);
    labrpc_reliable(w->net, false);
    ck_assert(!labrpc_is_reliable(w->net));
    int replies = run_clients(w, 300, 1, true);
    ck_assert_int_gt(replies, 0);
    ck_assert_int_lt(replies, 300);
    world_free(w);
}

START_TEST(an_unreliable_network_loses_some_calls)
{
    in_sim(1, SIM_RANDOM, unreliable);
}
END_TEST

static void concurrent_one(void)
{
    struct world *w = world_new(1, true);
    ck_assert_int_eq(run_clients(w, 20, 1, false), 20);
    ck_assert_int_eq(w->junk->printed, 20);
    ck_assert_uint_eq(labrpc_count(w->net, "server"), 20);
    world_free(w);
}

START_TEST(many_threads_call_on_one_end)
{
    in_sim(1, SIM_RANDOM, concurrent_one);
}
END_TEST

static void *run_failing_client(void *argument)
{
    struct client *client = argument;
    client->replies = junk_print(client->end, 1);
    return NULL;
}

/* Calls that wait on a dead end do not delay later ones. */
static void regression_1(void)
{
    struct world *w = world_new(1, false);
    labrpc_enable(w->net, "end", false);
    struct client clients[20];
    for (int i = 0; i < 20; i++) {
        clients[i] = (struct client){.end = w->end};
        pthread_create(&clients[i].thread, NULL, run_failing_client,
                       &clients[i]);
    }
    sleep_ms(100);
    sim_ns before = sim_now();
    labrpc_enable(w->net, "end", true);
    ck_assert(junk_print(w->end, 99));
    ck_assert_uint_le(sim_now() - before, 30 * SIM_MS);
    for (int i = 0; i < 20; i++) {
        pthread_join(clients[i].thread, NULL);
        ck_assert_int_eq(clients[i].replies, 0);
    }
    ck_assert_uint_eq(labrpc_count(w->net, "server"), 1);
    world_free(w);
}

START_TEST(delayed_calls_do_not_hold_up_others)
{
    in_sim(1, SIM_RANDOM, regression_1);
}
END_TEST

/* ---- Servers that vanish -------------------------------------------------*/

struct slow_call {
    struct labrpc_end *end;
    bool over, replied;
};

static void *call_slow(void *argument)
{
    struct slow_call *call = argument;
    struct junk_number args = {.number = 99}, reply = {0};
    call->replied = call_Slow(call->end, &args, &reply);
    call->over = true;
    return NULL;
}

static void killed(void)
{
    struct world *w = world_new(1, true);
    struct slow_call call = {.end = w->end};
    pthread_t thread;
    pthread_create(&thread, NULL, call_slow, &call);
    sleep_ms(1000);
    ck_assert(!call.over);
    sleep_ms(100);
    ck_assert(!call.over);
    labrpc_delete_server(w->net, "server");
    sleep_ms(101);
    ck_assert(call.over);
    ck_assert(!call.replied);
    ck_assert_int_eq(w->junk->call[99].runs, 1);
    pthread_join(thread, NULL);
    sleep_ms(20000); /* the handler ends; nobody awaits its reply */
    ck_assert_uint_gt(w->junk->call[99].ended, 0);
    world_free(w);
}

START_TEST(a_call_ends_when_its_server_is_deleted)
{
    in_sim(1, SIM_RANDOM, killed);
}
END_TEST

static void benchmark(void)
{
    struct world *w = world_new(1, true);
    for (int i = 0; i < 100000; i++) {
        ck_assert(junk_print(w->end, i));
    }
    ck_assert_uint_eq(labrpc_count(w->net, "server"), 100000);
    world_free(w);
}

START_TEST(a_hundred_thousand_calls_are_answered)
{
    in_sim(1, SIM_RANDOM, benchmark);
}
END_TEST

static void long_delay_race(void)
{
    struct world *w = world_new(1, false);
    ck_assert(junk_print(w->end, 1));
    labrpc_long_delays(w->net, true);
    ck_assert(labrpc_has_long_delays(w->net));
    labrpc_delete_server(w->net, "server");
    struct client client = {.end = w->end, .calls = 1};
    pthread_create(&client.thread, NULL, run_client, &client);
    labrpc_long_delays(w->net, true);
    sleep_ms(200);
    labrpc_long_delays(w->net, true);
    pthread_join(client.thread, NULL);
    ck_assert_int_eq(client.replies, 0);
    world_free(w);
}

START_TEST(modes_can_change_while_calls_wait)
{
    in_sim(1, SIM_RANDOM, long_delay_race);
}
END_TEST

/* ---- The two sides share no memory ---------------------------------------*/

struct turn_call {
    struct labrpc_end *end;
    struct junk_pieces args, reply;
    bool over;
};

static void *call_turn(void *argument)
{
    struct turn_call *call = argument;
    ck_assert(call_Turn(call->end, &call->args, &call->reply));
    call->over = true;
    return NULL;
}

static void nothing_shared(void)
{
    struct world *w = world_new(1, true);
    w->junk->work = 100 * SIM_MS;
    char one[] = "one", two[] = "two", raw[] = "raw";
    struct junk_text pieces[] = {{.text = one}, {.text = two}};
    struct turn_call call = {.end = w->end,
                             .args = {.pieces = pieces,
                                      .pieces_count = 2,
                                      .raw = bytes_of_text(raw)}};
    pthread_t thread;
    pthread_create(&thread, NULL, call_turn, &call);
    sleep_ms(10); /* the handler has its arguments, and sleeps */
    memcpy(one, "111", 3);
    memcpy(raw, "222", 3);
    call.args.pieces_count = 0;
    pthread_join(thread, NULL);

    ck_assert_uint_eq(call.reply.pieces_count, 2);
    ck_assert_str_eq(call.reply.pieces[0].text, "two");
    ck_assert_str_eq(call.reply.pieces[1].text, "one");
    ck_assert(bytes_equal(call.reply.raw, bytes_of_text("raw")));
    /* What the handler wrote to its arguments does not reach the caller. */
    ck_assert_str_eq(one, "111");
    ck_assert_str_eq(two, "two");
    ck_assert_str_eq(raw, "222");
    FREE(junk_pieces, &call.reply);
    world_free(w);
}

START_TEST(sender_and_handler_share_nothing)
{
    in_sim(1, SIM_RANDOM, nothing_shared);
}
END_TEST

/* A handler that keeps a pointer to its arguments reads garbage, at once and in
 * every run. The test reads freed memory on purpose, so not with the address
 * sanitizer. */
#ifndef __SANITIZE_ADDRESS__
static void kept_arguments(void)
{
    struct world *w = world_new(1, true);
    struct junk_text piece = {.text = (char[]){"x"}};
    struct junk_pieces args = {.pieces = &piece, .pieces_count = 1};
    struct junk_pieces reply = {0};
    args.raw = bytes_of_text("raw");
    ck_assert(call_Turn(w->end, &args, &reply));
    volatile const size_t *size = &w->junk->turned->raw.size;
    ck_assert_uint_eq(*size, UINT64_C(0xdbdbdbdbdbdbdbdb));
    FREE(junk_pieces, &reply);
    world_free(w);
}

START_TEST(arguments_are_overwritten_after_the_handler)
{
    in_sim(1, SIM_FIFO, kept_arguments);
}
END_TEST
#endif

static char reported[512];

static void remember(const char *message)
{
    snprintf(reported, sizeof(reported), "%s", message);
}

static void dirty_reply(void)
{
    struct world *w = world_new(1, false);
    struct junk_text args = {.text = (char[]){"0"}};
    struct junk_number reply = {.number = 99};
    ck_assert(call_Parse(w->end, &args, &reply));
    ck_assert_ptr_nonnull(
        strstr(reported, "junk_number.number already holds a value"));
    ck_assert_int_eq(reply.number, 0); /* not the former value */
    world_free(w);
}

START_TEST(a_dirty_reply_is_reported)
{
    record_set_dirty_hook(remember);
    in_sim(1, SIM_RANDOM, dirty_reply);
}
END_TEST

SUITE(labrpc_calls)
{
    Suite *suite = suite_create("labrpc_calls");
    TCase *lab = tcase_create("lab");
    tcase_add_test(lab, a_call_gets_the_exact_reply);
    tcase_add_test(lab, both_sides_must_agree_on_the_records);
    tcase_add_test(lab, unknown_names_end_the_run_and_list_the_known);
    tcase_add_test(lab, a_disabled_end_gets_no_reply_until_enabled);
    tcase_add_test(lab, requests_are_counted_by_server);
    tcase_add_test(lab, bytes_of_arguments_and_replies_are_counted);
    tcase_add_test(lab, many_ends_call_at_once);
    tcase_add_test(lab, an_unreliable_network_loses_some_calls);
    tcase_add_test(lab, many_threads_call_on_one_end);
    tcase_add_test(lab, delayed_calls_do_not_hold_up_others);
    tcase_add_test(lab, a_call_ends_when_its_server_is_deleted);
    tcase_add_test(lab, a_hundred_thousand_calls_are_answered);
    tcase_add_test(lab, modes_can_change_while_calls_wait);
    suite_add_tcase(suite, lab);

    TCase *boundary = tcase_create("boundary");
    tcase_add_test(boundary, sender_and_handler_share_nothing);
#ifndef __SANITIZE_ADDRESS__
    tcase_add_test(boundary, arguments_are_overwritten_after_the_handler);
#endif
    tcase_add_test(boundary, a_dirty_reply_is_reported);
    suite_add_tcase(suite, boundary);
    return suite;
}
