/* results.c - the results of a suite in memory.
 * Layer: tester/cli. See results.h. */
#include "tester/cli/results.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"

void results_init(struct results *results, const struct lab_test *const *tests,
                  size_t test_count, uint64_t first_seed, uint64_t seed_count)
{
    LAB_ASSERT(seed_count > 0);
    *results = (struct results){
        .first_seed = first_seed,
        .seed_count = seed_count,
        .tests = lab_xcalloc(test_count + 1, sizeof(struct tally)),
        .test_count = test_count,
    };
    for (size_t i = 0; i < test_count; i++) {
        struct tally *result = &results->tests[i];
        result->test = tests[i];
        result->outcomes =
            lab_xcalloc((size_t)seed_count, sizeof(struct outcome));
        for (uint64_t k = 0; k < seed_count; k++) {
            result->outcomes[k].seed = first_seed + k;
        }
    }
}

/* The length of the UTF-8 character that begins here; 0: none does. */
static size_t utf8_length(const unsigned char *at)
{
    size_t length = at[0] < 0x80 ? 1 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
    if ((at[0] >= 0x80 && at[0] < 0xc2) || at[0] > 0xf4) {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            return 0; /* also at the final zero */
        }
    }
    bool overlong =
        (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xf0 && at[1] < 0x90);
    bool surrogate = at[0] == 0xed && at[1] > 0x9f;
    bool too_large = at[0] == 0xf4 && at[1] > 0x8f;
    return overlong || surrogate || too_large ? 0 : length;
}

/* Copy a text as valid UTF-8, which JSON requires. What a plug-in has printed
 * or written to a verdict may be any bytes: invalid ones become question marks.
 */
static char *clean_copy(const char *text)
{
    char *copy = lab_xstrdup(text);
    for (char *at = copy; *at != '\0';) {
        size_t length = utf8_length((const unsigned char *)at);
        if (length == 0) {
            *at = '?';
            length = 1;
        }
        at += length;
    }
    return copy;
}

static void forget_details(struct failure *failure)
{
    free(failure->servers);
    free(failure->threads);
    free(failure->advice);
    free(failure->output);
    failure->servers = NULL;
    failure->threads = NULL;
    failure->advice = NULL;
    failure->output = NULL;
}

static void failure_free(struct failure *failure)
{
    if (failure) {
        forget_details(failure);
        free(failure->rule);
        free(failure->what);
        free(failure->file);
        free(failure->thread);
        free(failure->where);
        free(failure);
    }
}

void results_release(struct results *results)
{
    for (size_t i = 0; i < results->test_count; i++) {
        struct tally *result = &results->tests[i];
        for (uint64_t k = 0; k < results->seed_count; k++) {
            failure_free(result->outcomes[k].failure);
            free(result->outcomes[k].notes);
        }
        free(result->outcomes);
    }
    free(results->tests);
    *results = (struct results){.tests = NULL};
}

static struct failure *failure_of(const struct verdict *verdict)
{
    struct failure *failure = lab_xcalloc(1, sizeof(*failure));
    bool from_run = verdict->what[0] == '\0';
    failure->rule = clean_copy(verdict->rule);
    failure->what = clean_copy(from_run ? verdict->run.what : verdict->what);
    failure->file = clean_copy(verdict->file);
    failure->line = verdict->line;
    failure->server = verdict->run.server;
    failure->thread = clean_copy(verdict->run.thread);
    failure->where = clean_copy(verdict->where);
    return failure;
}

/* Keep the long texts for the lowest failing seed of a test only: a wrong Raft
 * may fail thousands of runs. */
static void keep_details(struct tally *result, struct outcome *outcome,
                         const struct verdict *verdict)
{
    struct outcome *old = result->detailed;
    if (old && old->seed < outcome->seed) {
        return;
    }
    if (old) {
        forget_details(old->failure);
    }
    outcome->failure->servers = clean_copy(verdict->servers);
    outcome->failure->threads = clean_copy(verdict->threads);
    outcome->failure->advice = clean_copy(verdict->advice);
    outcome->failure->output = clean_copy(verdict->output);
    outcome->failure->output_cut = verdict->output_cut;
    result->detailed = outcome;
}

void results_add(struct results *results, struct tally *result,
                 struct outcome *outcome, const struct verdict *verdict)
{
    LAB_ASSERT(outcome->kind == VERDICT_NOT_RUN);
    LAB_ASSERT(verdict->kind != VERDICT_NOT_RUN);
    LAB_ASSERT(outcome >= result->outcomes);
    LAB_ASSERT(outcome < result->outcomes + results->seed_count);
    outcome->kind = verdict->kind;
    outcome->hash = verdict->run.hash;
    outcome->steps = verdict->run.steps;
    outcome->now = verdict->run.now;
    outcome->wall_s = verdict->wall_s;
    outcome->stats = verdict->stats;
    outcome->advice_count = verdict->run.advice_count;
    outcome->notes =
        verdict->notes[0] != '\0' ? clean_copy(verdict->notes) : NULL;
    if (verdict->kind == VERDICT_NOT_APPLICABLE) {
        outcome->failure = failure_of(verdict);
        result->not_applicable++;
    }
    if (verdict_passed(verdict->kind)) {
        result->passed++;
        result->warned += outcome->notes != NULL;
        results->passed++;
        return;
    }
    result->failed++;
    results->failed++;
    outcome->failure = failure_of(verdict);
    keep_details(result, outcome, verdict);
}

bool result_is_complete(const struct results *results,
                        const struct tally *result)
{
    return result->passed + result->failed == results->seed_count;
}

int result_points(const struct results *results, const struct tally *result)
{
    return result->passed == results->seed_count ? result->test->points : 0;
}
