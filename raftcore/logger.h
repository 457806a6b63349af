/* logger.h - where a node logs what it does.
 * Layer: raftcore. docs/raftcore-spec.md §8.3 has every line. */
#ifndef RAFTCORE_LOGGER_H
#define RAFTCORE_LOGGER_H

#include <stdbool.h>

enum rc_log_level {
    RC_LOG_DEBUG,
    RC_LOG_INFO,
    RC_LOG_WARN,
    RC_LOG_ERROR,
    RC_LOG_FATAL
};

/* Called on the thread that calls the node; must not call it. */
struct rc_logger {
    void *self;
    /* Return true if lines of this level are wanted: else none is made. */
    bool (*wants)(void *self, enum rc_log_level level);
    /* One line without its newline; borrowed for the call. */
    void (*write)(void *self, enum rc_log_level level, const char *text);
};

/* Set the logger of nodes whose configuration has none. NULL, the default:
 * these do not log. Borrowed for good; set it before any node is made. */
void rc_set_default_logger(const struct rc_logger *logger);
const struct rc_logger *rc_default_logger(void);

/* Write a line if it is wanted. logger may be NULL: none is. */
void rc_log(const struct rc_logger *logger, enum rc_log_level level,
            const char *format, ...) __attribute__((format(printf, 3, 4)));

static inline bool rc_log_wanted(const struct rc_logger *logger,
                                 enum rc_log_level level)
{
    return logger && logger->wants(logger->self, level);
}

#endif
