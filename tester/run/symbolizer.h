/* symbolizer.h - finds function, file and line of an address in a program.
 * Layer: tester/run; needs libdw only. Reads the debug information that -g
 * leaves in an ELF file. For the grader's process, never on a fiber. */
#ifndef TESTER_RUN_SYMBOLIZER_H
#define TESTER_RUN_SYMBOLIZER_H

#include <stddef.h>
#include <stdint.h>

struct symbolizer; /* of one file */

/* Open the content of an ELF file; borrowed until symbolizer_free(). Never
 * NULL: in what is no ELF file, it finds nothing. */
struct symbolizer *symbolizer_of_memory(const void *file, size_t bytes);
/* The same for a file on disk. */
struct symbolizer *symbolizer_of_file(const char *path);
void symbolizer_free(struct symbolizer *symbolizer); /* NULL: nothing */

struct code_place {
    char function[64]; /* "" unknown */
    char file[96];     /* as the compiler was told; "" unknown (no -g) */
    int line;
};

/* Find the function at this offset (an address before relocation), then the
 * functions into which it was inlined: innermost first, at most max. Returns
 * how many; 0: nothing is known. */
size_t symbolizer_find(struct symbolizer *symbolizer, uint64_t offset,
                       struct code_place *found, size_t max);

#endif
