/* logger.h - where a core says what it does.
 * Layer: raftcore. Specification, section 8.3. */
#ifndef RAFTCORE_LOGGER_H
#define RAFTCORE_LOGGER_H

#include <stdbool.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_FATAL };

struct core_logger {
    void *self;
    /* Is it worth making the text? */
    bool (*wants)(void *self, enum log_level level);
    /* A line without its newline. */
    void (*write)(void *self, enum log_level level, const char *text);
};

/* What cores use that were given none; NULL, as it is at first: they say
 * nothing. Borrowed for good. Before any core is made. */
void core_set_default_logger(const struct core_logger *logger);
const struct core_logger *core_default_logger(void);

/* logger may be NULL. */
void core_log(const struct core_logger *logger, enum log_level level,
              const char *format, ...) __attribute__((format(printf, 3, 4)));

static inline bool core_log_wanted(const struct core_logger *logger,
                                   enum log_level level)
{
    return logger && logger->wants(logger->self, level);
}

#endif
