/* test_runner.c - whatever a child does, it gets a verdict and the next one
 * runs. Layer: tests. The children run small functions instead of lab tests. */
#include "tests/support/suites.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tester/run/runner.h"

enum { JOBS_MAX = 8 };

/* The verdicts, by the tags of the jobs. */
struct seen {
    struct verdict verdicts[JOBS_MAX];
    int count;
    int stop_after; /* done returns false then; 0: never */
    void (*act)(uint64_t tag, struct verdict *verdict);
};

static void pass(struct verdict *verdict)
{
    verdict->run.end = SIM_DONE;
    verdict->kind = VERDICT_PASS;
}

static void child(const struct runner_job *job, struct verdict *verdict,
                  void *context)
{
    struct seen *seen = context;
    seen->act(job->tag, verdict);
}

static bool done(const struct runner_job *job, const struct verdict *verdict,
                 void *context)
{
    struct seen *seen = context;
    ck_assert_uint_lt(job->tag, JOBS_MAX);
    ck_assert_int_eq(seen->verdicts[job->tag].kind, VERDICT_NOT_RUN);
    seen->verdicts[job->tag] = *verdict;
    seen->count++;
    return seen->count != seen->stop_after;
}

/* Run `act` as this number of jobs. */
static struct seen *run(void (*act)(uint64_t, struct verdict *), size_t count,
                        struct runner_options options)
{
    static struct seen seen;
    struct runner_job jobs[JOBS_MAX];
    int stop_after = seen.stop_after;
    ck_assert_uint_le(count, JOBS_MAX);
    memset(jobs, 0, sizeof(jobs));
    memset(&seen, 0, sizeof(seen));
    seen.act = act;
    seen.stop_after = stop_after;
    for (size_t i = 0; i < count; i++) {
        jobs[i].tag = i;
    }
    options.child = child;
    if (options.parallel == 0) {
        options.parallel = 1;
    }
    ck_assert_int_eq(runner_run(&options, jobs, count, done, &seen), LAB_OK);
    return &seen;
}

/* Job 1 misbehaves; its neighbours must pass. */
static const struct verdict *run_bad(void (*act)(uint64_t, struct verdict *))
{
    struct runner_options options = {.parallel = 2};
    struct seen *seen = run(act, 4, options);
    ck_assert_int_eq(seen->count, 4);
    ck_assert_int_eq(seen->verdicts[0].kind, VERDICT_PASS);
    ck_assert_int_eq(seen->verdicts[2].kind, VERDICT_PASS);
    ck_assert_int_eq(seen->verdicts[3].kind, VERDICT_PASS);
    return &seen->verdicts[1];
}

/* ---- Ends ---------------------------------------------------------------*/

static void act_note_tag(uint64_t tag, struct verdict *verdict)
{
    verdict->run.hash = 1000 + tag;
    printf("job %d\n", (int)tag);
    pass(verdict);
}

START_TEST(every_job_has_its_own_verdict_and_output)
{
    struct seen *seen =
        run(act_note_tag, JOBS_MAX, (struct runner_options){.parallel = 3});
    ck_assert_int_eq(seen->count, JOBS_MAX);
    for (uint64_t i = 0; i < JOBS_MAX; i++) {
        char output[16];
        snprintf(output, sizeof(output), "job %d\n", (int)i);
        ck_assert_int_eq(seen->verdicts[i].kind, VERDICT_PASS);
        ck_assert_uint_eq(seen->verdicts[i].run.hash, 1000 + i);
        ck_assert_str_eq(seen->verdicts[i].output, output);
        ck_assert(!seen->verdicts[i].output_cut);
        ck_assert(seen->verdicts[i].wall_s > 0);
    }
}
END_TEST

static void act_crash(uint64_t tag, struct verdict *verdict)
{
    if (tag == 1) {
        signal(SIGSEGV, SIG_DFL); /* the sanitizers have a handler */
        raise(SIGSEGV);
    }
    pass(verdict);
}

START_TEST(death_by_signal_is_a_crash_that_names_it)
{
    const struct verdict *verdict = run_bad(act_crash);
    ck_assert_int_eq(verdict->kind, VERDICT_CRASH);
    ck_assert_ptr_nonnull(strstr(verdict->what, "SIGSEGV"));
}
END_TEST

static void act_exit(uint64_t tag, struct verdict *verdict)
{
    if (tag == 1) {
        _exit(0);
    }
    pass(verdict);
}

