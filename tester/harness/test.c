/* test.c - runs one lab test.
 * Layer: tester/harness. See test.h. */
#include "tester/harness/test.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/random.h"
#include "raftapi/service.h"
#include "tester/harness/clients.h"
#include "tester/harness/lab.h"
#include "tester/harness/oracle.h"
#include "tester/harness/orderly_end.h"
#include "tester/harness/output.h"
#include "tester/harness/server_calls.h"
#include "tester/harness/server_text.h"
#include "tester/harness/servers.h"

enum { TIME_LIMIT_S = 120 };

/* ---- What the oracle sees -----------------------------------------------*/

/* Show the oracle what a service takes from its apply channel. (What the
 * tester takes, applier.c shows.) */
static void show_applied(int server, const struct apply_msg *msg)
{
    struct oracle *oracle = lab_running()->oracle;
    if (msg->is_snapshot) {
        oracle_saw_snapshot(oracle, server, msg->index, msg->bytes);
    } else {
        oracle_saw_command(oracle, server, msg->index, msg->bytes);
    }
}

static void rule_broken(void *context, const char *rule, const char *sentence)
{
    lab_fail(context, rule, sentence);
}

static void show_report(const struct lab_state_report *report)
{
    if (report->server < 0) {
        return; /* called by a constructor of the plug-in */
    }
    oracle_saw_report(lab_running()->oracle, report);
}

static void note_dirty_record(const char *message)
{
    lab_note(lab_running(), message);
}

/* ---- The run -------------------------------------------------------------*/

static void take_stats(struct lab *lab)
{
    struct lab_stats *stats = &lab->verdict->stats;
    stats->servers = lab->count;
    if (lab->net && lab->oracle) {
        stats->rpcs = labrpc_total_count(lab->net);
        stats->rpc_bytes = labrpc_total_bytes(lab->net);
        stats->commits = oracle_highest(lab->oracle);
        stats->ops = clients_ops(lab);
    }
}

/* The latency of messages in key/value tests. In virtual time an operation
 * takes only as long as its messages: with this latency a test does about as
 * many operations as the Go test in real time. With more of them a Raft that
 * saves its complete log with each entry, as most do, would need a minute of
 * CPU time. */
#define SERVICE_LATENCY_LEAST (800 * SIM_US)
#define SERVICE_LATENCY_MOST  (2400 * SIM_US)

static void run_test(void *argument)
{
    struct lab *lab = argument;
    struct cluster c = {
        .lab = lab,
        .key = random_key_text(lab->seed, "test"),
    };
    lab->net = labrpc_new(lab->seed);
    /* Clerks find the leader by calling servers: a call to a disconnected one
     * must fail soon (docs/labs.md §1.3, §4.1). */
    labrpc_long_delays(lab->net, !lab->test->service);
    labrpc_reliable(lab->net, !lab->test->unreliable);
    if (lab->test->service == ROLE_KV) {
        labrpc_latency(lab->net, SERVICE_LATENCY_LEAST, SERVICE_LATENCY_MOST);
    }
    lab->oracle = oracle_new(lab->count, rule_broken, lab);
    lab_state_observe(show_report);
    if (lab->test->service) {
        oracle_of_service(lab->oracle);
        apply_observe(show_applied);
    }
    if (!sim_is_real()) { /* real threads would call it concurrently */
        record_set_dirty_hook(note_dirty_record);
    }
    lab_start_servers(&c);
    if (lab->test->service == ROLE_KV) {
        clients_begin(lab);
    }
    lab->test->body(&c);
    take_stats(lab);
    lab_orderly_end(lab);
}

/* ---- The verdict ---------------------------------------------------------*/

/* The verdict on a run that ended so. When the body has returned, the test has
 * passed, unless the code under test then brings its process down; a raft_kill
 * that hangs is worth a note only. */
