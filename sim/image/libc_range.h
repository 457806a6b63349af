/* libc_range.h - does an address lie in libc or the dynamic linker?
 * Layer: sim/image. Any thread, after libc_range_find(). */
#ifndef SIM_IMAGE_LIBC_RANGE_H
#define SIM_IMAGE_LIBC_RANGE_H

#include <stdbool.h>
#include <stdint.h>

/* All zero until libc_range_find(). */
struct libc_range {
    uintptr_t libc_low, libc_high, linker_low, linker_high;
    /* The program itself, for reports: its load address and its end. */
    uintptr_t program_base, program_high;
};
extern struct libc_range libc_range;

static inline bool libc_contains(const void *address)
{
    uintptr_t at = (uintptr_t)address;
    return at - libc_range.libc_low <
               libc_range.libc_high - libc_range.libc_low ||
           at - libc_range.linker_low <
               libc_range.linker_high - libc_range.linker_low;
}

/* Find the ranges, before the first run. */
void libc_range_find(void);

#endif