START_TEST(exit_before_the_verdict_is_no_pass)
{
    const struct verdict *verdict = run_bad(act_exit);
    ck_assert_int_eq(verdict->kind, VERDICT_EXIT);
    ck_assert_ptr_nonnull(strstr(verdict->what, "status 0"));
}
END_TEST

static void act_pass_then_exit(uint64_t tag, struct verdict *verdict)
{
    pass(verdict);
    if (tag == 1) {
        _exit(RUNNER_STATUS_SIGNAL);
    }
}

/* Exit status 3 belongs to verdicts of fatal signals. */
START_TEST(a_pass_with_a_wrong_exit_status_is_no_pass)
{
    ck_assert_int_eq(run_bad(act_pass_then_exit)->kind, VERDICT_EXIT);
}
END_TEST

static void act_fail_by_signal(uint64_t tag, struct verdict *verdict)
{
    pass(verdict);
    if (tag == 1) {
        verdict->kind = VERDICT_CRASH;
        snprintf(verdict->what, sizeof(verdict->what), "said by the child");
        _exit(RUNNER_STATUS_SIGNAL);
    }
}

START_TEST(a_complete_verdict_of_a_fatal_signal_is_kept)
{
    const struct verdict *verdict = run_bad(act_fail_by_signal);
    ck_assert_int_eq(verdict->kind, VERDICT_CRASH);
    ck_assert_str_eq(verdict->what, "said by the child");
}
END_TEST

static void act_stop(uint64_t tag, struct verdict *verdict)
{
    if (tag == 1) {
        raise(SIGSTOP);
    }
    pass(verdict);
}

/* Its neighbours may take longer than a second, too. */
START_TEST(a_run_without_end_in_real_time_is_a_livelock)
{
    struct runner_options options = {.parallel = 2, .hang_wall_s = 1};
    const struct verdict *verdict = &run(act_stop, 4, options)->verdicts[1];
    ck_assert_int_eq(verdict->kind, VERDICT_LIVELOCK);
    ck_assert_ptr_nonnull(strstr(verdict->what, "1 s of real time"));
}
END_TEST

static void act_overwrite(uint64_t tag, struct verdict *verdict)
{
    if (tag == 1) {
        memset(verdict, 'x', sizeof(*verdict));
        return;
    }
    pass(verdict);
}

START_TEST(an_overwritten_verdict_is_still_text)
{
    const struct verdict *verdict = run_bad(act_overwrite);
    ck_assert_int_eq(verdict->kind, VERDICT_EXIT);
    ck_assert_uint_lt(strlen(verdict->rule), sizeof(verdict->rule));
    ck_assert_uint_lt(strlen(verdict->servers), sizeof(verdict->servers));
    ck_assert_uint_lt(strlen(verdict->run.threads),
                      sizeof(verdict->run.threads));
    ck_assert_str_eq(verdict->output, "");
}
END_TEST

/* ---- Output and descriptors ---------------------------------------------*/

enum { LINES = 60000, LINE_BYTES = 50 };

static void act_print(uint64_t tag, struct verdict *verdict)
{
    for (int i = 0; tag == 1 && i < LINES; i++) {
        printf("%0*d\n", LINE_BYTES - 1, i);
    }
    pass(verdict);
}

START_TEST(the_end_of_megabytes_of_output_is_kept)
{
    const struct verdict *verdict = run_bad(act_print);
    size_t length = strlen(verdict->output);
    char last[LINE_BYTES + 1];
    snprintf(last, sizeof(last), "%0*d\n", LINE_BYTES - 1, LINES - 1);
    ck_assert_int_eq(verdict->kind, VERDICT_PASS);
    ck_assert(verdict->output_cut);
    ck_assert_uint_eq(length, sizeof(verdict->output) - 1);
    ck_assert_str_eq(verdict->output + length - LINE_BYTES, last);
    /* Every line follows the one before. */
    const char *at = strchr(verdict->output, '\n') + 1;
    for (int number = atoi(at); *at != '\0'; at += LINE_BYTES) {
        ck_assert_int_eq(atoi(at), number++);
    }
}
END_TEST

static void act_close_all(uint64_t tag, struct verdict *verdict)
{
    if (tag == 1) {
        printf("last%cwords\n", 0);
        for (int fd = 0; fd < 256; fd++) {
            close(fd);
        }
        usleep(20000);
    }
    pass(verdict);
}

