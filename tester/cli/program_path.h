/* program_path.h - where this program lies.
 * Layer: tester/cli. */
#ifndef TESTER_CLI_PROGRAM_PATH_H
#define TESTER_CLI_PROGRAM_PATH_H

/* The directory of the program; the caller frees it. */
char *program_directory(void);

/* The root of its sources, if the program lies where it was built, in
 * <root>/build/<variant>/; the caller frees it. */
char *program_root(void);

#endif
