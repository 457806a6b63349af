/* options.h - the command line of raftlab as data, and messages about it.
 * Layer: tester/cli; includes sim. */
#ifndef TESTER_CLI_OPTIONS_H
#define TESTER_CLI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/sim.h"

#define RAFTLAB_VERSION "0.1"

enum {
    OPTIONS_SEEDS_MAX = 100000,
    OPTIONS_PARALLEL_MAX = 512,
    OPTIONS_TIME_LIMIT_S_MAX = 86400,
    OPTIONS_MEMORY_MIB_MAX = 1 << 24,
    OPTIONS_GRADE_SEEDS = 20, /* default of grade; that of test is 1 */
};

/* Bits, so that an option can say which commands it belongs to. */
enum command {
    COMMAND_LIST = 1,
    COMMAND_TEST = 2,
    COMMAND_REPLAY = 4,
    COMMAND_GRADE = 8,
    COMMAND_FLAGS = 16,
    COMMAND_HELP = 32,
    COMMAND_VERSION = 64,
    COMMAND_DEBUG = 128,
    COMMAND_LINCHECK = 256,
    COMMAND_DATADRIVEN = 512,
};

struct options {
    const char *program; /* argv[0], for commands that we print */
    enum command command;
    bool help;                /* --help: explain the command */
    const char *const *names; /* arguments that are no options; borrowed */
    int name_count;
    const char *impl; /* as given; NULL: the reference */
    bool seed_given;
    uint64_t seed;
    uint64_t seeds;
    int parallel;
    enum sim_policy policy;
    bool policy_given;
    int time_limit_s;      /* virtual; 0: each test's own. lincheck: real */
    const char *json_path; /* report; NULL none */
    const char *trace_path;
    const char *log_topics;
    bool json; /* list, lincheck: print JSON */
    bool no_color;
    bool verify;
    bool real;           /* real threads and real time */
    bool race;           /* detect data races; flags: compile for that */
    bool whole, quiet;   /* lincheck: not key by key; verdicts only */
    bool rewrite;        /* datadriven: store the actual output in the files */
    uint64_t steps;      /* lincheck: budget for each key; 0: the default */
    uint64_t memory_mib; /* lincheck: budget; 0: the default */
};

/* Parse argv, and reorder it: names first. False: the usage is wrong, and one
 * line about it was printed to standard error. */
bool options_parse(struct options *options, int argc, char **argv);

/* Find the command that a word names. False: there is none, and one line was
 * printed. */
bool options_command(const char *word, enum command *command);

/* Parse a decimal number, 0 .. UINT64_MAX, with nothing around it. */
bool options_number(const char *text, uint64_t *number);

const char *options_policy_text(enum sim_policy policy);

/* Print "raftlab: " and a message as one line on standard error. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Say that the file of --trace cannot be written, with this errno. */
void complain_of_trace(const struct options *options, int error);

/* The number of changes that turn a into b, ignoring case: for suggestions. */
int edit_distance(const char *a, const char *b);

#endif
