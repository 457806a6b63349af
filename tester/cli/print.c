/* print.c - lines and tables of results.
 * Layer: tester. See print.h. */
#include "tester/cli/print.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    VERDICT_WIDTH = 8,
    NARROW_EXTRA = 39, /* columns beside the name, in a narrow table */
    WIDE_EXTRA = 75,   /* and in a wide one, without the seed */
    OPS_WIDTH = 8,     /* of them, where some tests have operations */
    SEEDS_LISTED = 10,
};

#define RED    "\033[31m"
#define GREEN  "\033[32m"
#define NORMAL "\033[0m"

static int columns_of(int fd)
{
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) != 0) {
        return 0;
    }
    return size.ws_col;
}

struct look look_now(const struct options *options)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    bool dumb = !term || strcmp(term, "dumb") == 0;
    struct look look = {
        .terminal = isatty(STDOUT_FILENO) != 0,
        .error_terminal = isatty(STDERR_FILENO) != 0 && !dumb,
    };
    look.colour = look.terminal && !dumb && !options->no_color &&
                  (!no_color || no_color[0] == '\0');
    look.columns = look.terminal ? columns_of(STDOUT_FILENO) : 0;
    look.error_columns = look.error_terminal ? columns_of(STDERR_FILENO) : 0;
    return look;
}

void print_verdict(const struct look *look, enum verdict_kind kind, int width)
{
    const char *colour = verdict_passed(kind) ? GREEN : RED;
    printf("%s%-*s%s", look->colour ? colour : "", width, verdict_text(kind),
           look->colour ? NORMAL : "");
}

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

/* The first seed at which a directed test could not be played, and why. */
static void print_not_applicable(const struct results *results,
                                 const struct tally *result)
{
    for (uint64_t k = 0; k < results->seed_count; k++) {
        const struct outcome *outcome = &result->outcomes[k];
        if (outcome->kind == VERDICT_NOT_APPLICABLE) {
            printf("%-*s not applicable at %" PRIu64 " of the seeds; seed "
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

/* "-": there is none, of real runs and of what was killed from outside. */
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

/* How many passed runs have notes, and those of the first of them. */
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
    } else if (!result_is_whole(results, result)) {
        kind = VERDICT_NOT_RUN;
    }
    snprintf(passed, sizeof(passed), "%" PRIu64 "/%" PRIu64, result->passed,
             results->seed_count);
    if (kind == VERDICT_NOT_RUN && result->passed > 0) {
        printf("%-*s", VERDICT_WIDTH, "stopped"); /* after some of the seeds */
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

void print_summary(const struct results *results)
{
    printf("%" PRIu64 " passed, %" PRIu64 " failed\n", results->passed,
           results->failed);
}
