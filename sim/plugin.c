/* plugin.c - checking a shared object, and loading it once per server.
 * Layer: sim.
 *
 * Each image is loaded from an anonymous file of its own: to the dynamic
 * linker another library, with its own statics. */
#include "sim/plugin.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"
#include "sim/image/elf.h"
#include "sim/image/symbols.h"
#include "sim/node_internal.h"
#include "sim/plugin_internal.h"
#include "sim/race/race.h"
#include "sim/real/libc.h"
#include "sim/real/mode.h"
#include "sim/sanitizer.h"
#include "sim/tls.h"

struct sim_plugin {
    uint32_t number;
    char *path;
    uint8_t *file;
    size_t size;
    bool instrumented;
};

#ifdef SIM_ADDRESS_SANITIZER
#define HAS_ADDRESS_SANITIZER true
#else
#define HAS_ADDRESS_SANITIZER false
#endif

/* Of __tls_get_addr; not every compiler's default. */
#ifdef __x86_64__
#define TLS_DIALECT "gnu"
#else
#define TLS_DIALECT "trad"
#endif

#define RANGES_MAX 8

struct sim_image {
    struct sim_image *next; /* of all that were loaded */
    void *handle;
    size_t range_count; /* writable data, and what it is put back to */
    struct range {
        uint8_t *at;
        uint8_t *kept;
        size_t size;
    } ranges[RANGES_MAX];
};

static struct sim_plugin *plugins[SIM_PLUGINS_MAX]; /* by number */
static struct sim_image *images;
static bool loading;
static bool visible; /* to other processes, by the paths of images */

void sim_plugin_for_debuggers(void)
{
    visible = true;
}

bool plugins_loading(void)
{
    return loading;
}

/* ---- Checking ------------------------------------------------------------*/

static const struct refused {
    const char *name, *why;
} refused_calls[] = {
#define SIMULATED(name, group)
#define REFUSED(name, group)     {#name, group},
#define CALL(name, class, group) class(name, group)
#include "sim/calls.def"
#undef CALL
#undef REFUSED
#undef SIMULATED
};

static const struct refused *find_refused(const char *name)
{
    size_t count = sizeof(refused_calls) / sizeof(refused_calls[0]);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(refused_calls[i].name, name) == 0) {
            return &refused_calls[i];
        }
    }
    return NULL;
}

/* Text that grows up to its room; what does not fit is left out. */
struct message {
    char *text;
    size_t used, room;
};

