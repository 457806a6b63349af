/* test_describe.c - entries, messages and states as text.
 * Layer: tests. docs/raftcore-spec.md §8.1, §8.2, §10.1; §12, §14.3, §14.4: ids
 * of 10 and more, quoting. */
#include "raftcore/describe.h"
#include "raftcore/wire.h"
#include "tests/support/rc_helper.h"
#include "tests/support/suites.h"

/* §8.1, %q: what is escaped, and how. */
START_TEST(bytes_are_quoted_as_go_does)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *quoted;
    } rows[] = {
        {"", 0, "\"\""},
        {"hello", 5, "\"hello\""},
        {"hello\0world", 11, "\"hello\\x00world\""},
        {"a\"b\\c'd", 7, "\"a\\\"b\\\\c'd\""},
        {"\a\b\f\n\r\t\v", 7, "\"\\a\\b\\f\\n\\r\\t\\v\""},
        {"\x01\x06\x0e\x1f\x7f", 5, "\"\\x01\\x06\\x0e\\x1f\\x7f\""},
        {" ~%d%s", 6, "\" ~%d%s\""},
        {"\xc3\xa9", 2, "\"\xc3\xa9\""},         /* e acute: printable */
        {"\xe2\x88\x9e", 3, "\"\xe2\x88\x9e\""}, /* infinity */
        {"\xf0\x9f\x98\x80", 4, "\"\xf0\x9f\x98\x80\""},
        {"\xef\xbf\xbd", 3, "\"\xef\xbf\xbd\""}, /* U+FFFD itself */
        {"\xc2\x80", 2, "\"\\u0080\""},          /* valid, not printable */
        {"\xc2\xa0", 2, "\"\\u00a0\""},
        {"\xc2\xad", 2, "\"\\u00ad\""},
        {"\xe2\x80\x8b", 3, "\"\\u200b\""},
        {"\xe2\x80\xa8", 3, "\"\\u2028\""},
        {"\xee\x80\x80", 3, "\"\\ue000\""},
        {"\xef\xbb\xbf", 3, "\"\\ufeff\""},
        {"\xf3\xa0\x80\x81", 4, "\"\\U000e0001\""},
        {"\xf4\x8f\xbf\xbf", 4, "\"\\U0010ffff\""},
        {"\x80\xff", 2, "\"\\x80\\xff\""},                   /* no beginning */
        {"\xc3(", 2, "\"\\xc3(\""},                          /* no end */
        {"\xe2\x88", 2, "\"\\xe2\\x88\""},                   /* cut off */
        {"\xc0\x80", 2, "\"\\xc0\\x80\""},                   /* too long */
        {"\xe0\x80\x80", 3, "\"\\xe0\\x80\\x80\""},          /* too long */
        {"\xed\xa0\x80", 3, "\"\\xed\\xa0\\x80\""},          /* surrogate */
        {"\xf4\x90\x80\x80", 4, "\"\\xf4\\x90\\x80\\x80\""}, /* too high */
        {"\xf8\x88\x80\x80", 4, "\"\\xf8\\x88\\x80\\x80\""},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct rc_text text = {NULL, 0, 0};
        rc_text_add_quoted(&text, rc_bytes_of(rows[i].bytes, rows[i].size));
        check_text(&text, rows[i].quoted);
    }
}
END_TEST

/* §8.1: lists of numbers are decimal. */
START_TEST(lists_of_ids_are_decimal)
{
    struct rc_ids ids = make_ids("9 10 18446744073709551615");
    struct rc_text text = {NULL, 0, 0};
    rc_describe_ids(&ids, &text);
    check_text(&text, "[9 10 18446744073709551615]");
    rc_ids_release(&ids);
    rc_describe_ids(&ids, &text);
    check_text(&text, "[]");
}
END_TEST

/* §8.2: ids of a leader and of a vote are decimal; a vote only if there is. */
START_TEST(states_have_decimal_ids)
{
    struct rc_text text = {NULL, 0, 0};
    rc_describe_soft_state((struct rc_soft_state){26, RC_LEADER}, &text);
    check_text(&text, "Lead:26 State:StateLeader");
    rc_describe_soft_state((struct rc_soft_state){0, RC_PRE_CANDIDATE}, &text);
    check_text(&text, "Lead:0 State:StatePreCandidate");
    rc_describe_hard_state((struct rc_hard_state){3, 0, 0}, &text);
    check_text(&text, "Term:3 Commit:0");
    rc_describe_hard_state((struct rc_hard_state){3, 26, 17}, &text);
    check_text(&text, "Term:3 Vote:26 Commit:17");
    struct rc_snapshot *snapshot = make_snapshot(17, 3);
    snapshot->conf_state.voters = make_ids("1 16");
    snapshot->conf_state.learners_next = make_ids("11");
    snapshot->conf_state.auto_leave = true;
    snapshot->data = make_payload("never shown");
    rc_describe_snapshot(snapshot, &text);
    check_text(&text,
               "Index:17 Term:3 ConfState:Voters:[1 16] VotersOutgoing:[] "
               "Learners:[] LearnersNext:[11] AutoLeave:true");
    rc_snapshot_drop(snapshot);
}
END_TEST

