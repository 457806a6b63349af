/* options.h - the command line of raftlab, as data.
 * Layer: tester. */
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
    OPTIONS_GRADE_SEEDS = 20, /* default of grade; 1 elsewhere */
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
    bool help;                /* --help: about the command */
    const char *const *names; /* what is no option; borrowed from argv */
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
    bool json; /* list, lincheck: JSON on standard output */
    bool no_color;
    bool verify;
    bool real;           /* real threads and real time */
    bool race;           /* look for data races; flags: to compile for that */
    bool whole, quiet;   /* lincheck: not key by key; verdicts only */
    bool rewrite;        /* datadriven: write what came into the files */
    uint64_t steps;      /* lincheck: budget for each key; 0: the default */
    uint64_t memory_mib; /* lincheck: budget; 0: the default */
};

/* Read argv (which is reordered: names first). False: the usage is wrong and
 * one line about it was printed to standard error. */
bool options_parse(struct options *options, int argc, char **argv);

/* The command that a word names. False: none, and one line was printed. */
bool options_command(const char *word, enum command *command);

/* A whole number in decimal, nothing around it, 0 .. UINT64_MAX. */
bool options_number(const char *text, uint64_t *number);

const char *options_policy_text(enum sim_policy policy);

/* "raftlab: " and a message, as one line on standard error. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* That --trace cannot be written, for this errno. */
void complain_of_trace(const struct options *options, int error);

/* How many changes make b of a, letters' case aside: for suggestions. */
int edit_distance(const char *a, const char *b);

#endif
