/* test_real_layers.c - network, persister and apply channel with many real
 * threads at once. In the build for the thread sanitizer this shows data races.
 * Layer: tests. No time is measured. */
#include <pthread.h>
#include <string.h>

#include "labrpc/network.h"
#include "persister/store.h"
#include "raftapi/service.h"
#include "tests/support/real_helper.h"
#include "tests/support/suites.h"

/* ---- labrpc --------------------------------------------------------------*/

RECORD(real_number, INT(number));
struct adder {
    pthread_mutex_t mu;
    int served;
};
LABRPC_METHOD(adder, Adder, AddOne, real_number, real_number);

void on_AddOne(struct adder *adder, const struct real_number *args,
               struct real_number *reply)
{
    pthread_mutex_lock(&adder->mu);
    adder->served++;
    pthread_mutex_unlock(&adder->mu);
    reply->number = args->number + 1;
}

enum { CALLERS = 6, CALLS = 30 };

static struct {
    pthread_mutex_t mu;
    int replies, failures, wrong;
    struct labrpc_end *end;
} calls = {.mu = PTHREAD_MUTEX_INITIALIZER};

static void *call_often(void *unused)
{
    for (int i = 0; i < CALLS; i++) {
        struct real_number args = {.number = i}, reply = {0};
        bool replied = call_AddOne(calls.end, &args, &reply);
        pthread_mutex_lock(&calls.mu);
        calls.replies += replied;
        calls.failures += !replied;
        calls.wrong += replied && reply.number != i + 1;
        pthread_mutex_unlock(&calls.mu);
    }
    return unused;
}

static void call_from_threads(void *unused)
{
    pthread_t threads[CALLERS];
    (void)unused;
    for (int i = 0; i < CALLERS; i++) {
        pthread_create(&threads[i], NULL, call_often, NULL);
    }
    for (int i = 0; i < CALLERS; i++) {
        pthread_join(threads[i], NULL);
    }
}

static void many_calls(void *unused)
{
    (void)unused;
    static struct adder adder = {.mu = PTHREAD_MUTEX_INITIALIZER};
    static const struct labrpc_method *const methods[] = {&rpc_AddOne, NULL};
    struct labrpc_network *net = labrpc_new(1);
    struct sim_node *client = node_up(0), *node = node_up(1);
    struct labrpc_server *server = labrpc_server_new(node);
    labrpc_server_add(server, "Adder", &adder, methods);
    labrpc_add_server(net, "server", server);
    calls.end = labrpc_end_new(net, "end");
    labrpc_connect(net, "end", "server");
    labrpc_enable(net, "end", true);
    sim_node_spawn(client, "caller", call_from_threads, NULL);
    while (sim_node_threads(client) > 0) {
        sim_sleep(3 * SIM_MS);
        labrpc_enable(net, "end", false);
        labrpc_reliable(net, labrpc_total_count(net) % 2 == 0);
        sim_sleep(SIM_MS);
        labrpc_enable(net, "end", true);
    }
    ck_assert_int_eq(calls.replies + calls.failures, CALLERS * CALLS);
    ck_assert_int_gt(calls.replies, 0);
    ck_assert_int_eq(calls.wrong, 0);
    ck_assert_uint_eq(labrpc_total_count(net), CALLERS * CALLS);
    labrpc_delete_server(net, "server");
    labrpc_server_free(server);
    sim_node_free(client);
    sim_node_free(node);
    ck_assert_int_ge(adder.served, calls.replies);
    labrpc_free(net);
}

START_TEST(calls_from_many_threads_while_the_network_changes)
{
    record_prepare(&record_real_number);
    run_ok(many_calls);
}
END_TEST

static void call_dead_end(void *failed)
{
    struct real_number args = {.number = 1}, reply = {0};
    *(bool *)failed = !call_AddOne(calls.end, &args, &reply);
}

/* A call to an unreachable server lasts up to 7 s; a server that ends does not
 * wait for it. The time is drawn at random, so several calls are tried. */
static void dead_end(void *unused)
{
    (void)unused;
    bool failed[8] = {false};
    struct labrpc_network *net = labrpc_new(1);
    struct sim_node *node = node_up(0);
    labrpc_long_delays(net, true);
    calls.end = labrpc_end_new(net, "end");
    for (int i = 0; i < 8; i++) {
        sim_node_spawn(node, "caller", call_dead_end, &failed[i]);
    }
    sim_sleep(5 * SIM_MS);
    ck_assert_uint_gt(sim_node_threads(node), 0);
    sim_node_end(node, "end", NULL, NULL);
    for (int i = 0; i < 8; i++) {
        ck_assert(failed[i]);
    }
    labrpc_free(net);
    sim_node_free(node);
}

