/* cmd_help.c - raftlab help: everything about the command line.
 * Layer: tester. */
#include "tester/cli/cmd.h"

#include <stdio.h>
#include <string.h>

static const char overview[] =
    "raftlab - run and grade a Raft for the 6.824 labs, deterministically\n"
    "\n"
    "usage: raftlab COMMAND [NAMES] [OPTIONS]\n"
    "\n"
    "  list     what tests there are\n"
    "  test     run tests, once or over many seeds\n"
    "  replay   run one test again with one seed, and show its log\n"
    "  grade    run whole labs with 20 seeds; points, and a report\n"
    "  debug    start gdb on one run, stopped where it fails\n"
    "  lincheck check histories of operations for linearizability\n"
    "  datadriven\n"
    "           run scenario files against raftcore, the Raft library\n"
    "  flags    what a compiler needs to make a plug-in\n"
    "  help     this, or 'raftlab help COMMAND' about one\n"
    "\n"
    "A Raft is a shared object with the functions of raftapi/raftapi.h:\n"
    "\n"
    "  cc $(raftlab flags) -o mine.so raft.c\n"
    "  raftlab test 2A --impl ./mine.so\n"
    "\n"
    "The same program and seed give the same run, event for event; the hash\n"
    "in its line proves it. Each run is a process of its own, so nothing that\n"
    "one does disturbs the next.\n"
    "\n"
    "exit status: 0 all passed, 1 some failed, 2 wrong usage or set-up,\n"
    "             130 interrupted\n";

static const char about_names[] =
    "\n"
    "NAMES of tests: a name (TestBackup2B; also TestBackup3B, as in 2024 and\n"
    "later), a part (2A, 2B, 2C, 2D of Raft; 3A, 3B of the key/value service;\n"
    "rsm; strict), a lab (2, 3), the beginning of a name (TestSnapshot) or a\n"
    "pattern ('TestSnapshot*'). None: the labs that the plug-in is for.\n"
    "Part 'strict', which is not graded, has directed tests: scripts that\n"
    "arrange what random runs rarely hit.\n";

static const char about_lincheck[] =
    "usage: raftlab lincheck FILE... [OPTIONS]\n"
    "\n"
    "Checks histories: is every answer that of a single copy, at a moment\n"
    "between call and return? Each file has a line, 'FILE: linearizable',\n"
    "'not-linearizable' or 'unknown' (a budget was used up); then, for those\n"
    "that are not, what cannot be placed and why. FILE may be - for standard\n"
    "input. Formats: Jepsen's text logs of a register, EDN maps of registers\n"
    "and key/value stores, raftlab's own JSON (docs/lincheck.md).\n"
    "\n"
    "  --json               verdicts and explanations as one JSON document\n"
    "  --quiet              no explanations\n"
    "  --whole              do not check each key for itself (slower, equal)\n"
    "  --steps N            budget for each key (default 200000000)\n"
    "  --memory MIB         budget, in MiB (default 2048)\n"
    "  --time-limit S       give up after S real seconds (default: never)\n"
    "  --no-color           no colour, even on a terminal\n"
    "\n"
    "exit status: 0 all are linearizable, 1 one is not or is unknown, 2 wrong\n"
    "             usage or a file that cannot be read\n"
    "\n"
    "  raftlab lincheck history.json\n";

static const char about_datadriven[] =
    "usage: raftlab datadriven FILE... [OPTIONS]\n"
    "\n"
    "Runs data-driven test files, as etcd's Raft has them, against raftcore:\n"
    "each directive is executed, and what it prints is compared with what the\n"
    "file expects. A line for each file; for each directive that differs, "
    "what\n"
    "was expected (-) and what came (+); then how many files passed.\n"
    "\n"
    "Three kinds of files, told apart by the folder they lie in (interaction,\n"
    "quorum, confchange), else by their first directive.\n"
    "\n"
    "  --rewrite            put what came into the files instead\n"
    "  --quiet              no differences\n"
    "  --no-color           no colour, even on a terminal\n"
    "\n"
    "exit status: 0 all passed, 1 one differs, 2 wrong usage or a file that\n"
    "             cannot be read or written\n"
    "\n"
    "  raftlab datadriven scenarios/interaction/*.txt\n";

