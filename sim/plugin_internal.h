/* plugin_internal.h - the inside of a plug-in, for the rest of sim/.
 * Layer: sim, internal. Public face: plugin.h. */
#ifndef SIM_PLUGIN_INTERNAL_H
#define SIM_PLUGIN_INTERNAL_H

#include "sim/plugin.h"

struct sim_plugin {
    uint32_t number;
    char *path;
    uint8_t *file;
    size_t size;
    bool instrumented;
};

/* An error message under construction; what exceeds its room is left out. */
struct plugin_error {
    char *text;
    size_t used, room;
};

/* Append to the message. */
void plugin_say(struct plugin_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
