/* getline.c - getline and getdelim, with buffers from the caller's heap.
 * Layer: sim/calls. libc's versions would call malloc from inside libc, and so
 * take from the framework's heap: a crash of the server would not free them. */
#undef _FORTIFY_SOURCE /* it would define getline in the headers */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

/* The program calls realloc() here, not libc, so it takes from the heap of the
 * thread that runs (malloc.c). */
static int make_room(char **line, size_t *room, size_t needed)
{
    if (*line && *room >= needed) {
        return 0;
    }
    size_t more = *line ? 2 * *room : 0;
    more = more < needed ? needed : more;
    more = more < 120 ? 120 : more;
    char *moved = realloc(*line, more);
    if (!moved) {
        errno = ENOMEM;
        return -1;
    }
    *line = moved;
    *room = more;
    return 0;
}

ssize_t getdelim(char **restrict line, size_t *restrict room, int delimiter,
                 FILE *restrict file)
{
    size_t used = 0;
    int c = 0;
    if (!line || !room) {
        errno = EINVAL;
        return -1;
    }
    while (used < SSIZE_MAX - 2 && (c = getc(file)) != EOF) {
        if (make_room(line, room, used + 2) != 0) {
            return -1;
        }
        (*line)[used++] = (char)c;
        if (c == delimiter) {
            break;
        }
    }
    if (used == 0 || ferror(file)) {
        return -1;
    }
    (*line)[used] = '\0';
    return (ssize_t)used;
}

ssize_t __getdelim(char **line, size_t *room, int delimiter, FILE *file)
{
    return getdelim(line, room, delimiter, file);
}

ssize_t getline(char **restrict line, size_t *restrict room,
                FILE *restrict file)
{
    return getdelim(line, room, '\n', file);
}
