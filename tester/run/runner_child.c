/* runner_child.c - the child's side of the runner: environment, limits, end.
 * Layer: tester/run. See runner_child.h. */
#include "tester/run/runner_child.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.h"

/* The sanitizers reserve terabytes of private memory for their shadow: no limit
 * on memory is possible. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MEMORY_LIMITED 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define MEMORY_LIMITED 0
#endif
#endif
#ifndef MEMORY_LIMITED
#define MEMORY_LIMITED 1
#endif

enum {
    HANG_WALL_S = 300,
};

#define MEMORY_BYTES (UINT64_C(1) << 30)
#define FILE_BYTES   (UINT64_C(64) << 20)
#define KILLED_SENTENCE                                                        \
    "killed by SIGKILL; the system may have run out of memory"

static char *fixed_environment[] = {
    "LANG=C",    "LC_ALL=C",           "TZ=UTC", "HOME=.", "USER=lab",
    "TERM=dumb", "PATH=/usr/bin:/bin", NULL};

uint64_t runner_memory_bytes(const struct runner_options *options)
{
    return options->memory_bytes != 0 ? options->memory_bytes : MEMORY_BYTES;
}

int runner_hang_wall_s(const struct runner_options *options)
{
    return options->hang_wall_s != 0 ? options->hang_wall_s : HANG_WALL_S;
}

/* For calls that fail on no usual system. The message goes to the captured
 * output, which is printed with the verdict. */
static void must(bool fact, const char *what)
{
    if (!fact) {
        perror(what);
        _exit(RUNNER_STATUS_BROKEN);
    }
}

static void limit(int resource, uint64_t soft, uint64_t hard)
{
    struct rlimit old;
    must(getrlimit(resource, &old) == 0, "getrlimit");
    if (hard > old.rlim_max) {
        hard = old.rlim_max;
    }
    if (soft > hard) {
        soft = hard;
    }
    struct rlimit new = {.rlim_cur = soft, .rlim_max = hard};
    must(setrlimit(resource, &new) == 0, "setrlimit");
}

static void set_limits(const struct runner_start *start)
{
    uint64_t cpu_s = (uint64_t)runner_hang_wall_s(start->options);
    uint64_t memory = runner_memory_bytes(start->options);
    uint64_t file = start->job->run.trace_fd > 0 ? RLIM_INFINITY : FILE_BYTES;
    limit(RLIMIT_CORE, 0, 0);
    limit(RLIMIT_CPU, cpu_s, cpu_s + 5);
    limit(RLIMIT_FSIZE, file, file);
    /* The limit counts the full stack of each real thread, of hundreds. */
    if (MEMORY_LIMITED && !start->job->run.real) {
        limit(RLIMIT_DATA, memory, memory);
    }
}

/* Reset signals to what a fresh process has: the parent handles some. */
static void reset_signals(const sigset_t *mask)
{
    static const int handled[] = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT,
                                  SIGABRT, SIGPIPE, SIGXFSZ, SIGCHLD};
    for (size_t i = 0; i < sizeof(handled) / sizeof(handled[0]); i++) {
        must(signal(handled[i], SIG_DFL) != SIG_ERR, "signal");
    }
    must(sigprocmask(SIG_SETMASK, mask, NULL) == 0, "sigprocmask");
}

/* Move the descriptors of the child to fixed numbers and close all others: the
 * parent's report, its pipes to other children. */
static void arrange_descriptors(const struct runner_start *start)
{
    enum { CLEAR = 16 }; /* beyond the fixed numbers */
    int null = open("/dev/null", O_RDONLY);
    int output = fcntl(start->output_fd, F_DUPFD_CLOEXEC, CLEAR);
    int verdict = fcntl(start->verdict_fd, F_DUPFD_CLOEXEC, CLEAR);
    int trace = start->job->run.trace_fd;
    unsigned first_unused = RUNNER_VERDICT_FD + 1;
    if (trace > 0) {
        trace = fcntl(trace, F_DUPFD_CLOEXEC, CLEAR);
        must(trace >= 0, "trace descriptor");
    }
    must(null >= 0 && output >= 0 && verdict >= 0, "descriptors");
    must(dup2(output, STDOUT_FILENO) >= 0, "standard output");
    must(dup2(output, STDERR_FILENO) >= 0, "standard error");
    must(dup2(null, STDIN_FILENO) >= 0, "standard input");
    must(dup2(verdict, RUNNER_VERDICT_FD) >= 0, "verdict descriptor");
    if (trace > 0) {
        must(dup2(trace, RUNNER_TRACE_FD) >= 0, "trace descriptor");
        first_unused = RUNNER_TRACE_FD + 1;
    }
    must(close_range(first_unused, ~0U, 0) == 0, "close_range");
}

static void run_job(const struct runner_start *start)
{
    struct runner_job job = *start->job;
    if (job.run.trace_fd > 0) {
        job.run.trace_fd = RUNNER_TRACE_FD;
    }
    if (start->options->child) {
        start->options->child(&job, start->verdict, start->context);
        return;
    }
    must(close(RUNNER_VERDICT_FD) == 0, "verdict descriptor");
    lab_test_run(job.test, &job.run, start->verdict);
}