START_TEST(closing_all_descriptors_loses_no_verdict)
{
    const struct verdict *verdict = run_bad(act_close_all);
    ck_assert_int_eq(verdict->kind, VERDICT_PASS);
    ck_assert_str_eq(verdict->output, "last?words\n");
}
END_TEST

static void act_count_descriptors(uint64_t tag, struct verdict *verdict)
{
    char byte;
    (void)tag;
    for (int fd = 0; fd < 256; fd++) {
        if (fcntl(fd, F_GETFD) >= 0) {
            verdict->line++;
        }
    }
    if (read(STDIN_FILENO, &byte, 1) == 0) {
        pass(verdict);
    }
}

START_TEST(a_child_has_no_descriptors_of_others)
{
    struct seen *seen =
        run(act_count_descriptors, 4, (struct runner_options){.parallel = 2});
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(seen->verdicts[i].kind, VERDICT_PASS);
        ck_assert_int_eq(seen->verdicts[i].line, 4); /* 0, 1, 2, verdict */
    }
}
END_TEST

static void act_leave_process(uint64_t tag, struct verdict *verdict)
{
    if (tag == 1 && fork() == 0) {
        sleep(600);
    }
    pass(verdict);
}

/* It sleeps for ten minutes. */
START_TEST(processes_left_behind_are_not_waited_for)
{
    time_t began = time(NULL);
    ck_assert_int_eq(run_bad(act_leave_process)->kind, VERDICT_PASS);
    ck_assert_int_lt((int)(time(NULL) - began), 200);
}
END_TEST

/* ---- Surroundings -------------------------------------------------------*/

static void act_look_around(uint64_t tag, struct verdict *verdict)
{
    const char *zone = getenv("TZ");
    const char *language = getenv("LC_ALL");
    struct rlimit core;
    (void)tag;
    snprintf(verdict->rule, sizeof(verdict->rule), "%s %s %s",
             zone ? zone : "-", language ? language : "-",
             getenv("RAFTLAB_TEST_SECRET") ? "leaked" : "clean");
    getrlimit(RLIMIT_CORE, &core);
    if (core.rlim_max == 0) {
        pass(verdict);
    }
}

START_TEST(the_environment_is_fixed)
{
    setenv("RAFTLAB_TEST_SECRET", "1", 1);
    setenv("TZ", "Europe/Berlin", 1);
    struct seen *seen = run(act_look_around, 1, (struct runner_options){0});
    ck_assert_int_eq(seen->verdicts[0].kind, VERDICT_PASS);
    ck_assert_str_eq(seen->verdicts[0].rule, "UTC C clean");
}
END_TEST

static void act_litter(uint64_t tag, struct verdict *verdict)
{
    (void)tag;
    if (access("litter", F_OK) == 0) {
        return; /* of another run */
    }
    int fd = open("litter", O_CREAT | O_WRONLY, 0600);
    if (fd < 0 || mkdir("deep", 0700) != 0 || mkdir("deep/er", 0700) != 0 ||
        !getcwd(verdict->file, sizeof(verdict->file))) {
        return;
    }
    pass(verdict);
}

START_TEST(each_run_has_an_empty_directory_that_goes_away)
{
    struct seen *seen =
        run(act_litter, JOBS_MAX, (struct runner_options){.parallel = 2});
    for (int i = 0; i < JOBS_MAX; i++) {
        ck_assert_int_eq(seen->verdicts[i].kind, VERDICT_PASS);
        ck_assert_int_ne(access(seen->verdicts[i].file, F_OK), 0);
        *strrchr(seen->verdicts[i].file, '/') = '\0';
        ck_assert_int_ne(access(seen->verdicts[i].file, F_OK), 0);
    }
}
END_TEST

static void act_remove_directory(uint64_t tag, struct verdict *verdict)
{
    char path[256];
    if (tag == 1 && getcwd(path, sizeof(path)) && rmdir(path) != 0) {
        return;
    }
    pass(verdict);
}

START_TEST(a_run_may_remove_its_directory)
{
    ck_assert_int_eq(run_bad(act_remove_directory)->kind, VERDICT_PASS);
}
END_TEST

#ifndef __SANITIZE_ADDRESS__ /* the limit would forbid its shadow */
static void act_eat(uint64_t tag, struct verdict *verdict)
{
    enum { PIECE = 1 << 20, PIECES = 256 };
    static char *volatile eaten; /* else a compiler may leave it all out */
    for (int i = 0; tag == 1 && i < PIECES; i++) {
        char *piece = malloc(PIECE);
        if (!piece) {
            verdict->line = i;
            verdict->kind = VERDICT_MEMORY;
            return;
        }
        memset(piece, 1, PIECE);
        eaten = piece;
    }
    (void)eaten;
    pass(verdict);
}

