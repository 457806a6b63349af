/* test.c - the list of lab tests, and running one of them.
 * Layer: tester. See test.h. */
#include "tester/harness/test.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/random.h"
#include "tester/harness/capture.h"
#include "tester/harness/clients_state.h"
#include "tester/harness/cluster_state.h"

/* ---- The list -----------------------------------------------------------*/

/* Bounds of the section that LAB_TEST() fills, in the order of linking. */
extern const struct lab_test *const __start_raftlab_tests[]
    __attribute__((visibility("hidden")));
extern const struct lab_test *const __stop_raftlab_tests[]
    __attribute__((visibility("hidden")));

static int compare(const void *a, const void *b)
{
    const struct lab_test *x = *(const struct lab_test *const *)a;
    const struct lab_test *y = *(const struct lab_test *const *)b;
    int order = strcmp(x->part, y->part);
    order = order != 0 ? order : strcmp(x->file, y->file);
    return order != 0 ? order : x->line - y->line;
}

const struct lab_test *const *lab_tests(size_t *count)
{
    static const struct lab_test **sorted;
    size_t found = (size_t)(__stop_raftlab_tests - __start_raftlab_tests);
    if (!sorted) {
        sorted = lab_xmalloc(found * sizeof(sorted[0]));
        memcpy(sorted, __start_raftlab_tests, found * sizeof(sorted[0]));
        qsort(sorted, found, sizeof(sorted[0]), compare);
    }
    *count = found;
    return sorted;
}

bool lab_test_is_graded(const struct lab_test *test)
{
    return test->points > 0;
}

/* From 2024 on Raft is lab 3, and the key/value service lab 4: TestBackup3B is
 * our TestBackup2B. */
static bool is_alias(const char *name, const char *test)
{
    size_t size = strlen(test);
    return size >= 2 && strlen(name) == size &&
           (test[size - 2] == '2' || test[size - 2] == '3') &&
           name[size - 2] == test[size - 2] + 1 &&
           name[size - 1] == test[size - 1] &&
           memcmp(name, test, size - 2) == 0;
}

/* A test's own name goes before what others were called later. */
const struct lab_test *lab_test_find(const char *name)
{
    size_t count;
    const struct lab_test *const *tests = lab_tests(&count);
    const struct lab_test *found = NULL;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(name, tests[i]->name) == 0) {
            return tests[i];
        }
        if (is_alias(name, tests[i]->name)) {
            found = tests[i];
        }
    }
    return found;
}

/* ---- Running ------------------------------------------------------------*/

enum { TIME_LIMIT_S = 120 };

/* The run of this process, for the signal handler. */
static struct lab *running;

struct server *lab_server_here(void)
{
    int index = sim_server();
    bool exists =
        running && running->servers && index >= 0 && index < running->count;
    return exists ? &running->servers[index] : NULL;
}

/* What a service takes from its channel. */
static void pass_applied(int server, const struct apply_msg *msg)
{
    if (msg->is_snapshot) {
        oracle_saw_snapshot(running->oracle, server, msg->index, msg->bytes);
    } else {
        oracle_saw_command(running->oracle, server, msg->index, msg->bytes);
    }
}

static void oracle_says(void *context, const char *rule, const char *sentence)
{
    lab_fail(context, rule, sentence);
}

static void pass_report(const struct lab_state_report *report)
{
    if (report->server < 0) {
        return; /* from a constructor of the plug-in */
    }
    oracle_saw_report(running->oracle, report);
}

static void record_is_dirty(const char *type, const char *field)
{
    char text[256];
    snprintf(text, sizeof(text),
             "record_unpack: %s.%s already holds a value; fields that are zero "
             "are not sent, so unpack into an empty record only",
             type, field);
    lab_note(running, text);
}

static void take_stats(struct lab *lab)
{
    struct lab_stats *stats = &lab->verdict->stats;
    stats->servers = lab->count;
    if (lab->net && lab->oracle) {
        stats->rpcs = labrpc_total_count(lab->net);
        stats->rpc_bytes = labrpc_total_bytes(lab->net);
        stats->commits = oracle_highest(lab->oracle);
        stats->ops = lab->clients ? lab->clients->ops : 0;
    }
}

/* An operation costs virtual time by its messages alone. With this latency a
 * test does about as many operations as the original in real time
 * (docs/labs.md §8.4), so that a Raft that saves its log whole each time, as
 * most do, is not drowned in them. */
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
    /* Clerks look for the leader by calls, and are to learn soon where there is
     * none (docs/labs.md §1.3, §4.1). */
    labrpc_long_delays(lab->net, !lab->test->service);
    labrpc_reliable(lab->net, !lab->test->unreliable);
    if (lab->test->service == ROLE_KV) {
        labrpc_latency(lab->net, SERVICE_LATENCY_LEAST, SERVICE_LATENCY_MOST);
    }
    lab->oracle = oracle_new(lab->count, oracle_says, lab);
    lab_state_observe(pass_report);
    if (lab->test->service) {
        oracle_of_service(lab->oracle);
        apply_observe(pass_applied);
    }
    if (!sim_is_real()) { /* there they come from many threads at once */
        record_set_complaint(record_is_dirty);
    }
    lab_start_servers(&c);
    if (lab->test->service == ROLE_KV) {
        clients_begin(lab);
    }
    lab->test->body(&c);
    take_stats(lab);
    lab_orderly_end(lab);
}

/* What the end of a run means. Once the body has returned the test is passed,
 * unless the code under test brings its process down: that raft_kill hangs is
 * worth a note only. */
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

/* It is to return at once: that it has not is why time has run out. */
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

/* Async-signal-safe without with_saved. */
static void complete(struct lab *lab, bool with_saved)
{
    struct verdict *verdict = lab->verdict;
    struct sim_result *result = &verdict->run;
    enum verdict_kind kind = judge(lab, result->end);
    if (lab->body_done && result->end != SIM_DONE) {
        lab_note(lab, "the test was over, and raft_kill had been called");
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
    if (result->end == SIM_TIMEOUT) { /* not in a signal handler */
        blame_make(lab);
    }
    if (kind != VERDICT_PASS) {
        lab_describe_servers(lab, with_saved);
    } else {
        verdict->what[0] = '\0';
        result->now = lab->body_end; /* what the labs print as its time */
    }
    verdict->kind = kind; /* last: a verdict with a kind is whole */
}

/* The simulator ends the process after it, with status 3. */
static void complete_in_handler(void)
{
    complete(running, false);
    capture_flush(-1);
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
    LAB_ASSERT(!running);
    struct lab *lab = lab_xcalloc(1, sizeof(*lab));
    lab->test = test;
    lab->run = run;
    lab->verdict = verdict;
    lab->seed = random_key_text(run->seed, test->name);
    lab->count = test->servers;
    running = lab;
    memset(verdict, 0, offsetof(struct verdict, wall_s)); /* the child's part */
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
    capture_begin(lab->count);
    sim_run(&options, run_test, lab, &verdict->run);
    capture_end();
    complete(lab, true);
}