static void in_brackets(struct rc_bytes data, struct rc_text *text)
{
    rc_text_add(text, "<");
    rc_text_add_bytes(text, data.data, data.size);
    rc_text_add(text, ">");
}

static void nothing(struct rc_bytes data, struct rc_text *text)
{
    (void)data;
    (void)text;
}

/* §8.2: data is quoted unless a formatter says otherwise; where that says
 * nothing there is no blank either. */
START_TEST(entry_is_described_with_quoted_or_formatted_data)
{
    struct rc_text text = {NULL, 0, 0};
    struct rc_entry entry = {.term = 1, .index = 2};
    rc_describe_entry(&entry, NULL, &text);
    check_text(&text, "1/2 EntryNormal \"\"");
    entry.data = rc_payload_of(rc_bytes_of("hello\0world", 11));
    rc_describe_entry(&entry, NULL, &text);
    check_text(&text, "1/2 EntryNormal \"hello\\x00world\"");
    rc_payload_drop(entry.data);
    entry = make_entry(12, 10, "hello");
    rc_describe_entry(&entry, in_brackets, &text);
    check_text(&text, "10/12 EntryNormal <hello>");
    rc_describe_entry(&entry, nothing, &text);
    check_text(&text, "10/12 EntryNormal");
    rc_payload_drop(entry.data);
}
END_TEST

/* §8.2: the text of a formatter is shown to the byte. */
START_TEST(formatted_data_may_have_zero_bytes)
{
    struct rc_text text = {NULL, 0, 0};
    struct rc_entry entry = {.term = 1, .index = 2};
    entry.data = rc_payload_of(rc_bytes_of("a\0b", 3));
    rc_describe_entry(&entry, in_brackets, &text);
    ck_assert(rc_bytes_equal(rc_bytes_of(text.at, text.size),
                             rc_bytes_of("1/2 EntryNormal <a\0b>", 21)));
    rc_text_release(&text);
    rc_payload_drop(entry.data);
}
END_TEST

static struct rc_entry change_entry(const char *words, enum rc_entry_type type)
{
    struct rc_conf_change cc = {.count = 0};
    struct rc_text error = {NULL, 0, 0};
    ck_assert(rc_conf_change_parse(words, &cc, &error));
    struct rc_entry entry = {.term = 1,
                             .index = 2,
                             .type = type,
                             .data = rc_conf_change_encode(&cc, type)};
    rc_conf_change_release(&cc);
    return entry;
}

/* §8.2: changes are shown as words with decimal ids, not by the formatter. */
START_TEST(changes_in_entries_are_described_by_words)
{
    static const struct {
        const char *words;
        enum rc_entry_type type;
        const char *text;
    } rows[] = {
        {"l26", RC_ENTRY_CONF_CHANGE, "1/2 EntryConfChange l26"},
        {"v1 l2 r300 u4", RC_ENTRY_CONF_CHANGE_V2,
         "1/2 EntryConfChangeV2 v1 l2 r300 u4"},
        {"", RC_ENTRY_CONF_CHANGE_V2, "1/2 EntryConfChangeV2"},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct rc_text text = {NULL, 0, 0};
        struct rc_entry entry = change_entry(rows[i].words, rows[i].type);
        rc_describe_entry(&entry, in_brackets, &text);
        check_text(&text, rows[i].text);
        rc_payload_drop(entry.data);
    }
}
END_TEST

/* §8.2: as a log line shows a change. */
START_TEST(change_is_described_as_a_log_line)
{
    struct rc_conf_change cc = {.count = 0};
    struct rc_text text = {NULL, 0, 0};
    rc_describe_conf_change(&cc, &text);
    check_text(&text, "transition:ConfChangeTransitionAuto");
    ck_assert(rc_conf_change_parse("v1 r20 u3 l4", &cc, &text));
    cc.transition = RC_TRANSITION_EXPLICIT;
    cc.context = make_payload("a\"b");
    rc_describe_conf_change(&cc, &text);
    check_text(&text, "transition:ConfChangeTransitionJointExplicit "
                      "changes:{type:ConfChangeAddNode node_id:1} "
                      "changes:{type:ConfChangeRemoveNode node_id:20} "
                      "changes:{type:ConfChangeUpdateNode node_id:3} "
                      "changes:{type:ConfChangeAddLearnerNode node_id:4} "
                      "context:\"a\\\"b\"");
    rc_describe_changes(&cc, &text);
    check_text(&text, "v1 r20 u3 l4");
    rc_conf_change_release(&cc);
}
END_TEST

