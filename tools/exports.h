/* exports.h - the names of sim/calls.def as lines of a dynamic list.
 * Layer: tools; for the preprocessor only, see the Makefile. */
#define LINE_SIMULATED(name) name;
#define LINE_REFUSED(name)
#define CALL(name, class, group) LINE_##class(name)

CALLS_BEGIN
#include "sim/calls.def"
