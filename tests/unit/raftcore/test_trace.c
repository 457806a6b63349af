/* test_trace.c - the hook for model checkers sees what a core does.
 * Layer: tests. */
#include <stdio.h>
#include <string.h>

#include "raftcore/memory_storage.h"
#include "raftcore/rawnode.h"
#include "tests/support/suites.h"

static void note(void *seen, const struct rc_trace_record *record)
{
    char event[80];
    snprintf(event, sizeof(event), "%s%s%s ",
             rc_trace_event_name(record->event), record->message ? ":" : "",
             record->message ? rc_message_type_name(record->message->type)
                             : "");
    strncat(seen, event, 1000 - strlen(seen) - 1);
}

/* An election of one, and a proposal: states are those after each event. */
START_TEST(events_come_in_order)
{
    char seen[1000] = "";
    const char *wrong;
    struct rc_tracer tracer = {seen, note};
    struct rc_memory_storage *ms = rc_memory_storage_new();
    struct rc_snapshot *first = rc_snapshot_new();
    rc_ids_append(&first->conf_state.voters, 1);
    ck_assert_int_eq(rc_memory_storage_apply_snapshot(ms, first), RC_OK);
    rc_snapshot_drop(first);
    struct rc_config config = {
        .id = 1,
        .election_tick = 10,
        .heartbeat_tick = 1,
        .storage = rc_memory_storage_interface(ms),
        .max_size_per_msg = RC_NO_LIMIT,
        .max_inflight_msgs = 16,
        .tracer = &tracer,
    };
    struct rc_ready ready = {.has_soft_state = false};
    struct rc_rawnode *node = rc_rawnode_new(&config, &wrong);
    ck_assert_int_eq(rc_rawnode_campaign(node), RC_OK);
    rc_rawnode_ready(node, &ready);
    rc_memory_storage_set_hard_state(ms, ready.hard_state);
    rc_rawnode_advance(node);
    rc_rawnode_ready(node, &ready);
    rc_memory_storage_append(ms, &ready.entries);
    rc_rawnode_advance(node);
    ck_assert_str_eq(
        seen, "BecomeFollower InitState Receive:MsgHup BecomeCandidate "
              "Send:MsgVoteResp Ready Receive:MsgVoteResp Replicate "
              "Send:MsgAppResp BecomeLeader Ready Receive:MsgAppResp Commit "
              "Receive:MsgStorageAppendResp ");
    rc_ready_release(&ready);
    rc_rawnode_free(node);
    rc_memory_storage_free(ms);
}
END_TEST

SUITE(raftcore_trace)
{
    Suite *suite = suite_create("raftcore_trace");
    TCase *tcase = tcase_create("trace");
    tcase_add_test(tcase, events_come_in_order);
    suite_add_tcase(suite, tcase);
    return suite;
}