/* §14.11: messages that no core sends can be described as well. */
START_TEST(unknown_types_are_described)
{
    static uint8_t strange[] = {0x08, 0x63, 0x10, 0x01, 0x18, 0x02};
    struct rc_text text = {NULL, 0, 0};
    struct rc_entry entry;
    struct rc_message m;
    ck_assert_int_eq(
        rc_wire_decode_entry(rc_bytes_of(strange, sizeof(strange)), &entry),
        RC_OK);
    rc_describe_entry(&entry, NULL, &text);
    check_text(&text, "1/2 unknown");
    ck_assert_int_eq(
        rc_wire_decode_message(rc_bytes_of(strange, sizeof(strange)), &m),
        RC_OK);
    rc_entries_append(&m.entries, &entry, 1);
    rc_describe_message(&m, NULL, &text);
    check_text(&text, "2->1 unknown Term:0 Log:0/0 Entries:[1/2 unknown]");
    rc_message_release(&m);
}
END_TEST

/* ---- Messages ------------------------------------------------------------*/

/* §8.2: targets are hexadecimal, none, or a thread; a vote is decimal. */
START_TEST(messages_have_hexadecimal_targets)
{
    static const struct {
        uint64_t from, to;
        const char *text;
    } rows[] = {
        {1, 9, "1->9 MsgVote Term:10 Log:11/12"},
        {10, 26, "a->1a MsgVote Term:10 Log:11/12"},
        {RC_NO_NODE, 255, "None->ff MsgVote Term:10 Log:11/12"},
        {RC_APPEND_THREAD, RC_APPLY_THREAD,
         "AppendThread->ApplyThread MsgVote Term:10 Log:11/12"},
        {UINT64_MAX - 2, 1, "fffffffffffffffd->1 MsgVote Term:10 Log:11/12"},
    };
    struct rc_text text = {NULL, 0, 0};
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct rc_message m = {.type = RC_MSG_VOTE,
                               .from = rows[i].from,
                               .to = rows[i].to,
                               .term = 10,
                               .log_term = 11,
                               .index = 12,
                               .context = NULL};
        rc_describe_message(&m, NULL, &text);
        check_text(&text, rows[i].text);
    }
    struct rc_message m = {.type = RC_MSG_APP_RESP,
                           .from = 10,
                           .to = 1,
                           .reject = true,
                           .reject_hint = 13,
                           .commit = 14,
                           .vote = 26,
                           .context = make_payload("never shown")};
    rc_describe_message(&m, NULL, &text);
    check_text(&text, "a->1 MsgAppResp Term:0 Log:0/0 Rejected (Hint: 13) "
                      "Commit:14 Vote:26");
    rc_message_release(&m);
}
END_TEST

/* §8.2: one entry is inline, several are on lines of their own. */
START_TEST(messages_show_their_entries)
{
    struct rc_text text = {NULL, 0, 0};
    struct rc_message m = {.type = RC_MSG_APP, .from = 1, .to = 10, .term = 2};
    m.entries = make_run("5/1");
    rc_describe_message(&m, NULL, &text);
    check_text(&text, "1->a MsgApp Term:2 Log:0/0 "
                      "Entries:[1/5 EntryNormal \"\"]");
    rc_entries_release(&m.entries);
    m.entries = make_run("5/1 6/2");
    rc_describe_message(&m, nothing, &text);
    check_text(&text, "1->a MsgApp Term:2 Log:0/0 Entries:[\n"
                      "  1/5 EntryNormal\n"
                      "  2/6 EntryNormal\n"
                      "]");
    rc_describe_entries(&m.entries, NULL, &text);
    check_text(&text, "1/5 EntryNormal \"\"\n2/6 EntryNormal \"\"\n");
    rc_message_release(&m);
}
END_TEST

