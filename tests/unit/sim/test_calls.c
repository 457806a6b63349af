/* test_calls.c - every name of sim/calls.def: simulated ones have their effect
 * in plug-ins of two compilers at -O0, at -O2, fortified and with exceptions;
 * refused ones are refused by name.
 * Layer: tests. The plug-ins are in tests/plugins/calls/. */
#include <stdio.h>

#include "sim/image/elf.h"
#include "sim/node.h"
#include "sim/plugin.h"
#include "tests/support/plugin_path.h"
#include "tests/support/sim_helper.h"
#include "tests/support/suites.h"

static const char *const builds[] = {
    "gcc-O0",   "gcc-O2",   "gcc-fortified",   "gcc-exceptions",
    "clang-O0", "clang-O2", "clang-fortified", "clang-exceptions"};
enum { BUILDS = sizeof(builds) / sizeof(builds[0]) };

static const char *path_of(const char *name)
{
    char file[64];
    snprintf(file, sizeof(file), "../calls/%s.so", name);
    return plugin_path(file);
}

static struct sim_plugin *open_calls(const char *build)
{
    static const char *const wanted[] = {"run_calls", "end_by", "open_by",
                                         NULL};
    static char error[4096];
    struct sim_plugin *plugin =
        sim_plugin_open(path_of(build), wanted, error, sizeof(error));
    ck_assert_msg(plugin != NULL, "%s", error);
    return plugin;
}

/* ---- On a server ---------------------------------------------------------*/

struct job {
    struct sim_plugin *plugin;
    void (*on_server)(struct job *job);
    struct sim_image *image;
    int way;
    const char *path;
    char failures[4096];
    int failure_bytes;
};

static void call_on_server(void *argument)
{
    struct job *job = argument;
    job->on_server(job);
}

static void boot(void *argument)
{
    struct job *job = argument;
    struct sim_node *node = sim_node_new("server", 0);
    char error[1024];
    job->image = sim_image_load(job->plugin, error, sizeof(error));
    if (!job->image) {
        sim_fail(SIM_BUG, "%s", error);
    }
    sim_node_boot(node);
    sim_node_call(node, "calls", call_on_server, job);
    sim_node_free(node);
}

static void run_all(struct job *job)
{
    int (*run_calls)(char *, size_t) =
        (int (*)(char *, size_t))sim_image_symbol(job->image, "run_calls");
    job->failure_bytes = run_calls(job->failures, sizeof(job->failures));
}

START_TEST(each_name_has_its_effect)
{
    struct job job = {.plugin = open_calls(builds[_i]), .on_server = run_all};
    uint64_t first = 0;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        for (int policy = SIM_RANDOM; policy <= SIM_PCT; policy++) {
            job.failure_bytes = -1;
            uint64_t hash = sim_ok(seed, (enum sim_policy)policy, boot, &job);
            first = first ? first : hash;
            ck_assert_msg(job.failure_bytes == 0, "%s, seed %d, policy %d:\n%s",
                          builds[_i], (int)seed, policy, job.failures);
        }
    }
    /* The unwinder initialized itself during the first run, but without a
     * scheduling point. */
    ck_assert_uint_eq(first, sim_ok(1, SIM_RANDOM, boot, &job));
    sim_plugin_free(job.plugin);
}
END_TEST

/* ---- Calls that end the run ----------------------------------------------*/

static const struct {
    enum sim_end end;
    const char *what;
} ways_to_end[] = {
    {SIM_EXITED, "exit(3)"},
    {SIM_EXITED, "_exit(3)"},
    {SIM_EXITED, "_Exit(3)"},
    {SIM_EXITED, "quick_exit(3)"},
    {SIM_CRASHED, "abort()"},
    {SIM_CRASHED, "assertion failed: fact, in function at file:3"},
    {SIM_CRASHED, "assertion failed: fact, in ? at file:3"},
    {SIM_CRASHED, "assertion failed: errno 5, in function at file:3"},
};
enum { WAYS_TO_END = sizeof(ways_to_end) / sizeof(ways_to_end[0]) };

static void run_end(struct job *job)
{
    void (*end_by)(int) = (void (*)(int))sim_image_symbol(job->image, "end_by");
    end_by(job->way);
}

START_TEST(the_end_of_a_server_is_the_end_of_the_run)
{
    struct job job = {.plugin = open_calls(builds[_i]), .on_server = run_end};
    for (job.way = 0; job.way < WAYS_TO_END; job.way++) {
        sim_ends(ways_to_end[job.way].end, ways_to_end[job.way].what, boot,
                 &job);
    }
    sim_plugin_free(job.plugin);
}
END_TEST

