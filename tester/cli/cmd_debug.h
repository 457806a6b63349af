/* cmd_debug.h - the half of raftlab debug that runs in gdb.
 * Layer: tester/cli. */
#ifndef TESTER_CLI_CMD_DEBUG_H
#define TESTER_CLI_CMD_DEBUG_H

/* gdb executes "raftlab run-here ..." to run one test in the process that it
 * debugs. Not for users. */
#define CMD_HERE_NAME "run-here"
_Noreturn void cmd_here(int argc, char **argv);

#endif
