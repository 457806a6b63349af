/* runner.c - runs jobs in child processes: the parent's side.
 * Layer: tester/run. One thread: that of the caller of runner_run(). */
#include "tester/run/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "tester/run/explain.h"
#include "tester/run/runner_child.h"
#include "tester/run/runner_slot.h"

enum {
    TICK_MS = 100,
    LAST_READS = 32, /* of output after the child's end: empties any pipe */
};

struct runner {
    const struct runner_options *options;
    const struct runner_job *jobs;
    size_t job_count, next_job;
    runner_done done;
    void *context;
    struct slot *slots;
    size_t slot_count, running;
    struct pollfd *polls;
    struct explainer *explainer;
    bool stopping;
    int64_t ticked_ns;
    char *directory;
    pid_t owner;          /* the process that made it, not a child of it */
    struct runner *outer; /* the runner whose done() has called this one */
    sigset_t mask;        /* the caller's signal mask */
    struct sigaction child_action;
};

/* For runner_abandon(). A list, because done() may call runner_run() again. */
static struct runner *volatile innermost;

static int64_t wall_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- Children -----------------------------------------------------------*/

/* Clear everything but the output, which slot_give_output() writes. */
static void clear_verdict(struct verdict *verdict)
{
    memset(verdict, 0, offsetof(struct verdict, output));
}

/* Fork and store the child's pid in the slot. No signal that ends this process
 * may arrive in between: runner_abandon() would not kill that child. */
static pid_t fork_into(struct slot *slot, const struct runner_start *start)
{
    sigset_t endings, before;
    sigemptyset(&endings);
    sigaddset(&endings, SIGINT);
    sigaddset(&endings, SIGTERM);
    sigaddset(&endings, SIGHUP);
    sigaddset(&endings, SIGQUIT);
    sigprocmask(SIG_BLOCK, &endings, &before);
    pid_t pid = fork();
    if (pid == 0) {
        runner_child_main(start); /* sets its own mask */
    }
    int error = errno;
    if (pid > 0) {
        slot->pid = pid;
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return pid;
}

/* Fork a child for a job. False with errno if that is not possible now. */
static bool start_child(struct runner *runner, struct slot *slot,
                        const struct runner_job *job)
{
    int ends[2];
    LAB_ASSERT(slot->pid == 0);
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return false;
    }
    struct runner_start start = {
        .options = runner->options,
        .job = job,
        .verdict = slot->verdict,
        .context = runner->context,
        .directory = slot->directory,
        .mask = &runner->mask,
        .parent = getpid(),
        .output_fd = ends[1],
        .verdict_fd = slot->verdict_fd,
    };
    clear_verdict(slot->verdict);
    madvise(slot->verdict, sizeof(*slot->verdict), MADV_DOFORK);
    slot->started_ns = wall_ns();
    pid_t pid = fork_into(slot, &start);
    int error = errno;
    madvise(slot->verdict, sizeof(*slot->verdict), MADV_DONTFORK);
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        errno = error;
        return false;
    }
    setpgid(pid, pid); /* the child does the same; either may be first */
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    slot->output_fd = ends[0];
    slot->job = job;
    slot->hung = false;
    slot->printed = 0;
    runner->running++;
    return true;
}

static enum lab_err start_children(struct runner *runner)
{
    LAB_ASSERT(runner->next_job <= runner->job_count);
    for (size_t i = 0; i < runner->slot_count; i++) {
        struct slot *slot = &runner->slots[i];
        if (runner->stopping || runner->next_job == runner->job_count) {
            return LAB_OK;
        }
        if (slot->pid != 0) {
            continue;
        }
        if (start_child(runner, slot, &runner->jobs[runner->next_job])) {
            runner->next_job++;
        } else if (runner->running == 0) {
            return LAB_EIO;
        } else {
            return LAB_OK; /* try again when a child has ended */
        }
    }
    return LAB_OK;
}

