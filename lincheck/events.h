/* events.h - histories that come as events of processes, in their order.
 * Layer: lincheck, internal. Times are lines: that of the event, or, where
 * several stand in one line, as much later as needed to keep their order. */
#ifndef LINCHECK_EVENTS_H
#define LINCHECK_EVENTS_H

#include "lincheck/edn.h"

enum event_type {
    EVENT_INVOKE,
    EVENT_OK,
    EVENT_FAIL, /* it certainly had no effect */
    EVENT_INFO, /* nobody knows: it stays open */
};

struct event {
    uint32_t line;
    uint32_t process;
    enum event_type type;
    struct bytes function; /* its name */
    struct edn key;        /* EDN_NONE: not said */
    struct edn value;
    struct edn pair[2]; /* of a value that is EDN_PAIR */
};

void event_release(struct event *event); /* zeroed before its first use */

/* False: no type or process is called so. */
bool event_type_named(struct bytes name, enum event_type *type);
bool event_process_named(struct bytes digits, uint32_t *process);

struct process {
    uint32_t id;
    bool is_used;
    size_t pending; /* its operation that has not returned, and 1; 0: none */
};

/* Turns events into a history. */
struct events {
    struct reader *reader;
    /* A :fail of :cas that repeats its values tells that they were compared
     * and did not match. Otherwise it is one like any other. */
    bool has_mismatches;
    int64_t at; /* of the last one */
    /* Open addressing: a power of two of places, half of them free. */
    struct process *processes;
    size_t count, room;
};

void events_init(struct events *events, struct reader *reader,
                 bool has_mismatches);
void events_release(struct events *events);

/* The first one decides about the model. False: reader_fail() was called. */
bool events_add(struct events *events, const struct event *event);

#endif
