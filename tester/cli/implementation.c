/* implementation.c - the plug-in under test, found, checked and loaded once.
 * Layer: tester/cli. What is wrong with it is reported before any test runs. */
#include "tester/cli/implementation.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "tester/cli/interrupt.h"
#include "tester/cli/program_path.h"
#include "tester/cli/shell_limits.h"
#include "tester/harness/impl.h"
#include "tester/run/runner.h"

/* The path of the reference Raft or service, beside this program. */
static char *reference_path(const char *name, bool race)
{
    char *directory = program_directory();
    size_t size = strlen(directory) + strlen(name) + sizeof("/-race.so");
    char *path = lab_xmalloc(size);
    snprintf(path, size, "%s/%s%s.so", directory, name, race ? "-race" : "");
    free(directory);
    return path;
}

/* ---- The probe ----------------------------------------------------------*/

struct probe {
    const struct implementation *impl;
    struct verdict *verdict;
    enum verdict_kind kind;
    char what[1024];
    char output[2048]; /* its beginning: there a sanitizer names the fault */
};

/* Load every role, as a server does. */
static bool load_all(const struct implementation *tested, char *error,
                     size_t error_bytes)
{
    struct impl impl = {.image = NULL};
    struct service_impl service;
    unsigned roles = tested->roles;
    return (!(roles & ROLE_RAFT) ||
            impl_load(tested->raft, &impl, error, error_bytes)) &&
           (!(roles & ROLE_KV) || service_load(tested->service, ROLE_KV, NULL,
                                               &service, error, error_bytes)) &&
           (!(roles & ROLE_RSM) || service_load(tested->service, ROLE_RSM, NULL,
                                                &service, error, error_bytes));
}

static void load(void *argument)
{
    struct probe *probe = argument;
    struct verdict *verdict = probe->verdict;
    bool loaded = load_all(probe->impl, verdict->what, sizeof(verdict->what));
    verdict->kind = loaded ? VERDICT_PASS : VERDICT_FAIL;
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

/* Load the plug-in once in a child process, where its constructors can do no
 * harm. Only this finds unresolved symbols and wrong records. */
static bool probe_plugin(const struct implementation *impl, const char *path)
{
    enum { PROBE_WALL_S = 20 };
    struct probe probe = {.impl = impl};
    struct runner_job job = {.run = {.seed = 1, .impl = impl->raft}};
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

static struct sim_plugin *open_for(const char *path, unsigned roles)
{
    char error[4096];
    struct sim_plugin *plugin =
        sim_plugin_open(path, role_exports(roles), error, sizeof(error));
    if (!plugin) {
        complain("%s", error);
    }
    return plugin;
}

/* Open a plug-in, which must export all functions of its roles. If it has no
 * role, treat it as a Raft: then the missing functions are named. */
static struct sim_plugin *open_checked(const char *path, unsigned *roles)
{
    struct sim_plugin *plugin = open_for(path, 0);
    if (!plugin) {
        return NULL;
    }
    *roles = roles_of(plugin);
    *roles = *roles ? *roles : ROLE_RAFT;
    sim_plugin_free(plugin);
    return open_for(path, *roles);
}

/* The reference is not there if the program was copied elsewhere. */
static struct sim_plugin *open_reference(const char *name, bool race,
                                         unsigned roles)
{
    LAB_ASSERT(roles != 0);
    char *path = reference_path(name, race);
    struct sim_plugin *plugin = NULL;
    if (access(path, F_OK) == 0) {
        plugin = open_for(path, roles);
    } else {
        complain("the reference %s is not beside this program: %s: %s",
                 roles & ROLE_RAFT ? "Raft" : "service", path, strerror(errno));
    }
    free(path);
    return plugin;
}

enum { SERVICES = ROLE_KV | ROLE_RSM };

/* NULL if there is no reference service: a Raft can be tested without it. */
static struct sim_plugin *open_service(bool race)
{
    char *path = reference_path("kvraft", race);
    bool exists = access(path, F_OK) == 0;
    free(path);
    return exists ? open_reference("kvraft", race, SERVICES) : NULL;
}

bool implementation_open_unprobed(const char *path, bool race,
                                  struct implementation *impl)
{
    *impl = (struct implementation){.path = realpath(path, NULL)};
    if (!impl->path) {
        complain("%s: %s", path, strerror(errno));
        return false;
    }
    struct sim_plugin *plugin = open_checked(path, &impl->roles);
    if (!plugin) {
        implementation_close(impl);
        return false;
    }
    impl->raft = impl->roles & ROLE_RAFT
                     ? plugin
                     : open_reference("raft", race, ROLE_RAFT);
    impl->service = impl->roles & SERVICES ? plugin : open_service(race);
    if (!impl->raft) {
        implementation_close(impl);
        return false;
    }
    return true;
}

bool implementation_has(const struct implementation *impl,
                        const struct lab_test *test)
{
    unsigned own = impl->roles & SERVICES;
    if (own && test->service && !(own & test->service)) {
        complain("%s needs %s, which the plug-in does not have", test->name,
                 test->service == ROLE_RSM ? "an rsm (kvraft/rsm.h)"
                                           : "a service (kvraft/kvraft.h)");
        return false;
    }
    if (!test->service || impl->service) {
        return true;
    }
    char *path = reference_path("kvraft", false);
    complain("%s needs a key/value service, but the plug-in has none and the "
             "reference is not beside this program (%s)",
             test->name, path);
    free(path);
    return false;
}

/* With --race, are all plug-ins instrumented? */
static bool check_instrumented(const struct options *options,
                               const struct implementation *impl)
{
    if (!options->race ||
        (sim_plugin_instrumented(impl->raft) &&
         (!impl->service || sim_plugin_instrumented(impl->service)))) {
        return true;
    }
    complain("%s: --race needs a plug-in with instrumented memory accesses; "
             "compile it with: cc $(%s flags --race) -o mine.so FILES.c",
             impl->path, options->program);
    return false;
}

bool implementation_open(const struct options *options,
                         struct implementation *impl)
{
    *impl = (struct implementation){.path = NULL};
    if (!shell_limits_suffice(options)) {
        return false;
    }
    char *path = options->impl ? lab_xstrdup(options->impl)
                               : reference_path("raft", options->race);
    if (!options->impl && access(path, F_OK) != 0) {
        complain("the reference Raft is not beside this program (%s: %s); name "
                 "the Raft to test: --impl FILE.so",
                 path, strerror(errno));
        free(path);
        return false;
    }
    bool usable = implementation_open_unprobed(path, options->race, impl);
    if (usable && !options->impl) {
        impl->roles = ROLE_RAFT | SERVICES;
    }
    if (usable &&
        (!check_instrumented(options, impl) || !probe_plugin(impl, path))) {
        implementation_close(impl);
        usable = false;
    }
    free(path);
    return usable;
}

void implementation_close(struct implementation *impl)
{
    if (impl->service != impl->raft) {
        sim_plugin_free(impl->service);
    }
    sim_plugin_free(impl->raft);
    free(impl->path);
    *impl = (struct implementation){.path = NULL};
}