static enum verdict_kind judge(const struct lab *lab, enum sim_end end)
{
    switch (end) {
    case SIM_CRASHED:
        return VERDICT_CRASH;
    case SIM_EXITED:
        return VERDICT_EXIT;
    case SIM_MEMORY:
        return VERDICT_MEMORY;
    case SIM_BUG:
    case SIM_RUNNING:
        return VERDICT_INTERNAL;
    default:
        break;
    }
    if (lab->body_done) {
        return VERDICT_PASS;
    }
    switch (end) {
    case SIM_FAILED:
        return lab->not_applicable ? VERDICT_NOT_APPLICABLE
               : lab->unknown      ? VERDICT_UNKNOWN
                                   : VERDICT_FAIL;
    case SIM_MISUSE:
        return VERDICT_MISUSE;
    case SIM_RACE:
        return VERDICT_RACE;
    case SIM_DEADLOCK:
        return VERDICT_DEADLOCK;
    case SIM_LIVELOCK:
        return VERDICT_LIVELOCK;
    case SIM_TIMEOUT:
        return VERDICT_TIMEOUT;
    default:
        return VERDICT_INTERNAL;
    }
}

/* raft_make() must return at once. If one has not, that is why time ran out. */
static void blame_make(struct lab *lab)
{
    struct verdict *verdict = lab->verdict;
    for (int i = 0; lab->servers && i < lab->count; i++) {
        const struct server *server = &lab->servers[i];
        if (server->making) {
            snprintf(verdict->what, sizeof(verdict->what),
                     "%s of server %d was called at %.6f s and has not "
                     "returned by %.6f s; %.256s",
                     server_maker(lab), i, (double)server->making_since / 1e9,
                     (double)verdict->run.now / 1e9, verdict->run.what);
        }
    }
}

/* Complete the verdict. Async-signal-safe, but not with_saved. */
static void complete(struct lab *lab, bool with_saved)
{
    struct verdict *verdict = lab->verdict;
    struct sim_result *result = &verdict->run;
    enum verdict_kind kind = judge(lab, result->end);
    if (lab->body_done && result->end != SIM_DONE) {
        lab_note(lab, "this happened after the test, when raft_kill had been "
                      "called");
        if (kind == VERDICT_PASS) {
            lab_note(lab, result->what);
        }
    }
    if (!lab->body_done) {
        take_stats(lab);
    }
    if (result->end != SIM_FAILED && result->end != SIM_DONE) {
        memcpy(verdict->what, result->what, sizeof(verdict->what));
    }
    if (result->end == SIM_TIMEOUT) { /* never in a signal handler */
        blame_make(lab);
    }
    if (kind != VERDICT_PASS) {
        lab_describe_servers(lab, with_saved);
    } else {
        verdict->what[0] = '\0';
        result->now = lab->body_end; /* the time of the test alone */
    }
    verdict->kind = kind; /* last: a verdict with a kind is complete */
}

/* In a signal handler; the simulator then ends the process with status 3. */
static void complete_in_handler(void)
{
    complete(lab_running(), false);
    output_flush(-1);
}

static sim_ns time_limit(const struct lab_test *test, const struct lab_run *run)
{
    int seconds = run->time_limit_s    ? run->time_limit_s
                  : test->time_limit_s ? test->time_limit_s
                                       : TIME_LIMIT_S;
    return (sim_ns)seconds * SIM_SECOND;
}

void lab_test_run(const struct lab_test *test, const struct lab_run *run,
                  struct verdict *verdict)
{
    LAB_ASSERT(test->servers > 0);
    LAB_ASSERT(run->impl);
    LAB_ASSERT(!test->service || run->service);
    struct lab *lab = lab_xcalloc(1, sizeof(*lab));
    lab->test = test;
    lab->run = run;
    lab->verdict = verdict;
    lab->seed = random_key_text(run->seed, test->name);
    lab->count = test->servers;
    lab_set_running(lab);
    memset(verdict, 0, offsetof(struct verdict, wall_s)); /* our part of it */
    struct sim_options options = {
        .seed = lab->seed,
        .policy = run->policy,
        .time_limit = time_limit(test, run),
        .trace_fd = run->trace_fd,
        .trace_steps = run->trace_steps,
        .fill = run->fill,
        .real = run->real,
        .race = run->race,
        .cannot_return = complete_in_handler,
    };
    output_begin(lab->count);
    sim_run(&options, run_test, lab, &verdict->run);
    output_end();
    complete(lab, true);
}
