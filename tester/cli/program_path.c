/* program_path.c - where this program lies.
 * Layer: tester/cli. See program_path.h. */
#include "tester/cli/program_path.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"

static void remove_last_name(char *path)
{
    char *slash = strrchr(path, '/');
    if (slash) {
        *slash = '\0';
    }
}

char *program_directory(void)
{
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
    if (length <= 0) {
        return lab_xstrdup(".");
    }
    path[length] = '\0';
    remove_last_name(path);
    return lab_xstrdup(path);
}

char *program_root(void)
{
    char *root = program_directory();
    remove_last_name(root);
    remove_last_name(root);
    return root;
}
