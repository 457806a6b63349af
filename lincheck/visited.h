/* visited.h - the configurations that a search has been at.
 * Layer: lincheck, internal.
 *
 * A configuration is what the rest of the history sees of an order chosen so
 * far: the return that it stands before, the state, and the operations that
 * have had their moment. Of two that differ in nothing but that one has used
 * fewer open operations, and done at least the same pure ones, that one can
 * do whatever the other can. So a configuration has a key, and a burden (a set
 * of bits): it is not new if one with the same key and a part of its burden has
 * been there. */
#ifndef LINCHECK_VISITED_H
#define LINCHECK_VISITED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct visited {
    size_t key_words, burden_words;
    uint64_t *entries; /* a word that links to another, key, burden */
    size_t count, room;
    uint64_t *table; /* entry + 1; 0: free */
    size_t table_room;
    size_t heads;      /* places of the table in use */
    uint64_t compared; /* entries looked at, for the budget */
};

void visited_init(struct visited *visited, size_t key_words,
                  size_t burden_words);
void visited_release(struct visited *visited);

/* Room for the words of the next configuration: first key, then burden. Good
 * until the next call. */
uint64_t *visited_next(struct visited *visited);

/* Keep what was written there. False: it is not new. */
bool visited_add(struct visited *visited);

size_t visited_memory(const struct visited *visited);

#endif