START_TEST(memory_is_limited)
{
    struct seen *seen =
        run(act_eat, 3,
            (struct runner_options){.memory_bytes = UINT64_C(64) << 20});
    ck_assert_int_eq(seen->verdicts[0].kind, VERDICT_PASS);
    ck_assert_int_eq(seen->verdicts[1].kind, VERDICT_MEMORY);
    ck_assert_int_le(seen->verdicts[1].line, 64);
    ck_assert_int_eq(seen->verdicts[2].kind, VERDICT_PASS);
}
END_TEST
#endif

/* ---- Stopping -----------------------------------------------------------*/

static volatile sig_atomic_t stop_flag;

static void act_sleep_from_3(uint64_t tag, struct verdict *verdict)
{
    if (tag >= 3) {
        sleep(600);
    }
    pass(verdict);
}

static void stop_now(void *context)
{
    struct seen *seen = context;
    stop_flag = seen->count == 3;
}

START_TEST(the_stop_flag_keeps_finished_jobs)
{
    struct seen *seen =
        run(act_sleep_from_3, JOBS_MAX,
            (struct runner_options){
                .parallel = 2, .tick = stop_now, .stop = &stop_flag});
    ck_assert_int_eq(seen->count, 3);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(seen->verdicts[i].kind, VERDICT_PASS);
    }
}
END_TEST

static bool done_once(const struct runner_job *job,
                      const struct verdict *verdict, void *context)
{
    struct seen *seen = context;
    (void)job;
    (void)verdict;
    seen->count++;
    return false;
}

START_TEST(done_can_stop_it)
{
    struct seen seen = {.act = act_note_tag};
    struct runner_job jobs[JOBS_MAX];
    struct runner_options options = {.parallel = 2, .child = child};
    memset(jobs, 0, sizeof(jobs));
    ck_assert_int_eq(runner_run(&options, jobs, JOBS_MAX, done_once, &seen),
                     LAB_OK);
    ck_assert_int_eq(seen.count, 1);
}
END_TEST

START_TEST(no_jobs_are_no_work)
{
    ck_assert_int_eq(run(act_note_tag, 0, (struct runner_options){0})->count,
                     0);
}
END_TEST

SUITE(tester_runner)
{
    Suite *suite = suite_create("tester_runner");
    TCase *ends = tcase_create("ends");
    tcase_add_test(ends, every_job_has_its_own_verdict_and_output);
    tcase_add_test(ends, death_by_signal_is_a_crash_that_names_it);
    tcase_add_test(ends, exit_before_the_verdict_is_no_pass);
    tcase_add_test(ends, a_pass_with_a_wrong_exit_status_is_no_pass);
    tcase_add_test(ends, a_complete_verdict_of_a_fatal_signal_is_kept);
    tcase_add_test(ends, a_run_without_end_in_real_time_is_a_livelock);
    tcase_add_test(ends, an_overwritten_verdict_is_still_text);
    suite_add_tcase(suite, ends);
    TCase *output = tcase_create("output");
    tcase_add_test(output, the_end_of_megabytes_of_output_is_kept);
    tcase_add_test(output, closing_all_descriptors_loses_no_verdict);
    tcase_add_test(output, a_child_has_no_descriptors_of_others);
    tcase_add_test(output, processes_left_behind_are_not_waited_for);
    suite_add_tcase(suite, output);
    TCase *surroundings = tcase_create("surroundings");
    tcase_add_test(surroundings, the_environment_is_fixed);
    tcase_add_test(surroundings,
                   each_run_has_an_empty_directory_that_goes_away);
    tcase_add_test(surroundings, a_run_may_remove_its_directory);
#ifndef __SANITIZE_ADDRESS__
    tcase_add_test(surroundings, memory_is_limited);
#endif
    suite_add_tcase(suite, surroundings);
    TCase *stopping = tcase_create("stopping");
    tcase_add_test(stopping, the_stop_flag_keeps_finished_jobs);
    tcase_add_test(stopping, done_can_stop_it);
    tcase_add_test(stopping, no_jobs_are_no_work);
    suite_add_tcase(suite, stopping);
    return suite;
}
