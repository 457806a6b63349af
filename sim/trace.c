/* trace.c - events: in the hash of the run, and as JSON lines in a file.
 * Layer: sim. One OS thread; in real runs under the mutex of the run. */
#include "sim/trace.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/assert.h"
#include "sim/real/mode.h"
#include "sim/sched.h"

static struct {
    int fd;
    int error; /* errno of the write that failed */
    size_t used;
    char text[65536];
} trace;

void trace_open(int fd)
{
    LAB_ASSERT(fd >= 0);
    trace.fd = fd;
    trace.error = 0;
    trace.used = 0;
}

int trace_flush(void)
{
    size_t done = 0;
    while (trace.fd > 0 && done < trace.used) {
        ssize_t n = write(trace.fd, trace.text + done, trace.used - done);
        if (n <= 0) {
            trace.fd = 0; /* and go on: a full disk must not change the run */
            trace.error = n < 0 ? errno : EIO;
        } else {
            done += (size_t)n;
        }
    }
    trace.used = 0;
    return trace.error;
}

int trace_close(void)
{
    trace_flush();
    trace.fd = 0;
    return trace.error;
}

/* Written by hand: printf would take longer than the run that it describes.
 * begin_event() makes room for an event, so nothing is cut. */
static void append_char(char c)
{
    if (trace.used < sizeof(trace.text)) {
        trace.text[trace.used++] = c;
    }
}

static void append(const char *text)
{
    LAB_ASSERT(trace.used <= sizeof(trace.text));
    size_t room = sizeof(trace.text) - trace.used;
    size_t size = strlen(text);
    size = size < room ? size : room;
    memcpy(trace.text + trace.used, text, size);
    trace.used += size;
}

static void append_number(uint64_t number)
{
    char digits[21]; /* of 2^64 - 1, and a zero byte */
    char *at = digits + sizeof(digits) - 1;
    *at = '\0';
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    append(at);
}

static void append_hex(uint64_t number, int digits)
{
    LAB_ASSERT(digits <= 16);
    while (digits-- > 0) {
        append_char("0123456789abcdef"[number >> 4 * digits & 15]);
    }
}

/* The code under test chooses names of threads, so they may hold any byte. */
static void append_escaped(const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x20 || c > 0x7e) {
            append("\\u");
            append_hex(c, 4);
            continue;
        }
        if (c == '"' || c == '\\') {
            append_char('\\');
        }
        append_char((char)c);
    }
}

static void begin_event(const char *kind)
{
    if (sizeof(trace.text) - trace.used < 2048) {
        trace_flush();
    }
    LAB_ASSERT(kind != NULL);
    /* A timer fires on any server's fiber, but belongs to none. */
    int server = sched.in_timer ? -1 : sim_server();
    append("{\"t\":");
    append_number(sim_now());
    append(server < 0 ? ",\"server\":-" : ",\"server\":");
    append_number((uint64_t)(server < 0 ? -server : server));
    append(",\"thread\":\"");
    append_escaped(sched.in_timer ? "" : sim_thread_name());
    append("\",\"kind\":\"");
    append(kind);
    append_char('"');
}

static void append_field(const char *name, uint64_t value)
{
    append(",\"");
    append(name);
    append("\":");
    if (value <= UINT64_C(1) << 53) {
        append_number(value);
    } else { /* a JSON number would lose bits */
        append_char('"');
        append_hex(value, 16);
        append_char('"');
    }
}

static void write_event(const struct sim_event_kind *kind,
                        const uint64_t value[4])
{
    LAB_ASSERT(trace.fd > 0);
    begin_event(kind->name);
    for (int i = 0; i < 4 && kind->field[i]; i++) {
        append_field(kind->field[i], value[i]);
    }
    append("}\n");
}

static void write_real(const struct sim_event_kind *kind,
                       const uint64_t value[4])
{
    if (real_active()) {
        bool held = real_lock();
        if (trace.fd > 0) {
            write_event(kind, value);
        }
        real_unlock(held);
    }
}

void sim_event(const struct sim_event_kind *kind, uint64_t a, uint64_t b,
               uint64_t c, uint64_t d)
{
    const uint64_t value[4] = {a, b, c, d};
    if (real_on()) { /* no two real runs are alike, so they have no hash */
        write_real(kind, value);
        return;
    }
    if (!sched.active) {
        return;
    }
    /* The name by content, as its address differs from process to process. */
    sched_hash(XXH3_64bits(kind->name, strlen(kind->name)), sched.now);
    sched_hash(a, b);
    sched_hash(c, d);
    if (trace.fd > 0) {
        write_event(kind, value);
    }
}

void trace_step(struct thread *next)
{
    LAB_ASSERT(sched.trace_steps);
    struct thread *former = sched.current; /* the switch comes later */
    sched.current = next;
    begin_event("step");
    append("}\n");
    sched.current = former;
}

void trace_wait(const char *what, uint64_t deadline)
{
    LAB_ASSERT(sched.trace_steps);
    begin_event("wait");
    append(",\"for\":\"");
    append(what);
    append_char('"');
    if (deadline != SIM_FOREVER) {
        append_field("until", deadline);
    }
    append("}\n");
}

uint64_t sim_digest(struct bytes content)
{
    return XXH3_64bits(content.data, content.size);
}
