/* capture.c - what the code under test prints, stamped.
 * Layer: tester. The streams are unbuffered, so that each call arrives with
 * the server that makes it; lines are put together here, for each server and
 * stream. Their memory is taken before the run: printing allocates nothing,
 * whichever server's heap is in use. */
#include "tester/harness/capture.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "sim/sim.h"

enum { LINE_BYTES = 1024, STAMP_BYTES = 64 };

/* A longer one is broken. */
struct line {
    int fd;
    int server; /* -1: the tester */
    sim_ns begun;
    size_t used;
    char text[LINE_BYTES];
};

static struct {
    struct line *lines; /* by server, the tester's first; two each */
    int count;
    FILE *former_out, *former_err;
} capture;

static void write_all(int fd, const char *text, size_t size)
{
    while (size > 0) {
        ssize_t done = write(fd, text, size);
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            return; /* the code under test has closed it */
        }
        text += done;
        size -= (size_t)done;
    }
}

/* In one piece: the log (logview.c) goes the same way. */
static void line_end(struct line *line)
{
    char text[STAMP_BYTES + LINE_BYTES + 1];
    char name[24] = "tester";
    if (line->server >= 0) {
        snprintf(name, sizeof(name), "server%d", line->server);
    }
    int stamp =
        snprintf(text, STAMP_BYTES,
                 "[%3u.%06u] %s: ", (unsigned)(line->begun / SIM_SECOND),
                 (unsigned)(line->begun % SIM_SECOND / SIM_US), name);
    memcpy(text + stamp, line->text, line->used);
    text[(size_t)stamp + line->used] = '\n';
    write_all(line->fd, text, (size_t)stamp + line->used + 1);
    line->used = 0;
}

static void line_add(struct line *line, const char *from, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (line->used == 0) {
            line->begun = sim_now();
        }
        if (from[i] != '\n') {
            line->text[line->used++] = from[i];
        }
        if (from[i] == '\n' || line->used == LINE_BYTES) {
            line_end(line);
        }
    }
}

static ssize_t take(void *cookie, const char *from, size_t size)
{
    int fd = (int)(intptr_t)cookie;
    int server = sim_server();
    int former_errno = errno;
    if (!sim_active() || sim_is_real() || !capture.lines ||
        server >= capture.count) {
        write_all(fd, from, size);
    } else {
        int stream = fd == STDERR_FILENO;
        line_add(&capture.lines[2 * (server + 1) + stream], from, size);
    }
    errno = former_errno;
    return (ssize_t)size;
}

static FILE *stream_new(int fd)
{
    cookie_io_functions_t calls = {.write = take};
    FILE *stream = fopencookie((void *)(intptr_t)fd, "w", calls);
    LAB_ASSERT(stream);
    setvbuf(stream, NULL, _IONBF, 0);
    return stream;
}

void capture_begin(int count)
{
    LAB_ASSERT(!capture.lines);
    fflush(NULL);
    capture.lines =
        lab_xcalloc(2 * ((size_t)count + 1), sizeof(capture.lines[0]));
    capture.count = count;
    for (int i = 0; i < 2 * (count + 1); i++) {
        capture.lines[i].fd = i % 2 ? STDERR_FILENO : STDOUT_FILENO;
        capture.lines[i].server = i / 2 - 1;
    }
    capture.former_out = stdout;
    capture.former_err = stderr;
    stdout = stream_new(STDOUT_FILENO);
    stderr = stream_new(STDERR_FILENO);
}

void capture_flush(int server)
{
    for (int i = 0; capture.lines && i < 2 * (capture.count + 1); i++) {
        struct line *line = &capture.lines[i];
        if (line->used > 0 && (server < 0 || line->server == server)) {
            line_end(line);
        }
    }
}

/* The streams of the run are not closed: the code under test may have done
 * that, or be in the middle of using one. */
void capture_end(void)
{
    capture_flush(-1);
    stdout = capture.former_out;
    stderr = capture.former_err;
    free(capture.lines);
    capture.lines = NULL;
}