static void end_child(struct runner *runner, struct slot *slot, int status)
{
    for (int i = 0; i < LAST_READS && slot->output_fd >= 0; i++) {
        if (!slot_read_output(slot, runner->options->show_output)) {
            break;
        }
    }
    if (slot->output_fd >= 0) {
        close(slot->output_fd);
        slot->output_fd = -1;
    }
    LAB_ASSERT(runner->running > 0);
    slot->pid = 0;
    runner->running--;
    slot_clean_directory(slot);
    runner_judge(slot->verdict, status, slot->hung, runner->options);
    slot->verdict->wall_s = (double)(wall_ns() - slot->started_ns) / 1e9;
    slot_give_output(slot);
    explain(runner->explainer, slot->verdict);
    if (!runner->stopping &&
        !runner->done(slot->job, slot->verdict, runner->context)) {
        runner->stopping = true;
    }
}

/* Reap the child if it has ended. First kill its process group: until waitpid()
 * no other process can get its number. */
static void reap_child(struct runner *runner, struct slot *slot)
{
    LAB_ASSERT(slot->pid > 0); /* kill(-0) would kill this process, too */
    siginfo_t info = {.si_pid = 0};
    int status = 0;
    int options = WEXITED | WNOHANG | WNOWAIT;
    if (waitid(P_PID, (id_t)slot->pid, &info, options) != 0 ||
        info.si_pid == 0) {
        return;
    }
    kill(-slot->pid, SIGKILL);
    if (waitpid(slot->pid, &status, 0) == slot->pid) {
        end_child(runner, slot, status);
    }
}

static void kill_children(struct runner *runner)
{
    for (size_t i = 0; i < runner->slot_count; i++) {
        struct slot *slot = &runner->slots[i];
        if (slot->pid != 0) {
            kill(-slot->pid, SIGKILL);
            kill(slot->pid, SIGKILL);
            while (waitpid(slot->pid, NULL, 0) < 0 && errno == EINTR) {
                /* again */
            }
            end_child(runner, slot, 0);
        }
    }
}

/* ---- The loop -----------------------------------------------------------*/

static void wait_for_something(struct runner *runner)
{
    struct timespec timeout = {.tv_nsec = TICK_MS * 1000000L};
    nfds_t count = 0;
    for (size_t i = 0; i < runner->slot_count; i++) {
        if (runner->slots[i].pid != 0 && runner->slots[i].output_fd >= 0) {
            runner->polls[count].fd = runner->slots[i].output_fd;
            runner->polls[count].events = POLLIN;
            count++;
        }
    }
    /* SIGCHLD interrupts this, and is unblocked only here. */
    sigset_t mask = runner->mask;
    sigdelset(&mask, SIGCHLD);
    ppoll(runner->polls, count, &timeout, &mask);
}

static void look_at_children(struct runner *runner)
{
    int64_t now = wall_ns();
    int64_t hang_ns = INT64_C(1000000000) * runner_hang_wall_s(runner->options);
    for (size_t i = 0; i < runner->slot_count; i++) {
        struct slot *slot = &runner->slots[i];
        if (slot->pid == 0) {
            continue;
        }
        if (slot->output_fd >= 0) {
            slot_read_output(slot, runner->options->show_output);
        }
        if (!slot->hung && now - slot->started_ns > hang_ns) {
            slot->hung = true;
            kill(-slot->pid, SIGKILL);
        }
        reap_child(runner, slot);
    }
    if (runner->options->stop && *runner->options->stop) {
        runner->stopping = true;
    }
    if (runner->options->tick &&
        now - runner->ticked_ns >= TICK_MS * INT64_C(1000000)) {
        runner->ticked_ns = now;
        runner->options->tick(runner->context);
    }
}

static enum lab_err run_all(struct runner *runner)
{
    while (!runner->stopping) {
        enum lab_err err = start_children(runner);
        if (err != LAB_OK || runner->running == 0) {
            return err;
        }
        wait_for_something(runner);
        look_at_children(runner);
    }
    return LAB_OK;
}

/* ---- Beginning and end --------------------------------------------------*/

static void child_has_ended(int signal_number)
{
    (void)signal_number; /* it only has to interrupt ppoll() */
}