static const char *const openers[] = {
    "open",    "open64",    "open",    "open64",   "open",  "open64",
    "openat",  "openat64",  "openat",  "openat64", "fopen", "fopen64",
    "freopen", "freopen64", "opendir", "readlink"};
enum { OPENERS = sizeof(openers) / sizeof(openers[0]) };

static void run_open(struct job *job)
{
    void (*open_by)(int, const char *) =
        (void (*)(int, const char *))sim_image_symbol(job->image, "open_by");
    open_by(job->way, job->path);
}

START_TEST(servers_cannot_open_files_that_show_the_machine)
{
    static const char *const paths[] = {"/dev/random",     "/dev/urandom",
                                        "/proc",           "/proc/self/stat",
                                        "//dev/./urandom", "/sys/devices"};
    struct job job = {.plugin = open_calls(builds[_i]), .on_server = run_open};
    for (job.way = 0; job.way < OPENERS; job.way++) {
        for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
            char what[128];
            job.path = paths[i];
            snprintf(what, sizeof(what), "server 0 called %s(\"%s\")",
                     openers[job.way], paths[i]);
            sim_ends(SIM_MISUSE, what, boot, &job);
        }
    }
    job.path = "/procession"; /* begins like "/proc", but is not below it */
    job.way = 0;
    sim_ok(1, SIM_RANDOM, boot, &job);
    sim_plugin_free(job.plugin);
}
END_TEST

/* ---- The table -----------------------------------------------------------*/

#define NAME(name) #name,
#define NOTHING(name)
static const char *const simulated[] = {
#define SIMULATED(name)          NAME(name)
#define REFUSED(name)            NOTHING(name)
#define CALL(name, class, group) class(name)
#include "sim/calls.def"
#undef SIMULATED
#undef REFUSED
};
static const char *const refused[] = {
#define SIMULATED(name) NOTHING(name)
#define REFUSED(name)   NAME(name)
#include "sim/calls.def"
};
enum {
    SIMULATED_COUNT = sizeof(simulated) / sizeof(simulated[0]),
    REFUSED_COUNT = sizeof(refused) / sizeof(refused[0]),
};

/* Mark the simulated names that this file imports. */
static void look_at_imports(const char *path, bool *imported)
{
    static uint8_t bytes[4 << 20];
    struct elf_file elf;
    const char *reason = "";
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s", path);
    size_t size = fread(bytes, 1, sizeof(bytes), file);
    fclose(file);
    ck_assert_msg(elf_open(&elf, bytes, size, &reason), "%s", reason);
    for (size_t i = 0; i < elf.symbol_count; i++) {
        bool defined = false;
        const char *name = elf_symbol(&elf, i, &defined);
        for (size_t k = 0; name && !defined && k < SIMULATED_COUNT; k++) {
            imported[k] |= strcmp(name, simulated[k]) == 0;
        }
    }
}

/* A simulated name that the plug-ins do not call has no test. */
START_TEST(no_simulated_name_is_forgotten)
{
    bool imported[SIMULATED_COUNT] = {false};
    for (int i = 0; i < BUILDS; i++) {
        look_at_imports(path_of(builds[i]), imported);
    }
    for (size_t k = 0; k < SIMULATED_COUNT; k++) {
        ck_assert_msg(imported[k], "tests/plugins/calls/ does not call %s",
                      simulated[k]);
    }
}
END_TEST

START_TEST(every_refused_name_is_named)
{
    static const char *const none[] = {NULL};
    static char error[65536];
    ck_assert_ptr_null(
        sim_plugin_open(path_of("refused"), none, error, sizeof(error)));
    for (size_t k = 0; k < REFUSED_COUNT; k++) {
        char shown[96];
        snprintf(shown, sizeof(shown), " %s (", refused[k]);
        ck_assert_msg(strstr(error, shown), "%s is not named in: %.500s...",
                      refused[k], error);
    }
}
END_TEST

SUITE(sim_calls)
{
    Suite *suite = suite_create("sim_calls");
    TCase *tc = tcase_create("calls");
    tcase_add_loop_test(tc, each_name_has_its_effect, 0, BUILDS);
    tcase_add_loop_test(tc, the_end_of_a_server_is_the_end_of_the_run, 0,
                        BUILDS);
    tcase_add_loop_test(tc, servers_cannot_open_files_that_show_the_machine, 0,
                        BUILDS);
    tcase_add_test(tc, no_simulated_name_is_forgotten);
    tcase_add_test(tc, every_refused_name_is_named);
    suite_add_tcase(suite, tc);
    return suite;
}