static void say(struct message *message, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void say(struct message *message, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    size_t room = message->room - message->used;
    int n = vsnprintf(message->text + message->used, room, format, args);
    va_end(args);
    if (n > 0) {
        message->used += (size_t)n < room ? (size_t)n : room - 1;
    }
}

static bool exports(const struct elf_file *elf, const char *name)
{
    for (size_t i = 0; i < elf->symbol_count; i++) {
        bool defined;
        const char *symbol = elf_symbol(elf, i, &defined);
        if (symbol && defined && strcmp(symbol, name) == 0) {
            return true;
        }
    }
    return false;
}

static bool check_exports(const struct elf_file *elf, const char *path,
                          const char *const *wanted, struct message *error)
{
    size_t missing = 0;
    for (; *wanted; wanted++) {
        if (!exports(elf, *wanted)) {
            say(error, missing == 0 ? "%s: does not define %s" : "%s%s",
                missing == 0 ? path : ", ", *wanted);
            missing++;
        }
    }
    if (missing > 0) {
        say(error, "; whoever defines the others has to (see the header)");
    }
    return missing == 0;
}

static bool check_imports(const struct elf_file *elf, const char *path,
                          struct message *error)
{
    size_t found = 0;
    for (size_t i = 0; i < elf->symbol_count; i++) {
        bool defined;
        const char *symbol = elf_symbol(elf, i, &defined);
        const struct refused *call =
            symbol && !defined ? find_refused(symbol) : NULL;
        if (call) {
            say(error,
                found == 0 ? "%s: calls what cannot be simulated: " : "%s",
                found == 0 ? path : ", ");
            say(error, "%s (%s)", call->name, call->why);
            found++;
        }
    }
    return found == 0;
}

static bool imports(const struct elf_file *elf, const char *name)
{
    for (size_t i = 0; i < elf->symbol_count; i++) {
        bool defined;
        const char *symbol = elf_symbol(elf, i, &defined);
        if (symbol && !defined && strcmp(symbol, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Libraries that a plug-in may ask for: libc and what belongs to it or to the
 * compiler. Any other would be loaded once for all servers: one set of
 * statics, which no crash restores, and calls that nobody has looked at. */
static const char *const libraries[] = {
    "libc.so.",      "libm.so.",     "libpthread.so.", "libdl.so.",
    "librt.so.",     "ld-linux",     "libgcc_s.so.",   "libatomic.so.",
    "libasan.so.",   "libubsan.so.", "libtsan.so.",    "libclang_rt.",
    "linux-vdso.so",
};

static bool is_known_library(const char *name)
{
    for (size_t i = 0; i < sizeof(libraries) / sizeof(libraries[0]); i++) {
        if (strncmp(name, libraries[i], strlen(libraries[i])) == 0) {
            return true;
        }
    }
    return false;
}

static bool check_libraries(const struct elf_file *elf, const char *path,
                            struct message *error)
{
    const char *name;
    for (size_t n = 0; (name = elf_needed(elf, n)) != NULL; n++) {
        if (!is_known_library(name)) {
            say(error,
                "%s: needs the library %s, which all servers would share; "
                "link it into the plug-in (the .a file, or its sources)",
                path, name);
            return false;
        }
    }
    return true;
}

/* The runtime of the thread sanitizer cannot be loaded later than the program,
 * and would take threads and time away from us. */
static bool check_sanitizer(const struct elf_file *elf, const char *path,
                            struct message *error)
{
    if (sim_only_real()) {
        return true; /* this program has the library */
    }
    if (elf_needs(elf, "libtsan.") || exports(elf, "__tsan_init")) {
        say(error,
            "%s: is linked with the thread sanitizer's own library; compile "
            "it with what 'raftlab flags --race' says",
            path);
        return false;
    }
    if (!HAS_ADDRESS_SANITIZER && imports(elf, "__asan_init")) {
        say(error,
            "%s: is compiled with -fsanitize=address, which needs a program "
            "that is, too; compile it without (for data races: --race)",
            path);
        return false;
    }
    return true;
}

/* One thread of the system cannot have more than one of these. */
static bool check_thread_locals(const struct elf_file *elf, const char *path,
                                struct message *error)
{
    switch (elf_thread_locals(elf)) {
    case ELF_STATIC:
        say(error,
            "%s: has thread-local variables at fixed places; compile it with "
            "-fPIC and without -ftls-model",
            path);
        return false;
    case ELF_DESCRIPTORS:
        say(error,
            "%s: finds its thread-local variables by descriptors; compile it "
            "with -mtls-dialect=" TLS_DIALECT,
            path);
        return false;
    case ELF_DYNAMIC:
        break;
    }
    return true;
}

bool sim_plugin_instrumented(const struct sim_plugin *plugin)
{
    return plugin->instrumented;
}

/* ---- Reading -------------------------------------------------------------*/

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

static bool read_file(struct sim_plugin *plugin, struct message *error)
{
    struct stat about;
    int fd = open(plugin->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &about) != 0) {
        say(error, "%s: cannot be opened: %s", plugin->path, strerror(errno));
    } else if (!S_ISREG(about.st_mode)) {
        say(error, "%s: is not a regular file; give a shared object (.so)",
            plugin->path);
    } else {
        plugin->size = (size_t)about.st_size;
        plugin->file = lab_xmalloc(plugin->size + 1);
        if (read_all(fd, plugin->file, plugin->size)) {
            close(fd);
            return true;
        }
        say(error, "%s: cannot be read: %s", plugin->path, strerror(errno));
    }
    if (fd >= 0) {
        close(fd);
    }
    return false;
}

static void take_number(struct sim_plugin *plugin)
{
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
    struct message message = {error, 0, error_bytes};
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
        say(&message, "%s: %s", path, reason);
        sim_plugin_free(plugin);
        return NULL;
    }
    if (!check_exports(&elf, path, wanted, &message) ||
        !check_imports(&elf, path, &message) ||
        !check_sanitizer(&elf, path, &message) ||
        !check_libraries(&elf, path, &message) ||
        !check_thread_locals(&elf, path, &message)) {
        sim_plugin_free(plugin);
        return NULL;
    }
    plugin->instrumented = imports(&elf, "__tsan_init");
    return plugin;
}

void sim_plugin_free(struct sim_plugin *plugin)
{
    if (plugin) {
        plugins[plugin->number] = NULL;
        symbols_forget(plugin->file);
        free(plugin->path);
        free(plugin->file);
        free(plugin);
    }
}

bool sim_plugin_defines(const struct sim_plugin *plugin, const char *name)
{
    struct elf_file elf;
    const char *reason;
    return elf_open(&elf, plugin->file, plugin->size, &reason) &&
           exports(&elf, name);
}

const void *sim_plugin_file(const struct sim_plugin *plugin, size_t *bytes)
{
    *bytes = plugin->size;
    return plugin->file;
}

/* ---- Loading -------------------------------------------------------------*/

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

/* The dynamic linker knows libraries by path as well as by file, so each
 * copy also needs a path of its own: "/." is added once more each time. */
static void *load_copy(const struct sim_plugin *plugin)
{
    static unsigned copies;
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
    /* The thread sanitizer, too, reads names from it. */
    if (!visible && !sim_only_real()) {
        close(fd);
    }
    return handle;
}

static uintptr_t page_down(uintptr_t at)
{
    return at & ~((uintptr_t)sysconf(_SC_PAGESIZE) - 1);
}

/* Writable segments without what the linker has made read-only again. */
static void find_ranges(struct sim_image *image,
                        const struct sim_plugin *plugin, uintptr_t base)
{
    const ElfW(Ehdr) *header = (const void *)plugin->file;
    const ElfW(Phdr) *ph = (const void *)(plugin->file + header->e_phoff);
    uintptr_t relro_end = 0, high = 0;
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

/* Everything that neither this program nor a library of the plug-in has; the
 * linker names the first only. False: there is none, it is something else. */
static bool say_undefined(const struct elf_file *elf, struct message *message)
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
            say(message, "%s%s", found++ == 0 ? "undefined: " : ", ", symbol);
            sanitizer |= strncmp(symbol, "__ubsan_", 8) == 0;
        }
    }
    if (sanitizer) {
        say(message, "; compile without -fsanitize=undefined");
    }
    return found > 0;
}

static void say_why_not_loaded(const struct sim_plugin *plugin, const char *why,
                               struct message *message)
{
    static const char copy[] = "/proc/self/fd"; /* load_copy(): nobody's name */
    const char *colon = strstr(why, ": ");
    struct elf_file elf;
    const char *reason;
    say(message, "%s: cannot be loaded: ", plugin->path);
    if (colon && strncmp(why, copy, strlen(copy)) == 0) {
        why = colon + 2;
    }
    if (strncmp(why, "undefined symbol", 16) != 0 ||
        !elf_open(&elf, plugin->file, plugin->size, &reason) ||
        !say_undefined(&elf, message)) {
        say(message, "%s", why);
    }
}

struct sim_image *sim_image_load(struct sim_plugin *plugin, char *error,
                                 size_t error_bytes)
{
    LAB_ASSERT(sim_active() && sim_server() < 0);
    loading = true;
    void *handle = load_copy(plugin);
    loading = false;
    struct link_map *map;
    if (!handle || dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0) {
        const char *why = dlerror();
        struct message message = {error, 0, error_bytes};
        say_why_not_loaded(plugin, why ? why : strerror(errno), &message);
        return NULL;
    }
    struct sim_image *image = lab_xcalloc(1, sizeof(*image));
    image->handle = handle;
    image->next = images;
    images = image;
    find_ranges(image, plugin, map->l_addr);
    if (!real_on()) {
        find_thread_locals(handle, plugin, map);
        race_image_loaded(map);
    }
    sim_image_keep(image);
    return image;
}

void sim_image_keep(struct sim_image *image)
{
    for (size_t i = 0; i < image->range_count; i++) {
        struct range *range = &image->ranges[i];
        sanitizer_copy(range->kept, range->at, range->size);
    }
}

void sim_image_reset(struct sim_image *image)
{
    for (size_t i = 0; i < image->range_count; i++) {
        struct range *range = &image->ranges[i];
        sanitizer_copy(range->at, range->kept, range->size);
    }
}

void *sim_image_symbol(struct sim_image *image, const char *name)
{
    return dlsym(image->handle, name);
}
