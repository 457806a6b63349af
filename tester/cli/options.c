/* options.c - parses the command line.
 * Layer: tester/cli. Every mistake leads to one line that names the option, the
 * value and what is allowed. */
#include "tester/cli/options.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"

/* ---- Words --------------------------------------------------------------*/

void complain(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fflush(stdout);
    fputs("raftlab: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

void complain_of_trace(const struct options *options, int error)
{
    complain("--trace %s: %s", options->trace_path, strerror(error));
}

static int least(int a, int b, int c)
{
    int less = a < b ? a : b;
    return less < c ? less : c;
}

/* The Levenshtein distance, computed row by row. */
int edit_distance(const char *a, const char *b)
{
    size_t columns = strlen(b) + 1;
    int *row = lab_xcalloc(columns, sizeof(*row));
    for (size_t j = 0; j < columns; j++) {
        row[j] = (int)j;
    }
    for (size_t i = 0; a[i] != '\0'; i++) {
        int diagonal = row[0];
        row[0] = (int)i + 1;
        for (size_t j = 1; j < columns; j++) {
            int above = row[j];
            bool same = tolower((unsigned char)a[i]) ==
                        tolower((unsigned char)b[j - 1]);
            row[j] = least(above + 1, row[j - 1] + 1, diagonal + !same);
            diagonal = above;
        }
    }
    int distance = row[columns - 1];
    free(row);
    return distance;
}

bool options_number(const char *text, uint64_t *number)
{
    uint64_t value = 0;
    if (text[0] == '\0') {
        return false;
    }
    for (size_t i = 0; text[i] != '\0'; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        uint64_t digit = (uint64_t)(text[i] - '0');
        if (value > (UINT64_MAX - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *number = value;
    return true;
}

static const char *const policies[] = {
    [SIM_RANDOM] = "random",
    [SIM_FIFO] = "fifo",
    [SIM_PCT] = "pct",
};

const char *options_policy_text(enum sim_policy policy)
{
    return policies[policy];
}

/* ---- Commands -----------------------------------------------------------*/

static const struct {
    const char *name;
    enum command command;
} commands[] = {
    {"list", COMMAND_LIST},         {"test", COMMAND_TEST},
    {"replay", COMMAND_REPLAY},     {"grade", COMMAND_GRADE},
    {"debug", COMMAND_DEBUG},       {"flags", COMMAND_FLAGS},
    {"lincheck", COMMAND_LINCHECK}, {"datadriven", COMMAND_DATADRIVEN},
    {"help", COMMAND_HELP},         {"--help", COMMAND_HELP},
    {"-h", COMMAND_HELP},           {"version", COMMAND_VERSION},
    {"--version", COMMAND_VERSION},
};
enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

bool options_command(const char *word, enum command *command)
{
    size_t nearest = 0;
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(word, commands[i].name) == 0) {
            *command = commands[i].command;
            return true;
        }
        if (edit_distance(word, commands[i].name) <
            edit_distance(word, commands[nearest].name)) {
            nearest = i;
        }
    }
    complain("there is no command '%s'; nearest: %s ('raftlab help' lists "
             "all)",
             word, commands[nearest].name);
    return false;
}

/* ---- Options ------------------------------------------------------------*/

enum {
    RUNS = COMMAND_TEST | COMMAND_REPLAY | COMMAND_GRADE | COMMAND_DEBUG,
    MANY = COMMAND_TEST | COMMAND_GRADE,
};

static const struct option {
    const char *name; /* store() and store_flag() say what it sets */
    int commands;
    bool has_value;
} table[] = {
    {"--impl", RUNS, true},
    {"--seed", RUNS, true},
    {"--seeds", MANY, true},
    {"-j", MANY, true},
    {"--policy", RUNS, true},
    {"--time-limit", RUNS | COMMAND_LINCHECK, true},
    {"--json", MANY, true},
    {"--json", COMMAND_LIST | COMMAND_LINCHECK, false},
    {"--report", MANY, true},
    {"--trace", COMMAND_TEST | COMMAND_REPLAY, true},
    {"--log", COMMAND_TEST | COMMAND_REPLAY, true},
    {"--verify", MANY, false},
    {"--real", COMMAND_TEST, false},
    {"--race", RUNS | COMMAND_FLAGS, false},
    {"--whole", COMMAND_LINCHECK, false},
    {"--quiet", COMMAND_LINCHECK | COMMAND_DATADRIVEN, false},
    {"--rewrite", COMMAND_DATADRIVEN, false},
    {"--steps", COMMAND_LINCHECK, true},
    {"--memory", COMMAND_LINCHECK, true},
    {"--no-color", RUNS | COMMAND_LINCHECK | COMMAND_DATADRIVEN, false},
    {"--help", -1, false},
    {"-h", -1, false},
};
enum { OPTIONS = sizeof(table) / sizeof(table[0]) };

/* Does the argument name the option, as "--name", "--name=value" or "-jN"? */
static bool names_option(const char *argument, const struct option *option)
{
    size_t length = strlen(option->name);
    if (strncmp(argument, option->name, length) != 0) {
        return false;
    }
    if (argument[length] == '\0' || argument[length] == '=') {
        return true;
    }
    return option->name[1] != '-' && option->has_value;
}

static const struct option *find(enum command command, const char *argument)
{
    const struct option *elsewhere = NULL;
    const struct option *nearest = NULL;
    for (size_t i = 0; i < OPTIONS; i++) {
        const struct option *option = &table[i];
        bool here = (option->commands & (int)command) != 0;
        if (names_option(argument, option)) {
            if (here) {
                return option;
            }
            elsewhere = option;
        }
        if (here && (!nearest || edit_distance(argument, option->name) <
                                     edit_distance(argument, nearest->name))) {
            nearest = option;
        }
    }
    if (elsewhere) {
        complain("option %s does not belong to this command (see its --help)",
                 elsewhere->name);
    } else {
        complain("there is no option '%s'; nearest: %s", argument,
                 nearest ? nearest->name : "--help");
    }
    return NULL;
}

static bool store_number(const char *name, const char *text, uint64_t least_ok,
                         uint64_t most_ok, uint64_t *to)
{
    uint64_t number = 0;
    if (!options_number(text, &number) || number < least_ok ||
        number > most_ok) {
        complain("%s '%s': must be a whole number from %" PRIu64 " to %" PRIu64,
                 name, text, least_ok, most_ok);
        return false;
    }
    *to = number;
    return true;
}

static bool store_policy(const char *text, struct options *options)
{
    for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
        if (strcmp(text, policies[i]) == 0) {
            options->policy = (enum sim_policy)i;
            options->policy_given = true;
            return true;
        }
    }
    complain("--policy '%s': must be random, fifo or pct", text);
    return false;
}

static bool store_small(const char *name, const char *text, int most_ok,
                        int *to)
{
    uint64_t number = 0;
    if (!store_number(name, text, 1, (uint64_t)most_ok, &number)) {
        return false;
    }
    *to = (int)number;
    return true;
}

static bool store_text(const char *name, const char *text, const char **to)
{
    if (text[0] == '\0') {
        complain("%s '': must not be empty", name);
        return false;
    }
    *to = text;
    return true;
}

static bool store(const char *name, const char *value, struct options *options)
{
    if (strcmp(name, "--seed") == 0) {
        options->seed_given = true;
        return store_number(name, value, 0, UINT64_MAX, &options->seed);
    }
    if (strcmp(name, "--seeds") == 0) {
        return store_number(name, value, 1, OPTIONS_SEEDS_MAX, &options->seeds);
    }
    if (strcmp(name, "-j") == 0) {
        return store_small(name, value, OPTIONS_PARALLEL_MAX,
                           &options->parallel);
    }
    if (strcmp(name, "--time-limit") == 0) {
        return store_small(name, value, OPTIONS_TIME_LIMIT_S_MAX,
                           &options->time_limit_s);
    }
    if (strcmp(name, "--steps") == 0) {
        return store_number(name, value, 1, UINT64_MAX, &options->steps);
    }
    if (strcmp(name, "--memory") == 0) {
        return store_number(name, value, 1, OPTIONS_MEMORY_MIB_MAX,
                            &options->memory_mib);
    }
    if (strcmp(name, "--policy") == 0) {
        return store_policy(value, options);
    }
    if (strcmp(name, "--impl") == 0) {
        return store_text(name, value, &options->impl);
    }
    if (strcmp(name, "--trace") == 0) {
        return store_text(name, value, &options->trace_path);
    }
    if (strcmp(name, "--log") == 0) {
        return store_text(name, value, &options->log_topics);
    }
    return store_text(name, value, &options->json_path); /* --json, --report */
}

static void store_flag(const char *name, struct options *options)
{
    if (strcmp(name, "--json") == 0) {
        options->json = true;
    } else if (strcmp(name, "--verify") == 0) {
        options->verify = true;
    } else if (strcmp(name, "--real") == 0) {
        options->real = true;
    } else if (strcmp(name, "--race") == 0) {
        options->race = true;
    } else if (strcmp(name, "--whole") == 0) {
        options->whole = true;
    } else if (strcmp(name, "--quiet") == 0) {
        options->quiet = true;
    } else if (strcmp(name, "--rewrite") == 0) {
        options->rewrite = true;
    } else if (strcmp(name, "--no-color") == 0) {
        options->no_color = true;
    } else {
        options->help = true;
    }
}

/* The value of the option argv[*i]: behind its "=", or the next argument. */
static const char *value_of(const struct option *option, int argc, char **argv,
                            int *i)
{
    const char *rest = argv[*i] + strlen(option->name);
    if (rest[0] == '=') {
        return rest + 1;
    }
    if (rest[0] != '\0') {
        return rest; /* -j4 */
    }
    if (*i + 1 >= argc || strncmp(argv[*i + 1], "--", 2) == 0) {
        complain("option %s needs a value", option->name);
        return NULL;
    }
    *i += 1;
    return argv[*i];
}

static bool parse_option(struct options *options, int argc, char **argv, int *i)
{
    const struct option *option = find(options->command, argv[*i]);
    if (!option) {
        return false;
    }
    if (!option->has_value) {
        if (argv[*i][strlen(option->name)] == '=') {
            complain("option %s takes no value", option->name);
            return false;
        }
        store_flag(option->name, options);
        return true;
    }
    const char *value = value_of(option, argc, argv, i);
    return value && store(option->name, value, options);
}

/* ---- The command line ---------------------------------------------------*/

static void set_defaults(struct options *options)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    options->seed = 1;
    options->seeds = 1;
    options->parallel = cpus > 0 ? (int)cpus : 1;
    if (options->parallel > OPTIONS_PARALLEL_MAX) {
        options->parallel = OPTIONS_PARALLEL_MAX;
    }
    if (options->command == COMMAND_GRADE) {
        options->seeds = OPTIONS_GRADE_SEEDS;
        options->json_path = "report.json";
    }
}

static bool check_real(const struct options *options)
{
    const struct {
        bool given;
        const char *name, *why;
    } others[] = {
        {options->policy_given, "--policy",
         "the system schedules real threads"},
        {options->verify, "--verify", "real threads run differently each time"},
        {options->race, "--race", "it observes simulated threads"},
    };
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (options->real && others[i].given) {
            complain("--real cannot be combined with %s: %s", others[i].name,
                     others[i].why);
            return false;
        }
    }
    if (!options->real && (options->command & RUNS) && sim_only_real()) {
        complain("this program was built for the thread sanitizer: it can only "
                 "do 'test --real'");
        return false;
    }
    return true;
}

static bool check_together(const struct options *options)
{
    if (!check_real(options)) {
        return false;
    }
    if (options->seed > UINT64_MAX - (options->seeds - 1)) {
        complain("--seed %" PRIu64 " --seeds %" PRIu64
                 ": the last seed would exceed %" PRIu64,
                 options->seed, options->seeds, UINT64_MAX);
        return false;
    }
    return true;
}

bool options_parse(struct options *options, int argc, char **argv)
{
    bool only_names = false;
    *options = (struct options){.program = argc > 0 ? argv[0] : "raftlab"};
    if (argc < 2) {
        complain("a command is needed: list, test, replay, grade, debug, "
                 "flags, lincheck, datadriven or help");
        return false;
    }
    if (!options_command(argv[1], &options->command)) {
        return false;
    }
    set_defaults(options);
    options->names = (const char *const *)(argv + 2);
    for (int i = 2; i < argc; i++) {
        if (!only_names && strcmp(argv[i], "--") == 0) {
            only_names = true;
        } else if (only_names || argv[i][0] != '-' || argv[i][1] == '\0') {
            argv[2 + options->name_count++] = argv[i];
        } else if (!parse_option(options, argc, argv, &i)) {
            return false;
        }
    }
    return check_together(options);
}
