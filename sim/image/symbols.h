/* symbols.h - functions and places of addresses, for reports.
 * Layer: sim/image. One OS thread adds images; then async-signal-safe, but for
 * functions of libraries, whose names the dynamic linker looks up. */
#ifndef SIM_IMAGE_SYMBOLS_H
#define SIM_IMAGE_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

#include "sim/image/place.h"

/* The name of the function at this address, from the full symbol tables of the
 * images, or else from the dynamic linker. NULL if unknown. */
const char *symbols_find(const void *function);

/* The same, copied; "thread" if unknown. */
void symbols_name(const void *function, char *name, size_t bytes);

/* The place of an address in code. */
struct sim_place symbols_place(uintptr_t address);

/* Add a loaded image: the number of its plug-in, its ELF file in memory, which
 * must stay valid until symbols_forget(), and its addresses. The file must have
 * passed elf_open(). */
void symbols_add(uint32_t plugin, const uint8_t *file, size_t bytes,
                 uintptr_t base, size_t mapped_bytes);

/* Remove the images of this file. */
void symbols_forget(const uint8_t *file);

#endif
