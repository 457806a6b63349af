/* runner.c - children, their output, their verdicts: the parent's side.
 * Layer: tester. One thread; owned by whoever called runner_run().
 *
 * Each of the slots holds one child at a time, the memory in which it writes
 * its verdict, a pipe with its output, and a directory to work in. */
#include "tester/run/runner.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "tester/run/explain.h"
#include "tester/run/runner_child.h"

enum {
    TICK_MS = 100,
    OUTPUT_KEPT = sizeof(((struct verdict *)0)->output) - 1,
    READ_AT_ONCE = 65536, /* from one child, before others have their turn */
    LAST_TURNS = 32,      /* after its end; more than a pipe can hold */
};

struct slot {
    volatile pid_t pid; /* 0: free */
    int output_fd;      /* read end, -1: closed */
    int verdict_fd;
    struct verdict *verdict;
    const struct runner_job *job;
    int64_t started_ns;
    bool hung;
    uint64_t printed; /* bytes of output, ever */
    char *ring;       /* the last OUTPUT_KEPT of them */
    char *directory;
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
    pid_t owner;          /* this process; in a child it is another */
    struct runner *outer; /* in whose done this one runs */
    sigset_t mask;        /* of the caller */
    struct sigaction child_action;
};

/* For runner_abandon(): those that have a directory; done may run another. */
static struct runner *volatile innermost;

static int64_t wall_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- Directories --------------------------------------------------------*/

static int remove_entry(const char *path, const struct stat *info, int type,
                        struct FTW *where)
{
    (void)info;
    (void)type;
    if (where->level > 0) {
        remove(path);
    }
    return 0;
}

/* Empty the directory that a child worked in. Usually it is. */
static void clean_directory(const char *path)
{
    size_t entries = 0;
    DIR *directory = opendir(path);
    if (!directory) {
        chmod(path, 0700);
        mkdir(path, 0700);
        directory = opendir(path);
    }
    while (directory && entries <= 2 && readdir(directory)) {
        entries++;
    }
    if (directory) {
        closedir(directory);
    }
    if (entries > 2) {
        nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    }
}

/* ---- Slots --------------------------------------------------------------*/

/* The memory is seen by its own child alone: fork leaves it out except while
 * that child is made, and its size is sealed. */
static bool slot_open(struct slot *slot, const char *directory, size_t number)
{
    size_t size = sizeof(struct verdict);
    size_t path_size = strlen(directory) + 24;
    slot->directory = lab_xmalloc(path_size);
    snprintf(slot->directory, path_size, "%s/%zu", directory, number);
    if (mkdir(slot->directory, 0700) != 0) {
        return false;
    }
    slot->ring = lab_xmalloc(OUTPUT_KEPT);
    slot->verdict_fd =
        memfd_create("raftlab-verdict", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (slot->verdict_fd < 0 || ftruncate(slot->verdict_fd, (off_t)size) != 0 ||
        fcntl(slot->verdict_fd, F_ADD_SEALS,
              F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
        return false;
    }
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
                        slot->verdict_fd, 0);
    if (memory == MAP_FAILED) {
        return false;
    }
    slot->verdict = memory;
    return madvise(memory, size, MADV_DONTFORK) == 0;
}

static void slot_close(struct slot *slot)
{
    LAB_ASSERT(slot->pid == 0);
    free(slot->ring);
    if (slot->verdict) {
        munmap(slot->verdict, sizeof(*slot->verdict));
    }
    if (slot->verdict_fd >= 0) {
        close(slot->verdict_fd);
    }
    if (slot->directory) {
        rmdir(slot->directory);
    }
    free(slot->directory);
}

/* ---- Output -------------------------------------------------------------*/

static void pass_through(const char *data, size_t size)
{
    while (size > 0) {
        ssize_t done = write(STDOUT_FILENO, data, size);
        if (done < 0 && errno != EINTR) {
            return; /* nobody reads it any more; the run goes on */
        }
        if (done > 0) {
            data += done;
            size -= (size_t)done;
        }
    }
}

static void keep_output(struct slot *slot, const char *data, size_t size)
{
    for (size_t done = 0; done < size;) {
        size_t at = (size_t)((slot->printed + done) % OUTPUT_KEPT);
        size_t part = size - done;
        if (part > OUTPUT_KEPT - at) {
            part = OUTPUT_KEPT - at;
        }
        memcpy(slot->ring + at, data + done, part);
        done += part;
    }
    slot->printed += size;
}

/* Take what is there, but not more than one turn's worth. False: nothing. */
static bool read_output(struct runner *runner, struct slot *slot)
{
    static char buffer[READ_AT_ONCE];
    ssize_t got = read(slot->output_fd, buffer, sizeof(buffer));
    if (got > 0) {
        keep_output(slot, buffer, (size_t)got);
        if (runner->options->show_output) {
            pass_through(buffer, (size_t)got);
        }
        return true;
    }
    if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        close(slot->output_fd);
        slot->output_fd = -1;
    }
    return false;
}

