/* plugin_check.c - which shared objects can be simulated.
 * Layer: sim. Reads the file: nothing of it runs. */
#include "sim/plugin_check.h"

#include <string.h>

#include "base/assert.h"
#include "sim/sanitizer.h"
#include "sim/sim.h"

#ifdef SIM_ADDRESS_SANITIZER
#define HAS_ADDRESS_SANITIZER true
#else
#define HAS_ADDRESS_SANITIZER false
#endif

/* The option that selects __tls_get_addr(), which is not every compiler's
 * default. */
#ifdef __x86_64__
#define TLS_DIALECT "gnu"
#else
#define TLS_DIALECT "trad"
#endif

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

bool plugin_exports(const struct elf_file *elf, const char *name)
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
                          const char *const *wanted, struct plugin_error *error)
{
    size_t missing = 0;
    LAB_ASSERT(error->used == 0);
    for (; *wanted; wanted++) {
        if (!plugin_exports(elf, *wanted)) {
            plugin_say(error, missing == 0 ? "%s: does not define %s" : "%s%s",
                       missing == 0 ? path : ", ", *wanted);
            missing++;
        }
    }
    if (missing > 0) {
        plugin_say(error, "; define them, too (see the headers in raftapi/)");
    }
    return missing == 0;
}

/* All refused calls in one message, so that one build mends them. */
static bool check_imports(const struct elf_file *elf, const char *path,
                          struct plugin_error *error)
{
    size_t found = 0;
    LAB_ASSERT(error->used == 0);
    for (size_t i = 0; i < elf->symbol_count; i++) {
        bool defined;
        const char *symbol = elf_symbol(elf, i, &defined);
        const struct refused *call =
            symbol && !defined ? find_refused(symbol) : NULL;
        if (call) {
            plugin_say(error,
                       found == 0 ? "%s: calls functions that cannot be "
                                    "simulated: "
                                  : "%s",
                       found == 0 ? path : ", ");
            plugin_say(error, "%s (%s)", call->name, call->why);
            found++;
        }
    }
    return found == 0;
}

bool plugin_imports(const struct elf_file *elf, const char *name)
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

/* Libraries that a plug-in may need: libc and those that belong to it or to the
 * compiler. Any other would be loaded once for all servers: with one set of
 * statics, which no crash resets, and with calls that nobody has checked. */
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
                            struct plugin_error *error)
{
    const char *name;
    for (size_t n = 0; (name = elf_needed(elf, n)) != NULL; n++) {
        if (!is_known_library(name)) {
            plugin_say(
                error,
                "%s: needs the library %s, of which all servers would share "
                "one copy; link it into the plug-in (as a .a file, or compile "
                "its sources)",
                path, name);
            return false;
        }
    }
    return true;
}

/* The runtime of a sanitizer cannot be loaded later than the program, and that
 * of the thread sanitizer would interpose threads and time in our place. */
static bool check_sanitizer(const struct elf_file *elf, const char *path,
                            struct plugin_error *error)
{
    if (sim_only_real()) {
        return true; /* this program is linked with it, too */
    }
    if (elf_needs(elf, "libtsan.") || plugin_exports(elf, "__tsan_init")) {
        plugin_say(
            error,
            "%s: is linked with the library of the thread sanitizer; to look "
            "for data races, compile it with the flags that 'raftlab flags "
            "--race' prints",
            path);
        return false;
    }
    if (!HAS_ADDRESS_SANITIZER && plugin_imports(elf, "__asan_init")) {
        plugin_say(
            error,
            "%s: is compiled with -fsanitize=address, but raftlab is not; "
            "compile it without (to look for data races: 'raftlab flags "
            "--race')",
            path);
        return false;
    }
    return true;
}

/* Variables at a fixed offset from the OS thread's pointer exist once, for all
 * simulated threads: tls.h. */
static bool check_thread_locals(const struct elf_file *elf, const char *path,
                                struct plugin_error *error)
{
    switch (elf_thread_locals(elf)) {
    case ELF_STATIC:
        plugin_say(
            error,
            "%s: has thread-local variables at fixed offsets (static TLS); "
            "compile it with -fPIC and without -ftls-model",
            path);
        return false;
    case ELF_DESCRIPTORS:
        plugin_say(
            error,
            "%s: finds its thread-local variables by TLS descriptors; compile "
            "it with -mtls-dialect=" TLS_DIALECT,
            path);
        return false;
    case ELF_DYNAMIC:
        break;
    }
    return true;
}

bool plugin_check(const struct elf_file *elf, const char *path,
                  const char *const *wanted, struct plugin_error *error)
{
    LAB_ASSERT(elf->symbols != NULL); /* elf_open() has checked the file */
    return check_exports(elf, path, wanted, error) &&
           check_imports(elf, path, error) &&
           check_sanitizer(elf, path, error) &&
           check_libraries(elf, path, error) &&
           check_thread_locals(elf, path, error);
}
