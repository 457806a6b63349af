/* libc_range.c - which addresses belong to libc and the dynamic linker.
 * Layer: sim/image. */
#include "sim/image/libc_range.h"

#include <link.h>
#include <string.h>

#include "base/assert.h"

struct libc_range libc_range;

static int look(struct dl_phdr_info *info, size_t size, void *context)
{
    bool *first = context; /* the program comes first, without a name */
    (void)size;
    const char *slash = strrchr(info->dlpi_name, '/');
    const char *file = slash ? slash + 1 : info->dlpi_name;
    uintptr_t low = UINTPTR_MAX, high = 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
        if (ph->p_type == PT_LOAD) {
            uintptr_t start = info->dlpi_addr + ph->p_vaddr;
            low = start < low ? start : low;
            high = start + ph->p_memsz > high ? start + ph->p_memsz : high;
        }
    }
    if (*first) {
        libc_range.program_base = info->dlpi_addr;
        libc_range.program_high = high;
        *first = false;
    } else if (strncmp(file, "libc.so", 7) == 0 ||
               strncmp(file, "libc-", 5) == 0) {
        libc_range.libc_low = low;
        libc_range.libc_high = high;
    } else if (strncmp(file, "ld-", 3) == 0 || strncmp(file, "ld.", 3) == 0) {
        libc_range.linker_low = low;
        libc_range.linker_high = high;
    }
    return 0;
}

void libc_range_find(void)
{
    bool first = true;
    dl_iterate_phdr(look, &first);
    LAB_ASSERT(libc_range.program_high > libc_range.program_base);
}
