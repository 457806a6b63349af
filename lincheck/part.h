/* part.h - what one search is about: the operations of one key, or of all.
 * Layer: lincheck, internal.
 *
 * Operations without a return that change nothing are left out: they may never
 * have happened. The others are "closed" (they have returned; each has a slot
 * for as long as it is pending, so that the pending ones are few bits) or
 * "open" (numbered by their calls). */
#ifndef LINCHECK_PART_H
#define LINCHECK_PART_H

#include "lincheck/history.h"

#define PART_NONE UINT32_MAX

/* A call or a return, in the order of time. */
struct part_event {
    uint32_t item;
    bool is_return;
};

struct part_item {
    uint32_t op;    /* in the history */
    uint32_t key;   /* 0, 1, ... in this part */
    uint32_t class; /* equal for operations that ask and answer the same */
    uint32_t place; /* closed: its slot; open: its number */
    uint32_t ret;   /* the event of its return; PART_NONE: open */
    bool pure;
};

/* The reads of one key, by return. While no operation that forgets what was
 * before can come before such a read, the state has to lead to its answer. */
struct part_read {
    uint32_t item;
    uint32_t after; /* from this event on; PART_NONE: never */
};

struct part {
    struct part_item *items; /* by call */
    uint32_t item_count;
    struct part_event *events;
    uint32_t event_count;
    uint32_t slot_count;
    uint32_t *open;       /* items, by call */
    uint32_t *open_alike; /* the open one of the same class before, or none */
    uint32_t open_count;
    uint32_t key_count;
    struct part_read *reads;
    uint32_t *first_read; /* of each key, and one more; NULL: not looked at */
};

/* The part of these operations of a history, in any order; keys are numbered
 * as they come. scratch: room for a number for each operation of the history.
 */
void part_init(struct part *part, const struct lin_history *history,
               const uint32_t *ops, size_t count, uint32_t *scratch);
void part_release(struct part *part);

/* Memory in use. */
size_t part_memory(const struct part *part);

#endif
