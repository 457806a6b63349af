/* files.c - opening files, and those that no server may open.
 * Layer: tests. */
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "tests/plugins/calls/calls.h"

int __open(const char *path, int flags, ...);
int __open64(const char *path, int flags, ...);
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int directory, const char *path, int flags);
int __openat64_2(int directory, const char *path, int flags);
void open_by(int way, const char *path);

/* Returns whether it could be opened. */
static bool try_open(int way, const char *path)
{
    static const volatile int flags = O_RDONLY;
    char text[8];
    int fd = -1;
    FILE *file = NULL;
    DIR *directory = NULL;
    switch (way) {
    case 0:
        fd = open(path, flags);
        break;
    case 1:
        fd = open64(path, flags);
        break;
    case 2:
        fd = __open(path, flags);
        break;
    case 3:
        fd = __open64(path, flags);
        break;
    case 4:
        fd = __open_2(path, flags);
        break;
    case 5:
        fd = __open64_2(path, flags);
        break;
    case 6:
        fd = openat(AT_FDCWD, path, flags);
        break;
    case 7:
        fd = openat64(AT_FDCWD, path, flags);
        break;
    case 8:
        fd = __openat_2(AT_FDCWD, path, flags);
        break;
    case 9:
        fd = __openat64_2(AT_FDCWD, path, flags);
        break;
    case 10:
        file = fopen(path, "r");
        break;
    case 11:
        file = fopen64(path, "r");
        break;
    case 12:
        file = freopen(path, "r", fopen("/dev/null", "r"));
        break;
    case 13:
        file = freopen64(path, "r", fopen("/dev/null", "r"));
        break;
    case 14:
        directory = opendir(path);
        break;
    default:
        return readlink(path, text, sizeof(text)) > 0;
    }
    bool opened = fd >= 0 || file || directory;
    if (fd >= 0) {
        close(fd);
    }
    if (file) {
        fclose(file);
    }
    if (directory) {
        closedir(directory);
    }
    return opened;
}

void open_by(int way, const char *path)
{
    try_open(way, path);
}

void call_files(void)
{
    for (int way = 0; way <= 13; way++) {
        CHECK(try_open(way, "/dev/null"));
        /* A freopen() that fails leaks what fopen() made: libc's doing. */
        CHECK(way >= 12 ||
              (!try_open(way, "/dev/no/such/file") && errno == ENOENT));
    }
    CHECK(try_open(14, "/dev") && !try_open(14, "/dev/null"));
    CHECK(!try_open(15, "/dev/null") && errno == EINVAL);
    int fd = open("new-file", O_CREAT | O_RDWR, 0600);
    CHECK(fd >= 0 && close(fd) == 0 && unlink("new-file") == 0);
}
