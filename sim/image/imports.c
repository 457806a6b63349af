/* imports.c - redirecting the functions that one loaded image imports.
 * Layer: sim/image. An image calls an imported function through a slot of its
 * global offset table, into which the linker has written the address. */
#include "sim/image/imports.h"

#include <elf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/assert.h"

#if defined(__x86_64__)
#define SLOT_OF_CALL R_X86_64_JUMP_SLOT
#define SLOT_OF_DATA R_X86_64_GLOB_DAT
#elif defined(__aarch64__)
#define SLOT_OF_CALL R_AARCH64_JUMP_SLOT
#define SLOT_OF_DATA R_AARCH64_GLOB_DAT
#endif

/* Change one slot. After relocation the linker may have made it read-only. */
static void redirect(uintptr_t slot, uintptr_t function)
{
    LAB_ASSERT(slot % sizeof(function) == 0); /* within one page */
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *start = (void *)(slot & ~(uintptr_t)(page - 1));
    if (mprotect(start, page, PROT_READ | PROT_WRITE) == 0) {
        memcpy((void *)slot, &function, sizeof(function));
    }
}

struct tables {
    const ElfW(Sym) * symbols;
    const char *names;
};

static void redirect_all(const struct link_map *map,
                         const struct tables *tables, const ElfW(Rela) * entry,
                         size_t bytes,
                         uintptr_t (*replacement)(const char *name))
{
    for (; bytes >= sizeof(*entry); entry++, bytes -= sizeof(*entry)) {
        unsigned type = (unsigned)ELF64_R_TYPE(entry->r_info);
        if (type != SLOT_OF_CALL && type != SLOT_OF_DATA) {
            continue;
        }
        const ElfW(Sym) *symbol = &tables->symbols[ELF64_R_SYM(entry->r_info)];
        /* What the image defines itself is not imported. */
        uintptr_t function = symbol->st_shndx == SHN_UNDEF
                                 ? replacement(tables->names + symbol->st_name)
                                 : 0;
        if (function) {
            redirect(map->l_addr + entry->r_offset, function);
        }
    }
}

void imports_redirect(const struct link_map *map,
                      uintptr_t (*replacement)(const char *name))
{
    struct tables tables = {NULL, NULL};
    LAB_ASSERT(map->l_ld != NULL);
    const ElfW(Rela) *calls = NULL, *data = NULL;
    size_t call_bytes = 0, data_bytes = 0;
    for (const ElfW(Dyn) *entry = map->l_ld; entry->d_tag != DT_NULL; entry++) {
        switch (entry->d_tag) {
        case DT_SYMTAB:
            tables.symbols = (const void *)entry->d_un.d_ptr;
            break;
        case DT_STRTAB:
            tables.names = (const void *)entry->d_un.d_ptr;
            break;
        case DT_JMPREL:
            calls = (const void *)entry->d_un.d_ptr;
            break;
        case DT_PLTRELSZ:
            call_bytes = entry->d_un.d_val;
            break;
        case DT_RELA:
            data = (const void *)entry->d_un.d_ptr;
            break;
        case DT_RELASZ:
            data_bytes = entry->d_un.d_val;
            break;
        default:
            break;
        }
    }
    if (tables.symbols && tables.names) {
        redirect_all(map, &tables, calls, calls ? call_bytes : 0, replacement);
        redirect_all(map, &tables, data, data ? data_bytes : 0, replacement);
    }
}
