/* fuzz_history.c - libFuzzer target: lin_parse() on arbitrary bytes.
 * Layer: tests. What is refused has a message that begins with name and line.
 * What is accepted is written as JSON, reads back, writes the same bytes again
 * and gets the same verdict. Built by make fuzz. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "lincheck/read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct bytes written(const struct lin_history *history)
{
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    LAB_ASSERT(to);
    LAB_ASSERT(lin_write(history, to));
    fclose(to);
    return (struct bytes){(uint8_t *)text, size};
}

static enum lin_verdict verdict_of(struct lin_history *history)
{
    struct lin_options options = {.steps = 1000, .bytes = 1 << 20};
    struct lin_result result;
    lin_check(history, &options, &result);
    enum lin_verdict verdict = result.verdict;
    lin_result_release(&result);
    return verdict;
}

static void check_message(const char *error)
{
    unsigned line;
    int behind = 0;
    LAB_ASSERT(sscanf(error, "name:%u: %n", &line, &behind) == 1);
    LAB_ASSERT(line > 0);
    LAB_ASSERT(behind > 0 && error[behind]);
    for (const char *c = error; *c; c++) {
        LAB_ASSERT(*c >= ' ' && *c <= '~');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char error[600] = "";
    struct lin_history *once =
        lin_parse("name", bytes_of(data, size), error, sizeof(error));
    if (!once) {
        check_message(error);
        return 0;
    }
    LAB_ASSERT(error[0] == '\0');
    struct bytes text = written(once);
    struct lin_history *twice = lin_parse("name", text, error, sizeof(error));
    LAB_ASSERT(twice);
    struct bytes again = written(twice);
    LAB_ASSERT(bytes_equal(text, again));
    LAB_ASSERT(verdict_of(once) == verdict_of(twice));
    lin_history_free(once);
    lin_history_free(twice);
    bytes_free(&text);
    bytes_free(&again);
    return 0;
}
