/* fuzz_history.c - libFuzzer target: any bytes as a history. What is accepted
 * can be written, and reads as the same again; checking it ends.
 * Layer: tests. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "lincheck/read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct bytes written(const struct lin_history *history)
{
    char *text;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    LAB_ASSERT(stream && lin_write(history, stream));
    fclose(stream);
    return bytes_of(text, size);
}

static void check(struct lin_history *history)
{
    struct lin_options options = lin_default_options;
    struct lin_result result;
    options.steps = 2000;
    lin_check(history, &options, &result);
    lin_result_release(&result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char error[256];
    struct bytes copy = bytes_copy(bytes_of(data, size));
    struct lin_history *history =
        lin_parse("input", copy, error, sizeof(error));
    if (history) {
        struct bytes once = written(history);
        struct lin_history *again =
            lin_parse("again", once, error, sizeof(error));
        LAB_ASSERT(again);
        struct bytes twice = written(again);
        LAB_ASSERT(bytes_equal(once, twice));
        check(history);
        bytes_free(&once);
        bytes_free(&twice);
        lin_history_free(again);
        lin_history_free(history);
    }
    bytes_free(&copy);
    return 0;
}
