/* test_pages.c - limits in bytes: of messages, of batches to be applied, of
 * uncommitted entries.
 * Layer: tests. docs/raftcore-spec.md §1.3, §4.4, §5.9, §5.11, §6.3. */
#include <string.h>

#include "tests/support/rc_node.h"
#include "tests/support/suites.h"

/* An entry with 1000 bytes of data takes 1009: three tags, three numbers of a
 * byte, a tag and a length of two bytes. */
enum { BLOB = 1000, BLOB_ENTRY = 1009 };

static enum rc_error propose_blob(struct rct_node *n)
{
    uint8_t blob[BLOB];
    memset(blob, 'b', sizeof(blob));
    return rc_rawnode_propose(n->node, rc_bytes_of(blob, sizeof(blob)));
}

static void propose_blobs(struct rct_node *n, int count)
{
    for (int i = 0; i < count; i++) {
        ck_assert_int_eq(propose_blob(n), RC_OK);
    }
}

/* ---- Messages ------------------------------------------------------------*/

static void ack(struct rct_node *n, uint64_t from, uint64_t index)
{
    ck_assert_int_eq(RCT_STEP(n, .type = RC_MSG_APP_RESP, .from = from,
                              .term = n->node->core->term, .index = index),
                     RC_OK);
}

/* §5.11: as many as fit, in as few messages as possible; one at least. */
static const struct {
    uint64_t limit;
    size_t batch;
} limits[] = {
    {1, 1},
    {2 * BLOB_ENTRY - 1, 1},
    {2 * BLOB_ENTRY, 2},
    {3 * BLOB_ENTRY - 1, 2},
    {RC_NO_LIMIT, 6},
};

START_TEST(messages_are_as_large_as_they_may_be)
{
    struct rct_node *n =
        RCT_NODE(1, "1 2", .max_size_per_msg = limits[_i].limit);
    rct_lead(n); /* the first entry is under way: node 2 is waited for */
    propose_blobs(n, 6);
    rct_run(n);
    ck_assert_uint_eq(n->outbox.count, 0);
    ack(n, 2, 1);
    rct_run(n);
    size_t next = 2;
    for (size_t i = 0; i < n->outbox.count; i++) {
        const struct rc_entries *entries = &n->outbox.at[i].entries;
        if (entries->count == 0) {
            continue; /* the commit index */
        }
        ck_assert_uint_eq(entries->count, limits[_i].batch);
        ck_assert_uint_eq(entries->at[0].index, next);
        ck_assert_uint_eq(rc_entries_size(entries->at, 1), BLOB_ENTRY);
        next += entries->count;
    }
    ck_assert_uint_eq(next, 8);
    rct_node_free(n);
}
END_TEST

/* §2.2: a limit of 0 is one entry each. */
START_TEST(without_room_each_message_has_one_entry)
{
    struct rct_node *n = RCT_NODE(1, "1 2");
    n->config.max_size_per_msg = 0;
    n->config.max_committed_size_per_ready = RC_NO_LIMIT;
    rct_restart(n);
    rct_lead(n);
    propose_blobs(n, 3);
    ack(n, 2, 1);
    rct_run(n);
    size_t with_entries = 0;
    for (size_t i = 0; i < n->outbox.count; i++) {
        ck_assert_uint_le(n->outbox.at[i].entries.count, 1);
        with_entries += n->outbox.at[i].entries.count;
    }
    ck_assert_uint_eq(with_entries, 3);
    rct_node_free(n);
}
END_TEST

/* §3.5: one message may cross the limit of bytes under way, no second. */
static const struct {
    uint64_t limit;
    uint32_t under_way;
} windows[] = {{1, 1}, {BLOB, 1}, {BLOB + 1, 2}, {2 * BLOB, 2}, {3001, 4}};

