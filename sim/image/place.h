/* place.h - a place in code, as a file and an offset in it.
 * Layer: sim/image. Addresses differ from process to process; places do not. */
#ifndef SIM_IMAGE_PLACE_H
#define SIM_IMAGE_PLACE_H

#include <stdint.h>

/* Which file: SIM_PLUGIN_FILE + n is plug-in number n (plugin.h). All servers'
 * images of a plug-in share its number. */
enum sim_file {
    SIM_NO_FILE,
    SIM_PROGRAM_FILE,
    SIM_PLUGIN_FILE,
};

/* Whoever has the file finds function and line. */
struct sim_place {
    uint32_t file; /* enum sim_file, or beyond */
    uint32_t offset;
};

#endif
