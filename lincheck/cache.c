/* cache.c - the cache of configurations that a search has explored.
 * Layer: lincheck. */
#include "lincheck/cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"

void cache_init(struct cache *cache, size_t key_words, size_t penalty_words)
{
    LAB_ASSERT(key_words > 0);
    *cache = (struct cache){
        .key_words = key_words,
        .penalty_words = penalty_words,
        .table_capacity = 64, /* a power of two */
        .capacity = 16,
    };
    cache->table = lab_xcalloc(64, sizeof(*cache->table));
    cache->entries =
        lab_xcalloc(16, (1 + key_words + penalty_words) * sizeof(uint64_t));
}

void cache_release(struct cache *cache)
{
    free(cache->entries);
    free(cache->table);
}

static uint64_t *entry(const struct cache *cache, size_t number)
{
    return cache->entries +
           number * (1 + cache->key_words + cache->penalty_words);
}

static size_t slot_of(const struct cache *cache, const uint64_t *key)
{
    uint64_t h = UINT64_C(0x9e3779b97f4a7c15);
    for (size_t i = 0; i < cache->key_words; i++) {
        h = (h ^ key[i]) * UINT64_C(0x9fb21c651e98df25);
        h ^= h >> 32;
    }
    h *= UINT64_C(0xd6e8feb86659fd93);
    return (h ^ h >> 29) & (cache->table_capacity - 1);
}

/* Return the table slot of the list with this key, or the free one for it. */
static uint64_t *find_slot(const struct cache *cache, const uint64_t *key)
{
    size_t bytes = cache->key_words * sizeof(*key);
    size_t i = slot_of(cache, key);
    while (cache->table[i] &&
           memcmp(entry(cache, cache->table[i] - 1) + 1, key, bytes) != 0) {
        i = (i + 1) & (cache->table_capacity - 1);
    }
    return &cache->table[i];
}

static void table_grow(struct cache *cache)
{
    uint64_t *old = cache->table;
    size_t capacity = cache->table_capacity;
    cache->table_capacity *= 2;
    cache->table = lab_xcalloc(cache->table_capacity, sizeof(*old));
    for (size_t i = 0; i < capacity; i++) {
        if (old[i]) {
            size_t at = slot_of(cache, entry(cache, old[i] - 1) + 1);
            while (cache->table[at]) {
                at = (at + 1) & (cache->table_capacity - 1);
            }
            cache->table[at] = old[i];
        }
    }
    free(old);
}

uint64_t *cache_next(struct cache *cache)
{
    if (cache->count == cache->capacity) {
        cache->capacity *= 2;
        size_t bytes =
            (1 + cache->key_words + cache->penalty_words) * sizeof(uint64_t);
        cache->entries = lab_xrealloc(cache->entries, cache->capacity * bytes);
    }
    return entry(cache, cache->count) + 1;
}

/* Is every bit of `part` set in `whole`? */
static bool is_subset(const uint64_t *part, const uint64_t *whole, size_t words)
{
    uint64_t more = 0;
    for (size_t i = 0; i < words; i++) {
        more |= part[i] & ~whole[i];
    }
    return more == 0;
}

bool cache_add(struct cache *cache)
{
    LAB_ASSERT(cache->count < cache->capacity); /* cache_next() was called */
    uint64_t *fresh = entry(cache, cache->count);
    uint64_t *penalty = fresh + 1 + cache->key_words;
    uint64_t *slot = find_slot(cache, fresh + 1);
    for (uint64_t next = *slot; next;) {
        LAB_ASSERT(next <= cache->count);
        cache->compared++;
        uint64_t *other = entry(cache, next - 1);
        uint64_t *others = other + 1 + cache->key_words;
        if (is_subset(others, penalty, cache->penalty_words)) {
            return false;
        }
        if (is_subset(penalty, others, cache->penalty_words)) {
            /* The new one dominates this one, and so all that this one
             * dominates: it takes its place. */
            memcpy(others, penalty, cache->penalty_words * sizeof(*penalty));
            return true;
        }
        next = other[0];
    }
    fresh[0] = *slot;
    cache->used_slots += *slot == 0;
    *slot = ++cache->count;
    /* Half of the table stays free, so that every probe ends. */
    if (cache->used_slots > cache->table_capacity / 2) {
        table_grow(cache);
    }
    return true;
}

size_t cache_memory(const struct cache *cache)
{
    return cache->capacity * (1 + cache->key_words + cache->penalty_words) *
               sizeof(uint64_t) +
           cache->table_capacity * sizeof(*cache->table);
}
