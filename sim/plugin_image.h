/* plugin_image.h - images of plug-ins, for the rest of sim/.
 * Layer: sim, internal. Public face: sim_image_load and kin in plugin.h. */
#ifndef SIM_PLUGIN_IMAGE_H
#define SIM_PLUGIN_IMAGE_H

#include <stdbool.h>

/* Is an image being loaded, so that its constructors run? */
bool plugin_loading(void);

#endif
