/* progress.c - the progress bar.
 * Layer: tester/cli. See progress.h. */
#include "tester/cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/assert.h"

enum { BAR_MAX = 30, COLUMNS_UNKNOWN = 80 };

static const int64_t redraw_ns = 100000000;
static const int64_t quiet_ns = 300000000; /* no bar for short runs */

static int64_t wall_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void progress_init(struct progress *progress, const struct look *look,
                   uint64_t total)
{
    *progress = (struct progress){
        .on = look->error_terminal,
        .columns = look->error_columns,
        .total = total,
        .began_ns = wall_ns(),
    };
    if (progress->columns <= 0) {
        progress->columns = COLUMNS_UNKNOWN;
    }
}

/* The time left: "1:05", "2:00:00"; unknown until the first run has ended. */
static void left_text(char *text, size_t size, uint64_t done, uint64_t total,
                      double elapsed_s)
{
    if (done == 0) {
        snprintf(text, size, "-:--");
        return;
    }
    double left_s = elapsed_s * (double)(total - done) / (double)done;
    uint64_t s = (uint64_t)(left_s + 0.5);
    if (s >= 3600) {
        snprintf(text, size, "%" PRIu64 ":%02d:%02d", s / 3600,
                 (int)(s / 60 % 60), (int)(s % 60));
    } else {
        snprintf(text, size, "%d:%02d", (int)(s / 60), (int)(s % 60));
    }
}

int progress_text(char *text, size_t size, int columns, uint64_t done,
                  uint64_t total, uint64_t failed, double elapsed_s)
{
    char numbers[128];
    char left[32];
    char bar[BAR_MAX + 1];
    LAB_ASSERT(done <= total);
    double rate = elapsed_s > 0 ? (double)done / elapsed_s : 0;
    left_text(left, sizeof(left), done, total, elapsed_s);
    int used =
        snprintf(numbers, sizeof(numbers),
                 "%" PRIu64 "/%" PRIu64 "  %" PRIu64 " failed  %.0f/s  %s left",
                 done, total, failed, rate, left);
    int width = columns - used - 4; /* brackets, space, last column */
    if (width > BAR_MAX) {
        width = BAR_MAX;
    }
    if (width < 4) {
        return snprintf(text, size, "%.*s", columns - 1, numbers);
    }
    int filled = total > 0 ? (int)((uint64_t)width * done / total) : 0;
    memset(bar, '.', (size_t)width);
    memset(bar, '=', (size_t)filled);
    bar[width] = '\0';
    return snprintf(text, size, "[%s] %s", bar, numbers);
}

void progress_show(struct progress *progress, uint64_t done, uint64_t failed)
{
    char text[256];
    int64_t now = wall_ns();
    if (!progress->on || now - progress->began_ns < quiet_ns ||
        (progress->drawn && now - progress->drawn_ns < redraw_ns)) {
        return;
    }
    double elapsed_s = (double)(now - progress->began_ns) / 1e9;
    progress_text(text, sizeof(text), progress->columns, done, progress->total,
                  failed, elapsed_s);
    fprintf(stderr, "\r%s\033[K", text);
    fflush(stderr);
    progress->drawn = true;
    progress->drawn_ns = now;
}

void progress_clear(struct progress *progress)
{
    if (progress->drawn) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
        progress->drawn = false;
    }
}
