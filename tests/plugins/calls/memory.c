/* memory.c - malloc and kin.
 * Layer: tests. Pointers are volatile, or the compiler leaves pairs out. */
#include <malloc.h>
#include <stdarg.h>
#include <unistd.h>
#include <wchar.h>

#include "tests/plugins/calls/calls.h"

char *__strdup(const char *text);
char *__strndup(const char *text, size_t most);
int __asprintf_chk(char **out, int flag, const char *format, ...);
int __vasprintf_chk(char **out, int flag, const char *format, va_list args);
int __vasprintf_chk(char **out, int flag, const char *format, va_list args);
ssize_t __getdelim(char **line, size_t *room, int delimiter, FILE *file);

/* Can be written, and given back. */
static void use(void *block, size_t size, size_t alignment)
{
    void *volatile kept = block;
    CHECK(kept != NULL && (uintptr_t)kept % alignment == 0);
    CHECK(malloc_usable_size(kept) >= size);
    memset(kept, 0x5a, size);
    free(kept);
}

static void call_blocks(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *block = NULL;
    use(malloc(100), 100, 16);
    char *zeros = calloc(10, 10);
    CHECK(zeros && zeros[0] == 0 && zeros[99] == 0);
    strcpy(zeros, "kept");
    char *moved = realloc(zeros, 5000);
    CHECK(moved && strcmp(moved, "kept") == 0);
    moved = reallocarray(moved, 100, 100);
    CHECK(moved && strcmp(moved, "kept") == 0);
    use(moved, 10000, 16);
    CHECK(posix_memalign(&block, 256, 100) == 0);
    use(block, 100, 256);
    use(aligned_alloc(64, 128), 128, 64);
    use(memalign(512, 100), 100, 512);
    use(valloc(100), 100, page);
    use(pvalloc(100), page, page);
}

static int format_both(char **a, char **b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int first = vasprintf(a, format, args);
    va_end(args);
    va_start(args, format);
    int second = __vasprintf_chk(b, 1, format, args);
    va_end(args);
    return first == second ? first : -1;
}

static void call_texts(void)
{
    const char *volatile text = "hello";
    char *copy[8] = {NULL};
    copy[0] = (strdup)(text);
    copy[1] = __strdup(text);
    copy[2] = (strndup)(text, 9);
    copy[3] = __strndup(text, 9);
    CHECK((asprintf)(&copy[4], "%s", text) == 5);
    CHECK(__asprintf_chk(&copy[5], 1, "%s", text) == 5);
    CHECK(format_both(&copy[6], &copy[7], "%s", text) == 5);
    for (int i = 0; i < 8; i++) {
        CHECK(copy[i] && strcmp(copy[i], "hello") == 0);
        free(copy[i]);
    }
    const wchar_t *volatile wide = L"wide";
    wchar_t *again = wcsdup(wide);
    CHECK(again && wcscmp(again, L"wide") == 0);
    free(again);
}

static void call_lines(void)
{
    static char content[] = "first\nsecond;rest\n12345";
    FILE *file = fmemopen(content, sizeof(content) - 1, "r");
    char *line = NULL;
    size_t room = 0;
    CHECK((getline)(&line, &room, file) == 6 && strcmp(line, "first\n") == 0);
    CHECK(getdelim(&line, &room, ';', file) == 7);
    CHECK(strcmp(line, "second;") == 0 && room > 7);
    CHECK(__getdelim(&line, &room, '\n', file) == 5);
    CHECK((getline)(&line, &room, file) == 5 && strcmp(line, "12345") == 0);
    CHECK((getline)(&line, &room, file) == -1);
    free(line);
    fclose(file);
}

void call_memory(void)
{
    call_blocks();
    call_texts();
    call_lines();
}
