/* rc_helper.c - what the unit tests of raftcore share.
 * Layer: tests. */
#include "tests/support/rc_helper.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "raftcore/fatal.h"

jmp_buf rc_fatal_jump;
static char told[512];

static void on_fatal(const char *text)
{
    snprintf(told, sizeof(told), "%s", text);
    longjmp(rc_fatal_jump, 1);
}

void rc_fatal_begin(void)
{
    told[0] = '\0';
    core_set_fatal_hook(on_fatal);
}

void rc_fatal_end(void)
{
    core_set_fatal_hook(NULL);
}

const char *rc_fatal_text(void)
{
    return told;
}

struct payload *make_payload(const char *text)
{
    if (!text) {
        return NULL;
    }
    struct payload *payload = payload_of(bytes_of_text(text));
    ck_assert_ptr_nonnull(payload);
    return payload;
}

struct entry make_entry(uint64_t index, uint64_t term, const char *data)
{
    return (struct entry){
        .index = index, .term = term, .data = make_payload(data)};
}

struct entries make_run(const char *entries)
{
    struct entries run = {NULL, NULL, 0};
    while (*entries) {
        char *end = NULL;
        struct entry entry = {.index = strtoull(entries, &end, 10)};
        ck_assert_int_eq(*end, '/');
        entry.term = strtoull(end + 1, &end, 10);
        entries_append(&run, &entry, 1);
        entries = *end == ' ' ? end + 1 : end;
    }
    return run;
}

struct snapshot *make_snapshot(uint64_t index, uint64_t term)
{
    struct snapshot *snapshot = snapshot_new();
    snapshot->index = index;
    snapshot->term = term;
    return snapshot;
}

struct ids make_ids(const char *ids)
{
    struct ids made = {NULL, 0, 0};
    while (*ids) {
        char *end = NULL;
        ids_append(&made, strtoull(ids, &end, 10));
        ck_assert_ptr_ne(end, ids);
        ids = *end == ' ' ? end + 1 : end;
    }
    return made;
}

struct memory_storage *make_storage(uint64_t index, uint64_t term,
                                    const char *entries)
{
    struct memory_storage *ms = memory_storage_new();
    if (index > 0) {
        struct snapshot *snapshot = make_snapshot(index, term);
        ck_assert_int_eq(memory_storage_apply_snapshot(ms, snapshot), CORE_OK);
        snapshot_drop(snapshot);
    }
    struct entries run = make_run(entries);
    memory_storage_append(ms, &run);
    entries_release(&run);
    return ms;
}

void check_text(struct text *text, const char *expected)
{
    ck_assert_str_eq(text_of(text), expected);
    text_release(text);
}

void check_run(const struct entries *run, const char *expected)
{
    struct text text = {NULL, 0, 0};
    for (size_t i = 0; i < run->count; i++) {
        text_add(&text, "%s%" PRIu64 "/%" PRIu64, i ? " " : "",
                 run->at[i].index, run->at[i].term);
    }
    check_text(&text, expected);
}

void check_taken(struct entries run, const char *expected)
{
    check_run(&run, expected);
    entries_release(&run);
}