static const char about_list[] =
    "usage: raftlab list [NAMES] [--json]\n"
    "\n"
    "Lists tests: name, part, number of servers, points and title.\n"
    "\n"
    "  --json   the same as a JSON array of objects\n";

static const char about_test[] =
    "usage: raftlab test [NAMES] [OPTIONS]\n"
    "\n"
    "Runs tests. With one seed each has a line: verdict, virtual and real\n"
    "time, servers, RPCs, their bytes, commits, seed, hash. With many seeds "
    "it\n"
    "says how many passed, and which failed. For failures it says which rule\n"
    "was broken, where, what is known of each server, and the command that\n"
    "repeats the run. The last line is 'N passed, N failed', in runs.\n"
    "\n"
    "  --impl PATH.so       the Raft to test (default: the reference)\n"
    "  --seed N             the first seed (default 1)\n"
    "  --seeds K            so many seeds, 1 to 100000 (default 1)\n"
    "  -j N                 runs at a time, 1 to 512 (default: processors)\n"
    "  --policy POLICY      how threads are scheduled: random (the default), "
    "fifo\n"
    "                       or pct (priorities that change at random points)\n"
    "  --time-limit S       virtual seconds for each run (default: the "
    "test's,\n"
    "                       120 for most); with --real they are real\n"
    "  --verify             run each seed also in a freshly executed process,\n"
    "                       with other addresses and another environment, and\n"
    "                       compare: a difference is 'nondeterministic'\n"
    "  --real               real threads and real time; no two such runs are\n"
    "                       alike, and there is no hash. When no thread can "
    "ever\n"
    "                       go on, that is told after 1 s; a hang beside "
    "threads\n"
    "                       that do, when the time limit has passed. Not with\n"
    "                       --policy, --verify or --race\n"
    "  --race               look for data races, in a plug-in compiled as\n"
    "                       'raftlab help flags' says\n"
    "  --json PATH          write a report\n"
    "  --log TOPICS         print lines of lab_log() with these topics, such\n"
    "                       as vote,append or all; shown live for one run,\n"
    "                       else for failures\n"
    "  --trace PATH         write all events as lines of JSON (one test, one\n"
    "                       seed)\n"
    "  --no-color           no colours on a terminal (also with NO_COLOR set)\n"
    "\n"
    "examples:\n"
    "  raftlab test 2A\n"
    "  raftlab test 2A 2B 2C 2D --seeds 400 -j 2\n"
    "  raftlab test TestFigure8 --impl ./mine.so --seed 8000 --seeds 1000\n";

static const char about_verdicts[] =
    "\n"
    "verdicts: pass; not applicable (counts as passed: a directed test cannot\n"
    "be played against this Raft); fail (a rule was broken); misuse (an API\n"
    "used against its contract); data race (with --race); crash (signal or\n"
    "assertion); exit (it called exit); memory (over 1 GiB); deadlock (nobody\n"
    "can run any more); livelock (busy without getting on); timeout (virtual\n"
    "time limit); nondeterministic (with --verify); internal (a bug of\n"
    "raftlab)\n";

static const char about_replay[] =
    "usage: raftlab replay TEST --seed N [OPTIONS]\n"
    "\n"
    "Runs one test with one seed: the same execution again, event for event,\n"
    "if the implementation is the same. Lines of lab_log() come as\n"
    "\n"
    "  [  1.234567] S2 vote    text\n"
    "\n"
    "with virtual seconds, server and topic; on a terminal of 120 columns or\n"
    "more every server has a column of its own. Then the failure, if any, and\n"
    "the line of the run with its hash.\n"
    "\n"
    "  --impl PATH.so       the Raft to run (default: the reference)\n"
    "  --policy POLICY      as in the run to be repeated (default random)\n"
    "  --time-limit S       likewise\n"
    "  --race               likewise\n"
    "  --log TOPICS         topics to print, such as vote,append or all\n"
    "  --trace PATH         write all events as lines of JSON\n"
    "  --no-color           no colours on a terminal\n"
    "\n"
    "example:\n"
    "  raftlab replay TestFigure8Unreliable2C --seed 8231 --log vote,append\n";

