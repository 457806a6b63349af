/* test_trace.c - the hook for model checkers sees what a core does.
 * Layer: tests. */
#include <stdio.h>
#include <string.h>

#include "raftcore/memory_storage.h"
#include "raftcore/rawnode.h"
#include "tests/support/suites.h"

static void note(void *seen, const struct trace_record *record)
{
    char event[80];
    snprintf(event, sizeof(event), "%s%s%s ", trace_event_name(record->event),
             record->message ? ":" : "",
             record->message ? message_type_name(record->message->type) : "");
    strncat(seen, event, 1000 - strlen(seen) - 1);
}

/* An election of one, and a proposal: states are those after each event. */
START_TEST(events_come_in_order)
{
    char seen[1000] = "";
    const char *wrong;
    struct core_tracer tracer = {seen, note};
    struct memory_storage *ms = memory_storage_new();
    struct snapshot *first = snapshot_new();
    ids_append(&first->conf_state.voters, 1);
    ck_assert_int_eq(memory_storage_apply_snapshot(ms, first), CORE_OK);
    snapshot_drop(first);
    struct core_config config = {
        .id = 1,
        .election_tick = 10,
        .heartbeat_tick = 1,
        .storage = memory_storage_face(ms),
        .max_size_per_msg = NO_LIMIT,
        .max_inflight_msgs = 16,
        .tracer = &tracer,
    };
    struct ready ready = {.has_soft_state = false};
    struct rawnode *node = rawnode_new(&config, &wrong);
    ck_assert_int_eq(rawnode_campaign(node), CORE_OK);
    rawnode_ready(node, &ready);
    memory_storage_set_hard_state(ms, ready.hard_state);
    rawnode_advance(node);
    rawnode_ready(node, &ready);
    memory_storage_append(ms, &ready.entries);
    rawnode_advance(node);
    ck_assert_str_eq(
        seen, "BecomeFollower InitState Receive:MsgHup BecomeCandidate "
              "Send:MsgVoteResp Ready Receive:MsgVoteResp Replicate "
              "Send:MsgAppResp BecomeLeader Ready Receive:MsgAppResp Commit "
              "Receive:MsgStorageAppendResp ");
    core_ready_release(&ready);
    rawnode_free(node);
    memory_storage_free(ms);
}
END_TEST

Suite *suite_raftcore_trace(void)
{
    Suite *suite = suite_create("raftcore_trace");
    TCase *tcase = tcase_create("trace");
    tcase_add_test(tcase, events_come_in_order);
    suite_add_tcase(suite, tcase);
    return suite;
}
