/* rc_helper.c - what the unit tests of raftcore share.
 * Layer: tests. */
#include "tests/support/rc_helper.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "raftcore/fatal.h"

jmp_buf rct_fatal_jump;
static char told[512];

static void on_fatal(const char *text)
{
    snprintf(told, sizeof(told), "%s", text);
    longjmp(rct_fatal_jump, 1);
}

void rct_fatal_begin(void)
{
    told[0] = '\0';
    rc_set_fatal_hook(on_fatal);
}

void rct_fatal_end(void)
{
    rc_set_fatal_hook(NULL);
}

const char *rct_fatal_text(void)
{
    return told;
}

struct rc_payload *make_payload(const char *text)
{
    if (!text) {
        return NULL;
    }
    struct rc_payload *payload = rc_payload_of(rc_bytes_of_text(text));
    ck_assert_ptr_nonnull(payload);
    return payload;
}

struct rc_entry make_entry(uint64_t index, uint64_t term, const char *data)
{
    return (struct rc_entry){
        .index = index, .term = term, .data = make_payload(data)};
}

struct rc_entries make_run(const char *entries)
{
    struct rc_entries run = {NULL, NULL, 0};
    while (*entries) {
        char *end = NULL;
        struct rc_entry entry = {.index = strtoull(entries, &end, 10)};
        ck_assert_int_eq(*end, '/');
        entry.term = strtoull(end + 1, &end, 10);
        rc_entries_append(&run, &entry, 1);
        entries = *end == ' ' ? end + 1 : end;
    }
    return run;
}

struct rc_snapshot *make_snapshot(uint64_t index, uint64_t term)
{
    struct rc_snapshot *snapshot = rc_snapshot_new();
    snapshot->index = index;
    snapshot->term = term;
    return snapshot;
}

struct rc_ids make_ids(const char *ids)
{
    struct rc_ids made = {NULL, 0, 0};
    while (*ids) {
        char *end = NULL;
        rc_ids_append(&made, strtoull(ids, &end, 10));
        ck_assert_ptr_ne(end, ids);
        ids = *end == ' ' ? end + 1 : end;
    }
    return made;
}

struct rc_memory_storage *make_storage(uint64_t index, uint64_t term,
                                       const char *entries)
{
    struct rc_memory_storage *ms = rc_memory_storage_new();
    if (index > 0) {
        struct rc_snapshot *snapshot = make_snapshot(index, term);
        ck_assert_int_eq(rc_memory_storage_apply_snapshot(ms, snapshot), RC_OK);
        rc_snapshot_drop(snapshot);
    }
    struct rc_entries run = make_run(entries);
    rc_memory_storage_append(ms, &run);
    rc_entries_release(&run);
    return ms;
}

void check_text(struct rc_text *text, const char *expected)
{
    ck_assert_str_eq(rc_text_of(text), expected);
    rc_text_release(text);
}

void check_run(const struct rc_entries *run, const char *expected)
{
    struct rc_text text = {NULL, 0, 0};
    for (size_t i = 0; i < run->count; i++) {
        rc_text_add(&text, "%s%" PRIu64 "/%" PRIu64, i ? " " : "",
                    run->at[i].index, run->at[i].term);
    }
    check_text(&text, expected);
}

void check_taken(struct rc_entries run, const char *expected)
{
    check_run(&run, expected);
    rc_entries_release(&run);
}
