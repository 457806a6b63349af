/* race_image.c - calls of memcpy and kin in an instrumented plug-in.
 * Layer: sim; part of the race detector. Compilers before clang 15 leave
 * them as calls of libc: the image's own slots for these are turned to the
 * functions that watch. */
#include <stdint.h>
#include <string.h>

#include "sim/race.h"
#include "sim/sanitizer.h"
#include "sim/slots.h"

#ifndef SIM_THREAD_SANITIZER

void *__tsan_memcpy(void *to, const void *from, size_t size);
void *__tsan_memmove(void *to, const void *from, size_t size);
void *__tsan_memset(void *to, int byte, size_t size);

static uintptr_t watching(const char *name)
{
    /* The checked ones have the size of the target behind the others'. */
    if (strcmp(name, "memcpy") == 0 || strcmp(name, "__memcpy_chk") == 0) {
        return (uintptr_t)__tsan_memcpy;
    }
    if (strcmp(name, "memmove") == 0 || strcmp(name, "__memmove_chk") == 0) {
        return (uintptr_t)__tsan_memmove;
    }
    if (strcmp(name, "memset") == 0 || strcmp(name, "__memset_chk") == 0) {
        return (uintptr_t)__tsan_memset;
    }
    return 0;
}

void race_image_loaded(const struct link_map *map)
{
    if (race_on) {
        slots_turn(map, watching);
    }
}

#endif
