/* plugin_check.h - which shared objects can be simulated.
 * Layer: sim, internal. Reads the file: nothing of it runs. */
#ifndef SIM_PLUGIN_CHECK_H
#define SIM_PLUGIN_CHECK_H

#include "sim/image/elf.h"
#include "sim/plugin_internal.h"

/* Does this file define all names of a NULL-terminated list and need nothing
 * that cannot be simulated? False with a message. */
bool plugin_check(const struct elf_file *elf, const char *path,
                  const char *const *wanted, struct plugin_error *error);

/* Does the file define this name? Does it import it? */
bool plugin_exports(const struct elf_file *elf, const char *name);
bool plugin_imports(const struct elf_file *elf, const char *name);

#endif
