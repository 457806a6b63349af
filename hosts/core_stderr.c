/* core_stderr.c - logs nodes on standard error.
 * Layer: hosts. */
#include "hosts/core_stderr.h"

#include <stdio.h>
#include <time.h>

static bool with_debug;

static bool wants(void *unused, enum rc_log_level level)
{
    (void)unused;
    return level > RC_LOG_DEBUG || with_debug;
}

static void write_line(void *unused, enum rc_log_level level, const char *text)
{
    static const char *const names[] = {"DEBUG", "INFO", "WARN", "ERROR",
                                        "FATAL"};
    char stamp[32];
    struct timespec now;
    struct tm local;
    (void)unused;
    clock_gettime(CLOCK_REALTIME, &now);
    localtime_r(&now.tv_sec, &local);
    strftime(stamp, sizeof(stamp), "%Y/%m/%d %H:%M:%S", &local);
    fprintf(stderr, "raft%s %s: %s\n", stamp, names[level], text);
}

const struct rc_logger *core_stderr_logger(bool debug)
{
    static const struct rc_logger logger = {NULL, wants, write_line};
    with_debug = debug;
    return &logger;
}
