/* imports.h - where a loaded image keeps the addresses of others' functions.
 * Layer: sim, internal. Turning these catches the calls of one image, where a
 * definition of the same name in the program would catch everybody's. */
#ifndef SIM_IMAGE_IMPORTS_H
#define SIM_IMAGE_IMPORTS_H

#include <link.h>
#include <stdint.h>

/* For every function that the image imports: replacement() gives the address to
 * call in its place, or 0 to leave it. */
void imports_redirect(const struct link_map *map,
                      uintptr_t (*replacement)(const char *name));

#endif
