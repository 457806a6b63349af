/* divergence.c - finds the event where two runs of a seed diverge.
 * Layer: tester/cli. Repeats both runs with a trace of every event, step and
 * wait, and compares the traces line by line. */
#include "tester/cli/divergence.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool ignore(const struct runner_job *job, const struct verdict *verdict,
                   void *context)
{
    (void)job, (void)verdict, (void)context;
    return true;
}

/* Run the job again and return its trace; NULL if it cannot be written. */
static FILE *traced(const struct runner_job *job, runner_child child,
                    void *context)
{
    FILE *trace = tmpfile();
    struct runner_job again = *job;
    struct runner_options options = {.parallel = 1, .child = child};
    if (!trace) {
        return NULL;
    }
    again.run.trace_fd = fileno(trace);
    again.run.trace_steps = true;
    if (runner_run(&options, &again, 1, ignore, context) != LAB_OK) {
        fclose(trace);
        return NULL;
    }
    rewind(trace);
    return trace;
}

/* "thread server3/tick at 0.100200 s: wait for=..., until=..." */
static void describe(const char *line, char *text, size_t room)
{
    json_t *event = line ? json_loads(line, 0, NULL) : NULL;
    const char *thread = "", *kind = "", *key;
    json_int_t at = 0;
    json_t *value;
    if (!event || json_unpack(event, "{s:I, s:s, s:s}", "t", &at, "thread",
                              &thread, "kind", &kind) != 0) {
        snprintf(text, room, "no further event");
        json_decref(event);
        return;
    }
    int used = snprintf(text, room, "at %.6f s, %s%s: %s", (double)at / 1e9,
                        *thread ? "thread " : "a timer", thread, kind);
    json_object_foreach(event, key, value)
    {
        bool known = strcmp(key, "t") == 0 || strcmp(key, "server") == 0 ||
                     strcmp(key, "thread") == 0 || strcmp(key, "kind") == 0;
        char *shown = known ? NULL : json_dumps(value, JSON_ENCODE_ANY);
        if (shown && used >= 0 && (size_t)used < room) {
            used += snprintf(text + used, room - (size_t)used, " %s=%s", key,
                             shown);
        }
        free(shown);
    }
    json_decref(event);
}

/* Find the first lines that differ, and count the equal ones before them. The
 * end of a file is an empty line. False: the files are equal. */
static bool first_difference(FILE *one, FILE *other, char **line_one,
                             char **line_other, uint64_t *equal)
{
    size_t room_one = 0, room_other = 0;
    for (*equal = 0;; ++*equal) {
        ssize_t size_one = getline(line_one, &room_one, one);
        ssize_t size_other = getline(line_other, &room_other, other);
        if (size_one < 0 && size_other < 0) {
            return false;
        }
        if (size_one < 0 || size_other < 0) {
            (size_one < 0 ? *line_one : *line_other)[0] = '\0';
            return true;
        }
        if (strcmp(*line_one, *line_other) != 0) {
            return true;
        }
    }
}

static void compare(FILE *one, FILE *other, char *text, size_t room)
{
    char *line_one = calloc(1, 1), *line_other = calloc(1, 1);
    char event_one[256], event_other[256];
    uint64_t equal = 0;
    if (first_difference(one, other, &line_one, &line_other, &equal)) {
        describe(line_one, event_one, sizeof(event_one));
        describe(line_other, event_other, sizeof(event_other));
        snprintf(text, room,
                 "; they diverge after %" PRIu64
                 " equal events: in one process "
                 "%s; in the other %s",
                 equal, event_one, event_other);
    } else {
        snprintf(text, room, "; when repeated, two runs were equal");
    }
    free(line_one);
    free(line_other);
}

void divergence_find(const struct runner_job *job, runner_child fresh,
                     void *context, char *text, size_t room)
{
    FILE *one = traced(job, NULL, context);
    FILE *other = traced(job, fresh, context);
    if (one && other) {
        compare(one, other, text, room);
    }
    if (one) {
        fclose(one);
    }
    if (other) {
        fclose(other);
    }
}
