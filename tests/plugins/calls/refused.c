/* refused.c - imports every name that sim/calls.def refuses.
 * Layer: tests; a plug-in of its own. */
#define SIMULATED(name, group)
#define REFUSED(name, group)     extern const char name;
#define CALL(name, class, group) class(name, group)
#include "sim/calls.def"
#undef REFUSED

#define REFUSED(name, group) &name,
extern const char *const refused_names[];
const char *const refused_names[] = {
#include "sim/calls.def"
};
