/* test_race.c - the detector finds the data races of a program, and no others.
 * The programs are in tests/race, built instrumented by the compiler of the
 * variant. The same seed gives the same report. */
#include <stdio.h>

#include "sim/node.h"
#include "sim/plugin.h"
#include "tests/plugins/race/race.h"
#include "tests/support/plugin_path.h"
#include "tests/support/sim_helper.h"
#include "tests/support/suites.h"

enum { SEEDS = 12 };

static const char plain_program[] = "race/litmus.so";
static const char atomic_program[] = "race/atomic.so";
static const char libc_program[] = "race/libc.so";

static struct {
    struct sim_plugin *plugin;
    const char *name; /* of a litmus program */
    void (*run)(void);
    bool races;
} now;

static void open_program(const char *file)
{
    static const char *const exports[] = {"litmus_list", NULL};
    char error[1024];
    now.plugin =
        sim_plugin_open(plugin_path(file), exports, error, sizeof(error));
    ck_assert_msg(now.plugin != NULL, "%s", error);
    ck_assert(sim_plugin_instrumented(now.plugin));
}

static void close_program(void)
{
    sim_plugin_free(now.plugin);
}

static void run_litmus(void *unused)
{
    (void)unused;
    now.run();
}

static void look_up(const struct litmus *list, size_t index)
{
    now.name = list[index].name;
    now.run = list[index].run;
    now.races = list[index].races;
}

static void body(void *index)
{
    char error[1024];
    struct sim_image *image = sim_image_load(now.plugin, error, sizeof(error));
    struct sim_node *node = sim_node_new("server", 0);
    look_up(sim_image_symbol(image, "litmus_list"), *(size_t *)index);
    if (now.name) {
        sim_node_boot(node);
        sim_node_call(node, "main", run_litmus, NULL);
    }
    sim_node_free(node);
}

static struct sim_result *run(size_t index, uint64_t seed,
                              enum sim_policy policy)
{
    static struct sim_result result;
    sim_run(&(struct sim_options){.seed = seed, .policy = policy, .race = true},
            body, &index, &result);
    return &result;
}

static const enum sim_policy policies[] = {SIM_RANDOM, SIM_FIFO, SIM_PCT};

/* Run a program at every seed: it passes at all of them, or races. */
static int races_of(size_t index, enum sim_policy policy)
{
    int found = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct sim_result *result = run(index, seed, policy);
        found += result->end == SIM_RACE;
        ck_assert_msg(result->end == SIM_DONE || result->end == SIM_RACE,
                      "%s: %s: %s", now.name, sim_end_text(result->end),
                      result->what);
        ck_assert_msg(now.races || result->end == SIM_DONE,
                      "%s, seed %" PRIu64 ": %s", now.name, seed, result->what);
    }
    return found;
}

static void check_all_of(const char *file, enum sim_policy policy, size_t least)
{
    size_t index = 0;
    open_program(file);
    for (;; index++) {
        int found = races_of(index, policy);
        if (!now.name) {
            break;
        }
        ck_assert_msg(!now.races || found > SEEDS / 3,
                      "%s: found at %d of %d seeds", now.name, found, SEEDS);
    }
    ck_assert_uint_ge(index, least);
}

START_TEST(locks_and_threads_order)
{
    check_all_of(plain_program, policies[_i], 35);
}
END_TEST

START_TEST(atomics_order_as_c11_says)
{
    check_all_of(atomic_program, policies[_i], 26);
}
END_TEST

START_TEST(libc_functions_are_watched)
{
    check_all_of(libc_program, policies[_i], 62);
}
END_TEST

START_TEST(the_same_seed_gives_the_same_report)
{
    static struct sim_result first;
    int compared = 0;
    open_program(plain_program);
    now.name = "";
    for (size_t index = 0; now.name; index++) {
        first = *run(index, 3, SIM_RANDOM);
        struct sim_result *again = run(index, 3, SIM_RANDOM);
        ck_assert_uint_eq(first.hash, again->hash);
        ck_assert_str_eq(first.what, again->what);
        ck_assert_int_eq(memcmp(first.race, again->race, sizeof(first.race)),
                         0);
        compared += first.end == SIM_RACE;
    }
    ck_assert_int_gt(compared, 10);
}
END_TEST

