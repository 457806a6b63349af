/* symbolizer.h - functions, files and lines of addresses in a program.
 * Layer: tester. Reads what a compiler's -g has left in an ELF file; in the
 * grader only, which is never on a fiber. */
#ifndef TESTER_RUN_SYMBOLIZER_H
#define TESTER_RUN_SYMBOLIZER_H

#include <stddef.h>
#include <stdint.h>

struct places; /* of one file */

/* The content of an ELF file; borrowed until places_free(). Never NULL: of
 * what is no ELF file nothing is known. */
struct places *places_of(const void *file, size_t bytes);
/* The same of a file, read at once. */
struct places *places_of_file(const char *path);
void places_free(struct places *places);

struct code_place {
    char function[64]; /* "" unknown */
    char file[96];     /* as the compiler was told; "" unknown (no -g) */
    int line;
};

/* What lies at this offset (an address before relocation), and, where it was
 * inlined, into what; innermost first. Returns how many, at most max, 0 where
 * nothing is known. */
size_t places_find(struct places *places, uint64_t offset,
                   struct code_place *found, size_t max);

#endif
