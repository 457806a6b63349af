/* plugin_image.c - a private copy of a plug-in for each server.
 * Layer: sim. Each image is loaded from an anonymous file of its own: to the
 * dynamic linker another library, with its own statics. */
#include "sim/plugin_image.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "sim/image/elf.h"
#include "sim/image/symbols.h"
#include "sim/plugin_internal.h"
#include "sim/race/race.h"
#include "sim/real/libc.h"
#include "sim/real/mode.h"
#include "sim/sanitizer.h"
#include "sim/tls.h"

#define RANGES_MAX 8

struct sim_image {
    struct sim_image *next; /* of all that were loaded */
    void *handle;
    size_t range_count; /* writable data, and what sim_image_reset() restores */
    struct range {
        uint8_t *at;
        uint8_t *kept;
        size_t size;
    } ranges[RANGES_MAX];
};

static struct sim_image *images;
static bool loading;
static bool visible; /* to debuggers, by the paths of images */

void sim_plugin_for_debuggers(void)
{
    visible = true;
}

bool plugin_loading(void)
{
    return loading;
}

static bool write_all(int fd, const uint8_t *from, size_t size)
{
    size_t done = 0;
    while (done < size) {
        ssize_t n = write(fd, from + done, size - done);
        if (n <= 0) {
            return false;
        }
        done += (size_t)n;
    }
    return true;
}

/* The dynamic linker recognizes a library by its path or its file, so each copy
 * has a path of its own, too: with one more "/." each time. */
static void *load_copy(const struct sim_plugin *plugin)
{
    static unsigned copies;
    LAB_ASSERT(plugin->size > 0);
    int fd = memfd_create("raft", MFD_CLOEXEC);
    if (fd < 0 || !write_all(fd, plugin->file, plugin->size)) {
        if (fd >= 0) {
            close(fd);
        }
        return NULL;
    }
    char path[4096];
    size_t used = (size_t)snprintf(path, sizeof(path), "/proc/self/fd");
    if (visible) {
        used = (size_t)snprintf(path, sizeof(path), "/proc/%d/fd",
                                (int)REAL(getpid)());
    }
    for (unsigned i = 0; i < copies && used < sizeof(path) - 32; i++) {
        memcpy(path + used, "/.", 3);
        used += 2;
    }
    copies++;
    snprintf(path + used, sizeof(path) - used, "/%d", fd);
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    /* The thread sanitizer reads names from the file, too. */
    if (!visible && !sim_only_real()) {
        close(fd);
    }
    return handle;
}

static uintptr_t page_down(uintptr_t at)
{
    return at & ~((uintptr_t)sysconf(_SC_PAGESIZE) - 1);
}

/* The writable segments, without what the linker has made read-only after
 * relocation (RELRO). */
static void find_ranges(struct sim_image *image,
                        const struct sim_plugin *plugin, uintptr_t base)
{
    const ElfW(Ehdr) *header = (const void *)plugin->file;
    const ElfW(Phdr) *ph = (const void *)(plugin->file + header->e_phoff);
    uintptr_t relro_end = 0, high = 0;
    LAB_ASSERT(image->range_count == 0);
    for (int i = 0; i < header->e_phnum; i++) {
        if (ph[i].p_type == PT_GNU_RELRO) {
            relro_end = page_down(base + ph[i].p_vaddr + ph[i].p_memsz);
        }
    }
    for (int i = 0; i < header->e_phnum; i++) {
        uintptr_t start = base + ph[i].p_vaddr;
        uintptr_t end = start + ph[i].p_memsz;
        if (ph[i].p_type != PT_LOAD) {
            continue;
        }
        high = end > high ? end : high;
        start = start < relro_end && relro_end <= end ? relro_end : start;
        if ((ph[i].p_flags & PF_W) && start < end &&
            image->range_count < RANGES_MAX) {
            image->ranges[image->range_count++] = (struct range){
                (uint8_t *)start, lab_xmalloc(end - start), end - start};
        }
    }
    symbols_add(plugin->number, plugin->file, plugin->size, base, high - base);
}

