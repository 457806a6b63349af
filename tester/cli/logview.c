/* logview.c - formats and writes the lines of lab_log().
 * Layer: tester/cli. Runs on fibers of a simulated run, between sim_enter() and
 * sim_leave(): allocates no memory, and writes each message by one write().
 *
 *     [  1.234567] S2 vote    text
 *
 * or, where the terminal is wide enough, one column for each server:
 *
 *                  server 0            | server 1            | server 2
 *     [  1.234567] vote: text          |                     |
 *                  continued           |                     | */
#include "tester/cli/logview.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "raftapi/service.h"

enum {
    STAMP_WIDTH = 13, /* "[  1.234567] " */
    WIDE_TERMINAL = 120,
    NARROWEST_COLUMN = 20,
    MESSAGE_BYTES = 4096,
};

static struct {
    int columns;
    bool colour;
    int servers;
    int column_width; /* of one server; 0: no columns */
    bool begun;
} view;

struct writer {
    char *text;
    size_t size, length;
};

static void put(struct writer *to, const char *from, size_t length)
{
    if (length > to->size - to->length) {
        length = to->size - to->length;
    }
    memcpy(to->text + to->length, from, length);
    to->length += length;
}

static void put_text(struct writer *to, const char *text)
{
    put(to, text, strlen(text));
}

static void put_spaces(struct writer *to, int count)
{
    for (int i = 0; i < count; i++) {
        put(to, " ", 1);
    }
}

static void put_colour(struct writer *to, int server, bool begin)
{
    static const char *const colours[] = {"\033[36m", "\033[33m", "\033[35m",
                                          "\033[32m", "\033[34m", "\033[31m"};
    if (view.colour && server >= 0) {
        put_text(to, begin ? colours[server % 6] : "\033[0m");
    }
}

static void put_stamp(struct writer *to, sim_ns now)
{
    char stamp[48];
    unsigned long long us = now / SIM_US;
    snprintf(stamp, sizeof(stamp), "[%3llu.%06llu] ", us / 1000000,
             us % 1000000);
    put_text(to, stamp);
}

/* Without columns: one line, easy to grep. */
static void put_plain(struct writer *to, int server, const char *topic,
                      const char *message)
{
    char front[64];
    if (server >= 0) {
        snprintf(front, sizeof(front), "S%d %-7s ", server, topic);
    } else {
        snprintf(front, sizeof(front), "-- %-7s ", topic);
    }
    put_colour(to, server, true);
    put_text(to, front);
    put_text(to, message);
    put_colour(to, server, false);
    put(to, "\n", 1);
}

/* The length of the text that fits on a line of this width. Break between words
 * unless that leaves more than half of the line empty, and never within a UTF-8
 * character. */
static size_t line_length(const char *text, int width)
{
    size_t bytes = 0;
    size_t last_space = 0;
    for (int seen = 0; text[bytes] != '\0'; bytes++) {
        bool begins = ((unsigned char)text[bytes] & 0xc0) != 0x80;
        if (begins && ++seen > width) {
            return last_space > bytes / 2 ? last_space : bytes;
        }
        if (text[bytes] == ' ') {
            last_space = bytes;
        }
    }
    return bytes;
}

static int characters(const char *text, size_t bytes)
{
    int count = 0;
    for (size_t i = 0; i < bytes; i++) {
        count += ((unsigned char)text[i] & 0xc0) != 0x80;
    }
    return count;
}

/* Write the text in the server's column. */
static void put_in_column(struct writer *to, int server, const char *text)
{
    int width = view.column_width;
    bool first = true;
    do {
        size_t length = line_length(text, width - 2);
        if (!first) {
            put_spaces(to, STAMP_WIDTH);
        }
        first = false;
        for (int i = 0; i < view.servers; i++) {
            bool last = i == view.servers - 1;
            int used = 0;
            if (i == server) {
                put_colour(to, server, true);
                put(to, text, length);
                put_colour(to, server, false);
                used = characters(text, length);
            }
            if (!last) {
                put_spaces(to, width - 2 - used);
                put_text(to, "| ");
            }
        }
        put(to, "\n", 1);
        text += length;
        text += strspn(text, " ");
    } while (*text != '\0');
}

size_t logview_format(char *text, size_t size, sim_ns now, int server,
                      const char *topic, const char *message)
{
    char together[MESSAGE_BYTES];
    struct writer to = {.text = text, .size = size};
    put_stamp(&to, now);
    if (view.column_width > 0 && server >= 0 && server < view.servers) {
        snprintf(together, sizeof(together), "%s: %s", topic, message);
        put_in_column(&to, server, together);
    } else {
        put_plain(&to, server, topic, message);
    }
    return to.length;
}

/* Write the names of the servers above the columns. */
static void put_heading(struct writer *to)
{
    put_spaces(to, STAMP_WIDTH);
    for (int i = 0; i < view.servers; i++) {
        char name[16];
        int length = snprintf(name, sizeof(name), "server %d", i);
        put(to, name, (size_t)length);
        if (i < view.servers - 1) {
            put_spaces(to, view.column_width - 2 - length);
            put_text(to, "| ");
        }
    }
    put(to, "\n", 1);
}

static void write_all(const char *text, size_t length)
{
    size_t done = 0;
    while (done < length) {
        ssize_t written = write(STDOUT_FILENO, text + done, length - done);
        if (written <= 0) {
            return; /* the code under test has closed the descriptor */
        }
        done += (size_t)written;
    }
}

static void write_line(sim_ns now, int server, const char *topic,
                       const char *message)
{
    static char text[4 * MESSAGE_BYTES];
    struct writer heading = {.text = text, .size = sizeof(text)};
    if (!view.begun && view.column_width > 0) {
        put_heading(&heading);
        write_all(text, heading.length);
    }
    view.begun = true;
    write_all(text,
              logview_format(text, sizeof(text), now, server, topic, message));
}

void logview_init(int columns, bool colour)
{
    view.columns = columns;
    view.colour = colour;
}

void logview_select(const char *topics, int servers)
{
    view.servers = servers;
    view.column_width = 0;
    if (view.columns >= WIDE_TERMINAL && servers > 0) {
        int width = (view.columns - STAMP_WIDTH) / servers;
        view.column_width = width >= NARROWEST_COLUMN ? width : 0;
    }
    lab_log_select(topics, write_line);
}
