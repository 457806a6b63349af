/* lincheck.h - is a history of operations linearizable?
 * Layer: lincheck; public. Needs base/ only. No clock, no threads: one thread
 * at a time may use a history.
 *
 * A history lists operations: what each client requested, what the response
 * was, and when. It is linearizable if every operation has a linearization
 * point between its call and its return, so that the responses are those of a
 * single copy that executes the operations one by one, each at its point
 * (Herlihy and Wing, 1990). An open operation, one without a return, may have
 * its linearization point any time after its call, or none.
 *
 *     struct lin_history *h = lin_history_new(&lin_kv);
 *     size_t op = lin_call(h, &(struct lin_request){...});   at the call
 *     lin_return(h, op, &(struct lin_response){...});        at the return
 *     struct lin_result result;
 *     lin_check(h, &lin_default_options, &result);
 *     ... result.verdict, result.keys[i] ...
 *     lin_result_release(&result);
 *     lin_history_free(h);
 *
 * Out of memory aborts. search.c explains the search, model.h how to add a
 * model. */
#ifndef LINCHECK_LINCHECK_H
#define LINCHECK_LINCHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/* ---- Models --------------------------------------------------------------*/

struct lin_model;

/* A value per key, nil at first.
 * read -> value; write(value); cas(expected, value) -> OK or MISMATCH. */
extern const struct lin_model lin_register;

/* A text per key, empty at first.
 * get -> value; put(value); append(value). */
extern const struct lin_model lin_kv;

/* A text and a version per key, empty and 0 at first.
 * get -> value and version; put(value, version) -> OK (the version was equal,
 * and is now one higher), MISMATCH (it was not) or MAYBE (either). */
extern const struct lin_model lin_versioned;

/* Return the model with that name ("register", "kv", "versioned"), or NULL. */
const struct lin_model *lin_model_named(const char *name);
const char *lin_model_name(const struct lin_model *model);

enum lin_function {
    LIN_READ,   /* get */
    LIN_WRITE,  /* put */
    LIN_APPEND, /* kv only */
    LIN_CAS,    /* compare-and-set; register only */
};

/* Does the model have this function? */
bool lin_model_has(const struct lin_model *model, enum lin_function function);

/* ---- Histories -----------------------------------------------------------*/

enum lin_outcome {
    LIN_OK,
    LIN_MISMATCH, /* certainly no effect: not the expected value or version */
    LIN_MAYBE,    /* there was a response, but it does not tell the outcome */
};

/* All bytes in requests and responses are copied. */
struct lin_request {
    int64_t at;      /* time of the call; any unit, one clock for all clients */
    uint32_t client; /* shown in explanations, otherwise ignored */
    uint32_t line;   /* in the file it comes from; 0: none */
    enum lin_function function;
    struct bytes key;
    const struct bytes *value;    /* to write, append or set; NULL: nil */
    const struct bytes *expected; /* by cas; NULL: nil */
    uint64_t version;             /* that a put expects */
};

struct lin_response {
    int64_t at;    /* time of the return, not before the call */
    uint32_t line; /* as above */
    enum lin_outcome outcome;
    const struct bytes *value; /* of a read; NULL: nil */
    uint64_t version;          /* of a read */
};

struct lin_history *lin_history_new(const struct lin_model *model);
void lin_history_free(struct lin_history *history);
const struct lin_model *lin_history_model(const struct lin_history *history);

/* Add an operation. Return its number: 0, 1, 2, ... Operations may be added in
 * any order, of time and of clients. The model must have the function. */
size_t lin_call(struct lin_history *history, const struct lin_request *request);

/* Add its response, at most once. Without one it is open. Operations whose
 * call and return have equal times overlap. */
void lin_return(struct lin_history *history, size_t op,
                const struct lin_response *response);

/* Remove an operation that certainly had no effect and got no response. It
 * keeps its number. */
void lin_withdraw(struct lin_history *history, size_t op);

/* Return the number of operations added, withdrawn ones included. */
size_t lin_op_count(const struct lin_history *history);

/* ---- Checking ------------------------------------------------------------*/

enum lin_verdict {
    LIN_LINEARIZABLE,
    LIN_NOT_LINEARIZABLE,
    LIN_UNKNOWN, /* a budget was used up first */
};
const char *lin_verdict_text(enum lin_verdict verdict);

struct lin_options {
    uint64_t steps; /* budget for each key; the same on every machine */
    size_t bytes;   /* memory budget */
    bool whole;     /* search all keys together instead of key by key: the same
                     * verdict, slower; for comparison */
    bool (*stop)(void *argument); /* called now and then; true: give up. May be
                                   * NULL */
    void *argument;
};
extern const struct lin_options lin_default_options;

/* The result for the operations on one key, or on all (options.whole). */
struct lin_key_result {
    struct bytes key; /* borrowed from the history; no bytes with whole */
    size_t op_count;
    enum lin_verdict verdict;
    /* With LIN_NOT_LINEARIZABLE: */
    size_t blocked; /* the operation without a linearization point: no prefix
                     * of the history that includes its return is linearizable
                     */
    size_t *prefix; /* a linearization of the longest linearizable prefix:
                     * operations by number */
    size_t prefix_count;
    bool is_certain; /* it is the longest. False: the budget did not allow to
                      * find that one, and prefix is a shorter one */
};

struct lin_result {
    enum lin_verdict verdict;    /* the worst of all keys */
    struct lin_key_result *keys; /* in the order of their first operations */
    size_t key_count;
    uint64_t steps;    /* taken in all */
    size_t bytes_peak; /* of memory in use */
};

/* Check a history. It may be extended and checked again. Fills result, which
 * the caller releases before the history is freed. */
void lin_check(struct lin_history *history, const struct lin_options *options,
               struct lin_result *result);
void lin_result_release(struct lin_result *result);

#endif
