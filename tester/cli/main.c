/* main.c - the raftlab command.
 * Layer: tester/cli. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tester/cli/cmd.h"
#include "tester/cli/cmd_debug.h"
#include "tester/cli/fresh.h"

/* If a standard descriptor is closed, the next file that is opened would take
 * its number: open /dev/null there. */
static void fill_standard_descriptors(bool *output_closed)
{
    *output_closed = fcntl(STDOUT_FILENO, F_GETFD) < 0;
    int fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO) {
        fd = open("/dev/null", O_RDWR);
    }
    if (fd >= 0) {
        close(fd);
    }
}

static int run_command(const struct options *options)
{
    if (options->help) {
        return cmd_help(options);
    }
    switch (options->command) {
    case COMMAND_LIST:
        return cmd_list(options);
    case COMMAND_TEST:
        return cmd_test(options);
    case COMMAND_REPLAY:
        return cmd_replay(options);
    case COMMAND_GRADE:
        return cmd_grade(options);
    case COMMAND_FLAGS:
        return cmd_flags(options);
    case COMMAND_LINCHECK:
        return cmd_lincheck(options);
    case COMMAND_DATADRIVEN:
        return cmd_datadriven(options);
    case COMMAND_DEBUG:
        return cmd_debug(options);
    case COMMAND_HELP:
        return cmd_help(options);
    case COMMAND_VERSION:
        puts("raftlab " RAFTLAB_VERSION);
        return STATUS_PASSED;
    }
    return STATUS_USAGE;
}

/* Has the reader of a pipe left early, as head does? That is no error. */
static bool reader_left(void)
{
    struct pollfd output = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0;
}

/* Check that all output was written. */
static int check_output(int status)
{
    errno = 0;
    fflush(stdout);
    if (!ferror(stdout)) {
        return status;
    }
    int error = errno;
    if (!reader_left()) {
        complain("cannot write to standard output%s%s", error ? ": " : "",
                 error ? strerror(error) : "");
    }
    return status == STATUS_PASSED ? STATUS_USAGE : status;
}

int main(int argc, char **argv)
{
    struct options options;
    bool output_closed;
    fill_standard_descriptors(&output_closed);
    if (argc >= 2 && strcmp(argv[1], FRESH_NAME) == 0) {
        fresh_main(argc, argv);
    }
    if (argc >= 2 && strcmp(argv[1], CMD_HERE_NAME) == 0) {
        cmd_here(argc, argv);
    }
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* then write() fails, which is reported */
    if (output_closed) {
        complain("standard output is closed, so results cannot be printed");
        return STATUS_USAGE;
    }
    if (!options_parse(&options, argc, argv)) {
        return STATUS_USAGE;
    }
    return check_output(run_command(&options));
}