_Noreturn void runner_child_main(const struct runner_start *start)
{
    /* Buffered by lines: so output before a crash is not lost. */
    static char output_buffer[8192];
    setpgid(0, 0); /* the parent does the same; either may be first */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != start->parent) {
        _exit(RUNNER_STATUS_BROKEN);
    }
    arrange_descriptors(start);
    reset_signals(start->mask);
    set_limits(start);
    must(chdir(start->directory) == 0, "working directory");
    environ = fixed_environment;
    setvbuf(stdout, output_buffer, _IOLBF, sizeof(output_buffer));
    run_job(start);
    fflush(stdout);
    _exit(RUNNER_STATUS_DONE);
}

/* ---- The verdict of the parent ------------------------------------------*/

#define TERMINATE(array) ((array)[sizeof(array) - 1] = '\0')

/* The child may have died while it wrote the verdict, or may have overwritten
 * it: end every text and accept only known kinds. */
static void make_readable(struct verdict *verdict)
{
    bool known = false;
#define VERDICT_KNOWN(name, text, passed) known |= verdict->kind == (name);
    VERDICTS(VERDICT_KNOWN)
#undef VERDICT_KNOWN
    if (!known) {
        verdict->kind = VERDICT_NOT_RUN;
    }
    TERMINATE(verdict->rule);
    TERMINATE(verdict->what);
    TERMINATE(verdict->file);
    TERMINATE(verdict->servers);
    TERMINATE(verdict->notes);
    TERMINATE(verdict->run.thread);
    TERMINATE(verdict->run.what);
    TERMINATE(verdict->run.threads);
    for (size_t i = 0; i < 2; i++) {
        TERMINATE(verdict->run.race[i].thread);
        TERMINATE(verdict->run.race[i].does);
    }
    for (size_t i = 0; i < SIM_ADVICE; i++) {
        TERMINATE(verdict->run.advice[i].what);
        TERMINATE(verdict->run.advice[i].thread);
    }
}

/* Is the verdict complete, and does the exit status confirm it? */
static bool is_complete(const struct verdict *verdict, int wait_status)
{
    if (!WIFEXITED(wait_status) || verdict->kind == VERDICT_NOT_RUN) {
        return false;
    }
    return WEXITSTATUS(wait_status) == RUNNER_STATUS_DONE ||
           (WEXITSTATUS(wait_status) == RUNNER_STATUS_SIGNAL &&
            !verdict_passed(verdict->kind));
}

static void judge_signal(struct verdict *verdict, int signal_number,
                         const struct runner_options *options)
{
    const char *name = sigabbrev_np(signal_number);
    verdict->kind = VERDICT_CRASH;
    if (signal_number == SIGXCPU) {
        verdict->kind = VERDICT_LIVELOCK;
        snprintf(verdict->what, sizeof(verdict->what),
                 "the run has not ended after %d s of CPU time",
                 runner_hang_wall_s(options));
    } else if (signal_number == SIGKILL) {
        snprintf(verdict->what, sizeof(verdict->what), KILLED_SENTENCE);
    } else if (signal_number == SIGXFSZ) {
        snprintf(verdict->what, sizeof(verdict->what),
                 "killed by SIGXFSZ: it wrote a file of more than %d MiB",
                 (int)(FILE_BYTES >> 20));
    } else {
        snprintf(verdict->what, sizeof(verdict->what), "killed by SIG%s (%s)",
                 name ? name : "?", strsignal(signal_number));
    }
}

void runner_judge(struct verdict *verdict, int wait_status, bool hung,
                  const struct runner_options *options)
{
    make_readable(verdict);
    if (!hung && is_complete(verdict, wait_status)) {
        return;
    }
    if (hung) {
        verdict->kind = VERDICT_LIVELOCK;
        snprintf(verdict->what, sizeof(verdict->what),
                 "no progress: the run has not ended after %d s of real "
                 "time and was killed",
                 runner_hang_wall_s(options));
    } else if (WIFSIGNALED(wait_status)) {
        judge_signal(verdict, WTERMSIG(wait_status), options);
    } else if (WEXITSTATUS(wait_status) == RUNNER_STATUS_RACE &&
               sim_only_real()) {
        verdict->kind = VERDICT_RACE;
        snprintf(verdict->what, sizeof(verdict->what),
                 "the thread sanitizer has reported a data race; see the "
                 "output");
    } else if (WEXITSTATUS(wait_status) == RUNNER_STATUS_BROKEN) {
        verdict->kind = VERDICT_INTERNAL;
        snprintf(verdict->what, sizeof(verdict->what),
                 "the process for this test could not be set up; its output "
                 "says why");
    } else {
        verdict->kind = VERDICT_EXIT;
        snprintf(verdict->what, sizeof(verdict->what),
                 "the process ended with status %d before the test was over",
                 WEXITSTATUS(wait_status));
    }
    LAB_ASSERT(verdict->kind != VERDICT_NOT_RUN);
}
