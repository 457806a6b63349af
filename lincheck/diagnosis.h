/* diagnosis.h - where the response of an operation without a linearization
 * point could come from, and why it does not.
 * Layer: lincheck, internal. States only what is certain. */
#ifndef LINCHECK_DIAGNOSIS_H
#define LINCHECK_DIAGNOSIS_H

#include "lincheck/model.h"

/* Why a possible source is not the source. "The prefix" is the longest
 * linearizable prefix, in its linearization order. */
enum reason_kind {
    REASON_LATER,       /* called after the blocked operation returned */
    REASON_OVERWRITTEN, /* by an operation that certainly took effect after it
                         * and before the blocked one: called after the source
                         * returned, returned before the blocked one's call */
    REASON_FOLLOWED,    /* in the prefix, before one that changes the state */
    REASON_LAST,        /* in the prefix, the last one that changes the state */
    REASON_NOT_PLACED,  /* not in the prefix */
};

struct reason {
    enum reason_kind kind;
    const struct lin_op *by; /* REASON_OVERWRITTEN, REASON_FOLLOWED: the other
                              * operation; else NULL */
};

struct diagnosis {
    const struct lin_history *history;
    const struct lin_key_result *key;
    const struct lin_op *blocked; /* the operation without a linearization
                                   * point */
    bool needs_state;             /* does its response depend on the state? */
    struct lin_op needed;         /* a read of the state that it needs */
    uint32_t initial_state;       /* of blocked's key */
    uint32_t state;               /* of blocked's key, after the prefix */
    uint32_t *position; /* of each operation in the prefix: 1, 2, ...; 0 */
    const struct lin_op **next; /* position -> the next operation that changes
                                 * the state of blocked's key, or NULL; 0: the
                                 * first one */
    const struct lin_op
        *overwriter;     /* of REASON_OVERWRITTEN, the last called */
    bool has_other_keys; /* in the prefix */
};

/* key: the result for a key that is not linearizable; both are borrowed until
 * diagnosis_release(). */
void diagnosis_init(struct diagnosis *diagnosis,
                    const struct lin_history *history,
                    const struct lin_key_result *key);
void diagnosis_release(struct diagnosis *diagnosis);

/* Could this operation be the source of the response? */
bool diagnosis_is_source(const struct diagnosis *diagnosis,
                         const struct lin_op *op);

/* Why is this possible source not the source? */
struct reason diagnosis_reason(const struct diagnosis *diagnosis,
                               const struct lin_op *op);

/* The same for the initial state; kinds REASON_OVERWRITTEN, REASON_FOLLOWED,
 * REASON_LAST. */
bool diagnosis_initial_is_source(const struct diagnosis *diagnosis);
struct reason diagnosis_initial_reason(const struct diagnosis *diagnosis);

/* Was this operation on blocked's key pending when blocked returned? Open
 * operations that change no state do not count. */
bool diagnosis_is_pending(const struct diagnosis *diagnosis,
                          const struct lin_op *op);

#endif
