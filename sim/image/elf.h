/* elf.h - reading a shared object as a file, before any of it runs.
 * Layer: sim/image. Any thread. Every offset is checked: the file may hold
 * anything. */
#ifndef SIM_IMAGE_ELF_H
#define SIM_IMAGE_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A checked file; the caller keeps the bytes. */
struct elf_file {
    const uint8_t *bytes;
    size_t size;
    const uint8_t *symbols; /* .dynsym */
    size_t symbol_count;
    const char *names; /* .dynstr, ends with a zero */
    size_t name_bytes;
};

/* Check that the bytes are a shared object for this machine with a dynamic
 * symbol table. False with a reason that completes "the file ...", such as "is
 * not an ELF file". */
bool elf_open(struct elf_file *elf, const uint8_t *bytes, size_t size,
              const char **reason);

/* The name of dynamic symbol i, and whether this file defines it or imports it.
 * NULL for symbols without a name. */
const char *elf_symbol(const struct elf_file *elf, size_t i, bool *defined);

/* May dynamic symbol i stay undefined? */
bool elf_symbol_is_weak(const struct elf_file *elf, size_t i);

/* How a file accesses thread-local variables (the ELF TLS models). */
enum elf_thread_locals {
    ELF_DYNAMIC,     /* by __tls_get_addr(), or it has none */
    ELF_STATIC,      /* at a fixed offset from the thread pointer */
    ELF_DESCRIPTORS, /* by TLS descriptors */
};
enum elf_thread_locals elf_thread_locals(const struct elf_file *elf);

/* The name of the nth library that it needs (DT_NEEDED), from 0; NULL if there
 * are fewer. */
const char *elf_needed(const struct elf_file *elf, size_t n);

/* Does it need a library whose name begins like this (DT_NEEDED)? */
bool elf_needs(const struct elf_file *elf, const char *beginning);

#endif
