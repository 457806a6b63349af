/* test_thread.c - a thread of a test: its step, verdict, time, random numbers.
 * Layer: tester/harness. See test_thread.h. */
#include "tester/harness/test_thread.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/random.h"
#include "tester/harness/lab.h"

struct cluster *cluster_at(struct cluster *c, const char *file, int line)
{
    struct verdict *verdict = c->lab->verdict;
    if (c->lab->file != file) { /* the pointer: names are static */
        c->lab->file = file;
        snprintf(verdict->file, sizeof(verdict->file), "%s", file);
    }
    verdict->line = line;
    c->file = file;
    c->line = line;
    return c;
}

/* ---- Verdicts -----------------------------------------------------------*/

void cluster_fail(struct cluster *c, const char *rule, const char *format, ...)
{
    char sentence[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);
    if (c->file) {
        cluster_at(c, c->file, c->line); /* not the step of another thread */
    }
    lab_fail(c->lab, rule, sentence);
}

void note(struct cluster *c, const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    lab_note(c->lab, text);
}

/* ---- Time and random numbers --------------------------------------------*/

void sleep_ms(uint64_t ms)
{
    sim_sleep(ms * SIM_MS);
}

uint64_t lab_random(struct cluster *c, uint64_t bound)
{
    LAB_ASSERT(bound > 0);
    return random_below(random_at(c->key, c->draws++), bound);
}

uint64_t random_value(struct cluster *c)
{
    return lab_random(c, UINT64_C(1) << 62);
}

/* ---- Helper threads -----------------------------------------------------*/

struct helper {
    struct cluster cluster;
    void (*fn)(struct cluster *c, void *argument);
    void *argument;
    struct sim_mutex mutex;
    struct sim_queue joiner;
    bool ended;
};

static void run_helper(void *argument)
{
    struct helper *helper = argument;
    helper->fn(&helper->cluster, helper->argument);
    sim_enter(&helper->mutex);
    LAB_ASSERT(!helper->ended);
    helper->ended = true;
    sim_wake_all(&helper->joiner);
    sim_leave(&helper->mutex);
}

struct helper *spawn(struct cluster *c,
                     void (*fn)(struct cluster *c, void *argument),
                     void *argument)
{
    struct helper *helper = lab_xcalloc(1, sizeof(*helper));
    helper->cluster = (struct cluster){
        .lab = c->lab,
        .file = c->file,
        .line = c->line,
        .key = random_key(c->key, c->children++),
    };
    helper->fn = fn;
    helper->argument = argument;
    sim_spawn("helper", run_helper, helper);
    return helper;
}

void join(struct helper *helper)
{
    sim_enter(&helper->mutex);
    while (!helper->ended) {
        sim_wait(&helper->mutex, &helper->joiner, SIM_FOREVER,
                 "a thread of the test to end");
    }
    sim_leave(&helper->mutex);
    free(helper);
}
