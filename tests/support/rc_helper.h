/* rc_helper.h - what the unit tests of raftcore share.
 * Layer: tests.
 *
 * Entries are written "index/term", runs of them "4/1 5/2". Names of the
 * fixtures begin with rct_ (raftcore test), names of the library with rc_. */
#ifndef TESTS_SUPPORT_RC_HELPER_H
#define TESTS_SUPPORT_RC_HELPER_H

#include <check.h>
#include <setjmp.h>

#include "raftcore/memory_storage.h"
#include "raftcore/text.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* ---- Broken invariants ---------------------------------------------------*/

extern jmp_buf rct_fatal_jump;
void rct_fatal_begin(void);
void rct_fatal_end(void);
const char *rct_fatal_text(void); /* "" if none was broken since */

/* The statements break an invariant with this text. Not in a loop: longjmp()
 * may spoil its variables. */
#define ASSERT_FATAL(text, ...)                                                \
    rct_fatal_begin();                                                         \
    if (setjmp(rct_fatal_jump) == 0) {                                         \
        __VA_ARGS__;                                                           \
    }                                                                          \
    rct_fatal_end();                                                           \
    ck_assert_str_eq(rct_fatal_text(), text)

/* ---- Entries and snapshots: the caller releases --------------------------*/

struct rc_entries make_run(const char *entries);
struct rc_entry make_entry(uint64_t index, uint64_t term, const char *data);
struct rc_payload *make_payload(const char *text); /* NULL: NULL */
struct rc_snapshot *make_snapshot(uint64_t index, uint64_t term);
struct rc_ids make_ids(const char *ids); /* "1 2 3": in this order */

/* A storage compacted up to an entry, with these behind it. */
struct rc_memory_storage *make_storage(uint64_t index, uint64_t term,
                                       const char *entries);

void check_run(const struct rc_entries *run, const char *expected);
void check_taken(struct rc_entries run, const char *expected); /* releases it */

/* It says this; then it says nothing. */
void check_text(struct rc_text *text, const char *expected);

#endif
