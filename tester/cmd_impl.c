/* cmd_impl.c - the shared object under test: found, checked, loaded once.
 * Layer: tester. What is wrong with it is said before any test runs. */
#include "tester/cmd.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "tester/impl.h"
#include "tester/runner.h"

/* What raftapi.h wants of a plug-in. */
static const char *const exports[] = {
    "raft_make", "raft_start", "raft_get_state", "raft_snapshot", "raft_kill",
    "raft_rpcs", NULL,
};

char *program_directory(void)
{
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
    if (length <= 0) {
        return lab_xstrdup(".");
    }
    path[length] = '\0';
    char *slash = strrchr(path, '/');
    if (slash) {
        *slash = '\0';
    }
    return lab_xstrdup(path);
}

static char *reference_path(bool race)
{
    char *directory = program_directory();
    const char *name = race ? "raft-race.so" : "raft.so";
    size_t size = strlen(directory) + strlen(name) + 2;
    char *path = lab_xmalloc(size);
    snprintf(path, size, "%s/%s", directory, name);
    free(directory);
    return path;
}

/* ---- The probe ----------------------------------------------------------*/

struct probe {
    struct sim_plugin *plugin;
    struct verdict *verdict;
    enum verdict_kind kind;
    char what[1024];
    char output[2048]; /* the beginning: a sanitizer says there what it saw */
};

static void load(void *argument)
{
    struct probe *probe = argument;
    struct verdict *verdict = probe->verdict;
    struct impl impl;
    if (impl_load(probe->plugin, &impl, verdict->what, sizeof(verdict->what))) {
        verdict->kind = VERDICT_PASS;
    } else {
        verdict->kind = VERDICT_FAIL;
    }
}

static void probe_child(const struct runner_job *job, struct verdict *verdict,
                        void *context)
{
    struct probe *probe = context;
    (void)job;
    probe->verdict = verdict;
    struct sim_options options = {.seed = 1, .real = sim_only_real()};
    sim_run(&options, load, probe, &verdict->run);
    if (verdict->run.end != SIM_DONE) {
        verdict->kind = VERDICT_CRASH;
        snprintf(verdict->what, sizeof(verdict->what), "%s", verdict->run.what);
    }
}

static bool probe_done(const struct runner_job *job,
                       const struct verdict *verdict, void *context)
{
    struct probe *probe = context;
    const char *what = verdict->what;
    (void)job;
    probe->kind = verdict->kind;
    if (verdict->run.what[0] != '\0') {
        what = verdict->run.what;
    }
    snprintf(probe->what, sizeof(probe->what), "%s", what);
    snprintf(probe->output, sizeof(probe->output), "%.*s",
             (int)sizeof(probe->output) - 1, verdict->output);
    return true;
}

/* Load the plug-in once in a process of its own, where its constructors can
 * do no harm: unresolved symbols and wrong records show up only then. */
static bool probe_plugin(struct sim_plugin *plugin, const char *path)
{
    enum { PROBE_WALL_S = 20 };
    struct probe probe = {.plugin = plugin};
    struct runner_job job = {.run = {.seed = 1, .impl = plugin}};
    struct runner_options options = {
        .parallel = 1,
        .hang_wall_s = PROBE_WALL_S,
        .child = probe_child,
        .stop = interrupt_watch(),
    };
    if (runner_run(&options, &job, 1, probe_done, &probe) != LAB_OK) {
        complain("cannot run a process: %s", strerror(errno));
        return false;
    }
    if (probe.kind == VERDICT_PASS) {
        return true;
    }
    if (*options.stop) {
        return false;
    }
    if (probe.kind == VERDICT_FAIL) {
        complain("%s", probe.what);
    } else {
        complain("%s: loading it failed: %s", path, probe.what);
        fputs(probe.output, stderr);
    }
    return false;
}

/* ---- Opening ------------------------------------------------------------*/

bool implementation_open_unprobed(const char *path, struct implementation *impl)
{
    char error[4096];
    *impl = (struct implementation){.path = realpath(path, NULL)};
    if (!impl->path) {
        complain("%s: %s", path, strerror(errno));
        return false;
    }
    impl->plugin = sim_plugin_open(path, exports, error, sizeof(error));
    if (!impl->plugin) {
        complain("%s", error);
        implementation_close(impl);
        return false;
    }
    return true;
}

/* The reference comes in both forms. */
static bool check_instrumented(const struct options *options,
                               const struct implementation *impl)
{
    if (!options->race || sim_plugin_instrumented(impl->plugin)) {
        return true;
    }
    complain("%s: --race needs a plug-in whose accesses to memory can be "
             "watched; compile it with: cc $(%s flags --race) -o mine.so "
             "FILES.c",
             impl->path, options->program);
    return false;
}

/* The program may have been copied away from where it was built. */
static bool reference_exists(const struct options *options)
{
    char *path = reference_path(options->race);
    bool exists = access(path, F_OK) == 0;
    if (!exists) {
        complain("the reference Raft is not beside this program (%s: %s); say "
                 "what to test: --impl FILE.so",
                 path, strerror(errno));
    }
    free(path);
    return exists;
}

bool implementation_open(const struct options *options,
                         struct implementation *impl)
{
    *impl = (struct implementation){.path = NULL};
    if (!limits_suffice(options)) {
        return false;
    }
    if (!options->impl && !reference_exists(options)) {
        return false;
    }
    char *path = options->impl ? lab_xstrdup(options->impl)
                               : reference_path(options->race);
    bool usable = implementation_open_unprobed(path, impl);
    if (usable && (!check_instrumented(options, impl) ||
                   !probe_plugin(impl->plugin, path))) {
        implementation_close(impl);
        usable = false;
    }
    free(path);
    return usable;
}

void implementation_close(struct implementation *impl)
{
    if (impl->plugin) {
        sim_plugin_free(impl->plugin);
    }
    free(impl->path);
    *impl = (struct implementation){.path = NULL};
}
