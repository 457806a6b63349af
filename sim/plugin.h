/* plugin.h - shared objects under test: checked, then loaded for each server.
 * Layer: sim; includes base.
 *
 * A plug-in is read and checked as an ELF file before any of it runs. Then each
 * server runs an image of its own: a private copy, loaded separately, whose
 * writable data can be reset to what it was after loading. */
#ifndef SIM_PLUGIN_H
#define SIM_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_plugin;
struct sim_image;

/* Read a file and check that it is a shared object for this machine, defines
 * all `exports` (a NULL-terminated list) and imports nothing that calls.def
 * refuses. NULL on failure: then error says what is wrong, with every missing
 * or refused name, and what to do. Outside of runs. */
struct sim_plugin *sim_plugin_open(const char *path, const char *const *exports,
                                   char *error, size_t error_bytes);
void sim_plugin_free(struct sim_plugin *plugin);

/* Was it compiled with -fsanitize=thread, as sim_options.race needs? */
bool sim_plugin_instrumented(const struct sim_plugin *plugin);

/* Does the file export this name? */
bool sim_plugin_defines(const struct sim_plugin *plugin, const char *name);

/* The open plug-in with this number, NULL if none has it. Numbers count from 0;
 * each plug-in takes the lowest free one. sim_place names files by them. */
enum { SIM_PLUGINS_MAX = 8 };
const struct sim_plugin *sim_plugin_numbered(uint32_t number);

/* The content of the file as it was read; borrowed. */
const void *sim_plugin_file(const struct sim_plugin *plugin, size_t *bytes);

/* From now on load images from paths that a debugger can open, too. */
void sim_plugin_for_debuggers(void);

/* Load a private copy and run its constructors. On a fiber of the tester.
 * Images live until the process ends. NULL on failure, with a message. */
struct sim_image *sim_image_load(struct sim_plugin *plugin, char *error,
                                 size_t error_bytes);

/* Reset the image's writable data to what sim_image_keep() kept last; loading
 * keeps it first. While no code of the image runs: before a restart. */
void sim_image_reset(struct sim_image *image);

/* Keep the present writable data as what sim_image_reset() restores. */
void sim_image_keep(struct sim_image *image);

/* The address of an exported symbol; NULL if there is none. */
void *sim_image_symbol(struct sim_image *image, const char *name);

#endif