START_TEST(bytes_under_way_are_limited)
{
    struct rct_node *n = RCT_NODE(1, "1 2", .max_size_per_msg = 1,
                                  .max_inflight_bytes = windows[_i].limit);
    rct_lead(n);
    ack(n, 2, 1);
    rct_run(n);
    propose_blobs(n, 6);
    const struct rc_progress *pr =
        rc_progress_map_get(&n->node->core->tracker.progress, 2);
    ck_assert_uint_eq(pr->inflights.count, windows[_i].under_way);
    ck_assert_uint_eq(pr->inflights.bytes, windows[_i].under_way * BLOB);
    ck_assert(rc_inflights_full(&pr->inflights));
    ck_assert(rc_progress_paused(pr));
    rct_run(n);
    rc_messages_clear(&n->outbox);
    /* A sign of life allows one message, and that without entries. */
    for (int i = 0; i < 2; i++) {
        RCT_STEP(n, .type = RC_MSG_HEARTBEAT_RESP, .from = 2, .term = 1);
        rct_propose(n, "x");
        rct_run(n);
        ck_assert_uint_eq(n->outbox.count, 1);
        ck_assert_uint_eq(n->outbox.at[0].entries.count, 0);
        rc_messages_clear(&n->outbox);
    }
    /* What has arrived makes room for as much. */
    ack(n, 2, 2);
    ck_assert_uint_eq(pr->inflights.count,
                      windows[_i].under_way < 5 ? windows[_i].under_way : 5);
    ck_assert_uint_eq(pr->next, 3 + pr->inflights.count);
    rct_node_free(n);
}
END_TEST

/* ---- Applying ------------------------------------------------------------*/

static const struct {
    uint64_t limit;
    size_t batches[5];
} pages[] = {
    {1, {1, 1, 1, 1, 1}},
    {2 * BLOB_ENTRY, {2, 2, 1}},
    {3 * BLOB_ENTRY - 1, {2, 2, 1}},
    {4 * BLOB_ENTRY, {4, 1}},
    {RC_NO_LIMIT, {5}},
};

START_TEST(committed_entries_are_handed_out_in_pages)
{
    struct rct_node *n =
        RCT_NODE(1, "1", .max_committed_size_per_ready = pages[_i].limit);
    rct_lead(n);
    propose_blobs(n, 5);
    ck_assert_uint_eq(rct_handle(n)->committed_entries.count, 0);
    for (size_t i = 0; i < 5 && pages[_i].batches[i] > 0; i++) {
        ck_assert(rc_rawnode_has_ready(n->node));
        ck_assert_uint_eq(rct_handle(n)->committed_entries.count,
                          pages[_i].batches[i]);
    }
    ck_assert(!rc_rawnode_has_ready(n->node));
    ck_assert_uint_eq(n->applied_index, 6);
    rct_node_free(n);
}
END_TEST

/* §2.2: without a limit of its own it is that of messages. */
START_TEST(page_limit_defaults_to_the_message_limit)
{
    struct rct_node *n = RCT_NODE(1, "1", .max_size_per_msg = 2 * BLOB_ENTRY);
    rct_lead(n);
    propose_blobs(n, 3);
    rct_handle(n);
    ck_assert_uint_eq(rct_handle(n)->committed_entries.count, 2);
    ck_assert_uint_eq(rct_handle(n)->committed_entries.count, 1);
    rct_node_free(n);
}
END_TEST

/* §6.3, §4.4: what is handed out counts until it is acknowledged as applied. */
START_TEST(pages_that_are_not_applied_count_with_asynchronous_writes)
{
    struct rct_node *n =
        RCT_NODE(1, "1", .async_storage_writes = true,
                 .max_committed_size_per_ready = 2 * BLOB_ENTRY + 20);
    rct_lead(n);
    for (int i = 1; i <= 4; i++) {
        propose_blobs(n, 1);
        rct_handle(n); /* to be written */
        rct_write_one(n);
        ck_assert(rc_rawnode_has_ready(n->node));
        /* The third begins while there is some room; then there is none. */
        ck_assert_uint_eq(rct_handle(n)->committed_entries.count, i <= 3);
        /* The commit index is still handed out, as another write. */
        rct_write_one(n);
        ck_assert(!rc_rawnode_has_ready(n->node));
    }
    ck_assert_uint_eq(n->apply_work.count, 3);
    rct_apply_one(n);
    ck_assert(rc_rawnode_has_ready(n->node));
    const struct rc_ready *ready = rct_handle(n);
    ck_assert_uint_eq(ready->committed_entries.count, 1);
    ck_assert_uint_eq(ready->committed_entries.at[0].index, 5);
    rct_run(n);
    ck_assert_uint_eq(n->applied_index, 5);
    rct_node_free(n);
}
END_TEST

