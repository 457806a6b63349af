/* store.h - the map from keys to values.
 * Layer: kvraft. No lock: the applier owns it. Keys and values are copied. */
#ifndef KVRAFT_STORE_H
#define KVRAFT_STORE_H

#include "kvraft/messages.h"

struct store_item;

/* Zeroed: an empty map. */
struct store {
    struct store_item *items; /* a hash table */
};
void store_release(struct store *st);

/* Return the value, borrowed until the next change; empty if there is none. */
struct bytes store_get(const struct store *st, struct bytes key);

void store_put(struct store *st, struct bytes key, struct bytes value);

/* Takes time proportional to the new piece, amortized, however long the value
 * is. */
void store_append(struct store *st, struct bytes key, struct bytes value);

/* Return all items sorted by key. The caller frees the list with free(), but
 * not the keys and values, which are borrowed until the next change. */
struct item *store_list(struct store *st, size_t *count);

/* Fill an empty map from such a list. Takes ownership of the keys and values,
 * and zeroes the list. */
void store_load(struct store *st, struct item *items, size_t count);

#endif
