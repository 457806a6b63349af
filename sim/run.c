/* run.c - one run, from its first thread to its verdict.
 * Layer: sim. Whoever ends a run (body that returns, sim_fail(), a handler of a
 * signal) writes the result, once, on the fiber where it ends; then
 * sched_stop() leads back to sim_run(), or the process ends. */
#include "sim/run.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/random.h"
#include "sim/advice.h"
#include "sim/backtrace.h"
#include "sim/fatal.h"
#include "sim/fiber.h"
#include "sim/heap.h"
#include "sim/image/libc_range.h"
#include "sim/keys.h"
#include "sim/node_internal.h"
#include "sim/race/race.h"
#include "sim/real/mode.h"
#include "sim/sanitizer.h"
#include "sim/threads.h"
#include "sim/timer.h"
#include "sim/trace.h"

#define STEP_LIMIT UINT64_C(100000000)

static struct {
    struct sim_result *result;
    void (*body)(void *);
    void *argument;
} run;

const char *sim_end_text(enum sim_end end)
{
    static const char *const text[] = {
#define SIM_END_TEXT(name, word) [name] = word,
        SIM_ENDS(SIM_END_TEXT)
#undef SIM_END_TEXT
    };
    LAB_ASSERT((size_t)end < sizeof(text) / sizeof(text[0]));
    return text[end];
}

/* Never inlined or removed: debuggers set a breakpoint here. */
__attribute__((noinline)) void run_ends(enum sim_end end, const char *what)
{
    __asm__ volatile("" : : "r"(end), "r"(what));
}

/* Fill everything but the sentence. Without allocation: memory may have run
 * out, or the heap may be destroyed. result->end comes last, because another
 * process may read the result while this one dies. */
static void conclude(enum sim_end end)
{
    struct sim_result *result = run.result;
    LAB_ASSERT(end != SIM_RUNNING && result->end == SIM_RUNNING);
    if (real_on()) {
        real_conclude(result, end);
        return;
    }
    result->now = sched.now;
    result->steps = sched.steps;
    sched_hash(end, sched.steps);
    result->hash = random_mix(sched.hash);
    result->server = sim_server();
    snprintf(result->thread, sizeof(result->thread), "%s", sim_thread_name());
    if (end != SIM_DONE) {
        threads_describe(result);
    }
    if (end != SIM_DONE || threads_living()) {
        sanitizer_expect_leaks();
    }
    result->trace_error = trace_flush();
    result->end = end;
}

void run_conclude(enum sim_end end, const char *what)
{
    /* The first end counts: what follows it may be its consequence. */
    if (sim_active() && run.result->end == SIM_RUNNING) {
        run_ends(end, what);
        snprintf(run.result->what, sizeof(run.result->what), "%s", what);
        conclude(end);
    }
}

void run_note_race(const struct sim_access *two)
{
    LAB_ASSERT(sched.active);
    memcpy(run.result->race, two, sizeof(run.result->race));
}

void sim_fail(enum sim_end end, const char *format, ...)
{
    char what[sizeof(run.result->what)];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    if (!sim_active()) {
        fprintf(stderr, "raftlab: %s: %s\n", sim_end_text(end), what);
        abort();
    }
    if (real_on()) {
        real_fail(end, what);
    }
    heap_use(NULL); /* what runs from here on is framework code */
    run_conclude(end, what);
    sched_stop();
}

/* The code under test may use LAB_ASSERT, too: then the failed assertion is the
 * server's, and otherwise the framework's. Outside of runs it prints and aborts
 * as usual. */
static void on_assert(const char *message)
{
    if (!sim_active()) {
        return;
    }
    bool inside = real_on() ? real_inside() : sched.inside;
    bool server = sim_server() >= 0 && !inside;
    sim_fail(server ? SIM_CRASHED : SIM_BUG, "%s (at %.6f s, server %d)",
             message, (double)sim_now() / 1e9, sim_server());
}

static void *first(void *unused)
{
    (void)unused;
    run.body(run.argument);
    LAB_ASSERT(!sched.inside);
    run_ends(SIM_DONE, "");
    run.result->what[0] = '\0';
    conclude(SIM_DONE);
    sched_stop();
}

static void begin(const struct sim_options *options)
{
    /* The keys of the scheduler and of rand() are derived from the seed by
     * name, so that a new consumer does not change what another one draws. */
    sched = (struct sched){
        .timer_next = SIM_FOREVER,
        .seed = options->seed,
        .key = random_key_text(options->seed, "scheduler"),
        .tester_random = {random_key_text(options->seed, "tester rand"), 0},
        .policy = options->policy,
        .time_limit = options->time_limit ? options->time_limit : SIM_FOREVER,
        .step_limit = options->step_limit ? options->step_limit : STEP_LIMIT,
        .trace_steps = options->trace_fd > 0 && options->trace_steps,
    };
    sched_hash(options->seed, options->policy);
    libc_range_find();
    race_begin(options->race);
    heap_fill = options->fill;
    fiber_set_fill(options->fill);
    trace_open(options->trace_fd);
    fatal_watch(options->cannot_return);
    lab_assert_set_hook(on_assert);
    lab_framework_alloc = sim_framework_alloc;
}

static void run_real(const struct sim_options *options, void (*body)(void *),
                     void *argument)
{
    sched.seed = options->seed;
    trace_open(options->trace_fd);
    fatal_watch(options->cannot_return);
    lab_assert_set_hook(on_assert);
    real_run(options, body, argument);
    fatal_unwatch();
    run.result->trace_error = trace_close();
}

void sim_run(const struct sim_options *options, void (*body)(void *),
             void *argument, struct sim_result *result)
{
    LAB_ASSERT(!sched.active); /* one run at a time */
    LAB_ASSERT(body != NULL);
    memset(result, 0, sizeof(*result));
    run.result = result;
    real_choose(options->real);
    if (real_on()) {
        run_real(options, body, argument);
        return;
    }
    advice_begin(result);
    backtrace_begin();
    run.body = body;
    run.argument = argument;
    begin(options);
    struct thread *thread = sched_create(
        NULL, "tester", random_key_text(sched.key, "first"), first, NULL, NULL);
    sched.active = true;
    sched_run(thread);
    LAB_ASSERT(result->end != SIM_RUNNING);
    sched.inside = sched.in_timer = false; /* it may have ended inside */
    race_end();
    fatal_unwatch();
    run.result->trace_error = trace_close();
    keys_clear();
    timers_clear();
    threads_clear();
}
