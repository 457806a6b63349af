/* history.h - the operations of a history.
 * Layer: lincheck, internal. */
#ifndef LINCHECK_HISTORY_H
#define LINCHECK_HISTORY_H

#include <uthash.h>

#include "lincheck/lincheck.h"
#include "lincheck/values.h"

/* The return time of open operations. */
#define LIN_OPEN INT64_MAX

struct lin_op {
    int64_t call, ret; /* LIN_OPEN: none */
    uint32_t key;      /* key, value, expected: numbers of values.h */
    uint32_t value;    /* to write, or read */
    uint32_t expected; /* by cas */
    uint32_t client;
    uint32_t line, ret_line; /* of call and return; 0: none */
    uint8_t function;        /* enum lin_function */
    uint8_t outcome;         /* enum lin_outcome */
    bool withdrawn;
    uint64_t version; /* expected by a put, or read */
};

/* The last text read of a key, as number and bytes. Where texts grow by
 * appends, the next one read is mostly a little longer or shorter, and is kept
 * as its difference. */
struct lin_recent {
    uint32_t key, value;
    size_t size, capacity;
    uint8_t *bytes;
    UT_hash_handle hh;
};

struct lin_history {
    const struct lin_model *model;
    struct values *values;
    struct lin_recent *recent; /* by key */
    struct lin_op *ops;
    size_t count, capacity;
};

#endif