/* §4.4, acceptApplying: a batch that was cut is acknowledged before more is
 * handed out, though some bytes of room are left. */
START_TEST(rest_of_a_page_waits_for_its_beginning)
{
    struct rct_node *n =
        RCT_NODE(1, "1", .async_storage_writes = true,
                 .max_committed_size_per_ready = 3 * BLOB_ENTRY - 1);
    rct_lead(n);
    propose_blobs(n, 3);
    rct_handle(n);
    rct_write_one(n);
    ck_assert_uint_eq(rct_handle(n)->committed_entries.count, 2);
    rct_write_one(n);
    ck_assert(!rc_rawnode_has_ready(n->node));
    rct_apply_one(n);
    ck_assert_uint_eq(rct_handle(n)->committed_entries.count, 1);
    rct_node_free(n);
}
END_TEST

/* A storage that does not look at the limit. */
static enum rc_error generous(void *self, uint64_t lo, uint64_t hi,
                              uint64_t max_bytes, struct rc_entries *entries)
{
    struct rc_storage face = rc_memory_storage_interface(self);
    (void)max_bytes;
    return face.entries(face.self, lo, hi, RC_NO_LIMIT, entries);
}

/* A node restarts with ten entries to be applied, and is sent two more at once:
 * they are not saved when the first page is handed out. etcd had a gap there
 * once, as a storage may return more than it was asked for. */
static const struct {
    bool generous;
    uint64_t less;     /* than all that is saved */
    size_t first_page; /* how many entries it has */
} restarts[] = {
    {true, 1, 10},  {true, 0, 10},  {true, 20, 10}, {false, 1, 9},
    {false, 0, 10}, {false, 20, 7}, {false, 72, 2},
};

START_TEST(nothing_is_left_out_between_what_is_saved_and_what_is_not)
{
    struct rct_node *n = RCT_NODE(1, "1 2 3");
    uint64_t size = 0;
    for (uint64_t index = 1; index <= 10; index++) {
        struct rc_entry entry = {.term = 1, .index = index};
        entry.data = rc_payload_of(rc_bytes_of_text("a"));
        size += rc_entry_size(&entry);
        rc_memory_storage_append(n->ms, &(struct rc_entries){NULL, &entry, 1});
        rc_payload_drop(entry.data);
    }
    rc_memory_storage_set_hard_state(n->ms,
                                     (struct rc_hard_state){1, RC_NO_NODE, 10});
    ck_assert_uint_eq(size, 90);
    if (restarts[_i].generous) {
        n->config.storage.entries = generous;
    }
    n->config.max_size_per_msg = size - restarts[_i].less;
    rct_restart(n);
    struct rc_message m = {.type = RC_MSG_APP,
                           .from = 2,
                           .term = 1,
                           .index = 10,
                           .log_term = 1,
                           .commit = 12,
                           .entries = RCT_ENTRIES({.term = 1, .index = 11},
                                                  {.term = 1, .index = 12})};
    ck_assert_int_eq(rc_rawnode_step(n->node, &m), RC_OK);
    ck_assert_uint_eq(rct_handle(n)->committed_entries.count,
                      restarts[_i].first_page);
    rct_run(n); /* each is the one after the last, or it fails there */
    ck_assert_uint_eq(n->applied_index, 12);
    ck_assert_uint_eq(n->applied.count, 12);
    rct_node_free(n);
}
END_TEST

/* ---- What waits ----------------------------------------------------------*/

/* §5.9 (5): without a quorum the log does not grow for ever, and what was
 * refused can be proposed once something is applied. */
