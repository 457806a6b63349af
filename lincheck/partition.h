/* partition.h - the operations that one search is about: those of one key, or
 * all.
 * Layer: lincheck, internal.
 *
 * An operation is complete if it has returned, else open (Herlihy and Wing: a
 * pending invocation). Open operations that change no state are left out: they
 * may never have taken effect. Sets of operations are few bits: a complete
 * operation has a slot while it is pending, an open one a number.
 *
 *     client 1  |-- slot 0 --|      |-- slot 0 --|
 *     client 2      |---- slot 1 ----|
 *     client 3         |- open 0 ... */
#ifndef LINCHECK_PARTITION_H
#define LINCHECK_PARTITION_H

#include "lincheck/history.h"

#define PARTITION_NONE UINT32_MAX

/* A call or a return; events are in time order. */
struct partition_event {
    uint32_t item;
    bool is_return;
};

struct partition_item {
    uint32_t op;    /* number in the history */
    uint32_t key;   /* 0, 1, ... in this partition */
    uint32_t class; /* equal for equal request and response */
    uint32_t bit;   /* complete: its slot; open: its number */
    uint32_t ret;   /* the event of its return; PARTITION_NONE: open */
    bool pure;      /* changes no state */
};

/* A read, for look-ahead. From the event `after` on, no overwriting operation
 * can come before it, so the state must lead to its response. */
struct partition_read {
    uint32_t item;
    uint32_t after; /* PARTITION_NONE: never */
};

struct partition {
    struct partition_item *items; /* in the order of their calls */
    uint32_t item_count;
    struct partition_event *events;
    uint32_t event_count;
    uint32_t slot_count;
    uint32_t *open;          /* open number -> item, in the order of calls */
    uint32_t *open_previous; /* open number -> the previous open number of the
                              * same class, or PARTITION_NONE */
    uint32_t open_count;
    uint32_t key_count;
    struct partition_read *reads; /* by key, then by return */
    uint32_t *first_read;         /* key -> its first read, and one more; NULL:
                                   * the model knows no look-ahead */
};

/* Make the partition of these operations of a history, in any order. Keys are
 * numbered in the order of their first calls. scratch: space for one number
 * per operation of the history; borrowed for the call. */
void partition_init(struct partition *part, const struct lin_history *history,
                    const uint32_t *ops, size_t count, uint32_t *scratch);
void partition_release(struct partition *part);

/* Memory in use, in bytes. */
size_t partition_memory(const struct partition *part);

#endif