static const char about_grade[] =
    "usage: raftlab grade [NAMES] [OPTIONS]\n"
    "\n"
    "Runs every test with many seeds. A test's points are earned if all of "
    "its\n"
    "seeds passed. Writes a report (JSON) and prints a table; the last line "
    "is\n"
    "'N passed, N failed', in runs.\n"
    "\n"
    "  --impl PATH.so       the Raft to grade (default: the reference)\n"
    "  --seeds K            seeds for each test (default 20)\n"
    "  --seed N             the first of them (default 1)\n"
    "  -j N                 runs at a time (default: processors)\n"
    "  --policy POLICY      how threads are scheduled: random (the default), "
    "fifo\n"
    "                       or pct (priorities that change at random points)\n"
    "  --time-limit S       virtual seconds for each run\n"
    "  --verify             each seed twice, see 'raftlab help test'\n"
    "  --race               look for data races, see 'raftlab help test'\n"
    "  --report PATH        where the report goes (default report.json); it\n"
    "                       replaces an older one only when it is whole\n"
    "  --no-color           no colours on a terminal\n"
    "\n"
    "example:\n"
    "  raftlab grade --impl ./mine.so --seeds 100 --report mine.json\n";

static const char about_debug[] =
    "usage: raftlab debug TEST --seed N [OPTIONS]\n"
    "\n"
    "Starts gdb on one run. It stops where the run fails, or at its end, with\n"
    "everything as it was in that moment. More commands for gdb "
    "(docs/gdb.md):\n"
    "\n"
    "  fibers      all simulated threads, and what they wait for\n"
    "  fiber N     show one of them: then backtrace, info locals, ...\n"
    "  servers N   the threads of a server, and where each of them is\n"
    "\n"
    "  --impl PATH.so       the Raft to run (default: the reference)\n"
    "  --policy POLICY      as in the run to be repeated (default random)\n"
    "  --time-limit S       likewise\n"
    "  --race               likewise\n"
    "\n"
    "example:\n"
    "  raftlab debug TestBackup2B --seed 7 --impl ./mine.so\n";

static const char about_flags[] =
    "usage: raftlab flags [--race]\n"
    "\n"
    "Prints what a compiler needs to make a plug-in of a Raft:\n"
    "\n"
    "  cc $(raftlab flags) -o mine.so raft.c\n"
    "\n"
    "With --race one whose data races 'raftlab test --race' finds. Its\n"
    "accesses to memory are instrumented (-fsanitize=thread); it is linked\n"
    "without the library of the thread sanitizer, whose part raftlab plays:\n"
    "\n"
    "  cc $(raftlab flags --race) -O1 -o mine-race.so raft.c\n"
    "  raftlab test --race --impl ./mine-race.so\n";

static void help_about(enum command command)
{
    switch (command) {
    case COMMAND_LIST:
        fputs(about_list, stdout);
        fputs(about_names, stdout);
        break;
    case COMMAND_TEST:
        fputs(about_test, stdout);
        fputs(about_names, stdout);
        fputs(about_verdicts, stdout);
        break;
    case COMMAND_REPLAY:
        fputs(about_replay, stdout);
        break;
    case COMMAND_GRADE:
        fputs(about_grade, stdout);
        fputs(about_verdicts, stdout);
        break;
    case COMMAND_DEBUG:
        fputs(about_debug, stdout);
        break;
    case COMMAND_LINCHECK:
        fputs(about_lincheck, stdout);
        break;
    case COMMAND_DATADRIVEN:
        fputs(about_datadriven, stdout);
        break;
    case COMMAND_FLAGS:
        fputs(about_flags, stdout);
        break;
    case COMMAND_HELP:
    case COMMAND_VERSION:
        fputs(overview, stdout);
        break;
    }
}

int cmd_help(const struct options *options)
{
    enum command about = options->command;
    if (options->command == COMMAND_HELP && options->name_count > 0 &&
        !options_command(options->names[0], &about)) {
        return STATUS_USAGE;
    }
    help_about(about);
    return STATUS_PASSED;
}
