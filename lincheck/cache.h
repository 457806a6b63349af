/* cache.h - the cache of configurations that a search has explored.
 * Layer: lincheck, internal. Lowe, "Testing for linearizability" (2017).
 *
 * A configuration is all that the rest of the history can see of the order
 * chosen so far: the next event, the state, and which operations are
 * linearized. A search that explored a configuration in vain need not explore
 * it again. Nor one that a cached configuration dominates: one that can do no
 * more than the cached one.
 *
 * So a configuration is a key and a penalty, both strings of bits. The penalty
 * has a bit for each open operation that is linearized (it cannot be used
 * later) and for each pending pure operation that is not (it still needs its
 * state). A dominates B if the keys are equal and the penalty of A is a subset
 * of that of B. Example, before the return of get:
 *
 *     client 1  |-- append "y", which never returns
 *     client 2    |-- put "" --|  |-- get -> "y" --|
 *                                                  ^ here
 *     order               state   penalty              possible next
 *     A: put              ""      { get }              append "y", get
 *     B: append "y", put  ""      { get, append "y" }  none
 *
 * A and B have the same key. Whatever completes B completes A too, so A
 * dominates B. If A is cached, B is abandoned; if B is cached, A replaces it.
 */
#ifndef LINCHECK_CACHE_H
#define LINCHECK_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Entries with equal keys form a list, which starts in a hash table with open
 * addressing. */
struct cache {
    size_t key_words, penalty_words;
    uint64_t *entries; /* each: the next of its list + 1, key, penalty */
    size_t count, capacity;
    uint64_t *table; /* first entry of a list + 1; 0: free */
    size_t table_capacity;
    size_t used_slots; /* of the table */
    uint64_t compared; /* entries compared so far, for the budget */
};

void cache_init(struct cache *cache, size_t key_words, size_t penalty_words);
void cache_release(struct cache *cache);

/* Return space for the words of the next configuration, first key, then
 * penalty; valid until the next call of cache_next(). */
uint64_t *cache_next(struct cache *cache);

/* Add what was written there. Return false if a cached configuration dominates
 * it (or is equal). */
bool cache_add(struct cache *cache);

/* Memory in use, in bytes. */
size_t cache_memory(const struct cache *cache);

#endif
