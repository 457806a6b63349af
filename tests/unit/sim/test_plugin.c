/* test_plugin.c - checking shared objects before any of their code runs.
 * Layer: tests. The reference Raft of the same variant is the well-formed one.
 */
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <unistd.h>

#include "base/random.h"
#include "sim/node.h"
#include "sim/plugin.h"
#include "tests/support/plugin_path.h"
#include "tests/support/sim_helper.h"
#include "tests/support/suites.h"

static const char *const none[] = {NULL};
static const char *const wanted[] = {"raft_make", "raft_start", NULL};
static char error[4096];

static const char *reference(void)
{
    return plugin_path("raft.so");
}

static const char *thread_local_path(void)
{
    return plugin_path("plugins/thread_local.so");
}

static uint8_t *read_plugin(const char *path, size_t *size)
{
    static uint8_t bytes[8 << 20];
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    *size = fread(bytes, 1, sizeof(bytes), file);
    fclose(file);
    ck_assert_uint_gt(*size, 1000);
    return bytes;
}

/* Open a file with this content; return the error message. */
static struct sim_plugin *open_bytes(const uint8_t *bytes, size_t size,
                                     const char *const *exports)
{
    char path[] = "/tmp/raftlab-test-XXXXXX";
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes, size), (ssize_t)size);
    close(fd);
    error[0] = '\0';
    struct sim_plugin *plugin =
        sim_plugin_open(path, exports, error, sizeof(error));
    unlink(path);
    ck_assert(plugin || error[0] != '\0');
    return plugin;
}

static void refused(const char *path, const char *why)
{
    ck_assert_ptr_null(sim_plugin_open(path, none, error, sizeof(error)));
    ck_assert_msg(strstr(error, path) && strstr(error, why), "%s", error);
}

START_TEST(other_files_than_shared_objects_are_refused)
{
    refused("/no/such/file.so", "No such file");
    refused("/", "not a regular file");
    refused("/etc/passwd", "not an ELF file");
    refused("/bin/sh", "is a program");
}
END_TEST

START_TEST(missing_exports_are_all_named)
{
    static const char *const more[] = {"raft_make", "raft_walk", "raft_fly",
                                       NULL};
    ck_assert_ptr_null(
        sim_plugin_open(reference(), more, error, sizeof(error)));
    ck_assert_msg(strstr(error, "raft_walk, raft_fly") &&
                      !strstr(error, "raft_make,"),
                  "%s", error);
}
END_TEST

START_TEST(another_machine_is_named_as_the_reason)
{
    size_t size;
    uint8_t *bytes = read_plugin(reference(), &size);
    bytes[18] = 8; /* e_machine: MIPS */
    bytes[19] = 0;
    ck_assert_ptr_null(open_bytes(bytes, size, wanted));
    ck_assert_ptr_nonnull(strstr(error, "wrong architecture"));
}
END_TEST

/* Whatever the file holds, opening it returns. */
START_TEST(damaged_files_do_no_harm)
{
    size_t size;
    uint8_t *bytes = read_plugin(reference(), &size);
    for (size_t cut = 0; cut < size; cut += cut < 200 ? 7 : size / 97) {
        ck_assert_ptr_null(open_bytes(bytes, cut, wanted));
    }
    for (uint64_t i = 0; i < 300; i++) {
        uint64_t draw = random_at(7, i);
        /* Mostly in headers, at the start and at the end of the file. */
        size_t at = random_below(draw, i % 2 ? 1024 : size);
        at = i % 3 == 0 ? size - 1 - at % 2048 : at;
        uint8_t former = bytes[at];
        bytes[at] ^= (uint8_t)(1u << (draw & 7));
        sim_plugin_free(open_bytes(bytes, size, wanted));
        bytes[at] = former;
    }
}
END_TEST

