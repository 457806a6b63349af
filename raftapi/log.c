/* log.c - debug output by topic.
 * Layer: raftapi. The selection is set before threads exist. lab_log() does
 * not allocate, wait or change errno: a run must be the same with and without
 * its output. */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "raftapi/service.h"

enum { LINE_BYTES = 2048 };

static struct {
    void (*write)(sim_ns, int, const char *, const char *);
    char *topics; /* ",vote,append,": a topic is found between commas */
    bool all;
    struct sim_mutex mutex;
} selection;

void lab_log_select(const char *topics,
                    void (*write)(sim_ns now, int server, const char *topic,
                                  const char *text))
{
    free(selection.topics);
    selection.topics = NULL;
    selection.write = NULL;
    selection.all = false;
    if (!topics || topics[0] == '\0') {
        return;
    }
    size_t size = strlen(topics) + 3;
    selection.topics = sim_framework_alloc(size);
    snprintf(selection.topics, size, ",%s,", topics);
    selection.all = strstr(selection.topics, ",all,") != NULL;
    selection.write = write;
}

static bool is_selected(const char *topic)
{
    LAB_ASSERT(topic && selection.topics);
    if (selection.all) {
        return true;
    }
    size_t size = strlen(topic);
    const char *at = selection.topics;
    while (size > 0 && (at = strstr(at, topic))) {
        if (at[-1] == ',' && at[size] == ',') {
            return true;
        }
        at++;
    }
    return false;
}

void lab_log(const char *topic, const char *format, ...)
{
    if (!selection.write) {
        return; /* the usual case */
    }
    int former_errno = errno; /* vsnprintf() and write may change it */
    if (is_selected(topic)) {
        char text[LINE_BYTES];
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        sim_ns now = sim_now();
        int server = sim_server();
        sim_enter(&selection.mutex);
        selection.write(now, server, topic, text);
        sim_leave(&selection.mutex);
    }
    errno = former_errno;
}