static char *make_directory(const char *base)
{
    static const char name[] = "/raftlab-XXXXXX";
    size_t size = strlen(base) + sizeof(name);
    char *path = lab_xmalloc(size);
    snprintf(path, size, "%s%s", base, name);
    if (!mkdtemp(path)) {
        free(path);
        return NULL;
    }
    return path;
}

static enum lab_err runner_open(struct runner *runner)
{
    const char *base = getenv("TMPDIR");
    if (base && base[0] == '/') { /* children change their directory */
        runner->directory = make_directory(base);
    }
    if (!runner->directory) {
        runner->directory = make_directory("/tmp");
    }
    if (!runner->directory) {
        return LAB_EIO;
    }
    runner->owner = getpid();
    runner->outer = innermost;
    innermost = runner;
    for (size_t i = 0; i < runner->slot_count; i++) {
        if (!slot_open(&runner->slots[i], runner->directory, i)) {
            return LAB_EIO;
        }
    }
    sigset_t mask;
    struct sigaction action = {.sa_handler = child_has_ended};
    sigemptyset(&mask);
    sigaddset(&mask, SIGCHLD);
    sigprocmask(SIG_BLOCK, &mask, &runner->mask);
    sigaction(SIGCHLD, &action, &runner->child_action);
    return LAB_OK;
}

static void runner_close(struct runner *runner)
{
    for (size_t i = 0; i < runner->slot_count; i++) {
        slot_close(&runner->slots[i]);
    }
    if (runner->directory) {
        rmdir(runner->directory);
        innermost = runner->outer;
    }
    free(runner->directory);
    explainer_free(runner->explainer);
    free(runner->slots);
    free(runner->polls);
}

static void wait_for_end(pid_t pid)
{
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
    }
}

static void kill_at_once(const struct runner *runner)
{
    for (size_t i = 0; i < runner->slot_count; i++) {
        pid_t pid = runner->slots[i].pid;
        if (pid != 0) {
            kill(-pid, SIGKILL);
            kill(pid, SIGKILL);
            wait_for_end(pid);
        }
    }
}

/* The children may have left any files: rm removes them all, and to execute a
 * program is async-signal-safe. */
void runner_abandon(void)
{
    const struct runner *runner = innermost;
    for (; runner && runner->owner == getpid(); runner = runner->outer) {
        kill_at_once(runner);
        pid_t pid = _Fork();
        if (pid == 0) {
            execl("/bin/rm", "rm", "-rf", "--", runner->directory,
                  (char *)NULL);
            _exit(1);
        }
        if (pid > 0) {
            wait_for_end(pid);
        }
    }
}

enum lab_err runner_run(const struct runner_options *options,
                        const struct runner_job *jobs, size_t count,
                        runner_done done, void *context)
{
    LAB_ASSERT(options->parallel >= 1);
    LAB_ASSERT(count == 0 || jobs);
    size_t slots = (size_t)options->parallel;
    if (slots > count) {
        slots = count;
    }
    struct runner runner = {
        .options = options,
        .jobs = jobs,
        .job_count = count,
        .done = done,
        .context = context,
        .explainer = explainer_new(),
        .slot_count = slots,
        .slots = lab_xcalloc(slots + 1, sizeof(struct slot)),
        .polls = lab_xcalloc(slots + 1, sizeof(struct pollfd)),
    };
    for (size_t i = 0; i < slots; i++) {
        runner.slots[i].verdict_fd = -1;
        runner.slots[i].output_fd = -1;
    }
    fflush(NULL); /* else each child would write its copy of the buffers */
    enum lab_err err = runner_open(&runner);
    if (err == LAB_OK) {
        err = run_all(&runner);
        runner.stopping = true;
        int error = errno;
        kill_children(&runner);
        sigaction(SIGCHLD, &runner.child_action, NULL);
        sigprocmask(SIG_SETMASK, &runner.mask, NULL);
        errno = error;
    }
    int error = errno;
    runner_close(&runner);
    errno = error;
    return err;
}
