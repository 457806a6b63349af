/* record.h - plain structs that can be packed, unpacked, copied and printed.
 * Layer: base; public to labs. Any thread. Nothing here waits.
 *
 *     RECORD(entry, U64(term) BYTES(command));
 *     RECORD(saved, U64(current_term) INT(voted_for) LIST(entry, log));
 *
 *     struct saved saved = {.current_term = 7, .voted_for = -1};
 *     struct bytes state = PACK(saved, &saved);      yours: bytes_free()
 *
 *     struct saved back = {0};
 *     if (UNPACK(saved, state, &back) == LAB_OK) {
 *         ...
 *         FREE(saved, &back);
 *     }
 *
 * RECORD defines an ordinary struct, and what the functions below need to
 * know about its fields. A field is one of
 *
 *     U64(x)      uint64_t x             BOOL(x)     bool x
 *     I64(x)      int64_t x              TEXT(x)     char *x (NULL = "")
 *     INT(x)      int x                  BYTES(x)    struct bytes x
 *     LIST(r, x)  struct r *x; size_t x_count        (r: an earlier RECORD)
 *
 * Ownership. A record whose members are all zero is empty and owns nothing.
 * One that record_unpack() or record_copy() has filled owns what its TEXT,
 * BYTES and LIST members point to, until record_free(). One that you fill
 * yourself owns what you say it does: packing only reads it.
 *
 * Wire form: protobuf (protobuf.dev, "Encoding"), so "protoc --decode" reads
 * it. The number of a field is its position in the list, from 1. U64 and BOOL
 * are varints, I64 and INT zigzag varints (sint64); TEXT, BYTES and the
 * elements of a LIST are length-delimited. Fields that are zero or empty are
 * not sent; unknown fields are skipped. Equal records have equal bytes.
 *
 * A LIST may contain LISTs, but a record must not contain itself. */
#ifndef BASE_RECORD_H
#define BASE_RECORD_H

#include "base/bytes.h"
#include "base/error.h"

struct record_layout; /* computed from the field list at first use */

struct record_type {
    const char *name;
    const char *fields; /* the field list, as written */
    size_t size;        /* sizeof the struct */
    /* All record types of the same program or plug-in. LIST(r, x) means the r
     * of its own translation unit: each has an address of its own. */
    struct record_type *const *first, *const *last;
    const void *unit;
    struct record_layout *layout; /* cache; NULL until first use */
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

/* Its address identifies this translation unit. */
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

/* Short forms, which check the type of the pointer. */
#define PACK(name, pointer)                                                    \
    record_pack(&record_##name, (const struct name *){(pointer)})
#define UNPACK(name, from, pointer)                                            \
    record_unpack(&record_##name, (from), (struct name *){(pointer)})
#define FREE(name, pointer)                                                    \
    record_free(&record_##name, (struct name *){(pointer)})

/* ---- Packing -------------------------------------------------------------*/

/* Return the wire form of *record. The caller owns it. */
struct bytes record_pack(struct record_type *type, const void *record);

/* Append the wire form to *to, which the caller owns; its data may move. */
void record_pack_onto(struct record_type *type, const void *record,
                      struct bytes *to);

/* Return the size of the wire form in bytes. */
size_t record_packed_size(struct record_type *type, const void *record);

/* Write the wire form to memory of the caller, of exactly the size that
 * record_packed_size() returns. */
void record_pack_into(struct record_type *type, const void *record, void *to,
                      size_t size);

/* Fill *record, which must be empty, from bytes of any origin. The caller
 * then owns what it holds. A field that occurs twice has its last value; a
 * LIST gets all elements. Returns LAB_OK, or with *record empty:
 * LAB_EMALFORMED  cut off, overlong, a bad length, or a TEXT with a zero byte
 * LAB_ETYPE       a field has another wire type than in the field list
 * LAB_ERANGE      an INT does not fit
 * LAB_ENOMEM      there is no memory
 * If *record already holds something, that is reported (see
 * record_set_dirty_hook) and lost, and what it pointed to is not freed: a
 * field that is zero is not sent, so an old value would pass for a new one. */
enum lab_err record_unpack(struct record_type *type, struct bytes from,
                           void *record);

/* ---- Memory --------------------------------------------------------------*/

/* Copy *from, deeply, into *to, which must be empty. The caller owns the
 * copy. */
void record_copy(struct record_type *type, const void *from, void *to);

/* Free what the record owns and make it empty. */
void record_free(struct record_type *type, void *record);

/* record_free(), but first overwrite all that it owned, and the struct, with
 * 0xDB: a thread that still uses it fails at once. */
void record_wipe(struct record_type *type, void *record);

/* ---- Comparing and printing ----------------------------------------------*/

/* Are all fields equal, deeply? A NULL TEXT equals "". */
bool record_equal(struct record_type *type, const void *a, const void *b);

/* Return the record as one line of JSON, to be freed with free(). BYTES are
 * text if they are printable ASCII, else "0x" and hexadecimal digits, like
 * TEXT that is not UTF-8. Integers beyond 2^53 are strings, because JSON
 * readers take numbers for doubles. */
char *record_print(struct record_type *type, const void *record);

/* ---- Types ---------------------------------------------------------------*/

/* Read and check the field list now instead of at first use. A wrong list, or
 * a LIST of an unknown record, is a bug and ends the run with a message. */
void record_prepare(struct record_type *type);

/* Prepare all records of the program or plug-in that *any belongs to. For
 * loaders: nothing is then left to do on a server's threads. */
void record_prepare_all(struct record_type *any);

/* Do both types have the same name and fields, down to the elements of their
 * LISTs? True for a RECORD of a header that two files include. */
bool record_same(struct record_type *a, struct record_type *b);

/* Call hook when record_unpack() finds its target not empty, with a message
 * (borrowed) that names the field; NULL: print it to standard error, which is
 * the default. Set while there is one thread. */
void record_set_dirty_hook(void (*hook)(const char *message));

#endif