/* Images do not share statics, and a reset restores what was kept. */
static void images(void *plugin)
{
    struct sim_image *a = sim_image_load(plugin, error, sizeof(error));
    ck_assert_msg(a != NULL, "%s", error);
    struct sim_image *b = sim_image_load(plugin, error, sizeof(error));
    ck_assert_msg(b != NULL, "%s", error);
    ck_assert_ptr_ne(sim_image_symbol(a, "raft_make"),
                     sim_image_symbol(b, "raft_make"));
    ck_assert_ptr_null(sim_image_symbol(a, "no_such_function"));
    sim_image_reset(a);
}

START_TEST(each_image_is_a_copy_of_its_own)
{
    struct sim_plugin *plugin =
        sim_plugin_open(reference(), wanted, error, sizeof(error));
    ck_assert_msg(plugin != NULL, "%s", error);
    sim_ok(1, SIM_RANDOM, images, plugin);
    sim_plugin_free(plugin);
}
END_TEST

/* ---- Storage: per thread, per image, as after loading --------------------*/

struct counts {
    uint64_t per_thread, per_image, zeroed_per_thread;
};

static void (*count)(struct counts *counts);

static void count_twice(void *counts)
{
    count(counts);
    sim_sleep(SIM_MS);
    count(counts);
}

static void expect(struct counts got, uint64_t per_thread, uint64_t per_image)
{
    ck_assert_uint_eq(got.per_thread, per_thread);
    ck_assert_uint_eq(got.zeroed_per_thread, per_thread - 10);
    ck_assert_uint_eq(got.per_image, per_image);
}

static void storage(void *plugin)
{
    struct counts a = {0}, b = {0};
    struct sim_image *image = sim_image_load(plugin, error, sizeof(error));
    ck_assert_msg(image != NULL, "%s", error);
    struct sim_node *node = sim_node_new("server", 0);
    void *symbol = sim_image_symbol(image, "count");
    memcpy(&count, &symbol, sizeof(count));

    sim_node_boot(node);
    sim_node_spawn(node, "other", count_twice, &b);
    ck_assert(sim_node_call(node, "one", count_twice, &a));
    sim_sleep(2 * SIM_MS);
    expect(a, 12, a.per_image);
    expect(b, 12, b.per_image);
    ck_assert_uint_eq(a.per_image > b.per_image ? a.per_image : b.per_image,
                      104);
    sim_node_crash(node);
    sim_image_reset(image);
    sim_node_boot(node);
    ck_assert(sim_node_call(node, "one", count_twice, &a));
    expect(a, 12, 102);
    sim_node_free(node);
}

static struct sim_plugin *open_thread_local(void)
{
    struct sim_plugin *plugin =
        sim_plugin_open(thread_local_path(), none, error, sizeof(error));
    ck_assert_msg(plugin != NULL, "%s", error);
    return plugin;
}

static uint64_t *(*place)(void);
static uint64_t *lent;

/* Another thread changes a thread-local variable through a pointer. */
static void lend(void *unused)
{
    (void)unused;
    lent = place();
    ck_assert_ptr_nonnull(lent);
    ck_assert_uint_eq(*lent, 7);
    sim_sleep(2 * SIM_MS);
    ck_assert_ptr_eq(place(), lent);
    ck_assert_uint_eq(*lent, 9);
}

static void borrow(void *unused)
{
    (void)unused;
    sim_sleep(SIM_MS);
    ck_assert_ptr_ne(place(), lent);
    *lent += 2;
    ck_assert_uint_eq(*place(), 7);
}

static void lending(void *plugin)
{
    struct sim_image *image = sim_image_load(plugin, error, sizeof(error));
    ck_assert_msg(image != NULL, "%s", error);
    struct sim_node *node = sim_node_new("server", 0);
    void *symbol = sim_image_symbol(image, "place");
    memcpy(&place, &symbol, sizeof(place));
    sim_node_boot(node);
    sim_node_spawn(node, "borrower", borrow, NULL);
    ck_assert(sim_node_call(node, "lender", lend, NULL));
    sim_node_free(node);
}

