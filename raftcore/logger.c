/* logger.c - where a node logs.
 * Layer: raftcore. */
#include "raftcore/logger.h"

#include "raftcore/text.h"

static const struct rc_logger *default_logger;

void rc_set_default_logger(const struct rc_logger *logger)
{
    default_logger = logger;
}

const struct rc_logger *rc_default_logger(void)
{
    return default_logger;
}

void rc_log(const struct rc_logger *logger, enum rc_log_level level,
            const char *format, ...)
{
    if (!rc_log_wanted(logger, level)) {
        return;
    }
    struct rc_text text = {NULL, 0, 0};
    va_list args;
    va_start(args, format);
    rc_text_add_args(&text, format, args);
    va_end(args);
    logger->write(logger->self, level, rc_text_of(&text));
    rc_text_release(&text);
}
