/* symbols.c - functions and places of addresses.
 * Layer: sim/image. Reads files in memory, so that handlers of signals can use
 * it. No search is fast: only reports ask. */
#include "sim/image/symbols.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "sim/image/libc_range.h"

#define IMAGES_MAX 512

static struct image {
    uint32_t plugin;
    const uint8_t *file;
    size_t bytes;
    uintptr_t base;
    size_t mapped_bytes;
} images[IMAGES_MAX];
static size_t image_count;

void symbols_add(uint32_t plugin, const uint8_t *file, size_t bytes,
                 uintptr_t base, size_t mapped_bytes)
{
    LAB_ASSERT(file != NULL && mapped_bytes > 0);
    if (image_count < IMAGES_MAX) { /* those beyond have exported names only */
        images[image_count++] =
            (struct image){plugin, file, bytes, base, mapped_bytes};
    }
}

void symbols_forget(const uint8_t *file)
{
    size_t kept = 0; /* the others keep their order */
    LAB_ASSERT(image_count <= IMAGES_MAX);
    for (size_t i = 0; i < image_count; i++) {
        if (images[i].file != file) {
            images[kept++] = images[i];
        }
    }
    image_count = kept;
}

struct sim_place symbols_place(uintptr_t address)
{
    for (size_t i = 0; i < image_count; i++) {
        if (address - images[i].base < images[i].mapped_bytes) {
            return (struct sim_place){SIM_PLUGIN_FILE + images[i].plugin,
                                      (uint32_t)(address - images[i].base)};
        }
    }
    uintptr_t base = libc_range.program_base;
    if (address - base < libc_range.program_high - base) {
        return (struct sim_place){SIM_PROGRAM_FILE, (uint32_t)(address - base)};
    }
    return (struct sim_place){SIM_NO_FILE, 0};
}

static bool inside(const struct image *image, uint64_t offset, uint64_t size)
{
    return offset <= image->bytes && size <= image->bytes - offset;
}

/* elf_open() has checked that the headers are inside the file; it has not
 * looked at this table. */
static const char *in_table(const struct image *image, const ElfW(Shdr) * table,
                            const ElfW(Shdr) * names, uintptr_t offset)
{
    if (!inside(image, table->sh_offset, table->sh_size) ||
        !inside(image, names->sh_offset, names->sh_size)) {
        return NULL;
    }
    const ElfW(Sym) *symbols = (const void *)(image->file + table->sh_offset);
    for (size_t i = 0; i < table->sh_size / sizeof(*symbols); i++) {
        const ElfW(Sym) *symbol = &symbols[i];
        if (ELF64_ST_TYPE(symbol->st_info) == STT_FUNC &&
            offset - symbol->st_value < symbol->st_size &&
            symbol->st_name < names->sh_size) {
            return (const char *)image->file + names->sh_offset +
                   symbol->st_name;
        }
    }
    return NULL;
}

static const char *in_image(const struct image *image, uintptr_t offset)
{
    const ElfW(Ehdr) *header = (const void *)image->file;
    const ElfW(Shdr) *sections = (const void *)(image->file + header->e_shoff);
    for (int i = 0; i < header->e_shnum; i++) {
        if (sections[i].sh_type == SHT_SYMTAB &&
            sections[i].sh_link < header->e_shnum) {
            return in_table(image, &sections[i], &sections[sections[i].sh_link],
                            offset);
        }
    }
    return NULL;
}

const char *symbols_find(const void *function)
{
    const char *found = NULL;
    uintptr_t address = (uintptr_t)function;
    /* First the full table of symbols, which has static functions, too. */
    for (size_t i = 0; i < image_count && !found; i++) {
        if (address - images[i].base < images[i].mapped_bytes) {
            found = in_image(&images[i], address - images[i].base);
        }
    }
    Dl_info info;
    if (!found && dladdr(function, &info) != 0) {
        found = info.dli_sname;
    }
    return found;
}

void symbols_name(const void *function, char *name, size_t bytes)
{
    const char *found = symbols_find(function);
    snprintf(name, bytes, "%s", found ? found : "thread");
}