START_TEST(statics_are_per_image_and_thread_locals_per_thread)
{
    struct sim_plugin *plugin = open_thread_local();
    for (uint64_t seed = 1; seed <= 10; seed++) {
        sim_ok(seed, SIM_RANDOM, storage, plugin);
    }
    sim_plugin_free(plugin);
}
END_TEST

/* As with real threads, a pointer to another thread's variable is valid. */
START_TEST(thread_locals_can_be_lent)
{
    struct sim_plugin *plugin = open_thread_local();
    sim_ok(1, SIM_RANDOM, lending, plugin);
    sim_plugin_free(plugin);
}
END_TEST

/* As in a plug-in compiled with another model of thread-local storage. */
static void turn_relocations(uint8_t *bytes, uint64_t from, uint64_t to)
{
    ElfW(Ehdr) header;
    memcpy(&header, bytes, sizeof(header));
    for (size_t i = 0; i < header.e_shnum; i++) {
        ElfW(Shdr) section;
        memcpy(&section, bytes + header.e_shoff + i * sizeof(section),
               sizeof(section));
        size_t entries = section.sh_size / sizeof(ElfW(Rela));
        for (size_t k = 0; section.sh_type == SHT_RELA && k < entries; k++) {
            ElfW(Rela) entry;
            uint8_t *at = bytes + section.sh_offset + k * sizeof(entry);
            memcpy(&entry, at, sizeof(entry));
            if (ELF64_R_TYPE(entry.r_info) == from) {
                entry.r_info = ELF64_R_INFO(ELF64_R_SYM(entry.r_info), to);
                memcpy(at, &entry, sizeof(entry));
            }
        }
    }
}

START_TEST(other_ways_to_find_thread_locals_are_refused)
{
    size_t size;
    uint8_t *bytes = read_plugin(thread_local_path(), &size);
    turn_relocations(bytes, R_X86_64_DTPMOD64, R_X86_64_TPOFF64);
    ck_assert_ptr_null(open_bytes(bytes, size, none));
    ck_assert_ptr_nonnull(strstr(error, "without -ftls-model"));
    turn_relocations(bytes, R_X86_64_TPOFF64, R_X86_64_TLSDESC);
    ck_assert_ptr_null(open_bytes(bytes, size, none));
    ck_assert_ptr_nonnull(strstr(error, "with -mtls-dialect=gnu"));
    turn_relocations(bytes, R_X86_64_TLSDESC, R_X86_64_DTPMOD64);
    struct sim_plugin *plugin = open_bytes(bytes, size, none);
    ck_assert_ptr_nonnull(plugin);
    sim_plugin_free(plugin);
}
END_TEST

/* Change the name in the file from "libc.so.6" to "libx.so.6". */
START_TEST(other_libraries_than_libc_are_refused)
{
    size_t size;
    uint8_t *bytes = read_plugin(reference(), &size);
    uint8_t *name = memmem(bytes, size, "libc.so.6", 9);
    ck_assert_ptr_nonnull(name);
    name[3] = 'x';
    ck_assert_ptr_null(open_bytes(bytes, size, wanted));
    ck_assert_msg(strstr(error, "needs the library libx.so.6") != NULL, "%s",
                  error);
}
END_TEST

SUITE(sim_plugin)
{
    Suite *suite = suite_create("sim_plugin");
    TCase *tc = tcase_create("plugin");
    tcase_add_test(tc, other_files_than_shared_objects_are_refused);
    tcase_add_test(tc, missing_exports_are_all_named);
    tcase_add_test(tc, another_machine_is_named_as_the_reason);
    tcase_add_test(tc, damaged_files_do_no_harm);
    tcase_add_test(tc, each_image_is_a_copy_of_its_own);
    tcase_add_test(tc, statics_are_per_image_and_thread_locals_per_thread);
    tcase_add_test(tc, thread_locals_can_be_lent);
    tcase_add_test(tc, other_ways_to_find_thread_locals_are_refused);
    tcase_add_test(tc, other_libraries_than_libc_are_refused);
    suite_add_tcase(suite, tc);
    return suite;
}
