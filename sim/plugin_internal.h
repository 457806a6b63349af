/* plugin_internal.h - what the rest of sim/ asks about plug-ins.
 * Layer: sim, internal. Public face: plugin.h. */
#ifndef SIM_PLUGIN_INTERNAL_H
#define SIM_PLUGIN_INTERNAL_H

#include <stdbool.h>

/* Are constructors of a plug-in running? */
bool plugins_loading(void);

#endif