START_TEST(calls_into_nowhere_end_with_their_server)
{
    record_prepare(&record_real_number);
    run_ok(dead_end);
}
END_TEST

/* ---- persister -----------------------------------------------------------*/

static struct persister *saved;

static void *save_often(void *number)
{
    uint8_t byte = *(uint8_t *)number;
    uint8_t state[64];
    for (size_t i = 1; i <= sizeof(state); i++) {
        memset(state, byte, i);
        persister_save(saved, bytes_of(state, i), bytes_of(state, i / 2));
        struct bytes copy = persister_state(saved);
        for (size_t k = 1; k < copy.size; k++) {
            if (copy.data[k] != copy.data[0]) {
                sim_fail(SIM_FAILED, "half of one save, half of another");
            }
        }
        bytes_free(&copy);
    }
    return NULL;
}

static void save_from_threads(void *unused)
{
    uint8_t numbers[4] = {1, 2, 3, 4};
    pthread_t threads[4];
    (void)unused;
    for (int i = 0; i < 4; i++) {
        pthread_create(&threads[i], NULL, save_often, &numbers[i]);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
}

static void saving(void *unused)
{
    (void)unused;
    saved = persister_new();
    struct sim_node *node = node_up(0);
    sim_node_spawn(node, "saver", save_from_threads, NULL);
    while (sim_node_threads(node) > 0) {
        struct persister *copy = persister_copy(saved);
        ck_assert_uint_eq(persister_state_bytes(copy) / 2,
                          persister_snapshot_bytes(copy));
        persister_free(copy);
        sim_sleep(SIM_MS / 10);
    }
    ck_assert_uint_eq(persister_saves(saved), 4 * 64);
    persister_free(saved);
    sim_node_free(node);
}

START_TEST(saves_are_atomic_among_many_threads)
{
    run_ok(saving);
}
END_TEST

/* ---- The apply channel ---------------------------------------------------*/

enum { PUTTERS = 4, PUTS = 200 };
static struct apply_channel *channel;

static void *put_often(void *term)
{
    uint8_t content[16] = {0};
    for (uint64_t i = 1; i <= PUTS; i++) {
        struct apply_msg msg = {.index = i,
                                .term = *(uint64_t *)term,
                                .bytes = bytes_of(content, sizeof(content))};
        if (!apply_put(channel, msg)) {
            sim_fail(SIM_FAILED, "the channel is closed");
        }
    }
    return NULL;
}

static void put_from_threads(void *unused)
{
    uint64_t terms[PUTTERS];
    pthread_t threads[PUTTERS];
    (void)unused;
    for (uint64_t i = 0; i < PUTTERS; i++) {
        terms[i] = i;
        pthread_create(&threads[i], NULL, put_often, &terms[i]);
    }
    for (int i = 0; i < PUTTERS; i++) {
        pthread_join(threads[i], NULL);
    }
}

static void applying(void *unused)
{
    (void)unused;
    uint64_t last[PUTTERS] = {0};
    channel = apply_channel_new(0);
    struct sim_node *node = node_up(0);
    sim_node_spawn(node, "putter", put_from_threads, NULL);
    for (int i = 0; i < PUTTERS * PUTS; i++) {
        struct apply_msg msg;
        ck_assert(apply_take(channel, &msg));
        ck_assert_uint_lt(msg.term, PUTTERS);
        ck_assert_uint_eq(msg.index, last[msg.term] + 1);
        last[msg.term]++;
        bytes_free(&msg.bytes);
    }
    sim_node_free(node);
    apply_channel_close(channel);
    apply_channel_free(channel);
}

START_TEST(messages_of_a_putter_arrive_in_its_order)
{
    run_ok(applying);
}
END_TEST

SUITE(sim_real_layers)
{
    Suite *suite = suite_create("sim_real_layers");
    TCase *tc = tcase_create("real_layers");
    tcase_add_test(tc, calls_from_many_threads_while_the_network_changes);
    tcase_add_test(tc, calls_into_nowhere_end_with_their_server);
    tcase_add_test(tc, saves_are_atomic_among_many_threads);
    tcase_add_test(tc, messages_of_a_putter_arrive_in_its_order);
    suite_add_tcase(suite, tc);
    return suite;
}
