/* plugin_path.h - where the plug-ins lie that tests open.
 * Layer: tests. */
#ifndef TESTS_SUPPORT_PLUGIN_PATH_H
#define TESTS_SUPPORT_PLUGIN_PATH_H

#include <check.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The path of a file of the same variant, "raft.so" for one: the program is
 * build/<variant>/test/<folder>. Valid until the next call. */
static inline const char *plugin_path(const char *file)
{
    static char path[4096];
    ssize_t size = readlink("/proc/self/exe", path, sizeof(path) - 128);
    ck_assert_int_gt(size, 0);
    path[size] = '\0';
    *strrchr(path, '/') = '\0';
    snprintf(strrchr(path, '/'), 128, "/%s", file);
    return path;
}

#endif
