/* bench_labrpc.c - costs of a call through the simulated network.
 * Layer: tests. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "labrpc/network.h"
#include "sim/node.h"
#include "sim/sim.h"
#include "tests/bench/bench.h"

enum {
    CALLS = 100000, /* in each of so many runs, measured together: clocks of */
    RUNS = 5,       /* CPU time may tick every 4 ms only */
    ENTRIES = 5,
};

RECORD(bench_number, INT(number));
RECORD(bench_text, TEXT(text));
RECORD(bench_entry, U64(term) BYTES(command));
RECORD(bench_append,
       U64(term) INT(leader_id) U64(prev_log_index) U64(prev_log_term)
           LIST(bench_entry, entries) U64(leader_commit));
RECORD(bench_appended, U64(term) BOOL(success) U64(conflict_index));

struct bench_server {
    int unused;
};
LABRPC_METHOD(bench_server, Bench, Print, bench_number, bench_text);
LABRPC_METHOD(bench_server, Bench, Append, bench_append, bench_appended);

/* The lab's int -> string handler: a prefix and the number. */
void on_Print(struct bench_server *server, const struct bench_number *args,
              struct bench_text *reply)
{
    (void)server;
    char text[32];
    snprintf(text, sizeof(text), "handler2-%d", args->number);
    reply->text = lab_xstrdup(text);
}

void on_Append(struct bench_server *server, const struct bench_append *args,
               struct bench_appended *reply)
{
    (void)server;
    reply->term = args->term;
    reply->success = args->entries_count == ENTRIES;
}

static void print_often(struct labrpc_end *end)
{
    for (int i = 0; i < CALLS; i++) {
        struct bench_number args = {.number = i};
        struct bench_text reply = {.text = NULL};
        bool ok = call_Print(end, &args, &reply);
        LAB_ASSERT(ok);
        LAB_ASSERT(atoi(reply.text + strlen("handler2-")) == i);
        FREE(bench_text, &reply);
    }
}

static void append_often(struct labrpc_end *end)
{
    struct bench_entry entries[ENTRIES];
    for (int i = 0; i < ENTRIES; i++) {
        entries[i] = (struct bench_entry){
            .term = 7, .command = bytes_of_text("a command")};
    }
    for (int i = 0; i < CALLS; i++) {
        struct bench_append args = {.term = 7,
                                    .leader_id = 2,
                                    .prev_log_index = (uint64_t)i,
                                    .prev_log_term = 7,
                                    .entries = entries,
                                    .entries_count = ENTRIES,
                                    .leader_commit = (uint64_t)i};
        struct bench_appended reply = {.term = 0};
        bool ok = call_Append(end, &args, &reply);
        LAB_ASSERT(ok && reply.success);
        FREE(bench_appended, &reply);
    }
}

struct work {
    void (*calls)(struct labrpc_end *end);
};

static void with_network(void *argument)
{
    const struct labrpc_method *const methods[] = {&rpc_Print, &rpc_Append,
                                                   NULL};
    struct work *work = argument;
    struct bench_server receiver = {0};
    struct sim_node *node = sim_node_new("server", 0);
    sim_node_boot(node);
    struct labrpc_network *net = labrpc_new(1);
    struct labrpc_server *server = labrpc_server_new(node);
    labrpc_server_add(server, "Bench", &receiver, methods);
    labrpc_add_server(net, "server", server);
    struct labrpc_end *end = labrpc_end_new(net, "end");
    labrpc_connect(net, "end", "server");
    labrpc_enable(net, "end", true);
    work->calls(end);
    labrpc_cleanup(net);
    labrpc_delete_server(net, "server");
    labrpc_server_free(server);
    labrpc_end_delete(net, "end");
    labrpc_free(net);
    sim_node_free(node);
}

static double measure(void (*calls)(struct labrpc_end *end))
{
    struct work work = {calls};
    struct sim_options options = {.seed = 1};
    struct sim_result *result = calloc(1, sizeof(*result));
    LAB_ASSERT(result != NULL);
    uint64_t before = bench_cpu_ns();
    for (int i = 0; i < RUNS; i++) {
        sim_run(&options, with_network, &work, result);
        if (result->end != SIM_DONE) {
            fprintf(stderr, "benchmark: %s\n", result->what);
            exit(1);
        }
    }
    double spent = (double)(bench_cpu_ns() - before);
    free(result);
    return spent / ((double)CALLS * RUNS);
}

double bench_rpc(void)
{
    return measure(print_often);
}

double bench_append5(void)
{
    return measure(append_often);
}
