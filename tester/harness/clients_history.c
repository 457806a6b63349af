/* clients_history.c - is what the clients were told linearizable?
 * Layer: tester. On a tester fiber; takes no virtual time. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lincheck/explain.h"
#include "tester/harness/clients.h"
#include "tester/harness/clients_state.h"

enum { SHOWN_BEFORE = 20, SHOWN_AFTER = 5 };

/* Enough for any history that a test makes; a few seconds. */
static const struct lin_options limits = {
    .steps = 20000000,
    .bytes = (size_t)400 << 20,
};

static void time_text(int64_t at, char *text, size_t bytes)
{
    snprintf(text, bytes, "%.6f s", (double)at / 1e9);
}

/* ---- The story around a violation ----------------------------------------*/

/* Calls and returns of one key, and what the test did meanwhile, by time. */
struct moment {
    int64_t at;
    enum { CALL, RETURN, FAULT } kind;
    size_t which;
};

static int by_time(const void *left, const void *right)
{
    const struct moment *a = left, *b = right;
    if (a->at != b->at) {
        return a->at < b->at ? -1 : 1;
    }
    if (a->kind != b->kind) {
        return a->kind < b->kind ? -1 : 1;
    }
    return a->which < b->which ? -1 : a->which > b->which;
}

static size_t collect(const struct clients *clients, struct bytes key,
                      struct moment *moments)
{
    size_t count = 0;
    for (size_t op = 0; op < lin_op_count(clients->history); op++) {
        int64_t call, ret;
        if (!lin_op_has_key(clients->history, op, key)) {
            continue;
        }
        bool returned = lin_op_times(clients->history, op, &call, &ret);
        moments[count++] = (struct moment){call, CALL, op};
        if (returned) {
            moments[count++] = (struct moment){ret, RETURN, op};
        }
    }
    for (size_t i = 0; i < clients->fault_count; i++) {
        int64_t at = (int64_t)clients->faults[i].at;
        moments[count++] = (struct moment){at, FAULT, i};
    }
    qsort(moments, count, sizeof(moments[0]), by_time);
    return count;
}

static void print_moment(const struct clients *clients,
                         const struct moment *moment, size_t blocked)
{
    char text[256];
    printf("  %12.6f s  ", (double)moment->at / 1e9);
    if (moment->kind == FAULT) {
        printf("%s\n", clients->faults[moment->which].what);
        return;
    }
    lin_op_text(clients->history, moment->which, text, sizeof(text));
    printf("%s %s%s\n", moment->kind == CALL ? "calls  " : "returns", text,
           moment->which == blocked ? "  <-- cannot be" : "");
}

static void print_story(const struct clients *clients,
                        const struct lin_key_result *key)
{
    size_t ops = lin_op_count(clients->history);
    struct moment *moments =
        lab_xcalloc(2 * ops + clients->fault_count + 1, sizeof(moments[0]));
    size_t count = collect(clients, key->key, moments), at = 0;
    while (at < count &&
           (moments[at].kind != RETURN || moments[at].which != key->blocked)) {
        at++;
    }
    size_t first = at > SHOWN_BEFORE ? at - SHOWN_BEFORE : 0;
    printf("around it, in virtual time:\n");
    for (size_t i = first; i < count && i <= at + SHOWN_AFTER; i++) {
        print_moment(clients, &moments[i], key->blocked);
    }
    free(moments);
}

static _Noreturn void fail(struct cluster *c, const struct lin_result *result)
{
    const struct clients *clients = c->lab->clients;
    const struct lin_key_result *key = result->keys;
    while (key->verdict != LIN_NOT_LINEARIZABLE) {
        key++;
    }
    char text[256];
    int64_t call = 0, ret = 0;
    lin_explain(clients->history, result, time_text, stdout);
    print_story(clients, key);
    lin_op_text(clients->history, key->blocked, text, sizeof(text));
    lin_op_times(clients->history, key->blocked, &call, &ret);
    cluster_fail(c, "linearizability",
                 "key \"%.*s\": no moment between call (%.6f s) and return "
                 "(%.6f s) is right for %s",
                 (int)(key->key.size < 40 ? key->key.size : 40),
                 (const char *)key->key.data, (double)call / 1e9,
                 (double)ret / 1e9, text);
}

void cluster_check_linearizable(struct cluster *c)
{
    struct lin_result result;
    lin_check(c->lab->clients->history, &limits, &result);
    if (result.verdict == LIN_NOT_LINEARIZABLE) {
        fail(c, &result);
    }
    if (result.verdict == LIN_UNKNOWN) {
        c->lab->unknown = true;
        cluster_fail(c, "linearizability",
                     "whether %zu calls are linearizable is not known after "
                     "%" PRIu64 " steps of search",
                     lin_op_count(c->lab->clients->history), result.steps);
    }
    lin_result_release(&result);
}
