/* program_path.h - where this program lies.
 * Layer: tester/cli. */
#ifndef TESTER_CLI_PROGRAM_PATH_H
#define TESTER_CLI_PROGRAM_PATH_H

#include <stdbool.h>

/* The directory of the program; the caller frees it. */
char *program_directory(void);

/* The root of the lab headers and scripts, for the caller to free: the
 * directory of an installed program (make install), or <root> of a program that
 * lies where it was built, in <root>/build/<variant>/. */
char *program_root(void);

/* Return true if the headers that plug-ins include are below root. */
bool has_lab_headers(const char *root);

#endif
