/* symbols.h - names of functions from their addresses, for reports.
 * Layer: sim, internal. */
#ifndef SIM_SYMBOLS_H
#define SIM_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

/* The name of the function at this address ("thread" if unknown): of the
 * loaded images' full symbol tables, else what the dynamic linker knows. */
void symbols_name(const void *function, char *name, size_t bytes);

/* Tell of a loaded image: its ELF file in memory, which stays valid until it
 * is to be forgotten, and where it lies. */
void symbols_add(const uint8_t *file, size_t bytes, uintptr_t base,
                 size_t mapped_bytes);
void symbols_forget(const uint8_t *file);

#endif
