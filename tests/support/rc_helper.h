/* rc_helper.h - what the unit tests of raftcore share.
 * Layer: tests.
 *
 * Entries are written "index/term", runs of them "4/1 5/2". */
#ifndef TESTS_SUPPORT_RC_HELPER_H
#define TESTS_SUPPORT_RC_HELPER_H

#include <check.h>
#include <setjmp.h>

#include "raftcore/memory_storage.h"
#include "raftcore/text.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* ---- Broken invariants ---------------------------------------------------*/

extern jmp_buf rc_fatal_jump;
void rc_fatal_begin(void);
void rc_fatal_end(void);
const char *rc_fatal_text(void); /* "" unless one was told since the begin */

/* The statements break an invariant, which is told by this text. Not in a loop:
 * longjmp() may spoil its variables. */
#define ASSERT_FATAL(text, ...)                                                \
    rc_fatal_begin();                                                          \
    if (setjmp(rc_fatal_jump) == 0) {                                          \
        __VA_ARGS__;                                                           \
    }                                                                          \
    rc_fatal_end();                                                            \
    ck_assert_str_eq(rc_fatal_text(), text)

/* ---- Entries and snapshots: the caller releases --------------------------*/

struct entries make_run(const char *entries);
struct entry make_entry(uint64_t index, uint64_t term, const char *data);
struct payload *make_payload(const char *text); /* NULL: NULL */
struct snapshot *make_snapshot(uint64_t index, uint64_t term);
struct ids make_ids(const char *ids); /* "1 2 3": in this order */

/* A storage compacted up to an entry, with these behind it. */
struct memory_storage *make_storage(uint64_t index, uint64_t term,
                                    const char *entries);

void check_run(const struct entries *run, const char *expected);
void check_taken(struct entries run, const char *expected); /* releases it */

/* It says this; then it says nothing. */
void check_text(struct text *text, const char *expected);

#endif