START_TEST(log_without_a_quorum_is_bounded)
{
    struct rct_node *n =
        RCT_NODE(1, "1 2", .max_uncommitted_entries_size = 16 * BLOB);
    rct_lead(n);
    ack(n, 2, 1);
    rct_run(n);
    ck_assert_uint_eq(n->node->core->uncommitted_size, 0);
    int taken = 0;
    for (int i = 0; i < 100; i++) {
        enum rc_error error = propose_blob(n);
        ck_assert(error == RC_OK || error == RC_PROPOSAL_DROPPED);
        taken += error == RC_OK;
    }
    ck_assert_int_eq(taken, 16);
    ck_assert_uint_eq(n->node->core->uncommitted_size, 16 * BLOB);
    rct_run(n);
    ack(n, 2, 17);
    /* Committed is not applied. */
    ck_assert_uint_eq(n->node->core->log.committed, 17);
    ck_assert_int_eq(propose_blob(n), RC_PROPOSAL_DROPPED);
    rct_run(n);
    ck_assert_uint_eq(n->node->core->uncommitted_size, 0);
    ck_assert_int_eq(propose_blob(n), RC_OK);
    rct_node_free(n);
}
END_TEST

/* The same: one proposal of any size if nothing waits, and any without data. */
START_TEST(large_proposal_is_taken_if_it_is_alone)
{
    struct rct_node *n =
        RCT_NODE(1, "1 2", .max_uncommitted_entries_size = BLOB / 2);
    rct_lead(n);
    ck_assert_int_eq(propose_blob(n), RC_OK);
    ck_assert_int_eq(rct_propose(n, "x"), RC_PROPOSAL_DROPPED);
    ck_assert_int_eq(rct_propose(n, ""), RC_OK);
    ck_assert_int_eq(rct_change(n, "", RC_TRANSITION_AUTO, false), RC_OK);
    ck_assert_uint_eq(n->node->core->uncommitted_size, BLOB);
    ck_assert_uint_eq(raftlog_last_index(&n->node->core->log), 4);
    /* A new term resets the count. */
    RCT_STEP(n, .type = RC_MSG_HEARTBEAT, .from = 2, .term = 2);
    rct_lead(n);
    ck_assert_uint_eq(n->node->core->uncommitted_size, 0);
    /* And what it did not count is not subtracted below zero. */
    ack(n, 2, 5);
    rct_run(n);
    ck_assert_uint_eq(n->applied_index, 5);
    ck_assert_uint_eq(n->node->core->uncommitted_size, 0);
    rct_node_free(n);
}
END_TEST

SUITE(raftcore_pages)
{
    Suite *suite = suite_create("raftcore_pages");
    TCase *tc = tcase_create("messages");
    tcase_add_loop_test(tc, messages_are_as_large_as_they_may_be, 0,
                        sizeof(limits) / sizeof(limits[0]));
    tcase_add_test(tc, without_room_each_message_has_one_entry);
    tcase_add_loop_test(tc, bytes_under_way_are_limited, 0,
                        sizeof(windows) / sizeof(windows[0]));
    suite_add_tcase(suite, tc);

    tc = tcase_create("applying");
    tcase_add_loop_test(tc, committed_entries_are_handed_out_in_pages, 0,
                        sizeof(pages) / sizeof(pages[0]));
    tcase_add_test(tc, page_limit_defaults_to_the_message_limit);
    tcase_add_test(tc,
                   pages_that_are_not_applied_count_with_asynchronous_writes);
    tcase_add_test(tc, rest_of_a_page_waits_for_its_beginning);
    tcase_add_loop_test(
        tc, nothing_is_left_out_between_what_is_saved_and_what_is_not, 0,
        sizeof(restarts) / sizeof(restarts[0]));
    suite_add_tcase(suite, tc);

    tc = tcase_create("waiting");
    tcase_add_test(tc, log_without_a_quorum_is_bounded);
    tcase_add_test(tc, large_proposal_is_taken_if_it_is_alone);
    suite_add_tcase(suite, tc);
    return suite;
}
