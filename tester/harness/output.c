/* output.c - stamps what the code under test prints.
 * Layer: tester/harness. The streams are unbuffered, so each call arrives on
 * the thread of the server that makes it; the lines are assembled here, one
 * buffer for each server and stream. All memory is allocated before the run:
 * printing allocates nothing, whichever server's heap is current. */
#include "tester/harness/output.h"

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

/* A line longer than the buffer is broken in two. */
struct line {
    int fd;
    int server; /* -1: the tester */
    sim_ns begun;
    size_t used;
    char text[LINE_BYTES];
};

static struct {
    struct line *lines; /* by server, the tester's first; two for each */
    int count;
    FILE *former_out, *former_err;
} output;

static void write_all(int fd, const char *text, size_t size)
{
    while (size > 0) {
        ssize_t done = write(fd, text, size);
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            return; /* the code under test has closed the descriptor */
        }
        text += done;
        size -= (size_t)done;
    }
}

/* Write stamp and line with one call: log lines (logview.c) share the
 * descriptor. */
static void line_end(struct line *line)
{
    char text[STAMP_BYTES + LINE_BYTES + 1];
    char name[24] = "tester";
    if (line->server >= 0) {
        snprintf(name, sizeof(name), "server%d", line->server);
    }
    LAB_ASSERT(line->used <= LINE_BYTES);
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
    if (!sim_active() || sim_is_real() || !output.lines ||
        server >= output.count) {
        write_all(fd, from, size);
    } else {
        int stream = fd == STDERR_FILENO;
        line_add(&output.lines[2 * (server + 1) + stream], from, size);
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

void output_begin(int count)
{
    LAB_ASSERT(!output.lines);
    fflush(NULL);
    output.lines =
        lab_xcalloc(2 * ((size_t)count + 1), sizeof(output.lines[0]));
    output.count = count;
    for (int i = 0; i < 2 * (count + 1); i++) {
        output.lines[i].fd = i % 2 ? STDERR_FILENO : STDOUT_FILENO;
        output.lines[i].server = i / 2 - 1;
    }
    output.former_out = stdout;
    output.former_err = stderr;
    stdout = stream_new(STDOUT_FILENO);
    stderr = stream_new(STDERR_FILENO);
}

void output_flush(int server)
{
    for (int i = 0; output.lines && i < 2 * (output.count + 1); i++) {
        struct line *line = &output.lines[i];
        if (line->used > 0 && (server < 0 || line->server == server)) {
            line_end(line);
        }
    }
}

/* Do not close the streams of the run: the code under test may have closed
 * them, or may have been stopped while it used one. */
void output_end(void)
{
    output_flush(-1);
    stdout = output.former_out;
    stderr = output.former_err;
    free(output.lines);
    output.lines = NULL;
}
