/* history.h - the operations of a history, as the checker sees them.
 * Layer: lincheck, internal. */
#ifndef LINCHECK_HISTORY_H
#define LINCHECK_HISTORY_H

#include <uthash.h>

#include "lincheck/lincheck.h"
#include "lincheck/values.h"

/* Times of operations that have not returned. */
#define LIN_OPEN INT64_MAX

struct lin_op {
    int64_t call, ret; /* LIN_OPEN: none */
    uint32_t key;      /* these four: numbers of values.h */
    uint32_t value;    /* written, or answered to a read */
    uint32_t expected; /* by cas */
    uint32_t client;
    uint32_t line, ret_line; /* 0: nowhere */
    uint8_t function;        /* enum lin_function */
    uint8_t outcome;         /* enum lin_outcome */
    bool withdrawn;
    uint64_t version; /* expected by a put, or answered to a read */
};

/* What was read of a key last, or what came after it, as bytes: where texts
 * grow, the next read is mostly a little longer or shorter. */
struct lin_recent {
    uint32_t key, value;
    size_t size, room;
    uint8_t *bytes;
    UT_hash_handle hh;
};

struct lin_history {
    const struct lin_model *model;
    struct values *values;
    struct lin_recent *recent; /* by key */
    struct lin_op *ops;
    size_t count, room;
};

#endif
