/* cmd.h - the commands of raftlab, and what several of them share.
 * Layer: tester. Each command is one file; it returns the exit status. */
#ifndef TESTER_CLI_CMD_H
#define TESTER_CLI_CMD_H

#include <signal.h>

#include "sim/plugin.h"
#include "tester/cli/options.h"
#include "tester/harness/test.h"

enum {
    STATUS_PASSED = 0,
    STATUS_FAILED = 1,
    STATUS_USAGE = 2,
    STATUS_INTERRUPTED = 130,
};

int cmd_list(const struct options *options);
int cmd_test(const struct options *options);
int cmd_replay(const struct options *options);
int cmd_grade(const struct options *options);
int cmd_flags(const struct options *options);
int cmd_debug(const struct options *options);
int cmd_lincheck(const struct options *options);
int cmd_datadriven(const struct options *options);
int cmd_help(const struct options *options);

/* What debug has gdb execute: one run, in this very process. Not for users. */
#define CMD_HERE_NAME "run-here"
_Noreturn void cmd_here(int argc, char **argv);

/* Instrumented as --race needs it: every use of libc is a call that can be
 * watched, and clang leaves 16-byte atomics to nobody else. Not linked with
 * the library of the thread sanitizer: without any, and then libc again. */
#ifdef __x86_64__
#define FLAGS_WIDE "-mcx16 "
#else
#define FLAGS_WIDE ""
#endif
#define FLAGS_RACE                                                             \
    "-fsanitize=thread -fno-builtin " FLAGS_WIDE                               \
    "-nodefaultlibs -Wl,--no-as-needed -lc"

/* The other end of --verify: this program, executed anew as a runner's child
 * (runner.h), runs one test. Not for users. */
#define CMD_FRESH_NAME "run-fresh"
_Noreturn void cmd_fresh(int argc, char **argv);

/* Replace this process by a fresh one that runs the test (a runner_child). */
struct runner_job;
_Noreturn void cmd_fresh_execute(const struct runner_job *job,
                                 const char *impl_path);

/* ---- Choosing tests (cmd_names.c) ---------------------------------------*/

struct selection {
    const struct lab_test **tests; /* in test order, each once; free() it */
    size_t count;
};

/* Tests by names, older or newer names, parts ("2A"), labs ("2"), patterns
 * ('TestSnapshot*') and beginnings of names; none means all. False: one is
 * unknown, and a line with the nearest names was printed. */
bool names_select(const struct options *options, struct selection *selection);

/* Without names, keep only the labs that the plug-in under test is for: its
 * roles (impl.h). */
void names_keep(const struct options *options, unsigned roles,
                struct selection *selection);

/* ---- The Raft under test (cmd_impl.c) -----------------------------------*/

/* The directory where this program lies; caller frees. */
char *program_directory(void);
/* That of its sources, if it lies where it was built; caller frees. */
char *program_root(void);

/* An implementation that is ready to run: checked as files, and loaded once in
 * a probe child. What the plug-in is not (impl.h: role), the reference is. */
struct implementation {
    char *path;                        /* absolute; of what is under test */
    unsigned roles;                    /* that it has; of the reference, all */
    struct sim_plugin *raft, *service; /* may be the same; service NULL: it has
                                        * none, and there is no reference */
};

/* options->impl or the reference. False: it cannot be used, and a line that
 * says why was printed. */
bool implementation_open(const struct options *options,
                         struct implementation *impl);
/* The same by path and without the probe. race: take the instrumented
 * reference for what the plug-in is not. */
bool implementation_open_unprobed(const char *path, bool race,
                                  struct implementation *impl);
void implementation_close(struct implementation *impl);

/* Is all there that the test needs? False: a line that says what is missing
 * was printed. */
bool implementation_has(const struct implementation *impl,
                        const struct lab_test *test);

/* Do the limits that this process was started with (ulimit) allow the runs?
 * False: a line that says which one does not was printed. (cmd_limits.c) */
bool limits_suffice(const struct options *options);

/* ---- Ctrl-C (cmd_interrupt.c) -------------------------------------------*/

/* From now on the first SIGINT, SIGTERM or SIGHUP sets the flag (0 before,
 * then the signal's number); a second one ends the program, and leaves no
 * files behind. */
const volatile sig_atomic_t *interrupt_watch(void);

#endif
