/* store.h - the map from keys to values.
 * Layer: kvraft. No lock: the thread that executes commands owns it. */
#ifndef KVRAFT_STORE_H
#define KVRAFT_STORE_H

#include "kvraft/messages.h"

struct store_item;

/* All zero: an empty one. */
struct store {
    struct store_item *items; /* a hash table */
};
void store_release(struct store *st);

/* Borrowed until the next change; empty if there is none. */
struct bytes store_get(const struct store *st, struct bytes key);

void store_put(struct store *st, struct bytes key, struct bytes value);

/* Costs what the new piece costs, on average, however long the value is. */
void store_append(struct store *st, struct bytes key, struct bytes value);

/* All items in the order of their keys. The list is the caller's to free()
 * (without what is in it, which stays the store's). */
struct item *store_list(struct store *st, size_t *count);

/* Fill an empty store; takes what is in the list, and leaves it empty. */
void store_load(struct store *st, struct item *items, size_t count);

#endif
