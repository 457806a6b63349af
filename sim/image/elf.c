/* elf.c - reading a shared object as a file.
 * Layer: sim/image. Headers are copied before use: the file may not be aligned
 * as they are. */
#include "sim/image/elf.h"

#include <elf.h>
#include <link.h>
#include <string.h>

#include "base/assert.h"

#if defined(__x86_64__)
#define MACHINE        EM_X86_64
#define TLS_STATIC     R_X86_64_TPOFF64
#define TLS_DESCRIPTOR R_X86_64_TLSDESC
#elif defined(__aarch64__)
#define MACHINE        EM_AARCH64
#define TLS_STATIC     R_AARCH64_TLS_TPREL
#define TLS_DESCRIPTOR R_AARCH64_TLSDESC
#endif

/* Are these bytes inside the file? Written so that no sum overflows. */
static bool inside(size_t size, uint64_t offset, uint64_t bytes)
{
    return offset <= size && bytes <= size - offset;
}

static const char *check_header(const ElfW(Ehdr) * header, size_t size)
{
    if (size < sizeof(*header) ||
        memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) {
        return "is not an ELF file";
    }
    if (header->e_ident[EI_CLASS] != ELFCLASS64 ||
        header->e_machine != MACHINE) {
        return "is for another kind of machine (wrong architecture)";
    }
    if (header->e_type != ET_DYN) {
        return "is not a shared object (compile with -shared -fPIC)";
    }
    if (header->e_shentsize != sizeof(ElfW(Shdr)) ||
        header->e_phentsize != sizeof(ElfW(Phdr)) ||
        !inside(size, header->e_phoff,
                (uint64_t)header->e_phnum * sizeof(ElfW(Phdr))) ||
        !inside(size, header->e_shoff,
                (uint64_t)header->e_shnum * sizeof(ElfW(Shdr))) ||
        header->e_shoff % _Alignof(ElfW(Shdr)) != 0) {
        return "is cut off or damaged";
    }
    return NULL;
}

/* A position-independent program has the type of a shared object, but names an
 * interpreter. */
static const char *check_segments(const ElfW(Ehdr) * header,
                                  const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < header->e_phnum; i++) {
        ElfW(Phdr) ph;
        memcpy(&ph, bytes + header->e_phoff + i * sizeof(ph), sizeof(ph));
        if (ph.p_type == PT_INTERP) {
            return "is a program, not a shared object (compile with -shared "
                   "-fPIC)";
        }
        if (ph.p_type == PT_LOAD && !inside(size, ph.p_offset, ph.p_filesz)) {
            return "is cut off or damaged";
        }
    }
    return NULL;
}

static bool find_symbols(struct elf_file *elf, const ElfW(Ehdr) * header)
{
    LAB_ASSERT(elf->symbols == NULL);
    const ElfW(Shdr) *sections = (const void *)(elf->bytes + header->e_shoff);
    for (size_t i = 0; i < header->e_shnum; i++) {
        const ElfW(Shdr) *table = &sections[i];
        if (table->sh_type != SHT_DYNSYM || table->sh_link >= header->e_shnum) {
            continue;
        }
        /* Names are used as strings, so their table must end with a zero. */
        const ElfW(Shdr) *names = &sections[table->sh_link];
        if (!inside(elf->size, table->sh_offset, table->sh_size) ||
            !inside(elf->size, names->sh_offset, names->sh_size) ||
            names->sh_size == 0 ||
            elf->bytes[names->sh_offset + names->sh_size - 1] != 0) {
            return false;
        }
        elf->symbols = elf->bytes + table->sh_offset;
        elf->symbol_count = table->sh_size / sizeof(ElfW(Sym));
        elf->names = (const char *)elf->bytes + names->sh_offset;
        elf->name_bytes = names->sh_size;
        return true;
    }
    return false;
}

bool elf_open(struct elf_file *elf, const uint8_t *bytes, size_t size,
              const char **reason)
{
    ElfW(Ehdr) header;
    memset(&header, 0, sizeof(header));
    memcpy(&header, bytes, size < sizeof(header) ? size : sizeof(header));
    LAB_ASSERT(bytes != NULL);
    *elf = (struct elf_file){.bytes = bytes, .size = size};
    *reason = check_header(&header, size);
    if (!*reason) {
        *reason = check_segments(&header, bytes, size);
    }
    if (!*reason && !find_symbols(elf, &header)) {
        *reason = "has no table of dynamic symbols, or a damaged one";
    }
    return *reason == NULL;
}

