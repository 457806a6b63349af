/* plugins.h - what the rest of sim/ asks about plug-ins.
 * Layer: sim, internal. Public face: plugin.h. */
#ifndef SIM_PLUGINS_H
#define SIM_PLUGINS_H

#include <stdbool.h>

/* Are constructors of a plug-in running? */
bool plugins_loading(void);

#endif
