/* plugin.h - shared objects under test: checked, and loaded once per server.
 * Layer: sim; includes base.
 *
 * A plug-in is read and checked as an ELF file before anything of it runs.
 * Each server then runs an image of its own: a private copy, loaded
 * separately, whose writable data can be put back as after loading. */
#ifndef SIM_PLUGIN_H
#define SIM_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_plugin;
struct sim_image;

/* Read and check a file: readable, ELF, shared object of this machine, has
 * all `exports` (a NULL-terminated list), imports nothing that calls.def
 * refuses. NULL on failure, with a message (what, where, what to do; every
 * missing or refused name) in error. Not on a fiber. */
struct sim_plugin *sim_plugin_open(const char *path, const char *const *exports,
                                   char *error, size_t error_bytes);
void sim_plugin_free(struct sim_plugin *plugin);

/* Was it compiled with -fsanitize=thread, so that sim_options.race works? */
bool sim_plugin_instrumented(const struct sim_plugin *plugin);

/* Does the file export this name? */
bool sim_plugin_defines(const struct sim_plugin *plugin, const char *name);

/* The plug-ins that are open have numbers, from 0 on, the lowest that is free
 * when one is opened: a sim_place names its file so. NULL: none has it. */
enum { SIM_PLUGINS_MAX = 8 };
const struct sim_plugin *sim_plugin_numbered(uint32_t number);

/* The file's content as it was read; borrowed. */
const void *sim_plugin_file(const struct sim_plugin *plugin, size_t *bytes);

/* From now on a debugger finds the files of images by their paths. */
void sim_plugin_for_debuggers(void);

/* Load a private copy; constructors run. On a fiber of the tester. The
 * images live until the process ends. NULL with a message on failure. */
struct sim_image *sim_image_load(struct sim_plugin *plugin, char *error,
                                 size_t error_bytes);

/* Put the image's writable data back as it was after loading (and after the
 * record types were prepared). When no code of it runs: at a restart. */
void sim_image_reset(struct sim_image *image);

/* Take the present writable data as what sim_image_reset() restores. */
void sim_image_keep(struct sim_image *image);

/* Address of an exported symbol; NULL if there is none. */
void *sim_image_symbol(struct sim_image *image, const char *name);

#endif
