/* bench_cluster.c - how the runtime scales: 101 servers, 30,000 threads.
 * Layer: tests. */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.h"
#include "sim/fiber.h"
#include "sim/node.h"
#include "sim/sim.h"
#include "tester/harness/cluster.h"
#include "tests/bench/bench.h"

/* CPU of a run in ns; steps may be NULL. */
static double run(void (*body)(void *), void *argument, uint64_t *steps)
{
    struct sim_options options = {.seed = 1};
    struct sim_result *result = calloc(1, sizeof(*result));
    LAB_ASSERT(result != NULL);
    uint64_t before = bench_cpu_ns();
    sim_run(&options, body, argument, result);
    double spent = (double)(bench_cpu_ns() - before);
    if (result->end != SIM_DONE) {
        fprintf(stderr, "benchmark: %s\n", result->what);
        exit(1);
    }
    if (steps) {
        *steps = result->steps;
    }
    free(result);
    return spent;
}

/* ---- A step, by the number of servers ------------------------------------*/

enum { PAIRS = 5, SERVERS_MAX = 101, STEPS = 4000000, STEPS_A_ROUND = 6 };

struct load {
    int servers, rounds;
    struct pair {
        pthread_mutex_t mutex;
        pthread_cond_t changed;
        int given, taken;
    } pairs[SERVERS_MAX][PAIRS];
};
static struct load load;

/* As threads of a Raft do: sleep, look around under a lock, wake another. */
static void tick(void *argument)
{
    struct pair *pair = argument;
    for (int i = 0; i < load.rounds; i++) {
        long ns = 10000000 + rand() % 10000000;
        nanosleep(&(struct timespec){.tv_nsec = ns}, NULL);
        pthread_mutex_lock(&pair->mutex);
        pair->given++;
        pthread_cond_signal(&pair->changed);
        pthread_mutex_unlock(&pair->mutex);
    }
}

static void answer(void *argument)
{
    struct pair *pair = argument;
    pthread_mutex_lock(&pair->mutex);
    while (pair->taken < load.rounds) {
        while (pair->taken == pair->given) {
            pthread_cond_wait(&pair->changed, &pair->mutex);
        }
        pair->taken = pair->given;
    }
    pthread_mutex_unlock(&pair->mutex);
}

static void run_servers(void *unused)
{
    struct sim_node *nodes[SERVERS_MAX];
    (void)unused;
    memset(load.pairs, 0, sizeof(load.pairs));
    for (int i = 0; i < load.servers; i++) {
        nodes[i] = sim_node_new("server", i);
        sim_node_boot(nodes[i]);
        for (int k = 0; k < PAIRS; k++) {
            sim_node_spawn(nodes[i], "tick", tick, &load.pairs[i][k]);
            sim_node_spawn(nodes[i], "answer", answer, &load.pairs[i][k]);
        }
    }
    for (int i = 0; i < load.servers; i++) {
        while (sim_node_threads(nodes[i]) > 0) {
            sim_sleep(SIM_SECOND);
        }
        sim_node_free(nodes[i]);
    }
}

static double step_ns(int servers)
{
    uint64_t steps = 0;
    load.servers = servers;
    load.rounds = STEPS / STEPS_A_ROUND / PAIRS / servers;
    double spent = run(run_servers, NULL, &steps);
    return spent / (double)steps;
}

/* The best of each, in turns, so that both see the machine at its best. */
double bench_event_cost_ratio(void)
{
    enum { TURNS = 8 };
    double few = 1e9, many = 1e9;
    for (int i = 0; i < TURNS; i++) {
        double ns = step_ns(3);
        few = ns < few ? ns : few;
        ns = step_ns(SERVERS_MAX);
        many = ns < many ? ns : many;
    }
    return many / few;
}

/* ---- Memory of a large cluster -------------------------------------------*/

static void lead_and_agree(struct cluster *c)
{
    check_one_leader(c);
    for (int i = 0; i < 20; i++) {
        agree(c, i, ALL_SERVERS, RETRY);
    }
}

static const struct lab_test large = {
    .name = "bench-101-servers",
    .servers = SERVERS_MAX,
    .file = __FILE__,
    .body = lead_and_agree,
};

double bench_large_cluster_mib(void)
{
    struct sim_plugin *reference = bench_reference();
    struct rusage usage;
    int status = 1;
    fflush(NULL);
    pid_t child = fork();
    LAB_ASSERT(child >= 0);
    if (child == 0) {
        struct verdict *verdict = calloc(1, sizeof(*verdict));
        struct lab_run how = {.seed = 1, .impl = reference};
        lab_test_run(&large, &how, verdict);
        if (verdict->kind != VERDICT_PASS) {
            fprintf(stderr, "101 servers: %s\n", verdict->what);
        }
        _exit(verdict->kind == VERDICT_PASS ? 0 : 1);
    }
    pid_t ended = wait4(child, &status, 0, &usage);
    if (ended != child || status != 0) {
        fprintf(stderr, "benchmark: the cluster of 101 servers failed\n");
        exit(1);
    }
    return (double)usage.ru_maxrss / 1024;
}

/* ---- 30,000 threads ------------------------------------------------------*/

static sem_t gate;

static void *pass_gate(void *argument)
{
    sem_wait(&gate);
    return argument;
}

static void create_all(void *argument)
{
    enum { COUNT = FIBER_STACKS_MAX - 1 }; /* one is the caller */
    static pthread_t threads[COUNT];
    sem_init(&gate, 0, 0);
    for (int i = 0; i < COUNT; i++) {
        pthread_create(&threads[i], NULL, pass_gate, NULL);
    }
    for (int i = 0; i < COUNT; i++) {
        sem_post(&gate);
    }
    for (int i = 0; i < COUNT; i++) {
        pthread_join(threads[i], NULL);
    }
    (void)argument;
}

double bench_many_threads_s(void)
{
    return run(create_all, NULL, NULL) / 1e9;
}
