/* runner_slot.c - what a runner keeps for one child process.
 * Layer: tester/run. See runner_slot.h. */
#include "tester/run/runner_slot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/bytes.h"

enum {
    OUTPUT_KEPT = sizeof(((struct verdict *)0)->output) - 1,
    READ_AT_ONCE = 65536, /* then it is another child's turn */
};

/* ---- Directories --------------------------------------------------------*/

static int remove_entry(const char *path, const struct stat *info, int type,
                        struct FTW *where)
{
    (void)info;
    (void)type;
    if (where->level > 0) {
        remove(path);
    }
    return 0;
}

void slot_clean_directory(struct slot *slot)
{
    const char *path = slot->directory;
    size_t entries = 0; /* two in an empty directory: . and .. */
    DIR *directory = opendir(path);
    if (!directory) {
        chmod(path, 0700);
        mkdir(path, 0700);
        directory = opendir(path);
    }
    while (directory && entries <= 2 && readdir(directory)) {
        entries++;
    }
    if (directory) {
        closedir(directory);
    }
    if (entries > 2) {
        nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    }
}

/* ---- Slots --------------------------------------------------------------*/

/* The verdict's memory is shared with the slot's own child alone: fork() copies
 * it only while that child is made. Its size is sealed, so the child cannot
 * truncate it, which would make the parent's reads fail. */
bool slot_open(struct slot *slot, const char *directory, size_t number)
{
    size_t size = sizeof(struct verdict);
    size_t path_size = strlen(directory) + 24;
    slot->directory = lab_xmalloc(path_size);
    snprintf(slot->directory, path_size, "%s/%zu", directory, number);
    if (mkdir(slot->directory, 0700) != 0) {
        return false;
    }
    slot->ring = lab_xmalloc(OUTPUT_KEPT);
    slot->verdict_fd =
        memfd_create("raftlab-verdict", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (slot->verdict_fd < 0 || ftruncate(slot->verdict_fd, (off_t)size) != 0 ||
        fcntl(slot->verdict_fd, F_ADD_SEALS,
              F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
        return false;
    }
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
                        slot->verdict_fd, 0);
    if (memory == MAP_FAILED) {
        return false;
    }
    slot->verdict = memory;
    return madvise(memory, size, MADV_DONTFORK) == 0;
}

void slot_close(struct slot *slot)
{
    LAB_ASSERT(slot->pid == 0);
    free(slot->ring);
    if (slot->verdict) {
        munmap(slot->verdict, sizeof(*slot->verdict));
    }
    if (slot->verdict_fd >= 0) {
        close(slot->verdict_fd);
    }
    if (slot->directory) {
        rmdir(slot->directory);
    }
    free(slot->directory);
}

/* ---- Output -------------------------------------------------------------*/

/* Write to our own standard output. */
static void pass_through(const char *data, size_t size)
{
    while (size > 0) {
        ssize_t done = write(STDOUT_FILENO, data, size);
        if (done < 0 && errno != EINTR) {
            return; /* the reader is gone; the run goes on */
        }
        if (done > 0) {
            data += done;
            size -= (size_t)done;
        }
    }
}

static void keep_output(struct slot *slot, const char *data, size_t size)
{
    for (size_t done = 0; done < size;) {
        size_t at = (size_t)((slot->printed + done) % OUTPUT_KEPT);
        size_t part = size - done;
        if (part > OUTPUT_KEPT - at) {
            part = OUTPUT_KEPT - at;
        }
        memcpy(slot->ring + at, data + done, part);
        done += part;
    }
    slot->printed += size;
}

bool slot_read_output(struct slot *slot, bool show)
{
    static char buffer[READ_AT_ONCE];
    LAB_ASSERT(slot->output_fd >= 0);
    ssize_t got = read(slot->output_fd, buffer, sizeof(buffer));
    if (got > 0) {
        keep_output(slot, buffer, (size_t)got);
        if (show) {
            pass_through(buffer, (size_t)got);
        }
        return true;
    }
    if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        close(slot->output_fd);
        slot->output_fd = -1;
    }
    return false;
}

void slot_give_output(struct slot *slot)
{
    char *output = slot->verdict->output;
    size_t at = (size_t)(slot->printed % OUTPUT_KEPT);
    if (slot->printed <= OUTPUT_KEPT) {
        memcpy(output, slot->ring, (size_t)slot->printed);
        output[slot->printed] = '\0';
        slot->verdict->output_cut = false;
    } else {
        memcpy(output, slot->ring + at, OUTPUT_KEPT - at);
        memcpy(output + (OUTPUT_KEPT - at), slot->ring, at);
        output[OUTPUT_KEPT] = '\0';
        slot->verdict->output_cut = true;
    }
    size_t length =
        slot->printed < OUTPUT_KEPT ? (size_t)slot->printed : OUTPUT_KEPT;
    for (size_t i = 0; i < length; i++) {
        output[i] = output[i] == '\0' ? '?' : output[i];
    }
}
