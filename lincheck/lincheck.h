/* lincheck.h - is a history of operations linearizable?
 * Layer: lincheck; needs base/ only. No clocks, no threads: one history is
 * used by one thread at a time.
 *
 * A history says what clients asked, what they were told, and when. It is
 * linearizable if every operation can be given one moment between its call and
 * its return so that the answers are those of a single copy that executes one
 * operation after the other at these moments (Herlihy and Wing, 1990). An
 * operation without a return may have taken effect at any moment after its
 * call, or never.
 *
 *     struct lin_history *h = lin_history_new(&lin_kv);
 *     size_t op = lin_call(h, &(struct lin_request){...});   at the call
 *     lin_return(h, op, &(struct lin_answer){...});          at the return
 *     struct lin_result result;
 *     lin_check(h, &lin_default_options, &result);
 *     ... result.verdict, result.keys[i] ...
 *     lin_result_release(&result);
 *     lin_history_free(h);
 *
 * How the search works is said in search.c, how models are made in model.h. */
#ifndef LINCHECK_LINCHECK_H
#define LINCHECK_LINCHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

struct lin_model;

/* One value per key. It is nil, then what was written last.
 * read -> value; write(value); cas(expected, value) -> OK or MISMATCH. */
extern const struct lin_model lin_register;

/* One text per key, empty at first. get -> value; put(value); append(value). */
extern const struct lin_model lin_kv;

/* One text and a version per key, empty and 0 at first. get -> value and
 * version; put(value, version) -> OK (the version was right, and is one higher
 * now), MISMATCH (it was another) or MAYBE (one of the two). */
extern const struct lin_model lin_versioned;

/* The model of that name ("register", "kv", "versioned"); NULL: none. */
const struct lin_model *lin_model_named(const char *name);
const char *lin_model_name(const struct lin_model *model);

enum lin_function {
    LIN_READ,   /* also called get */
    LIN_WRITE,  /* also called put */
    LIN_APPEND, /* kv only */
    LIN_CAS,    /* register only */
};

enum lin_outcome {
    LIN_OK,
    LIN_MISMATCH, /* certainly no effect: not the expected value or version */
    LIN_MAYBE,    /* the copy has answered, but it is not known what */
};

/* What is asked. The bytes are copied. */
struct lin_request {
    int64_t at;      /* of the call; any unit, one clock for all clients */
    uint32_t client; /* for people: nothing depends on it */
    uint32_t line;   /* where it stands in a file; 0: nowhere */
    enum lin_function function;
    struct bytes key;
    const struct bytes *value;    /* to write, append or set; NULL: nil */
    const struct bytes *expected; /* by cas; NULL: nil */
    uint64_t version;             /* that a put expects */
};

/* What is answered. The bytes are copied. */
struct lin_answer {
    int64_t at;    /* of the return, not before that of the call */
    uint32_t line; /* as above */
    enum lin_outcome outcome;
    const struct bytes *value; /* that was read; NULL: nil */
    uint64_t version;          /* that was read */
};

struct lin_history *lin_history_new(const struct lin_model *model);
void lin_history_free(struct lin_history *history);
const struct lin_model *lin_history_model(const struct lin_history *history);

/* An operation begins. Returns its number: 0, 1, 2, ... Calls of one client
 * may come in any order, and their times too. The model must have the function
 * (lin_model_has). */
size_t lin_call(struct lin_history *history, const struct lin_request *request);
bool lin_model_has(const struct lin_model *model, enum lin_function function);

/* It returns. At most once for each; without, it stays open. Equal times count
 * as overlapping. */
void lin_return(struct lin_history *history, size_t op,
                const struct lin_answer *answer);

/* It certainly had no effect, and told nothing: as if never called. */
void lin_withdraw(struct lin_history *history, size_t op);

size_t lin_op_count(const struct lin_history *history);

/* ---- Checking ------------------------------------------------------------*/

enum lin_verdict {
    LIN_LINEARIZABLE,
    LIN_NOT_LINEARIZABLE,
    LIN_UNKNOWN, /* a budget was used up first */
};
const char *lin_verdict_text(enum lin_verdict verdict);

struct lin_options {
    uint64_t steps; /* to try, for each key; the same on every machine */
    size_t bytes;   /* to remember, at most */
    bool whole;     /* do not check each key for itself: the same verdict, at a
                     * higher price; to compare */
    bool (*stop)(void *argument); /* asked now and then; true: give up. May
                                   * be NULL */
    void *argument;
};
extern const struct lin_options lin_default_options;

/* What was found for the operations of one key, or of all (options.whole). */
struct lin_key_result {
    struct bytes key; /* lies in the history */
    size_t op_count;
    enum lin_verdict verdict;
    /* If it is not linearizable: */
    size_t blocked; /* the operation that cannot be given a moment before its
                     * return: every order fails at this return or earlier */
    size_t *prefix; /* an order that comes so far: operations by number */
    size_t prefix_count;
    bool is_certain; /* it comes to that return. False: there was no time to
                      * look for one that does; it comes to an earlier one */
};

struct lin_result {
    enum lin_verdict verdict;    /* the worst of all keys' */
    struct lin_key_result *keys; /* in the order of their first calls */
    size_t key_count;
    uint64_t steps;    /* tried in all */
    size_t bytes_peak; /* remembered at a time */
};

/* Check a history. It may be extended and checked again later. */
void lin_check(struct lin_history *history, const struct lin_options *options,
               struct lin_result *result);
void lin_result_release(struct lin_result *result);

#endif
