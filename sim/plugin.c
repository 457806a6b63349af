/* plugin.c - shared objects under test: reading them, and their numbers.
 * Layer: sim. plugin_check.c decides which can be simulated; plugin_image.c
 * loads them. */
#include "sim/plugin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "sim/image/symbols.h"
#include "sim/plugin_check.h"
#include "sim/plugin_internal.h"
#include "sim/sched.h"

static struct sim_plugin *plugins[SIM_PLUGINS_MAX]; /* by number */

void plugin_say(struct plugin_error *error, const char *format, ...)
{
    LAB_ASSERT(error->used < error->room);
    va_list args;
    va_start(args, format);
    size_t room = error->room - error->used;
    int n = vsnprintf(error->text + error->used, room, format, args);
    va_end(args);
    if (n > 0) {
        error->used += (size_t)n < room ? (size_t)n : room - 1;
    }
}

static bool read_all(int fd, uint8_t *to, size_t size)
{
    size_t done = 0;
    while (done < size) {
        ssize_t n = read(fd, to + done, size - done);
        if (n <= 0) {
            return false;
        }
        done += (size_t)n;
    }
    return true;
}

static bool read_file(struct sim_plugin *plugin, struct plugin_error *error)
{
    struct stat about;
    /* O_NONBLOCK: opening a FIFO would wait for a writer. */
    int fd = open(plugin->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &about) != 0) {
        plugin_say(error, "%s: cannot be opened: %s", plugin->path,
                   strerror(errno));
    } else if (!S_ISREG(about.st_mode)) {
        plugin_say(error,
                   "%s: is not a regular file; give a shared object (.so)",
                   plugin->path);
    } else {
        plugin->size = (size_t)about.st_size;
        plugin->file = lab_xmalloc(plugin->size + 1);
        if (read_all(fd, plugin->file, plugin->size)) {
            close(fd);
            return true;
        }
        plugin_say(error, "%s: cannot be read: %s", plugin->path,
                   strerror(errno));
    }
    if (fd >= 0) {
        close(fd);
    }
    return false;
}

static void take_number(struct sim_plugin *plugin)
{
    LAB_ASSERT(plugin->number == 0);
    while (plugins[plugin->number]) {
        plugin->number++;
        LAB_ASSERT(plugin->number < SIM_PLUGINS_MAX);
    }
    plugins[plugin->number] = plugin;
}

const struct sim_plugin *sim_plugin_numbered(uint32_t number)
{
    return number < SIM_PLUGINS_MAX ? plugins[number] : NULL;
}

struct sim_plugin *sim_plugin_open(const char *path, const char *const *wanted,
                                   char *error, size_t error_bytes)
{
    LAB_ASSERT(!sched.active);
    LAB_ASSERT(error_bytes > 0);
    struct plugin_error message = {error, 0, error_bytes};
    struct sim_plugin *plugin = lab_xcalloc(1, sizeof(*plugin));
    plugin->path = lab_xstrdup(path);
    take_number(plugin);
    struct elf_file elf;
    const char *reason;
    if (!read_file(plugin, &message)) {
        sim_plugin_free(plugin);
        return NULL;
    }
    if (!elf_open(&elf, plugin->file, plugin->size, &reason)) {
        plugin_say(&message, "%s: %s", path, reason);
        sim_plugin_free(plugin);
        return NULL;
    }
    if (!plugin_check(&elf, path, wanted, &message)) {
        sim_plugin_free(plugin);
        return NULL;
    }
    plugin->instrumented = plugin_imports(&elf, "__tsan_init");
    return plugin;
}

void sim_plugin_free(struct sim_plugin *plugin)
{
    if (plugin) {
        LAB_ASSERT(plugins[plugin->number] == plugin);
        plugins[plugin->number] = NULL;
        symbols_forget(plugin->file);
        free(plugin->path);
        free(plugin->file);
        free(plugin);
    }
}

bool sim_plugin_instrumented(const struct sim_plugin *plugin)
{
    return plugin->instrumented;
}

bool sim_plugin_defines(const struct sim_plugin *plugin, const char *name)
{
    struct elf_file elf;
    const char *reason;
    return elf_open(&elf, plugin->file, plugin->size, &reason) &&
           plugin_exports(&elf, name);
}

const void *sim_plugin_file(const struct sim_plugin *plugin, size_t *bytes)
{
    LAB_ASSERT(plugin->file != NULL);
    *bytes = plugin->size;
    return plugin->file;
}
