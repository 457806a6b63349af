/* test_persister.c - saving, reading, and crashes.
 * Layer: tests. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "persister/store.h"
#include "sim/node.h"
#include "tests/support/sim_helper.h"
#include "tests/support/suites.h"

static void assert_holds(struct persister *ps, const char *state,
                         const char *snapshot)
{
    struct bytes got_state = persister_state(ps);
    struct bytes got_snapshot = persister_snapshot(ps);
    ck_assert(bytes_equal(got_state, bytes_of_text(state)));
    ck_assert(bytes_equal(got_snapshot, bytes_of_text(snapshot)));
    ck_assert_uint_eq(persister_state_bytes(ps), strlen(state));
    ck_assert_uint_eq(persister_snapshot_bytes(ps), strlen(snapshot));
    bytes_free(&got_state);
    bytes_free(&got_snapshot);
}

static void save(struct persister *ps, const char *state, const char *snapshot)
{
    persister_save(ps, bytes_of_text(state), bytes_of_text(snapshot));
}

static void save_and_read(void *unused)
{
    (void)unused;
    struct persister *ps = persister_new();
    assert_holds(ps, "", "");
    save(ps, "state", "snapshot");
    assert_holds(ps, "state", "snapshot");
    persister_save_state(ps, bytes_of_text("a longer state than before"));
    assert_holds(ps, "a longer state than before", "snapshot");
    save(ps, "s", "");
    assert_holds(ps, "s", "");
    persister_save(ps, (struct bytes){NULL, 0}, bytes_of_text("only this"));
    assert_holds(ps, "", "only this");
    ck_assert_uint_eq(persister_saves(ps), 4);
    persister_save_end(ps, 0, bytes_of_text("abc"));
    persister_save_end(ps, 2, bytes_of_text("a state that needs more room"));
    assert_holds(ps, "aba state that needs more room", "only this");
    persister_save_end(ps, 4, bytes_of_text("!"));
    assert_holds(ps, "aba !", "only this");
    persister_save_end(ps, 5, (struct bytes){NULL, 0});
    persister_save_end(ps, 3, (struct bytes){NULL, 0});
    assert_holds(ps, "aba", "only this");
    ck_assert_uint_eq(persister_saves(ps), 9);
    persister_free(ps);
}

START_TEST(a_save_replaces_and_saving_the_state_keeps_the_snapshot)
{
    sim_ok(1, SIM_RANDOM, save_and_read, NULL);
}
END_TEST

START_TEST(it_works_outside_of_a_run)
{
    save_and_read(NULL);
}
END_TEST

static void copies(void *unused)
{
    (void)unused;
    struct persister *ps = persister_new();
    char text[] = "state";
    save(ps, text, "snapshot");
    text[0] = '#';
    struct bytes read = persister_state(ps);
    read.data[1] = '#';
    bytes_free(&read);
    assert_holds(ps, "state", "snapshot");

    struct persister *copy = persister_copy(ps);
    save(ps, "new", "new");
    assert_holds(copy, "state", "snapshot");
    save(copy, "other", "");
    assert_holds(ps, "new", "new");
    ck_assert_uint_eq(persister_saves(copy), 1);
    persister_free(ps);
    persister_free(copy);
}

START_TEST(nothing_is_shared_with_caller_or_copy)
{
    sim_ok(1, SIM_RANDOM, copies, NULL);
}
END_TEST

/* ---- Crashes -------------------------------------------------------------*/

static void save_for_ever(void *argument)
{
    struct persister *ps = argument;
    for (unsigned i = 1;; i++) {
        char text[16];
        snprintf(text, sizeof(text), "%u", i);
        struct bytes own = bytes_copy(bytes_of_text(text));
        persister_save(ps, own, own);
        bytes_free(&own);
    }
}

static void crash_while_saving(void *unused)
{
    (void)unused;
    struct sim_node *node = sim_node_new("server", 0);
    struct persister *ps = persister_new();
    uint64_t before = 0;
    for (int i = 0; i < 50; i++) {
        sim_node_boot(node);
        sim_node_spawn(node, "saver", save_for_ever, ps);
        sim_sleep(5 * SIM_US + (sim_ns)i);
        sim_node_crash(node);
        /* All of one save, in memory that the crash has not freed. */
        struct bytes state = persister_state(ps);
        struct bytes snapshot = persister_snapshot(ps);
        ck_assert(bytes_equal(state, snapshot));
        ck_assert_uint_gt(persister_saves(ps), before);
        before = persister_saves(ps);
        bytes_free(&state);
        bytes_free(&snapshot);
    }
    persister_free(ps);
    sim_node_free(node);
}

START_TEST(a_crash_finds_a_complete_save)
{
    sim_ok((uint64_t)_i, SIM_RANDOM, crash_while_saving, NULL);
}
END_TEST

/* A save is a scheduling point before and after: time passes, others run. */
static void count_steps(void *unused)
{
    (void)unused;
    struct persister *ps = persister_new();
    sim_ns before = sim_now();
    save(ps, "s", "");
    ck_assert_uint_ge(sim_now() - before, 2 * SIM_US);
    before = sim_now();
    persister_save_state(ps, bytes_of_text("s"));
    ck_assert_uint_ge(sim_now() - before, 2 * SIM_US);
    before = sim_now();
    size_t bytes = persister_state_bytes(ps);
    sim_ns after = sim_now();
    ck_assert_uint_eq(bytes, 1);
    ck_assert_uint_eq(after, before); /* reading takes no time */
    persister_free(ps);
}

START_TEST(a_save_is_a_scheduling_point_before_and_after)
{
    sim_ok(1, SIM_FIFO, count_steps, NULL);
}
END_TEST

static void save_text(void *text)
{
    struct persister *ps = persister_new();
    save(ps, text, "");
    persister_free(ps);
}

START_TEST(saved_bytes_affect_the_hash)
{
    char one[] = "one", two[] = "two";
    uint64_t hash = sim_ok(1, SIM_RANDOM, save_text, one);
    ck_assert_uint_eq(sim_ok(1, SIM_RANDOM, save_text, one), hash);
    ck_assert_uint_ne(sim_ok(1, SIM_RANDOM, save_text, two), hash);
}
END_TEST

SUITE(persister)
{
    Suite *suite = suite_create("persister");
    TCase *content = tcase_create("content");
    tcase_add_test(content,
                   a_save_replaces_and_saving_the_state_keeps_the_snapshot);
    tcase_add_test(content, it_works_outside_of_a_run);
    tcase_add_test(content, nothing_is_shared_with_caller_or_copy);
    suite_add_tcase(suite, content);

    TCase *run = tcase_create("in a run");
    tcase_add_loop_test(run, a_crash_finds_a_complete_save, 1, 5);
    tcase_add_test(run, a_save_is_a_scheduling_point_before_and_after);
    tcase_add_test(run, saved_bytes_affect_the_hash);
    suite_add_tcase(suite, run);
    return suite;
}
