/* print_table.c - tables of results.
 * Layer: tester/cli. See print_table.h. */
#include "tester/cli/print_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    VERDICT_WIDTH = 8,
    WIDE_EXTRA = 75, /* columns beside name and seed in a wide table */
    OPS_WIDTH = 8,   /* more of them if some tests have operations */
    SEEDS_LISTED = 10,
};

static double seconds(sim_ns now)
{
    return (double)now / (double)SIM_SECOND;
}

/* ---- Tables -------------------------------------------------------------*/

static int digits(uint64_t number)
{
    return snprintf(NULL, 0, "%" PRIu64, number);
}

struct table table_for(const struct look *look, const struct results *results)
{
    struct table table = {.look = look, .name_width = 4, .seed_width = 4};
    for (size_t i = 0; i < results->test_count; i++) {
        int length = (int)strlen(results->tests[i].test->name);
        if (length > table.name_width) {
            table.name_width = length;
        }
    }
    if (digits(results->first_seed) > table.seed_width) {
        table.seed_width = digits(results->first_seed);
    }
    for (size_t i = 0; i < results->test_count; i++) {
        table.ops |= results->tests[i].test->service == ROLE_KV;
    }
    int wide = table.name_width + table.seed_width + WIDE_EXTRA +
               (table.ops ? OPS_WIDTH : 0);
    table.narrow = look->columns > 0 && look->columns < wide;
    return table;
}

/* Print the first seed at which a directed test was not applicable, and why. */
static void print_not_applicable(const struct results *results,
                                 const struct tally *result)
{
    for (uint64_t k = 0; k < results->seed_count; k++) {
        const struct outcome *outcome = &result->outcomes[k];
        if (outcome->kind == VERDICT_NOT_APPLICABLE) {
            printf("%-*s not applicable with %" PRIu64 " of the seeds; seed "
                   "%" PRIu64 ": %s: %s\n",
                   VERDICT_WIDTH, "", result->not_applicable, outcome->seed,
                   outcome->failure->rule, outcome->failure->what);
            return;
        }
    }
}

void table_run_heading(const struct table *table)
{
    printf("%-*s %-*s ", VERDICT_WIDTH, "verdict", table->name_width, "test");
    if (table->narrow) {
        printf("%7s %6s %6s %16s\n", "virtual", "wall", "RPCs", "hash");
    } else {
        printf("%9s %8s %5s %7s %9s %7s %s%*s %16s\n", "virtual", "wall",
               "peers", "RPCs", "bytes", "commits",
               table->ops ? "    ops " : "", table->seed_width, "seed", "hash");
    }
}

/* "-" if there is none: of real runs, and of runs killed from outside. */
static const char *hash_text(uint64_t hash)
{
    static char text[24];
    if (hash == 0) {
        return "-";
    }
    snprintf(text, sizeof(text), "%016" PRIx64, hash);
    return text;
}

void table_run(const struct table *table, const struct lab_test *test,
               const struct outcome *outcome)
{
    const struct lab_stats *stats = &outcome->stats;
    int servers = stats->servers > 0 ? stats->servers : test->servers;
    print_verdict(table->look, outcome->kind, VERDICT_WIDTH);
    printf(" %-*s ", table->name_width, test->name);
    if (table->narrow) {
        printf("%6.1fs %5.3fs %6" PRIu64 " %16s\n", seconds(outcome->now),
               outcome->wall_s, stats->rpcs, hash_text(outcome->hash));
    } else {
        printf("%7.3f s %6.3f s %5d %7" PRIu64 " %9" PRIu64 " %7" PRIu64 " ",
               seconds(outcome->now), outcome->wall_s, servers, stats->rpcs,
               stats->rpc_bytes, stats->commits);
        if (table->ops) {
            printf("%7" PRIu64 " ", stats->ops);
        }
        printf("%*" PRIu64 " %16s\n", table->seed_width, outcome->seed,
               hash_text(outcome->hash));
    }
    if (outcome->kind == VERDICT_NOT_APPLICABLE) {
        printf("  %s: %s\n", outcome->failure->rule, outcome->failure->what);
    }
    if (verdict_passed(outcome->kind)) {
        print_notes("  warning: ", outcome->notes);
    }
}

