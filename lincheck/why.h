/* why.h - where the answer of an operation without a moment could come from,
 * and why it does not.
 * Layer: lincheck, internal. Nothing is said that is not certain. */
#ifndef LINCHECK_WHY_H
#define LINCHECK_WHY_H

#include "lincheck/model.h"

enum why_kind {
    WHY_LATER,       /* called after the return */
    WHY_OVERWRITTEN, /* by an operation that certainly took effect, was called
                      * after this one's return, and has itself returned before
                      * the call */
    WHY_FOLLOWED,    /* in the order; then comes one that changes the state */
    WHY_PLACED,      /* in the order, the last one that changes the state */
    WHY_NOT_PLACED,  /* not in the order */
};

struct why {
    enum why_kind kind;
    const struct lin_op *by; /* WHY_OVERWRITTEN, WHY_FOLLOWED; else NULL */
};

struct whys {
    const struct lin_history *history;
    const struct lin_key_result *key;
    const struct lin_op *blocked;
    bool needs_state;     /* is there a state that its answer asks for? */
    struct lin_op needed; /* that, as what a read of it would answer */
    uint32_t state;       /* of blocked's key, after the order */
    uint32_t first_state; /* and before it */
    uint32_t *place;      /* of each operation, in the order: 1, 2, ...; 0 */
    const struct lin_op **next; /* [place]: what changes blocked's key then;
                                 * [0]: what does first. NULL: none */
    const struct lin_op *overwriter; /* last called one of WHY_OVERWRITTEN */
    bool has_other_keys;             /* in the order */
};

void whys_init(struct whys *whys, const struct lin_history *history,
               const struct lin_key_result *key);
void whys_release(struct whys *whys);

/* Could this operation have given what is needed? */
bool whys_has(const struct whys *whys, const struct lin_op *op);

/* Why it does not, if it could have. */
struct why whys_of(const struct whys *whys, const struct lin_op *op);

/* Could the state before all operations have? And why it does not; kinds
 * WHY_OVERWRITTEN, WHY_FOLLOWED, WHY_PLACED. */
bool whys_has_first(const struct whys *whys);
struct why whys_of_first(const struct whys *whys);

/* Is it of blocked's key, may it change something, and had it been called but
 * not returned when blocked returned? */
bool whys_pending(const struct whys *whys, const struct lin_op *op);

#endif