const char *elf_symbol(const struct elf_file *elf, size_t i, bool *defined)
{
    ElfW(Sym) symbol;
    LAB_ASSERT(i < elf->symbol_count);
    memcpy(&symbol, elf->symbols + i * sizeof(symbol), sizeof(symbol));
    *defined = symbol.st_shndx != SHN_UNDEF;
    if (symbol.st_name == 0 || symbol.st_name >= elf->name_bytes) {
        return NULL;
    }
    return elf->names + symbol.st_name;
}

bool elf_symbol_is_weak(const struct elf_file *elf, size_t i)
{
    ElfW(Sym) symbol;
    LAB_ASSERT(i < elf->symbol_count);
    memcpy(&symbol, elf->symbols + i * sizeof(symbol), sizeof(symbol));
    return ELF64_ST_BIND(symbol.st_info) == STB_WEAK;
}

/* The relocations show the model: the dynamic one needs none of these two. */
static enum elf_thread_locals thread_locals_in(const uint8_t *at, size_t bytes)
{
    ElfW(Rela) entry;
    for (; bytes >= sizeof(entry);
         at += sizeof(entry), bytes -= sizeof(entry)) {
        memcpy(&entry, at, sizeof(entry));
        switch (ELF64_R_TYPE(entry.r_info)) {
        case TLS_STATIC:
            return ELF_STATIC;
        case TLS_DESCRIPTOR:
            return ELF_DESCRIPTORS;
        default:
            break;
        }
    }
    return ELF_DYNAMIC;
}

enum elf_thread_locals elf_thread_locals(const struct elf_file *elf)
{
    ElfW(Ehdr) header;
    memcpy(&header, elf->bytes, sizeof(header));
    const ElfW(Shdr) *section = (const void *)(elf->bytes + header.e_shoff);
    enum elf_thread_locals found = ELF_DYNAMIC;
    for (size_t i = 0; i < header.e_shnum && found == ELF_DYNAMIC;
         i++, section++) {
        if (section->sh_type == SHT_RELA && (section->sh_flags & SHF_ALLOC) &&
            inside(elf->size, section->sh_offset, section->sh_size)) {
            found = thread_locals_in(elf->bytes + section->sh_offset,
                                     section->sh_size);
        }
    }
    return found;
}

/* The same, in the section of the dynamic linker. */
static const char *needed_in(const struct elf_file *elf,
                             const ElfW(Shdr) * section, size_t n)
{
    LAB_ASSERT(inside(elf->size, section->sh_offset, section->sh_size));
    const uint8_t *at = elf->bytes + section->sh_offset;
    for (size_t k = 0; k < section->sh_size / sizeof(ElfW(Dyn)); k++) {
        ElfW(Dyn) entry;
        memcpy(&entry, at + k * sizeof(entry), sizeof(entry));
        if (entry.d_tag == DT_NEEDED && entry.d_un.d_val < elf->name_bytes &&
            n-- == 0) {
            return elf->names + entry.d_un.d_val;
        }
    }
    return NULL;
}

const char *elf_needed(const struct elf_file *elf, size_t n)
{
    ElfW(Ehdr) header;
    memcpy(&header, elf->bytes, sizeof(header));
    const ElfW(Shdr) *sections = (const void *)(elf->bytes + header.e_shoff);
    for (size_t i = 0; i < header.e_shnum; i++) {
        if (sections[i].sh_type == SHT_DYNAMIC &&
            inside(elf->size, sections[i].sh_offset, sections[i].sh_size)) {
            return needed_in(elf, &sections[i], n);
        }
    }
    return NULL;
}

bool elf_needs(const struct elf_file *elf, const char *beginning)
{
    const char *name;
    for (size_t n = 0; (name = elf_needed(elf, n)) != NULL; n++) {
        if (strncmp(name, beginning, strlen(beginning)) == 0) {
            return true;
        }
    }
    return false;
}
