/* logger.c - where a core says what it does.
 * Layer: raftcore. */
#include "raftcore/logger.h"

#include "raftcore/text.h"

static const struct core_logger *default_logger;

void core_set_default_logger(const struct core_logger *logger)
{
    default_logger = logger;
}

const struct core_logger *core_default_logger(void)
{
    return default_logger;
}

void core_log(const struct core_logger *logger, enum log_level level,
              const char *format, ...)
{
    if (!core_log_wanted(logger, level)) {
        return;
    }
    struct text text = {NULL, 0, 0};
    va_list args;
    va_start(args, format);
    text_add_args(&text, format, args);
    va_end(args);
    logger->write(logger->self, level, text_of(&text));
    text_release(&text);
}
