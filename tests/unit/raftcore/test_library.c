/* test_library.c - a program that knows nothing of raftcore but its one header,
 * and has names of its own: those of system headers that clash most easily, and
 * those of another Raft.
 * Layer: tests. */
#include <syslog.h>

/* It has a struct entry, as raft/raft.h has one: these two do not go together,
 * but raftcore with either. */
#define entry search_entry
#include <search.h>
#undef entry

#include "raft/raft.h"
#include "raftcore/raftcore.h"
#include "tests/support/suites.h"

/* docs/raftcore.md: the loop with synchronous writes, for one node. */
static void do_duties(struct rc_rawnode *node, struct rc_memory_storage *ms,
                      struct rc_ready *ready, struct rc_text *applied)
{
    while (rc_rawnode_has_ready(node)) {
        rc_rawnode_ready(node, ready);
        if (!rc_hard_state_empty(ready->hard_state)) {
            rc_memory_storage_set_hard_state(ms, ready->hard_state);
        }
        rc_memory_storage_append(ms, &ready->entries);
        ck_assert_uint_eq(ready->messages.count,
                          0); /* there are no other nodes */
        rc_describe_entries(&ready->committed_entries, NULL, applied);
        rc_rawnode_advance(node);
    }
}

static struct rc_rawnode *start(struct rc_memory_storage *ms)
{
    const char *wrong = NULL;
    struct rc_config config = {
        .id = 1,
        .election_tick = 10,
        .heartbeat_tick = 1,
        .storage = rc_memory_storage_interface(ms),
        .max_size_per_msg = RC_NO_LIMIT,
        .max_inflight_msgs = 256,
    };
    struct rc_rawnode *node = rc_rawnode_new(&config, &wrong);
    ck_assert_msg(node != NULL, "%s", wrong);
    struct rc_peer self = {.id = 1};
    ck_assert_int_eq(rc_rawnode_bootstrap(node, &self, 1), RC_OK);
    return node;
}

START_TEST(program_needs_one_header)
{
    struct rc_memory_storage *ms = rc_memory_storage_new();
    struct rc_rawnode *node = start(ms);
    struct rc_ready ready = {.must_sync = false};
    struct rc_text applied = {NULL, 0, 0};
    do_duties(node, ms, &ready, &applied);
    ck_assert_int_eq(rc_rawnode_campaign(node), RC_OK);
    do_duties(node, ms, &ready, &applied);
    ck_assert_int_eq(rc_rawnode_propose(node, rc_bytes_of_text("x")), RC_OK);
    do_duties(node, ms, &ready, &applied);
    ck_assert_str_eq(rc_text_of(&applied), "1/1 EntryConfChange v1\n"
                                           "2/2 EntryNormal \"\"\n"
                                           "2/3 EntryNormal \"x\"\n");
    rc_text_release(&applied);
    rc_ready_release(&ready);
    rc_rawnode_free(node);
    rc_memory_storage_free(ms);
}
END_TEST

/* What the headers before raftcore's mean by these names stays so. */
START_TEST(names_of_others_stay_theirs)
{
    ENTRY item = {.key = NULL};
    struct entry entry = {.term = 7};
    struct rc_entry other = {.term = 8};
    ck_assert_ptr_null(item.key);
    ck_assert_int_eq(LOG_INFO, 6);
    ck_assert_int_ne(RC_LOG_INFO, LOG_INFO);
    ck_assert_uint_ne((uint64_t)entry.term, other.term);
}
END_TEST

SUITE(raftcore_library)
{
    Suite *suite = suite_create("raftcore_library");
    TCase *tcase = tcase_create("one header");
    tcase_add_test(tcase, program_needs_one_header);
    tcase_add_test(tcase, names_of_others_stay_theirs);
    suite_add_tcase(suite, tcase);
    return suite;
}
