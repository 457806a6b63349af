/* logger.h - where a core says what it does.
 * Layer: raftcore. Specification, section 8.3. */
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

struct rc_logger {
    void *self;
    /* Is it worth making the text? */
    bool (*wants)(void *self, enum rc_log_level level);
    /* A line without its newline. */
    void (*write)(void *self, enum rc_log_level level, const char *text);
};

/* What cores use that were given none; NULL, as it is at first: they say
 * nothing. Borrowed for good. Before any core is made. */
void rc_set_default_logger(const struct rc_logger *logger);
const struct rc_logger *rc_default_logger(void);

/* logger may be NULL. */
void rc_log(const struct rc_logger *logger, enum rc_log_level level,
            const char *format, ...) __attribute__((format(printf, 3, 4)));

static inline bool rc_log_wanted(const struct rc_logger *logger,
                                 enum rc_log_level level)
{
    return logger && logger->wants(logger->self, level);
}

#endif