static void find_thread_locals(void *handle, const struct sim_plugin *plugin,
                               const struct link_map *map)
{
    const ElfW(Ehdr) *header = (const void *)plugin->file;
    const ElfW(Phdr) *ph = (const void *)(plugin->file + header->e_phoff);
    for (int i = 0; i < header->e_phnum; i++) {
        if (ph[i].p_type == PT_TLS) {
            tls_image_loaded(handle, map, &ph[i]);
        }
    }
}

/* Name every symbol that neither this program nor a library of the plug-in
 * defines; the linker names the first only. False: there is none, and loading
 * failed for another reason. */
static bool say_undefined(const struct elf_file *elf,
                          struct plugin_error *message)
{
    bool sanitizer = false;
    const char *name;
    size_t found = 0;
    for (size_t n = 0; (name = elf_needed(elf, n)) != NULL; n++) {
        dlopen(name, RTLD_LAZY | RTLD_GLOBAL); /* for dlsym() below */
    }
    for (size_t i = 0; i < elf->symbol_count; i++) {
        bool defined;
        const char *symbol = elf_symbol(elf, i, &defined);
        if (symbol && !defined && !elf_symbol_is_weak(elf, i) &&
            !dlsym(RTLD_DEFAULT, symbol)) {
            plugin_say(message, "%s%s", found++ == 0 ? "undefined: " : ", ",
                       symbol);
            sanitizer |= strncmp(symbol, "__ubsan_", 8) == 0;
        }
    }
    if (sanitizer) {
        plugin_say(message, "; compile without -fsanitize=undefined");
    }
    return found > 0;
}

static void say_why_not_loaded(const struct sim_plugin *plugin, const char *why,
                               struct plugin_error *message)
{
    static const char copy[] = "/proc/self/fd"; /* load_copy(): nobody's name */
    const char *colon = strstr(why, ": ");
    struct elf_file elf;
    const char *reason;
    plugin_say(message, "%s: cannot be loaded: ", plugin->path);
    if (colon && strncmp(why, copy, strlen(copy)) == 0) {
        why = colon + 2;
    }
    if (strncmp(why, "undefined symbol", 16) != 0 ||
        !elf_open(&elf, plugin->file, plugin->size, &reason) ||
        !say_undefined(&elf, message)) {
        plugin_say(message, "%s", why);
    }
}

struct sim_image *sim_image_load(struct sim_plugin *plugin, char *error,
                                 size_t error_bytes)
{
    LAB_ASSERT(plugin != NULL);
    LAB_ASSERT(sim_active() && sim_server() < 0);
    LAB_ASSERT(!loading);
    loading = true;
    void *handle = load_copy(plugin);
    loading = false;
    struct link_map *map;
    if (!handle || dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0) {
        const char *why = dlerror();
        struct plugin_error message = {error, 0, error_bytes};
        say_why_not_loaded(plugin, why ? why : strerror(errno), &message);
        return NULL;
    }
    struct sim_image *image = lab_xcalloc(1, sizeof(*image));
    image->handle = handle;
    image->next = images;
    images = image;
    find_ranges(image, plugin, map->l_addr);
    LAB_ASSERT(image->range_count > 0); /* the linker writes into every image */
    if (!real_on()) {
        find_thread_locals(handle, plugin, map);
        race_image_loaded(map);
    }
    sim_image_keep(image);
    return image;
}

void sim_image_keep(struct sim_image *image)
{
    LAB_ASSERT(image->range_count <= RANGES_MAX);
    for (size_t i = 0; i < image->range_count; i++) {
        struct range *range = &image->ranges[i];
        sanitizer_copy(range->kept, range->at, range->size);
    }
}

/* The caller's thread is the tester's: a server's could have a frame in it. */
void sim_image_reset(struct sim_image *image)
{
    LAB_ASSERT(sim_server() < 0);
    for (size_t i = 0; i < image->range_count; i++) {
        struct range *range = &image->ranges[i];
        sanitizer_copy(range->at, range->kept, range->size);
    }
}

void *sim_image_symbol(struct sim_image *image, const char *name)
{
    LAB_ASSERT(image->handle != NULL);
    return dlsym(image->handle, name);
}
