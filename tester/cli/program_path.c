/* program_path.c - where this program lies.
 * Layer: tester/cli. See program_path.h. */
#include "tester/cli/program_path.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
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

bool has_lab_headers(const char *root)
{
    static const char header[] = "/raftapi/raftapi.h";
    size_t size = strlen(root) + sizeof(header);
    char *path = lab_xmalloc(size);
    snprintf(path, size, "%s%s", root, header);
    bool there = access(path, R_OK) == 0;
    free(path);
    return there;
}

char *program_root(void)
{
    char *root = program_directory();
    for (int i = 0; i < 2 && !has_lab_headers(root); i++) {
        remove_last_name(root);
    }
    return root;
}
