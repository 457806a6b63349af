/* events.h - histories given as a sequence of events of processes.
 * Layer: lincheck, internal. The time of an event is its line, or later where
 * several events in one line need different times. */
#ifndef LINCHECK_EVENTS_H
#define LINCHECK_EVENTS_H

#include "lincheck/edn.h"

enum event_type {
    EVENT_INVOKE,
    EVENT_OK,
    EVENT_FAIL, /* certainly no effect */
    EVENT_INFO, /* outcome unknown: the operation stays open */
};

struct event {
    uint32_t line;
    uint32_t process;
    enum event_type type;
    struct bytes function; /* its name */
    struct edn key;        /* EDN_NONE: absent */
    struct edn value;
    struct edn pair[2]; /* the elements of an EDN_PAIR value */
};

/* Free the memory of an event; zero it before its first use. */
void event_release(struct event *event);

/* Parse a type, a process number. Return false if it is none. */
bool event_type_named(struct bytes name, enum event_type *type);
bool event_process_named(struct bytes digits, uint32_t *process);

struct process {
    uint32_t id;
    bool is_used;
    size_t pending; /* its pending operation + 1; 0: none */
};

/* Turns events into a history. */
struct events {
    struct reader *reader;
    /* Does :fail of a :cas that repeats its values mean a mismatch? Otherwise
     * it means no effect, as for other functions. */
    bool has_mismatches;
    int64_t at; /* time of the last event */
    /* Open addressing: the capacity is a power of two, half of it free. */
    struct process *processes;
    size_t count, capacity;
};

void events_init(struct events *events, struct reader *reader,
                 bool has_mismatches);
void events_release(struct events *events);

/* Add an event; the first one selects the model. Return false after
 * reader_fail(). */
bool events_add(struct events *events, const struct event *event);

#endif
