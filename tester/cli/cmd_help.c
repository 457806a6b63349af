/* cmd_help.c - raftlab help: explains the command line.
 * Layer: tester/cli. */
#include "tester/cli/cmd.h"

#include <stdio.h>

static const char overview[] =
    "raftlab - run and grade a Raft for the 6.824 labs, deterministically\n"
    "\n"
    "usage: raftlab COMMAND [NAMES] [OPTIONS]\n"
    "\n"
    "  list     list the tests\n"
    "  test     run tests with one seed or many\n"
    "  replay   repeat one run, and show its log\n"
    "  grade    run complete labs with 20 seeds; give points, write a report\n"
    "  debug    run one test in gdb, stopped where it fails\n"
    "  lincheck check histories of operations for linearizability\n"
    "  datadriven\n"
    "           run scenario files against raftcore, the Raft library\n"
    "  flags    print the compiler flags for a plug-in\n"
    "  help     print this, or 'raftlab help COMMAND' about one command\n"
    "\n"
    "A Raft is a shared object with the functions of raftapi/raftapi.h:\n"
    "\n"
    "  cc $(raftlab flags) -o mine.so raft.c\n"
    "  raftlab test 2A --impl ./mine.so\n"
    "\n"
    "The same program and seed give the same run, event for event; the hash\n"
    "in its line proves it. Each run is a process of its own and does not\n"
    "affect the next.\n"
    "\n"
    "exit status: 0 all passed, 1 some failed, 2 wrong usage or set-up,\n"
    "             130 interrupted\n";

static const char about_names[] =
    "\n"
    "NAMES select tests: a name (TestBackup2B; also TestBackup3B, as in 2024\n"
    "and later), a part (2A, 2B, 2C, 2D of Raft; 3A, 3B of the key/value\n"
    "service; rsm; strict), a lab (2, 3), the beginning of a name\n"
    "(TestSnapshot) or a pattern ('TestSnapshot*'). Without NAMES: the labs\n"
    "that the plug-in is for. Part 'strict' is not graded. It has directed\n"
    "tests: scripts that arrange schedules which random runs rarely reach.\n";

static const char about_lincheck[] =
    "usage: raftlab lincheck FILE... [OPTIONS]\n"
    "\n"
    "Checks whether histories are linearizable: has every operation a\n"
    "linearization point between its call and its return? Prints a line for\n"
    "each file, 'FILE: linearizable', 'not-linearizable' or 'unknown' (a\n"
    "budget was used up); then, for those that are not linearizable, which\n"
    "operation has no linearization point, and why. FILE may be - for\n"
    "standard input. Formats: Jepsen's text logs of a register, EDN maps of\n"
    "registers and key/value stores, raftlab's own JSON (docs/lincheck.md).\n"
    "\n"
    "  --json               print verdicts and explanations as one JSON\n"
    "                       document\n"
    "  --quiet              print no explanations\n"
    "  --whole              check all keys together (slower, same verdict)\n"
    "  --steps N            budget for each key (default 200000000)\n"
    "  --memory MIB         budget in MiB (default 2048)\n"
    "  --time-limit S       give up after S real seconds (default: never)\n"
    "  --no-color           no colours, even on a terminal\n"
    "\n"
    "exit status: 0 all are linearizable, 1 one is not or is unknown, 2 wrong\n"
    "             usage or a file that cannot be read\n"
    "\n"
    "  raftlab lincheck history.json\n";

static const char about_datadriven[] =
    "usage: raftlab datadriven FILE... [OPTIONS]\n"
    "\n"
    "Runs data-driven test files, in the format of etcd's Raft, against\n"
    "raftcore: executes each directive and compares its output with the\n"
    "output that the file expects. Prints a line for each file; for each\n"
    "directive that differs, the expected (-) and the actual (+) output; then\n"
    "the number of files that passed.\n"
    "\n"
    "There are three kinds of files: interaction, quorum and confchange. The\n"
    "name of the folder tells the kind, else the first directive.\n"
    "\n"
    "  --rewrite            replace the expected output in the files by the\n"
    "                       actual output\n"
    "  --quiet              print no differences\n"
    "  --no-color           no colours, even on a terminal\n"
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
    "  --json   print them as a JSON array of objects\n";

