/* elf.h - reading a shared object as a file, before anything of it runs.
 * Layer: sim, internal. Every offset is checked: the file may be anything. */
#ifndef SIM_IMAGE_ELF_H
#define SIM_IMAGE_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A checked file; the bytes stay the caller's. */
struct elf_file {
    const uint8_t *bytes;
    size_t size;
    const uint8_t *symbols; /* .dynsym */
    size_t symbol_count;
    const char *names; /* .dynstr, ends with a zero */
    size_t name_bytes;
};

/* False with a reason (a clause without subject: "is not an ELF file") if
 * this is not a shared object for this machine with a symbol table. */
bool elf_open(struct elf_file *elf, const uint8_t *bytes, size_t size,
              const char **reason);

/* The name of dynamic symbol i, and whether it is defined here (else it is
 * imported). NULL for symbols without a name. */
const char *elf_symbol(const struct elf_file *elf, size_t i, bool *defined);

/* May it stay undefined? */
bool elf_symbol_is_weak(const struct elf_file *elf, size_t i);

/* How compilers can lay out thread-local variables. */
enum elf_thread_locals {
    ELF_DYNAMIC,     /* asked for by __tls_get_addr, or there are none */
    ELF_STATIC,      /* at a fixed distance from the thread pointer */
    ELF_DESCRIPTORS, /* found by functions of the dynamic linker */
};
enum elf_thread_locals elf_thread_locals(const struct elf_file *elf);

/* The name of the nth library that it asks for (DT_NEEDED); NULL: there are
 * fewer. */
const char *elf_needed(const struct elf_file *elf, size_t n);

/* Does it ask for a library whose name begins so (DT_NEEDED)? */
bool elf_needs(const struct elf_file *elf, const char *beginning);

#endif
