/* random.c - keys of random streams, from names.
 * Layer: base. Pure functions. */
#include "base/random.h"

#include <stddef.h>
#include <string.h>

uint64_t random_key_text(uint64_t key, const char *name)
{
    size_t size = strlen(name);
    uint64_t hash = key;
    /* Eight characters at a time, combined by value: the result must not depend
     * on the byte order of the machine. */
    for (size_t i = 0; i < size; i += 8) {
        uint64_t chunk = 0;
        for (size_t k = i; k < size && k < i + 8; k++) {
            chunk |= (uint64_t)(unsigned char)name[k] << (8 * (k - i));
        }
        hash = random_key(hash, chunk);
    }
    /* The size tells "a" from "a" with zeros behind it. */
    return random_key(hash, size);
}