static size_t find(const char *name)
{
    size_t index = 0;
    open_program(plain_program);
    do {
        run(index++, 1, SIM_FIFO);
    } while (now.name && strcmp(now.name, name) != 0);
    ck_assert_msg(now.name != NULL, "%s", name);
    return index - 1;
}

START_TEST(a_report_names_threads_functions_and_bytes)
{
    struct sim_result *result = run(find("byte_of_word"), 1, SIM_FIFO);
    ck_assert_int_eq(result->end, SIM_RACE);
    ck_assert_str_eq(
        result->what,
        "data race: server0/one_part writes 8 bytes in write_all_bytes; and "
        "server0/one_part writes 1 byte of the same memory in write_byte_3; "
        "nothing orders the two accesses: hold the same mutex around both");
    for (int i = 0; i < 2; i++) {
        const struct sim_access *access = &result->race[i];
        ck_assert_str_eq(access->thread, "server0/one_part");
        ck_assert_uint_ge(access->frame_count, 2);
        ck_assert_int_eq((int)access->frames[0].file, SIM_PLUGIN_FILE);
    }
}
END_TEST

/* A server has written to stacks of the tester, which threads of the server
 * get later: nobody but these has written there then. */
enum { FILLERS = 5 };

static struct {
    struct sim_node *node;
    void (*fill)(void *);
} filling;

static void fill_own_stack(void *unused)
{
    (void)unused;
    char bytes[LITMUS_FILLED];
    ck_assert(sim_node_call(filling.node, "fill", filling.fill, bytes));
    sim_sleep(SIM_MS); /* all at once: a stack for each */
}

static void fill_stacks_then_run(void *index)
{
    char error[1024];
    struct sim_image *image = sim_image_load(now.plugin, error, sizeof(error));
    look_up(sim_image_symbol(image, "litmus_list"), *(size_t *)index);
    void *fill = sim_image_symbol(image, "litmus_fill");
    memcpy(&filling.fill, &fill, sizeof(fill));
    filling.node = sim_node_new("server", 0);
    sim_node_boot(filling.node);
    for (int i = 0; i < FILLERS; i++) {
        sim_spawn("filler", fill_own_stack, NULL);
    }
    sim_sleep(2 * SIM_MS);
    sim_node_call(filling.node, "main", run_litmus, NULL);
    sim_node_free(filling.node);
}

START_TEST(what_lay_on_a_stack_before_is_forgotten)
{
    size_t index = find("stacks_again_detached");
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        static struct sim_result result;
        sim_run(&(struct sim_options){.seed = seed, .race = true},
                fill_stacks_then_run, &index, &result);
        ck_assert_msg(result.end == SIM_DONE, "seed %" PRIu64 ": %s", seed,
                      result.what);
    }
}
END_TEST

/* With the detector off, an instrumented plug-in runs like any other. */
START_TEST(nothing_is_watched_without_the_option)
{
    size_t index = find("write_and_read");
    sim_ok(1, SIM_RANDOM, body, &index);
}
END_TEST

SUITE(sim_race)
{
    Suite *suite = suite_create("sim_race");
    TCase *tcase = tcase_create("race");
    tcase_add_checked_fixture(tcase, NULL, close_program);
    tcase_add_loop_test(tcase, locks_and_threads_order, 0, 3);
    tcase_add_loop_test(tcase, atomics_order_as_c11_says, 0, 3);
    tcase_add_loop_test(tcase, libc_functions_are_watched, 0, 3);
    tcase_add_test(tcase, the_same_seed_gives_the_same_report);
    tcase_add_test(tcase, a_report_names_threads_functions_and_bytes);
    tcase_add_test(tcase, what_lay_on_a_stack_before_is_forgotten);
    tcase_add_test(tcase, nothing_is_watched_without_the_option);
    suite_add_tcase(suite, tcase);
    return suite;
}
