/* exports.h - the names of sim/calls.def as lines of a dynamic list.
 * Layer: tools; for the preprocessor only, see the Makefile. */
#include "sim/sanitizer.h"

#define LINE_SIMULATED(name) name;
#define LINE_REFUSED(name)
#ifdef SIM_ADDRESS_SANITIZER
#define LINE_HEAP(name)
#else
#define LINE_HEAP(name) name;
#endif
#define CALL(name, class, group) LINE_##class(name)

CALLS_BEGIN
#include "sim/calls.def"