/* The ring, oldest byte first, as text. */
static void give_output(struct slot *slot)
{
    char *output = slot->verdict->output;
    size_t at = (size_t)(slot->printed % OUTPUT_KEPT);
    if (slot->printed <= OUTPUT_KEPT) {
        memcpy(output, slot->ring, (size_t)slot->printed);
        output[slot->printed] = '\0';
        slot->verdict->output_cut = false;
    } else {
        memcpy(output, slot->ring + at, OUTPUT_KEPT - at);
        memcpy(output + (OUTPUT_KEPT - at), slot->ring, at);
        output[OUTPUT_KEPT] = '\0';
        slot->verdict->output_cut = true;
    }
    size_t length =
        slot->printed < OUTPUT_KEPT ? (size_t)slot->printed : OUTPUT_KEPT;
    for (size_t i = 0; i < length; i++) {
        output[i] = output[i] == '\0' ? '?' : output[i];
    }
}

/* ---- Children -----------------------------------------------------------*/

/* Everything but the output, which give_output() writes. */
static void clear_verdict(struct verdict *verdict)
{
    memset(verdict, 0, offsetof(struct verdict, output));
}

/* A child, and its number in the slot: nothing that ends this process comes in
 * between, as runner_abandon() would not know of it. */
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

/* Fork a child for a job. False with errno: not now. */
static bool start_child(struct runner *runner, struct slot *slot,
                        const struct runner_job *job)
{
    int ends[2];
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
    setpgid(pid, pid);
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
            return LAB_OK; /* try again when one has ended */
        }
    }
    return LAB_OK;
}

static void end_child(struct runner *runner, struct slot *slot, int status)
{
    for (int turn = 0; turn < LAST_TURNS && slot->output_fd >= 0; turn++) {
        if (!read_output(runner, slot)) {
            break;
        }
    }
    if (slot->output_fd >= 0) {
        close(slot->output_fd);
        slot->output_fd = -1;
    }
    slot->pid = 0;
    runner->running--;
    clean_directory(slot->directory);
    runner_judge(slot->verdict, status, slot->hung, runner->options);
    slot->verdict->wall_s = (double)(wall_ns() - slot->started_ns) / 1e9;
    give_output(slot);
    explain(runner->explainer, slot->verdict);
    if (!runner->stopping &&
        !runner->done(slot->job, slot->verdict, runner->context)) {
        runner->stopping = true;
    }
}

/* Has the child ended? Its group is killed while its number cannot have been
 * given to anybody else. */
static void reap_child(struct runner *runner, struct slot *slot)
{
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
    /* A child's end interrupts this: the signal is let in only here. */
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
            read_output(runner, slot);
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
    (void)signal_number; /* being interrupted is all that is wanted */
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
    if (base && base[0] == '/') { /* children work elsewhere */
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

/* Also while others end, which interrupts. */
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

/* Whatever the children have left there: one program does it all, and may be
 * executed in a signal handler. */
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
    fflush(NULL); /* else each child would have a copy to write */
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
