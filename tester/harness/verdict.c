/* verdict.c - names of verdicts.
 * Layer: tester/harness. */
#include "tester/harness/verdict.h"

#include <stddef.h>

static const struct {
    const char *text;
    bool passed;
} verdicts[] = {
#define VERDICT_ROW(name, text, passed) [name] = {text, passed},
    VERDICTS(VERDICT_ROW)
#undef VERDICT_ROW
};

static bool is_known(enum verdict_kind kind)
{
    return (size_t)kind < sizeof(verdicts) / sizeof(verdicts[0]);
}

const char *verdict_text(enum verdict_kind kind)
{
    return is_known(kind) ? verdicts[kind].text : "unknown";
}

bool verdict_passed(enum verdict_kind kind)
{
    return is_known(kind) && verdicts[kind].passed;
}
