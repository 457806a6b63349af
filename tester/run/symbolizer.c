/* symbolizer.c - finds function, file and line of an address in a program.
 * Layer: tester/run. libdw of elfutils reads DWARF: there are five versions of
 * it, compressed or not. */
#include "tester/run/symbolizer.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/bytes.h"

struct symbolizer {
    int fd; /* -1: in memory */
    Elf *elf;
    Dwarf *dwarf; /* NULL: compiled without -g */
};

static struct symbolizer *open_elf(int fd, Elf *elf)
{
    struct symbolizer *symbolizer = lab_xcalloc(1, sizeof(*symbolizer));
    symbolizer->fd = fd;
    symbolizer->elf = elf;
    if (elf) {
        symbolizer->dwarf = dwarf_begin_elf(elf, DWARF_C_READ, NULL);
    }
    return symbolizer;
}

struct symbolizer *symbolizer_of_memory(const void *file, size_t bytes)
{
    elf_version(EV_CURRENT);
    /* The interface lacks a const; libelf only reads. */
    return open_elf(-1, elf_memory((char *)(uintptr_t)file, bytes));
}

struct symbolizer *symbolizer_of_file(const char *path)
{
    elf_version(EV_CURRENT);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    return open_elf(fd, fd < 0 ? NULL : elf_begin(fd, ELF_C_READ, NULL));
}

void symbolizer_free(struct symbolizer *symbolizer)
{
    if (symbolizer) {
        dwarf_end(symbolizer->dwarf);
        elf_end(symbolizer->elf);
        if (symbolizer->fd >= 0) {
            close(symbolizer->fd);
        }
        free(symbolizer);
    }
}

/* ---- Without -g: the symbol table ----------------------------------------*/

static bool find_in(Elf *elf, Elf_Scn *section, uint64_t offset,
                    struct code_place *found)
{
    GElf_Shdr header;
    Elf_Data *data = elf_getdata(section, NULL);
    if (!gelf_getshdr(section, &header) || !data || header.sh_entsize == 0) {
        return false;
    }
    for (int i = 0; (size_t)i < header.sh_size / header.sh_entsize; i++) {
        GElf_Sym symbol;
        if (gelf_getsym(data, i, &symbol) &&
            GELF_ST_TYPE(symbol.st_info) == STT_FUNC &&
            offset - symbol.st_value < symbol.st_size) {
            const char *name = elf_strptr(elf, header.sh_link, symbol.st_name);
            snprintf(found->function, sizeof(found->function), "%s",
                     name ? name : "");
            return name != NULL;
        }
    }
    return false;
}

static bool find_symbol(Elf *elf, uint64_t offset, struct code_place *found)
{
    Elf_Scn *section = NULL;
    while (elf && (section = elf_nextscn(elf, section))) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) &&
            (header.sh_type == SHT_SYMTAB || header.sh_type == SHT_DYNSYM) &&
            find_in(elf, section, offset, found)) {
            return true;
        }
    }
    return false;
}

/* ---- With -g -------------------------------------------------------------*/

/* clang writes no table of address ranges, so search the units. */
static bool find_unit(Dwarf *dwarf, uint64_t offset, Dwarf_Die *unit)
{
    if (dwarf_addrdie(dwarf, offset, unit)) {
        return true;
    }
    Dwarf_CU *at = NULL;
    while (dwarf_get_units(dwarf, at, &at, NULL, NULL, unit, NULL) == 0) {
        if (dwarf_haspc(unit, offset) == 1) {
            return true;
        }
    }
    return false;
}

/* Store the path as the compiler was told, without the directory in which it
 * ran: it says nothing about the student's machine. */
static void put_file(Dwarf_Die *unit, const char *path,
                     struct code_place *place)
{
    Dwarf_Attribute attribute;
    const char *directory =
        dwarf_formstring(dwarf_attr(unit, DW_AT_comp_dir, &attribute));
    size_t length = directory ? strlen(directory) : 0;
    if (length > 0 && strncmp(path, directory, length) == 0 &&
        path[length] == '/') {
        path += length + 1;
    } else if (path[0] == '/') {
        path = strrchr(path, '/') + 1;
    }
    while (strncmp(path, "./", 2) == 0) {
        path += 2;
    }
    snprintf(place->file, sizeof(place->file), "%s", path);
}

static void put_line(Dwarf_Die *unit, uint64_t offset, struct code_place *place)
{
    Dwarf_Line *line = dwarf_getsrc_die(unit, offset);
    const char *path = line ? dwarf_linesrc(line, NULL, NULL) : NULL;
    if (path) {
        dwarf_lineno(line, &place->line);
        put_file(unit, path, place);
    }
}

static int number_of(Dwarf_Die *die, unsigned name)
{
    Dwarf_Attribute attribute;
    Dwarf_Word word = 0;
    dwarf_formudata(dwarf_attr(die, name, &attribute), &word);
    return (int)word;
}

/* Store the line of the call of an inlined function: it lies in the function
 * that is found next. */
static void put_call(Dwarf_Die *unit, Dwarf_Die *inlined,
                     struct code_place *place)
{
    Dwarf_Files *files;
    size_t count;
    int file = number_of(inlined, DW_AT_call_file);
    place->line = number_of(inlined, DW_AT_call_line);
    if (dwarf_getsrcfiles(unit, &files, &count) == 0) {
        const char *path = dwarf_filesrc(files, (size_t)file, NULL, NULL);
        if (path) {
            put_file(unit, path, place);
        }
    }
}

static bool is_function(Dwarf_Die *die)
{
    int tag = dwarf_tag(die);
    return tag == DW_TAG_inlined_subroutine || tag == DW_TAG_subprogram;
}

static size_t find_functions(Dwarf_Die *unit, uint64_t offset,
                             struct code_place *found, size_t max)
{
    Dwarf_Die *innermost = NULL, *scopes = NULL;
    int count = dwarf_getscopes(unit, offset, &innermost);
    size_t n = 0;
    put_line(unit, offset, &found[0]);
    /* For an inlined function dwarf_getscopes() gives the scopes of its
     * definition, and this the scopes into which it was inlined. */
    count = count > 0 ? dwarf_getscopes_die(&innermost[0], &scopes) : 0;
    for (int i = 0; i < count && n < max; i++) {
        if (!is_function(&scopes[i])) {
            continue;
        }
        const char *name = dwarf_diename(&scopes[i]);
        snprintf(found[n].function, sizeof(found[n].function), "%s",
                 name ? name : "");
        n++;
        if (dwarf_tag(&scopes[i]) == DW_TAG_inlined_subroutine && n < max) {
            put_call(unit, &scopes[i], &found[n]);
        }
    }
    free(innermost);
    free(scopes);
    return n;
}

size_t symbolizer_find(struct symbolizer *symbolizer, uint64_t offset,
                       struct code_place *found, size_t max)
{
    Dwarf_Die unit;
    LAB_ASSERT(max > 0);
    memset(found, 0, max * sizeof(found[0]));
    if (symbolizer->dwarf && find_unit(symbolizer->dwarf, offset, &unit)) {
        size_t count = find_functions(&unit, offset, found, max);
        if (count > 0) {
            return count;
        }
    }
    return find_symbol(symbolizer->elf, offset, &found[0]) ? 1 : 0;
}
