/* imports.h - redirecting the functions that one loaded image imports.
 * Layer: sim/image. Changes the image's global offset table, and so catches the
 * calls of this image only; a definition of the same name in the program would
 * catch the calls of the whole process. */
#ifndef SIM_IMAGE_IMPORTS_H
#define SIM_IMAGE_IMPORTS_H

#include <link.h>
#include <stdint.h>

/* Call replacement() with the name of every function that the image imports; it
 * returns the address to call instead, or 0 to leave the import as it is. */
void imports_redirect(const struct link_map *map,
                      uintptr_t (*replacement)(const char *name));

#endif
