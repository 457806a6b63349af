/* history_text.h - histories as text, for tests of the readers.
 * Layer: tests. */
#ifndef TESTS_SUPPORT_HISTORY_TEXT_H
#define TESTS_SUPPORT_HISTORY_TEXT_H

#include "base/bytes.h"
#include "lincheck/history.h"
#include "lincheck/read.h"

/* The beginning of a line in a Jepsen log; headers of our own format. */
#define U  "INFO  jepsen.util - "
#define KV "{\"history\": \"raftlab\", \"version\": 1, \"model\": \"kv\"}\n"
#define REG                                                                    \
    "{\"history\": \"raftlab\", \"version\": 1, \"model\": \"register\"}\n"
#define VER                                                                    \
    "{\"history\": \"raftlab\", \"version\": 1, \"model\": \"versioned\"}\n"

/* The error message for the last text that was refused. */
static char message[600];

static inline struct lin_history *parse_bytes(struct bytes text)
{
    return lin_parse("h", text, message, sizeof(message));
}

#endif
