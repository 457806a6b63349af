/* visited.c - the configurations that a search has been at.
 * Layer: lincheck. */
#include "lincheck/visited.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

void visited_init(struct visited *visited, size_t key_words,
                  size_t burden_words)
{
    *visited = (struct visited){
        .key_words = key_words,
        .burden_words = burden_words,
        .table_room = 64,
        .room = 16,
    };
    visited->table = lab_xcalloc(64, sizeof(*visited->table));
    visited->entries =
        lab_xcalloc(16, (1 + key_words + burden_words) * sizeof(uint64_t));
}

void visited_release(struct visited *visited)
{
    free(visited->entries);
    free(visited->table);
}

static uint64_t *entry(const struct visited *visited, size_t number)
{
    return visited->entries +
           number * (1 + visited->key_words + visited->burden_words);
}

static size_t place_of(const struct visited *visited, const uint64_t *key)
{
    uint64_t h = UINT64_C(0x9e3779b97f4a7c15);
    for (size_t i = 0; i < visited->key_words; i++) {
        h = (h ^ key[i]) * UINT64_C(0x9fb21c651e98df25);
        h ^= h >> 32;
    }
    h *= UINT64_C(0xd6e8feb86659fd93);
    return (h ^ h >> 29) & (visited->table_room - 1);
}

static uint64_t *find_head(const struct visited *visited, const uint64_t *key)
{
    size_t bytes = visited->key_words * sizeof(*key);
    size_t i = place_of(visited, key);
    while (visited->table[i] &&
           memcmp(entry(visited, visited->table[i] - 1) + 1, key, bytes) != 0) {
        i = (i + 1) & (visited->table_room - 1);
    }
    return &visited->table[i];
}

static void table_grow(struct visited *visited)
{
    uint64_t *old = visited->table;
    size_t room = visited->table_room;
    visited->table_room *= 2;
    visited->table = lab_xcalloc(visited->table_room, sizeof(*old));
    for (size_t i = 0; i < room; i++) {
        if (old[i]) {
            size_t at = place_of(visited, entry(visited, old[i] - 1) + 1);
            while (visited->table[at]) {
                at = (at + 1) & (visited->table_room - 1);
            }
            visited->table[at] = old[i];
        }
    }
    free(old);
}

uint64_t *visited_next(struct visited *visited)
{
    if (visited->count == visited->room) {
        visited->room *= 2;
        size_t bytes =
            (1 + visited->key_words + visited->burden_words) * sizeof(uint64_t);
        visited->entries =
            lab_xrealloc(visited->entries, visited->room * bytes);
    }
    return entry(visited, visited->count) + 1;
}

static bool is_part(const uint64_t *part, const uint64_t *whole, size_t words)
{
    uint64_t more = 0;
    for (size_t i = 0; i < words; i++) {
        more |= part[i] & ~whole[i];
    }
    return more == 0;
}

bool visited_add(struct visited *visited)
{
    uint64_t *fresh = entry(visited, visited->count);
    uint64_t *burden = fresh + 1 + visited->key_words;
    uint64_t *head = find_head(visited, fresh + 1);
    for (uint64_t next = *head; next;) {
        visited->compared++;
        uint64_t *other = entry(visited, next - 1);
        uint64_t *others = other + 1 + visited->key_words;
        if (is_part(others, burden, visited->burden_words)) {
            return false;
        }
        if (is_part(burden, others, visited->burden_words)) {
            /* Whatever the other would keep out, this one does. */
            memcpy(others, burden, visited->burden_words * sizeof(*burden));
            return true;
        }
        next = other[0];
    }
    fresh[0] = *head;
    visited->heads += *head == 0;
    *head = ++visited->count;
    if (visited->heads > visited->table_room / 2) {
        table_grow(visited);
    }
    return true;
}

size_t visited_memory(const struct visited *visited)
{
    return visited->room * (1 + visited->key_words + visited->burden_words) *
               sizeof(uint64_t) +
           visited->table_room * sizeof(*visited->table);
}
