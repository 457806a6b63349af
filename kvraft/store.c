/* store.c - the map from keys to values.
 * Layer: kvraft. */
#include "kvraft/store.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

/* value.size of the capacity bytes at value.data are in use. */
struct store_item {
    struct bytes key;
    struct bytes value;
    size_t capacity;
    UT_hash_handle hh;
};

/* uthash needs an address, even of an empty key. */
static const void *address(struct bytes key)
{
    return key.size > 0 ? (const void *)key.data : "";
}

static struct store_item *find(const struct store *st, struct bytes key)
{
    struct store_item *item;

    HASH_FIND(hh, st->items, address(key), key.size, item);
    return item;
}

/* Takes ownership of the key. */
static struct store_item *add(struct store *st, struct bytes key)
{
    struct store_item *item = lab_xcalloc(1, sizeof(*item));

    item->key = key;
    HASH_ADD_KEYPTR(hh, st->items, address(key), key.size, item);
    return item;
}

static struct store_item *find_or_add(struct store *st, struct bytes key)
{
    struct store_item *item = find(st, key);

    return item ? item : add(st, bytes_copy(key));
}

static void set_capacity(struct store_item *item, size_t capacity)
{
    LAB_ASSERT(item->value.size <= capacity);
    item->value.data = lab_xrealloc(item->value.data, capacity);
    item->capacity = capacity;
}

static void add_bytes(struct store_item *item, struct bytes piece)
{
    LAB_ASSERT(item->value.size + piece.size <= item->capacity);
    if (piece.size > 0) {
        memcpy(item->value.data + item->value.size, piece.data, piece.size);
        item->value.size += piece.size;
    }
}

/* ---- Commands -----------------------------------------------------------*/

struct bytes store_get(const struct store *st, struct bytes key)
{
    const struct store_item *item = find(st, key);

    return item ? item->value : (struct bytes){NULL, 0};
}

void store_put(struct store *st, struct bytes key, struct bytes value)
{
    struct store_item *item = find_or_add(st, key);

    /* Keep the capacity for later values, unless most of it would be unused. */
    if (item->capacity < value.size || item->capacity / 4 > value.size) {
        bytes_free(&item->value);
        set_capacity(item, value.size > 0 ? value.size : 1);
    }
    item->value.size = 0;
    add_bytes(item, value);
}

void store_append(struct store *st, struct bytes key, struct bytes value)
{
    struct store_item *item = find_or_add(st, key);
    size_t size = item->value.size + value.size;

    /* Double it, so that n appends copy O(n) bytes. */
    if (size > item->capacity) {
        set_capacity(item,
                     size > 2 * item->capacity ? size : 2 * item->capacity);
    }
    add_bytes(item, value);
}

/* ---- Snapshots ----------------------------------------------------------*/

static int by_key(const struct store_item *a, const struct store_item *b)
{
    size_t both = a->key.size < b->key.size ? a->key.size : b->key.size;
    int order = memcmp(address(a->key), address(b->key), both);

    if (order != 0) {
        return order;
    }
    return (a->key.size > b->key.size) - (a->key.size < b->key.size);
}

struct item *store_list(struct store *st, size_t *count)
{
    struct item *items = NULL;
    size_t filled = 0;

    *count = HASH_COUNT(st->items);
    if (*count > 0) {
        items = lab_xcalloc(*count, sizeof(items[0]));
    }
    HASH_SORT(st->items, by_key);
    for (struct store_item *at = st->items; at; at = at->hh.next) {
        items[filled++] = (struct item){.key = at->key, .value = at->value};
    }
    LAB_ASSERT(filled == *count);
    return items;
}

void store_load(struct store *st, struct item *items, size_t count)
{
    LAB_ASSERT(!st->items);
    for (size_t i = 0; i < count; i++) {
        struct store_item *item = add(st, items[i].key);
        item->value = items[i].value;
        item->capacity = items[i].value.size;
        items[i] = (struct item){.key = {NULL, 0}};
    }
}

void store_release(struct store *st)
{
    struct store_item *item, *next;

    HASH_ITER (hh, st->items, item, next) {
        HASH_DELETE(hh, st->items, item);
        bytes_free(&item->key);
        bytes_free(&item->value);
        free(item);
    }
}
