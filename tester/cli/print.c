/* print.c - output for people: terminal, colours, safe texts.
 * Layer: tester/cli. See print.h. */
#include "tester/cli/print.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define RED    "\033[31m"
#define GREEN  "\033[32m"
#define NORMAL "\033[0m"

static int columns_of(int fd)
{
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) != 0) {
        return 0;
    }
    return size.ws_col;
}

struct look look_now(const struct options *options)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    bool dumb = !term || strcmp(term, "dumb") == 0;
    struct look look = {
        .terminal = isatty(STDOUT_FILENO) != 0,
        .error_terminal = isatty(STDERR_FILENO) != 0 && !dumb,
    };
    look.colour = look.terminal && !dumb && !options->no_color &&
                  (!no_color || no_color[0] == '\0');
    look.columns = look.terminal ? columns_of(STDOUT_FILENO) : 0;
    look.error_columns = look.error_terminal ? columns_of(STDERR_FILENO) : 0;
    return look;
}

void print_verdict(const struct look *look, enum verdict_kind kind, int width)
{
    const char *colour = verdict_passed(kind) ? GREEN : RED;
    printf("%s%-*s%s", look->colour ? colour : "", width, verdict_text(kind),
           look->colour ? NORMAL : "");
}

/* Control characters are those of ASCII and U+0080 to U+009F; the text is valid
 * UTF-8 (results.c). */
void print_safely(const char *from, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)from[i];
        unsigned char next = i + 1 < size ? (unsigned char)from[i + 1] : 0;
        if (c == 0xc2 && next < 0xa0) {
            putchar('?');
            i++;
        } else if ((c < ' ' && c != '\t') || c == 0x7f) {
            putchar('?');
        } else {
            putchar(c);
        }
    }
}

void print_notes(const char *before, const char *notes)
{
    while (notes && *notes != '\0') {
        size_t length = strcspn(notes, "\n");
        fputs(before, stdout);
        print_safely(notes, length);
        putchar('\n');
        notes += length + (notes[length] == '\n');
    }
}

void print_summary(const struct results *results)
{
    printf("%" PRIu64 " passed, %" PRIu64 " failed\n", results->passed,
           results->failed);
}