static const char about_test[] =
    "usage: raftlab test [NAMES] [OPTIONS]\n"
    "\n"
    "Runs tests. With one seed it prints a line for each test: verdict,\n"
    "virtual and real time, servers, RPCs, bytes of RPCs, commits, seed and\n"
    "hash. With many seeds it prints how many passed, and which failed. A\n"
    "failure names the rule that was broken, the place, the state of each\n"
    "server, and the command that repeats the run. The last line is 'N\n"
    "passed, N failed', in runs.\n"
    "\n"
    "  --impl PATH.so       the Raft to test (default: the reference)\n"
    "  --seed N             the first seed (default 1)\n"
    "  --seeds K            number of seeds, 1 to 100000 (default 1)\n"
    "  -j N                 runs at a time, 1 to 512 (default: processors)\n"
    "  --policy POLICY      how threads are scheduled: random (the default),\n"
    "                       fifo or pct (priorities that change at random\n"
    "                       points)\n"
    "  --time-limit S       limit of each run in virtual seconds (default:\n"
    "                       the test's, mostly 120); with --real in real\n"
    "                       seconds\n"
    "  --verify             run each seed also in a freshly executed process,\n"
    "                       with other addresses and another environment, and\n"
    "                       compare: a difference is 'nondeterministic'\n"
    "  --real               use real threads and real time. No two such runs\n"
    "                       are equal, and there is no hash. A deadlock of\n"
    "                       all threads is reported after 1 s, one of some\n"
    "                       threads after the time limit. Not with --policy,\n"
    "                       --verify or --race\n"
    "  --race               detect data races in a plug-in that was compiled\n"
    "                       as 'raftlab help flags' says\n"
    "  --json PATH          write a report\n"
    "  --log TOPICS         print lines of lab_log() with these topics, such\n"
    "                       as vote,append or all: live for one run, else\n"
    "                       for failures\n"
    "  --trace PATH         write all events as lines of JSON (one test, one\n"
    "                       seed)\n"
    "  --no-color           no colours on a terminal (also if NO_COLOR is\n"
    "                       set)\n"
    "\n"
    "examples:\n"
    "  raftlab test 2A\n"
    "  raftlab test 2A 2B 2C 2D --seeds 400 -j 2\n"
    "  raftlab test TestFigure8 --impl ./mine.so --seed 8000 --seeds 1000\n";

static const char about_verdicts[] =
    "\n"
    "verdicts:\n"
    "  pass\n"
    "  not applicable    the script of a directed test does not work with\n"
    "                    this Raft; counts as passed\n"
    "  fail              a rule was broken\n"
    "  unknown           a check could not decide\n"
    "  misuse            an API was used against its contract\n"
    "  data race         with --race\n"
    "  crash             fatal signal or failed assertion\n"
    "  exit              the code called exit()\n"
    "  memory            more than 1 GiB\n"
    "  deadlock          no thread can ever run again\n"
    "  livelock          busy without progress\n"
    "  timeout           virtual time limit\n"
    "  nondeterministic  with --verify\n"
    "  internal          a bug of raftlab\n";

static const char about_replay[] =
    "usage: raftlab replay TEST --seed N [OPTIONS]\n"
    "\n"
    "Repeats one run: the same execution, event for event, if the\n"
    "implementation is the same. Prints lines of lab_log() as\n"
    "\n"
    "  [  1.234567] S2 vote    text\n"
    "\n"
    "with virtual seconds, server and topic; on a terminal of at least 120\n"
    "columns every server has a column of its own. Then it prints the\n"
    "failure, if any, and the line of the run with its hash.\n"
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
    "Runs every test with many seeds. A test earns its points if all of its\n"
    "seeds passed. Prints a table and writes a report (JSON); the last line\n"
    "is 'N passed, N failed', in runs.\n"
    "\n"
    "  --impl PATH.so       the Raft to grade (default: the reference)\n"
    "  --seeds K            seeds for each test (default 20)\n"
    "  --seed N             the first of them (default 1)\n"
    "  -j N                 runs at a time (default: processors)\n"
    "  --policy POLICY      how threads are scheduled: random (the default),\n"
    "                       fifo or pct (priorities that change at random\n"
    "                       points)\n"
    "  --time-limit S       limit of each run in virtual seconds\n"
    "  --verify             run each seed twice, see 'raftlab help test'\n"
    "  --race               detect data races, see 'raftlab help test'\n"
    "  --report PATH        the file of the report (default report.json);\n"
    "                       replaced only when the new report is complete\n"
    "  --no-color           no colours on a terminal\n"
    "\n"
    "example:\n"
    "  raftlab grade --impl ./mine.so --seeds 100 --report mine.json\n";

static const char about_debug[] =
    "usage: raftlab debug TEST --seed N [OPTIONS]\n"
    "\n"
    "Starts gdb on one run. It stops where the run fails, or at its end; all\n"
    "threads and variables are as they were at that point. Additional\n"
    "commands of gdb (docs/gdb.md):\n"
    "\n"
    "  fibers      list all simulated threads, and what they wait for\n"
    "  fiber N     select one of them: then backtrace, info locals, ...\n"
    "  servers N   list the threads of a server, and where each of them is\n"
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
    "Prints the compiler flags for a Raft as a plug-in:\n"
    "\n"
    "  cc $(raftlab flags) -o mine.so raft.c\n"
    "\n"
    "With --race: the flags for a plug-in in which 'raftlab test --race' can\n"
    "detect data races. They instrument its memory accesses\n"
    "(-fsanitize=thread) and do not link the library of the thread sanitizer,\n"
    "which raftlab replaces:\n"
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
