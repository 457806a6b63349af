/* fatal.c - fatal signals, and threads that compute without end.
 * Layer: sim. The handlers run on a stack of their own, as the fiber's may be
 * used up. They end the process, because nobody knows what the code under test
 * has destroyed. They assert nothing, as a failed assertion would go on. */
#include "sim/fatal.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/assert.h"
#include "sim/backtrace.h"
#include "sim/fiber.h"
#include "sim/image/libc_range.h"
#include "sim/image/symbols.h"
#include "sim/real/libc.h"
#include "sim/real/mode.h"
#include "sim/run.h"
#include "sim/sanitizer.h"
#include "sim/sched.h"

#define EXIT_FATAL 3

/* The reports of the sanitizers say more. */
#if defined(SIM_ADDRESS_SANITIZER) || defined(SIM_THREAD_SANITIZER)
#define OWN_REPORTS false
#else
#define OWN_REPORTS true
#endif

/* CPU seconds that a server may compute without a step. Of real time, because
 * such a thread keeps virtual time from passing. */
#define LOOP_CPU_S 5

static struct {
    void (*cannot_return)(void);
    bool active;
    uint64_t steps; /* of the run, at the last look */
    int looks;      /* since they have changed */
    char stack[65536];
    stack_t former_stack;
} watch;

static const struct {
    int number;
    const char *name;
} fatal_signals[] = {
    {SIGSEGV, "segmentation fault"},
    {SIGBUS, "bus error"},
    {SIGFPE, "arithmetic error (SIGFPE), such as a division by zero"},
    {SIGILL, "illegal instruction"},
    {SIGABRT, "abort"},
    {SIGTRAP, "trap"},
};
#define FATAL_SIGNALS (sizeof(fatal_signals) / sizeof(fatal_signals[0]))

static _Noreturn void end_process(enum sim_end end, const char *what)
{
    run_conclude(end, what);
    if (watch.cannot_return) {
        watch.cannot_return();
    }
    REAL(_exit)(EXIT_FATAL);
    __builtin_unreachable();
}

static void note_registers(const void *context)
{
    const ucontext_t *uc = context;
#if defined(__x86_64__)
    backtrace_interrupted((uintptr_t)uc->uc_mcontext.gregs[REG_RIP],
                          (uintptr_t)uc->uc_mcontext.gregs[REG_RSP]);
#elif defined(__aarch64__)
    backtrace_interrupted(uc->uc_mcontext.pc, uc->uc_mcontext.sp);
#endif
}

/* Static functions of a stripped file have no name. The stack in the result
 * shows from where in the code under test they were called. */
static const char *function_at(const void *pc)
{
    uint32_t file = symbols_place((uintptr_t)pc).file;
    if (file == SIM_NO_FILE && !libc_contains(pc)) {
        return "an address that is no code (a call through a wrong pointer?)";
    }
    const char *name = symbols_find(pc);
    return name                       ? name
           : file == SIM_PROGRAM_FILE ? "code of raftlab itself"
           : file >= SIM_PLUGIN_FILE  ? "code without a name"
                                      : "code of libc";
}

static void where(const void *pc, char *text, size_t bytes)
{
    snprintf(text, bytes, "%.64s in thread %s", function_at(pc),
             sim_thread_name());
}

static const void *pc_of(const void *context)
{
    const ucontext_t *uc = context;
#if defined(__x86_64__)
    return (const void *)uc->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    return (const void *)uc->uc_mcontext.pc;
#endif
}

static void on_fatal(int number, siginfo_t *info, void *context)
{
    const char *name = "signal";
    backtrace_failed();
    note_registers(context);
    for (size_t i = 0; i < FATAL_SIGNALS; i++) {
        if (fatal_signals[i].number == number) {
            name = fatal_signals[i].name;
        }
    }
    char at[128], what[256];
    where(pc_of(context), at, sizeof(at));
    /* The address tells what kind of segmentation fault it is. */
    struct thread *me = sched.active ? sched.current : NULL;
    if (number == SIGSEGV && me &&
        fiber_stack_overflowed(me->stack, info->si_addr)) {
        snprintf(what, sizeof(what),
                 "stack overflow (8 MiB) at %s: endless recursion, or a large "
                 "local array?",
                 at);
    } else if (number == SIGSEGV && (uintptr_t)info->si_addr < 4096) {
        snprintf(what, sizeof(what), "%s through a null pointer at %s", name,
                 at);
    } else {
        snprintf(what, sizeof(what), "%s at %s", name, at);
    }
    end_process(SIM_CRASHED, what);
}

/* Once per CPU second. The tester may compute for long: histories are checked.
 */
static void on_cpu_second(int number, siginfo_t *info, void *context)
{
    (void)number, (void)info;
    if (sched.steps != watch.steps || sim_server() < 0) {
        watch.steps = sched.steps;
        watch.looks = 0;
        return;
    }
    if (++watch.looks < LOOP_CPU_S) {
        return;
    }
    char at[128], what[256];
    note_registers(context);
    where(pc_of(context), at, sizeof(at));
    snprintf(what, sizeof(what),
             "endless loop: %d s of CPU time without a call of libc that "
             "synchronizes or sleeps, at %s",
             LOOP_CPU_S, at);
    end_process(SIM_LIVELOCK, what);
}

static void install(int number, void (*handler)(int, siginfo_t *, void *))
{
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART | SA_NODEFER;
    sigaction(number, &action, NULL);
}

void fatal_watch(void (*cannot_return)(void))
{
    LAB_ASSERT(!watch.active);
    watch.active = true;
    watch.cannot_return = cannot_return;
    watch.steps = 0;
    watch.looks = 0;
    if (OWN_REPORTS) {
        stack_t stack = {.ss_sp = watch.stack, .ss_size = sizeof(watch.stack)};
        sigaltstack(&stack, &watch.former_stack);
        for (size_t i = 0; i < FATAL_SIGNALS; i++) {
            install(fatal_signals[i].number, on_fatal);
        }
    }
    if (real_on()) {
        return; /* an OS thread that computes stops no other */
    }
    install(SIGPROF, on_cpu_second);
    struct itimerval second = {{1, 0}, {1, 0}};
    setitimer(ITIMER_PROF, &second, NULL);
}

void fatal_unwatch(void)
{
    struct itimerval never = {{0, 0}, {0, 0}};
    LAB_ASSERT(watch.active);
    watch.active = false;
    if (!real_on()) {
        setitimer(ITIMER_PROF, &never, NULL);
        signal(SIGPROF, SIG_IGN);
    }
    if (OWN_REPORTS) {
        for (size_t i = 0; i < FATAL_SIGNALS; i++) {
            signal(fatal_signals[i].number, SIG_DFL);
        }
        sigaltstack(&watch.former_stack, NULL);
    }
}