void table_test_heading(const struct table *table, bool points)
{
    printf("%-*s %-*s %13s %9s %7s", VERDICT_WIDTH, "verdict",
           table->name_width, "test", "passed", "virtual", "RPCs");
    printf(points ? " %6s\n" : "\n", "points");
}

struct mean {
    uint64_t count;
    sim_ns now;
    uint64_t rpcs;
};

static struct mean mean_of(const struct results *results,
                           const struct tally *result)
{
    struct mean mean = {.count = 0};
    for (uint64_t k = 0; k < results->seed_count; k++) {
        const struct outcome *outcome = &result->outcomes[k];
        if (outcome->kind != VERDICT_NOT_RUN) {
            mean.count++;
            mean.now += outcome->now;
            mean.rpcs += outcome->stats.rpcs;
        }
    }
    if (mean.count > 0) {
        mean.now /= mean.count;
        mean.rpcs /= mean.count;
    }
    return mean;
}

static void list_failing_seeds(const struct results *results,
                               const struct tally *result)
{
    uint64_t listed = 0;
    printf("%-*s failing seeds:", VERDICT_WIDTH, "");
    for (uint64_t k = 0; k < results->seed_count; k++) {
        const struct outcome *outcome = &result->outcomes[k];
        if (outcome->failure && !verdict_passed(outcome->kind) &&
            listed < SEEDS_LISTED) {
            printf("%s %" PRIu64, listed > 0 ? "," : "", outcome->seed);
            if (outcome->kind != VERDICT_FAIL) {
                printf(" (%s)", verdict_text(outcome->kind));
            }
            listed++;
        }
    }
    if (result->failed > listed) {
        printf(" and %" PRIu64 " more", result->failed - listed);
    }
    putchar('\n');
}

/* Print the number of passed runs with notes, and the notes of the first one.
 */
static void print_warned(const struct results *results,
                         const struct tally *result)
{
    for (uint64_t k = 0; k < results->seed_count; k++) {
        const struct outcome *outcome = &result->outcomes[k];
        if (verdict_passed(outcome->kind) && outcome->notes) {
            char before[96];
            snprintf(before, sizeof(before),
                     "%-*s %" PRIu64 " with warnings; seed %" PRIu64 ": ",
                     VERDICT_WIDTH, "", result->warned, outcome->seed);
            print_notes(before, outcome->notes);
            return;
        }
    }
}

void table_test(const struct table *table, const struct results *results,
                const struct tally *result, bool points)
{
    struct mean mean = mean_of(results, result);
    char passed[48];
    enum verdict_kind kind = VERDICT_PASS;
    if (result->failed > 0) {
        kind = VERDICT_FAIL;
    } else if (!result_is_complete(results, result)) {
        kind = VERDICT_NOT_RUN;
    }
    snprintf(passed, sizeof(passed), "%" PRIu64 "/%" PRIu64, result->passed,
             results->seed_count);
    if (kind == VERDICT_NOT_RUN && result->passed > 0) {
        printf("%-*s", VERDICT_WIDTH, "stopped"); /* after some seeds */
    } else {
        print_verdict(table->look, kind, VERDICT_WIDTH);
    }
    printf(" %-*s %13s %7.3f s %7" PRIu64, table->name_width,
           result->test->name, passed, seconds(mean.now), mean.rpcs);
    if (points) {
        char earned[32];
        snprintf(earned, sizeof(earned), "%d/%d",
                 result_points(results, result), result->test->points);
        printf(" %6s", earned);
    }
    putchar('\n');
    if (result->failed > 0) {
        list_failing_seeds(results, result);
    }
    print_not_applicable(results, result);
    print_warned(results, result);
}
