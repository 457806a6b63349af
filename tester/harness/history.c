/* history.c - is the history of all calls of clerks linearizable?
 * Layer: tester/harness. See history.h. */
#include "tester/harness/history.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "lincheck/explain.h"
#include "tester/harness/clients_state.h"
#include "tester/harness/lab.h"

enum { SHOWN_BEFORE = 20, SHOWN_AFTER = 5 };

/* Enough for any history of a test; takes a few seconds. */
static const struct lin_options limits = {
    .steps = 20000000,
    .bytes = (size_t)400 << 20,
};

static void time_text(int64_t at, char *text, size_t bytes)
{
    snprintf(text, bytes, "%.6f s", (double)at / 1e9);
}

/* ---- Faults --------------------------------------------------------------*/

void history_note_fault(struct lab *lab, const char *format, ...)
{
    struct clients *clients = lab->clients;
    if (!clients) {
        return;
    }
    if (clients->fault_count == clients->fault_room) {
        clients->fault_room =
            clients->fault_room ? 2 * clients->fault_room : 64;
        clients->faults = lab_xrealloc(
            clients->faults, clients->fault_room * sizeof(clients->faults[0]));
    }
    struct fault *fault = &clients->faults[clients->fault_count++];
    va_list arguments;
    va_start(arguments, format);
    fault->at = sim_now();
    vsnprintf(fault->what, sizeof(fault->what), format, arguments);
    va_end(arguments);
}

/* ---- The events around a violation ---------------------------------------*/

/* A call or a return of an operation, or a fault, in the order of time. */
struct event {
    int64_t at;
    enum { CALL, RETURN, FAULT } kind;
    size_t which;
};

static int by_time(const void *left, const void *right)
{
    const struct event *a = left, *b = right;
    if (a->at != b->at) {
        return a->at < b->at ? -1 : 1;
    }
    if (a->kind != b->kind) {
        return a->kind < b->kind ? -1 : 1;
    }
    return a->which < b->which ? -1 : a->which > b->which;
}

static size_t collect(const struct clients *clients, struct bytes key,
                      struct event *events)
{
    size_t count = 0;
    for (size_t op = 0; op < lin_op_count(clients->history); op++) {
        int64_t call, ret;
        if (!lin_op_has_key(clients->history, op, key)) {
            continue;
        }
        bool returned = lin_op_times(clients->history, op, &call, &ret);
        events[count++] = (struct event){call, CALL, op};
        if (returned) {
            events[count++] = (struct event){ret, RETURN, op};
        }
    }
    for (size_t i = 0; i < clients->fault_count; i++) {
        int64_t at = (int64_t)clients->faults[i].at;
        events[count++] = (struct event){at, FAULT, i};
    }
    qsort(events, count, sizeof(events[0]), by_time);
    return count;
}

static void print_event(const struct clients *clients,
                        const struct event *event, size_t blocked)
{
    char text[256];
    printf("  %12.6f s  ", (double)event->at / 1e9);
    if (event->kind == FAULT) {
        printf("%s\n", clients->faults[event->which].what);
        return;
    }
    lin_op_text(clients->history, event->which, text, sizeof(text));
    printf("%s %s%s\n", event->kind == CALL ? "calls  " : "returns", text,
           event->which == blocked ? "  <-- no linearization point" : "");
}

static void print_events(const struct clients *clients,
                         const struct lin_key_result *key)
{
    size_t ops = lin_op_count(clients->history);
    struct event *events =
        lab_xcalloc(2 * ops + clients->fault_count + 1, sizeof(events[0]));
    size_t count = collect(clients, key->key, events), at = 0;
    while (at < count &&
           (events[at].kind != RETURN || events[at].which != key->blocked)) {
        at++;
    }
    size_t first = at > SHOWN_BEFORE ? at - SHOWN_BEFORE : 0;
    printf("events around it, in virtual time:\n");
    for (size_t i = first; i < count && i <= at + SHOWN_AFTER; i++) {
        print_event(clients, &events[i], key->blocked);
    }
    free(events);
}

static _Noreturn void fail(struct cluster *c, const struct lin_result *result)
{
    const struct clients *clients = c->lab->clients;
    const struct lin_key_result *key = result->keys;
    while (key->verdict != LIN_NOT_LINEARIZABLE) {
        key++;
        LAB_ASSERT(key < result->keys + result->key_count);
    }
    char text[256];
    int64_t call = 0, ret = 0;
    lin_explain(clients->history, result, time_text, stdout);
    print_events(clients, key);
    lin_op_text(clients->history, key->blocked, text, sizeof(text));
    lin_op_times(clients->history, key->blocked, &call, &ret);
    cluster_fail(c, "linearizability",
                 "key \"%.*s\": %s has no linearization point between its call "
                 "(%.6f s) and its return (%.6f s)",
                 (int)(key->key.size < 40 ? key->key.size : 40),
                 (const char *)key->key.data, text, (double)call / 1e9,
                 (double)ret / 1e9);
}

void cluster_check_linearizable(struct cluster *c)
{
    struct lin_result result;
    LAB_ASSERT(c->lab->clients);
    lin_check(c->lab->clients->history, &limits, &result);
    if (result.verdict == LIN_NOT_LINEARIZABLE) {
        fail(c, &result);
    }
    if (result.verdict == LIN_UNKNOWN) {
        c->lab->unknown = true;
        cluster_fail(c, "linearizability",
                     "the search gave up after %" PRIu64
                     " steps: it is unknown whether the history of %zu calls "
                     "is linearizable",
                     result.steps, lin_op_count(c->lab->clients->history));
    }
    lin_result_release(&result);
}