/* §8.2: a snapshot and responses are indented; an empty snapshot is none. */
START_TEST(messages_show_snapshot_and_responses_indented)
{
    struct rc_text text = {NULL, 0, 0};
    struct rc_message m = {.type = RC_MSG_STORAGE_APPEND,
                           .from = 10,
                           .to = RC_APPEND_THREAD,
                           .snapshot = make_snapshot(0, 0)};
    rc_describe_message(&m, NULL, &text);
    check_text(&text, "a->AppendThread MsgStorageAppend Term:0 Log:0/0");
    rc_snapshot_drop(m.snapshot);
    m.snapshot = make_snapshot(11, 1);
    struct rc_message response = {
        .type = RC_MSG_APP_RESP, .from = 10, .to = 11, .index = 11};
    rc_messages_append(&m.responses, &response);
    response.entries = make_run("5/1 6/2");
    rc_messages_append(&m.responses, &response);
    rc_describe_message(&m, NULL, &text);
    check_text(&text, "a->AppendThread MsgStorageAppend Term:0 Log:0/0\n"
                      "  Snapshot: Index:11 Term:1 ConfState:Voters:[] "
                      "VotersOutgoing:[] Learners:[] LearnersNext:[] "
                      "AutoLeave:false Responses:[\n"
                      "  a->b MsgAppResp Term:0 Log:0/11\n"
                      "  a->b MsgAppResp Term:0 Log:0/11 Entries:[\n"
                      "    1/5 EntryNormal \"\"\n"
                      "    2/6 EntryNormal \"\"\n"
                      "  ]\n"
                      "]");
    rc_message_release(&m);
}
END_TEST

/* ---- Ready ---------------------------------------------------------------*/

START_TEST(ready_with_nothing_to_do_is_described_as_empty)
{
    struct rc_text text = {NULL, 0, 0};
    struct rc_ready ready = {.must_sync = true};
    rc_describe_ready(&ready, NULL, &text);
    check_text(&text, "<empty Ready>");
    ready.hard_state.term = 1;
    ready.must_sync = false;
    rc_describe_ready(&ready, NULL, &text);
    check_text(&text, "Ready MustSync=false:\nHardState Term:1 Commit:0\n");
}
END_TEST

/* §8.2: all parts, in their order. */
START_TEST(ready_shows_its_parts_in_order)
{
    struct rc_text text = {NULL, 0, 0};
    struct rc_payload *context = make_payload("ctx");
    struct rc_ready ready = {.has_soft_state = true,
                             .soft_state = {10, RC_FOLLOWER},
                             .hard_state = {2, 10, 4},
                             .entries = make_run("5/2"),
                             .snapshot = make_snapshot(3, 1),
                             .committed_entries = make_run("4/1"),
                             .must_sync = true};
    rc_read_states_append(&ready.read_states, 11, context);
    rc_read_states_append(&ready.read_states, 12, NULL);
    rc_messages_append(&ready.messages,
                       &(struct rc_message){
                           .type = RC_MSG_HEARTBEAT_RESP, .from = 1, .to = 10});
    rc_describe_ready(&ready, NULL, &text);
    check_text(&text, "Ready MustSync=true:\n"
                      "Lead:10 State:StateFollower\n"
                      "HardState Term:2 Vote:10 Commit:4\n"
                      "ReadStates [{11 [99 116 120]} {12 []}]\n"
                      "Entries:\n"
                      "2/5 EntryNormal \"\"\n"
                      "Snapshot Index:3 Term:1 ConfState:Voters:[] "
                      "VotersOutgoing:[] Learners:[] LearnersNext:[] "
                      "AutoLeave:false\n"
                      "CommittedEntries:\n"
                      "1/4 EntryNormal \"\"\n"
                      "Messages:\n"
                      "1->a MsgHeartbeatResp Term:0 Log:0/0\n");
    rc_ready_clear(&ready);
    rc_describe_ready(&ready, NULL, &text);
    check_text(&text, "<empty Ready>");
    rc_ready_release(&ready);
    rc_payload_drop(context);
}
END_TEST

SUITE(raftcore_describe)
{
    Suite *suite = suite_create("raftcore_describe");
    TCase *parts = tcase_create("parts");
    TCase *messages = tcase_create("messages");
    TCase *ready = tcase_create("ready");
    tcase_add_test(parts, bytes_are_quoted_as_go_does);
    tcase_add_test(parts, lists_of_ids_are_decimal);
    tcase_add_test(parts, states_have_decimal_ids);
    tcase_add_test(parts, entry_is_described_with_quoted_or_formatted_data);
    tcase_add_test(parts, formatted_data_may_have_zero_bytes);
    tcase_add_test(parts, changes_in_entries_are_described_by_words);
    tcase_add_test(parts, change_is_described_as_a_log_line);
    tcase_add_test(parts, unknown_types_are_described);
    tcase_add_test(messages, messages_have_hexadecimal_targets);
    tcase_add_test(messages, messages_show_their_entries);
    tcase_add_test(messages, messages_show_snapshot_and_responses_indented);
    tcase_add_test(ready, ready_with_nothing_to_do_is_described_as_empty);
    tcase_add_test(ready, ready_shows_its_parts_in_order);
    suite_add_tcase(suite, parts);
    suite_add_tcase(suite, messages);
    suite_add_tcase(suite, ready);
    return suite;
}
