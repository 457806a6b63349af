/* record.h - plain structs that can be packed, unpacked, copied and printed.
 * Layer: base; public to labs. Any thread.
 *
 *     RECORD(entry, U64(term) BYTES(command));
 *     RECORD(saved, U64(current_term) INT(voted_for) LIST(entry, log));
 *
 * gives struct entry and struct saved, with ordinary members, and what the
 * functions below need to know about them. Field kinds:
 *
 *     U64(x)      uint64_t x             BOOL(x)     bool x
 *     I64(x)      int64_t x              TEXT(x)     char *x (NULL = "")
 *     INT(x)      int x                  BYTES(x)    struct bytes x
 *     LIST(r, x)  struct r *x; size_t x_count        (r: a RECORD made before)
 *
 * Wire form: protobuf. Field number = position in the list, from 1. U64 and
 * BOOL are varints, I64 and INT zigzag varints (sint64), TEXT, BYTES and the
 * elements of LIST are length-delimited. Zero and empty fields are not sent;
 * unknown fields are skipped. Equal records have equal bytes.
 *
 * A record whose members are all zero is empty and owns nothing. A record
 * filled by record_unpack() or record_copy() owns what its TEXT, BYTES and
 * LIST members point to, until record_free(). A LIST may nest others, but no
 * record may contain itself. */
#ifndef BASE_RECORD_H
#define BASE_RECORD_H

#include "base/bytes.h"
#include "base/error.h"

struct record_layout; /* computed from the field list at first use */

struct record_type {
    const char *name;
    const char *fields; /* the field list, as written */
    size_t size;        /* sizeof the struct */
    /* All record types of the same program or plug-in: LIST looks up here. */
    struct record_type *const *first, *const *last;
    const void *unit; /* whose names LIST means: one address per .c file */
    struct record_layout *layout; /* cache; NULL until record_prepare() */
};

#define U64(x)   uint64_t x;
#define I64(x)   int64_t x;
#define INT(x)   int x;
#define BOOL(x)  bool x;
#define TEXT(x)  char *x;
#define BYTES(x) struct bytes x;
#define LIST(r, x)                                                             \
    struct r *x;                                                               \
    size_t x##_count;

/* Bounds of the section that collects pointers to all types of one module. */
extern struct record_type *const __start_raftlab_records[]
    __attribute__((visibility("hidden")));
extern struct record_type *const __stop_raftlab_records[]
    __attribute__((visibility("hidden")));

/* Its address stands for this translation unit. */
static char record_unit __attribute__((unused));

/* Define a record. At file scope, in a header or a source file. */
#define RECORD(name, ...)                                                      \
    struct name {                                                              \
        __VA_ARGS__                                                            \
    };                                                                         \
    static struct record_type record_##name                                    \
        __attribute__((unused)) = {#name,                                      \
                                   #__VA_ARGS__,                               \
                                   sizeof(struct name),                        \
                                   __start_raftlab_records,                    \
                                   __stop_raftlab_records,                     \
                                   &record_unit,                               \
                                   NULL};                                      \
    static struct record_type *const record_##name##_entry                     \
        __attribute__((used, section("raftlab_records"))) = &record_##name;    \
    struct name /* swallows the semicolon */

/* Typed short forms: PACK(saved, &rf->saved), UNPACK(saved, bytes, &s), … */
#define PACK(name, pointer)                                                    \
    record_pack(&record_##name, (const struct name *){(pointer)})
#define UNPACK(name, from, pointer)                                            \
    record_unpack(&record_##name, (from), (struct name *){(pointer)})
#define FREE(name, pointer)                                                    \
    record_free(&record_##name, (struct name *){(pointer)})

/* Read the field list now instead of at first use, and check it: the members
 * it implies must fill the struct exactly. A wrong list, or a LIST of an
 * unknown record, is a bug of the program: the run ends with a message. */
void record_prepare(struct record_type *type);

/* The same for all records of the program or plug-in that *any belongs to;
 * for those who load it, so that nothing is left to do on its threads. */
void record_prepare_all(struct record_type *any);

/* Do the two have the same name and fields, down to the elements of LISTs?
 * So it is, for example, with one header compiled into two files. */
bool record_same(struct record_type *a, struct record_type *b);

/* The wire form of *record. The caller owns the bytes. */
struct bytes record_pack(struct record_type *type, const void *record);

/* Append the wire form to *to (which the caller owns; it may move). */
void record_pack_onto(struct record_type *type, const void *record,
                      struct bytes *to);

/* The number of bytes record_pack() would give. */
size_t record_packed_size(struct record_type *type, const void *record);

/* Write the wire form to memory of the caller; size must be what
 * record_packed_size() says. */
void record_pack_into(struct record_type *type, const void *record, void *to,
                      size_t size);

/* Fill *record, which must be empty, from bytes of any origin.
 * Returns LAB_OK; or LAB_EMALFORMED (cut off, overlong, bad length),
 * LAB_ETYPE (another wire type than the field list says), LAB_ERANGE (an INT
 * that does not fit), LAB_ENOMEM; after an error *record is empty.
 * A field that comes twice has its last value (LISTs get all elements); TEXT
 * with a zero byte inside is malformed.
 * A record that already holds something is reported (record_set_dirty_hook):
 * zero fields are not sent, so the old values would have survived. It is then
 * treated as empty; what it pointed to is not freed. */
enum lab_err record_unpack(struct record_type *type, struct bytes from,
                           void *record);

/* Deep copy into *to, which must be empty. */
void record_copy(struct record_type *type, const void *from, void *to);

/* Free what the record owns and make it empty. */
void record_free(struct record_type *type, void *record);

/* record_free(), with all that it owned overwritten first (0xDB), and the
 * struct too: for memory that somebody might go on using by mistake. */
void record_wipe(struct record_type *type, void *record);

/* Field by field, deep. */
bool record_equal(struct record_type *type, const void *a, const void *b);

/* One line of JSON with the field names. BYTES as text if printable ASCII,
 * else as "0x" and hex digits, and so TEXT that is not UTF-8; integers beyond
 * 2^53, where JSON numbers lose digits, as strings. The caller frees it with
 * free(). */
char *record_print(struct record_type *type, const void *record);

/* Who is told of a dirty target of record_unpack(): type and field. The
 * default prints to standard error. Set before threads exist. */
void record_set_dirty_hook(void (*complain)(const char *type,
                                            const char *field));

#endif
