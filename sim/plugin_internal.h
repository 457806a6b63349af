/* plugin_internal.h - the inside of a plug-in, for the rest of sim/.
 * Layer: sim, internal. Public face: plugin.h. */
#ifndef SIM_PLUGIN_INTERNAL_H
#define SIM_PLUGIN_INTERNAL_H

#include "sim/image/elf.h"
#include "sim/plugin.h"

struct sim_plugin {
    uint32_t number;
    char *path;
    uint8_t *file;
    size_t size;
    bool instrumented;
};

/* An error message that grows up to its room; what does not fit is left out. */
struct plugin_error {
    char *text;
    size_t used, room;
};

/* Append to it. */
void plugin_say(struct plugin_error *message, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- plugin_check.c -----------------------------------------------------*/

/* Does this file define all names of a NULL-terminated list, and ask for
 * nothing that cannot be simulated? False with a message. */
bool plugin_check(const struct elf_file *elf, const char *path,
                  const char *const *wanted, struct plugin_error *error);

/* Does it define this name; does it import it? */
bool plugin_exports(const struct elf_file *elf, const char *name);
bool plugin_imports(const struct elf_file *elf, const char *name);

/* ---- plugin_image.c -----------------------------------------------------*/

/* Are constructors of a plug-in running? */
bool plugin_loading(void);

#endif
