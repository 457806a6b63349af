/* symbols.h - names of functions from their addresses, for reports.
 * Layer: sim, internal. */
#ifndef SIM_IMAGE_SYMBOLS_H
#define SIM_IMAGE_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

#include "sim/image/place.h"

/* The name of the function at this address: of the loaded images' full symbol
 * tables, else what the dynamic linker knows. NULL if unknown. */
const char *symbols_find(const void *function);

/* The same as a copy; "thread" if unknown. */
void symbols_name(const void *function, char *name, size_t bytes);

/* The file and the offset in it of an address in code. */
struct sim_place symbols_place(uintptr_t address);

/* Tell of a loaded image: the number of its plug-in, its ELF file in memory,
 * which stays valid until it is to be forgotten, and where it lies. */
void symbols_add(uint32_t plugin, const uint8_t *file, size_t bytes,
                 uintptr_t base, size_t mapped_bytes);
void symbols_forget(const uint8_t *file);

#endif
