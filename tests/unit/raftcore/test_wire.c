/* test_wire.c - messages, entries, states and changes as bytes.
 * Layer: tests. docs/raftcore-spec.md §1.1, §1.3 and §14.11.
 * Bytes are written in hexadecimal. */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/random.h"
#include "raftcore/conf_change.h"
#include "raftcore/wire.h"
#include "tests/support/rc_helper.h"
#include "tests/support/suites.h"

#define MAX_VARINT "ffffffffffffffffff01" /* 2^64-1 */

/* The caller frees it; blanks are skipped. */
static struct rc_bytes raw(const char *hex)
{
    struct rc_bytes bytes = {lab_xmalloc(strlen(hex) + 1), 0};
    for (; *hex; hex++) {
        if (*hex != ' ') {
            char two[] = {hex[0], hex[1], '\0'};
            bytes.data[bytes.size++] = (uint8_t)strtoul(two, NULL, 16);
            hex++;
        }
    }
    return bytes;
}

/* Frees the bytes. */
static void check_bytes(struct rc_bytes bytes, const char *hex)
{
    struct rc_bytes expected = raw(hex);
    ck_assert_msg(rc_bytes_equal(bytes, expected), "not %s", hex);
    rc_bytes_free(&bytes);
    rc_bytes_free(&expected);
}

/* ---- Entries -------------------------------------------------------------*/

/* §1.1, §1.3: all numbers are written; data that is none is not. */
START_TEST(entry_is_written_with_all_its_numbers)
{
    struct rc_entry entry = {.index = 0};
    check_bytes(rc_wire_encode_entry(&entry), "0800 1000 1800");
    entry = make_entry(300, 2, "xy");
    entry.type = RC_ENTRY_CONF_CHANGE_V2;
    check_bytes(rc_wire_encode_entry(&entry), "0802 1002 18ac02 2202 7879");
    rc_payload_drop(entry.data);
    entry = make_entry(UINT64_MAX, UINT64_MAX, "");
    check_bytes(rc_wire_encode_entry(&entry),
                "0800 10" MAX_VARINT "18" MAX_VARINT "2200");
    rc_payload_drop(entry.data);
}
END_TEST

/* §1.3: zero fields may be written or not; order and unknown fields do not
 * matter; of a repeated field the last counts. */
START_TEST(entries_of_both_generators_are_read)
{
    static const struct {
        const char *hex;
        enum rc_entry_type type;
        uint64_t term, index;
        const char *data; /* NULL: none */
    } rows[] = {
        {"", RC_ENTRY_NORMAL, 0, 0, NULL},
        {"0800 1000 1800", RC_ENTRY_NORMAL, 0, 0, NULL},
        {"0800 1000 1800 2200", RC_ENTRY_NORMAL, 0, 0, ""},
        {"1005 1807", RC_ENTRY_NORMAL, 5, 7, NULL},
        {"2202 6869 1807 1005 0801", RC_ENTRY_CONF_CHANGE, 5, 7, "hi"},
        {"1005 1006", RC_ENTRY_NORMAL, 6, 0, NULL},
        {"7805 1005 8201 02 6162", RC_ENTRY_NORMAL, 5, 0, NULL},
        {"79 0102030405060708 1005 7d 01020304", RC_ENTRY_NORMAL, 5, 0, NULL},
        {"10" MAX_VARINT, RC_ENTRY_NORMAL, UINT64_MAX, 0, NULL},
        {"108500", RC_ENTRY_NORMAL, 5, 0, NULL}, /* longer than need be */
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct rc_bytes bytes = raw(rows[i].hex);
        struct rc_entry entry;
        ck_assert_int_eq(rc_wire_decode_entry(bytes, &entry), RC_OK);
        ck_assert_int_eq(entry.type, rows[i].type);
        ck_assert_uint_eq(entry.term, rows[i].term);
        ck_assert_uint_eq(entry.index, rows[i].index);
        ck_assert_int_eq(entry.data != NULL, rows[i].data != NULL);
        if (rows[i].data) {
            ck_assert(rc_bytes_equal(rc_payload_bytes(entry.data),
                                     rc_bytes_of_text(rows[i].data)));
        }
        rc_payload_drop(entry.data);
        rc_bytes_free(&bytes);
    }
}
END_TEST

/* §14.11: unknown types are decoded as unknown. */
START_TEST(unknown_types_are_none_of_the_known)
{
    static const char *const hex[] = {"0803", "0818", "08ffffffff0f",
                                      "08808080808001",
                                      "08ffffffffffffffffff01"};
    for (size_t i = 0; i < LENGTH(hex); i++) {
        struct rc_bytes bytes = raw(hex[i]);
        struct rc_entry entry;
        struct rc_message m;
        ck_assert_int_eq(rc_wire_decode_entry(bytes, &entry), RC_OK);
        ck_assert_int_gt(entry.type, RC_ENTRY_CONF_CHANGE_V2);
        ck_assert_int_eq(rc_wire_decode_message(bytes, &m), RC_OK);
        ck_assert_int_eq(m.type, i == 0 ? RC_MSG_APP : RC_MESSAGE_TYPE_COUNT);
        rc_message_release(&m);
        rc_bytes_free(&bytes);
    }
}
END_TEST

/* ---- States --------------------------------------------------------------*/

START_TEST(hard_states_are_written_and_read)
{
    struct rc_hard_state hs = {300, 2, UINT64_MAX};
    struct rc_bytes bytes = rc_wire_encode_hard_state(hs);
    struct rc_hard_state back = {0, 0, 0};
    ck_assert_int_eq(rc_wire_decode_hard_state(bytes, &back), RC_OK);
    ck_assert(rc_hard_state_equal(hs, back));
    check_bytes(bytes, "08ac02 1002 18" MAX_VARINT);
    ck_assert_int_eq(rc_wire_decode_hard_state(rc_bytes_of("", 0), &back),
                     RC_OK);
    ck_assert(rc_hard_state_empty(back));
    bytes = raw("1803");
    ck_assert_int_eq(rc_wire_decode_hard_state(bytes, &back), RC_OK);
    ck_assert_uint_eq(back.commit, 3);
    ck_assert_uint_eq(back.term + back.vote, 0);
    rc_bytes_free(&bytes);
}
END_TEST

/* §1.1: lists of numbers are written one by one, and read packed as well, and
 * mixed; their order is kept. */
START_TEST(lists_of_numbers_are_read_packed_or_not)
{
    static const char *const hex[] = {
        "0803 08ac02 0801 1004 1805 1806 2006 2801",
        "0a04 03ac0201 1201 04 1a02 0506 2201 06 2801",
        "2801 0803 0a03 ac0201 1004 1a01 05 1806 2006",
    };
    struct rc_conf_state cs = {.voters = make_ids("3 300 1"),
                               .learners = make_ids("4"),
                               .voters_outgoing = make_ids("5 6"),
                               .learners_next = make_ids("6"),
                               .auto_leave = true};
    check_bytes(rc_wire_encode_conf_state(&cs), hex[0]);
    for (size_t i = 0; i < LENGTH(hex); i++) {
        struct rc_bytes bytes = raw(hex[i]);
        struct rc_conf_state back;
        ck_assert_int_eq(rc_wire_decode_conf_state(bytes, &back), RC_OK);
        ck_assert(rc_ids_equal(&back.voters, &cs.voters));
        ck_assert(rc_ids_equal(&back.learners, &cs.learners));
        ck_assert(rc_ids_equal(&back.voters_outgoing, &cs.voters_outgoing));
        ck_assert(rc_ids_equal(&back.learners_next, &cs.learners_next));
        ck_assert(back.auto_leave);
        rc_conf_state_release(&back);
        rc_bytes_free(&bytes);
    }
    rc_conf_state_release(&cs);
    ck_assert_int_eq(rc_wire_decode_conf_state(rc_bytes_of("", 0), &cs), RC_OK);
    ck_assert_uint_eq(cs.voters.count, 0);
    ck_assert(!cs.auto_leave);
    rc_conf_state_release(&cs);
}
END_TEST

START_TEST(snapshots_are_written_and_read)
{
    struct rc_snapshot *snapshot = make_snapshot(11, 3), *back = NULL;
    snapshot->conf_state.voters = make_ids("1 2");
    snapshot->data = make_payload("state");
    struct rc_bytes bytes = rc_wire_encode_snapshot(snapshot);
    ck_assert_int_eq(rc_wire_decode_snapshot(bytes, &back), RC_OK);
    ck_assert_uint_eq(back->index, 11);
    ck_assert_uint_eq(back->term, 3);
    ck_assert(
        rc_conf_state_equivalent(&back->conf_state, &snapshot->conf_state));
    ck_assert(rc_bytes_equal(rc_payload_bytes(back->data),
                             rc_bytes_of_text("state")));
    rc_snapshot_drop(back);
    rc_snapshot_drop(snapshot);
    /* data 1; metadata 2: conf_state 1, index 2, term 3 */
    check_bytes(bytes, "0a05 7374617465 120c 0a06 0801 0802 2800 100b 1803");
    ck_assert_int_eq(rc_wire_decode_snapshot(rc_bytes_of("", 0), &back), RC_OK);
    ck_assert(rc_snapshot_empty(back));
    ck_assert_ptr_null(back->data);
    rc_snapshot_drop(back);
}
END_TEST

/* ---- Messages ------------------------------------------------------------*/

static struct rc_message make_message(void)
{
    struct rc_message m = {.type = RC_MSG_APP,
                           .reject = true,
                           .to = 2,
                           .from = 10,
                           .term = 5,
                           .log_term = 4,
                           .index = 300,
                           .commit = 7,
                           .vote = 9,
                           .reject_hint = UINT64_MAX,
                           .context = make_payload("ctx"),
                           .snapshot = make_snapshot(12, 4)};
    struct rc_entry entry = make_entry(301, 5, "data");
    m.snapshot->conf_state.voters = make_ids("1 2");
    rc_entries_append(&m.entries, &entry, 1);
    rc_payload_drop(entry.data);
    struct rc_message response = {
        .type = RC_MSG_APP_RESP, .to = 1, .from = RC_APPEND_THREAD, .index = 4};
    rc_messages_append(&m.responses, &response);
    response.type = RC_MSG_STORAGE_APPEND_RESP;
    rc_messages_append(&m.responses, &response);
    return m;
}

static void check_same(const struct rc_message *a, const struct rc_message *b)
{
    ck_assert_int_eq(a->type, b->type);
    ck_assert_int_eq(a->reject, b->reject);
    ck_assert_uint_eq(a->to, b->to);
    ck_assert_uint_eq(a->from, b->from);
    ck_assert_uint_eq(a->term, b->term);
    ck_assert_uint_eq(a->log_term, b->log_term);
    ck_assert_uint_eq(a->index, b->index);
    ck_assert_uint_eq(a->commit, b->commit);
    ck_assert_uint_eq(a->vote, b->vote);
    ck_assert_uint_eq(a->reject_hint, b->reject_hint);
    ck_assert_int_eq(a->context != NULL, b->context != NULL);
    ck_assert(rc_bytes_equal(rc_payload_bytes(a->context),
                             rc_payload_bytes(b->context)));
    ck_assert_uint_eq(a->entries.count, b->entries.count);
    for (size_t i = 0; i < a->entries.count; i++) {
        ck_assert_uint_eq(a->entries.at[i].index, b->entries.at[i].index);
        ck_assert_uint_eq(a->entries.at[i].term, b->entries.at[i].term);
        ck_assert(rc_bytes_equal(rc_payload_bytes(a->entries.at[i].data),
                                 rc_payload_bytes(b->entries.at[i].data)));
    }
    ck_assert_int_eq(a->snapshot != NULL, b->snapshot != NULL);
    if (a->snapshot) {
        ck_assert_uint_eq(a->snapshot->index, b->snapshot->index);
        ck_assert(rc_conf_state_equivalent(&a->snapshot->conf_state,
                                           &b->snapshot->conf_state));
    }
    ck_assert_uint_eq(a->responses.count, b->responses.count);
}

START_TEST(messages_come_back_with_all_they_hold)
{
    struct rc_message m = make_message(), back;
    for (int type = 0; type < RC_MESSAGE_TYPE_COUNT; type++) {
        m.type = (enum rc_message_type)type;
        struct rc_bytes bytes = rc_wire_encode_message(&m);
        ck_assert_int_eq(rc_wire_decode_message(bytes, &back), RC_OK);
        check_same(&m, &back);
        for (size_t i = 0; i < m.responses.count; i++) {
            check_same(&m.responses.at[i], &back.responses.at[i]);
        }
        rc_message_release(&back);
        rc_bytes_free(&bytes);
    }
    rc_message_release(&m);
    struct rc_message none = {.type = RC_MSG_HUP};
    struct rc_bytes bytes = rc_wire_encode_message(&none);
    ck_assert_int_eq(rc_wire_decode_message(bytes, &back), RC_OK);
    check_same(&none, &back);
    ck_assert_ptr_null(back.snapshot);
    rc_message_release(&back);
    rc_bytes_free(&bytes);
}
END_TEST

/* §1.1: each field by its number. */
START_TEST(fields_of_messages_have_their_numbers)
{
    struct rc_message m;
    struct rc_bytes bytes = raw("0803 1001 1802 2003 2804 3005 4006 5001 5807 "
                                "6202 6869 6808 3a04 1003 1806 7202 0804");
    ck_assert_int_eq(rc_wire_decode_message(bytes, &m), RC_OK);
    ck_assert_int_eq(m.type, RC_MSG_APP);
    ck_assert_uint_eq(m.to, 1);
    ck_assert_uint_eq(m.from, 2);
    ck_assert_uint_eq(m.term, 3);
    ck_assert_uint_eq(m.log_term, 4);
    ck_assert_uint_eq(m.index, 5);
    ck_assert_uint_eq(m.commit, 6);
    ck_assert(m.reject);
    ck_assert_uint_eq(m.reject_hint, 7);
    ck_assert(
        rc_bytes_equal(rc_payload_bytes(m.context), rc_bytes_of_text("hi")));
    ck_assert_uint_eq(m.vote, 8);
    check_run(&m.entries, "6/3");
    ck_assert_uint_eq(m.responses.count, 1);
    ck_assert_int_eq(m.responses.at[0].type, RC_MSG_APP_RESP);
    rc_message_release(&m);
    rc_bytes_free(&bytes);
}
END_TEST

/* §1.1: old nodes send an empty snapshot with everything: it is none. */
START_TEST(empty_snapshot_of_an_old_node_is_none)
{
    static const struct {
        const char *hex;
        bool snapshot;
    } rows[] = {{"0808 4a00", false},
                {"0808 4a02 1200", false},
                {"0808 4a08 1206 0a00 1000 1800", false},
                {"0808 4a08 1206 0a00 1001 1800", true}};
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct rc_bytes bytes = raw(rows[i].hex);
        struct rc_message m;
        ck_assert_int_eq(rc_wire_decode_message(bytes, &m), RC_OK);
        ck_assert_int_eq(m.snapshot != NULL, rows[i].snapshot);
        rc_message_release(&m);
        rc_bytes_free(&bytes);
    }
}
END_TEST

/* §14.11: responses have none of their own, however deep. */
START_TEST(responses_of_responses_are_refused)
{
    static const char *const hex[] = {"7202 7200", "0813 7204 7202 7200",
                                      "7200 7202 7200"};
    for (size_t i = 0; i < LENGTH(hex); i++) {
        struct rc_bytes bytes = raw(hex[i]);
        struct rc_message m;
        ck_assert_int_eq(rc_wire_decode_message(bytes, &m), RC_MALFORMED);
        rc_bytes_free(&bytes);
    }
    /* Each level holds the next: 5,000 of them, lengths of two bytes. */
    enum { ROOM = 15000 };
    static uint8_t deep[ROOM];
    size_t begin = ROOM;
    while (begin >= 3) {
        size_t size = ROOM - begin;
        deep[--begin] = (uint8_t)(size >> 7);
        deep[--begin] = (uint8_t)(size & 0x7f) | 0x80;
        deep[--begin] = 0x72;
    }
    struct rc_message m;
    ck_assert_int_eq(rc_wire_decode_message(rc_bytes_of(deep, ROOM), &m),
                     RC_MALFORMED);
}
END_TEST

/* ---- Changes -------------------------------------------------------------*/

static struct rc_entry change_entry(enum rc_entry_type type, const char *hex)
{
    struct rc_bytes bytes = raw(hex);
    struct rc_entry entry = {.type = type, .data = rc_payload_of(bytes)};
    rc_bytes_free(&bytes);
    return entry;
}

/* §1.1, §1.3: changes of both versions and of both generators. */
START_TEST(changes_of_both_versions_are_read)
{
    static const struct {
        enum rc_entry_type type;
        const char *hex;
        enum rc_transition transition;
        size_t count;
        enum rc_change_type change; /* of the last */
        uint64_t node;
        const char *context;
    } rows[] = {
        {RC_ENTRY_CONF_CHANGE, "0800 1001 180a", RC_TRANSITION_AUTO, 1,
         RC_REMOVE_NODE, 10, ""},
        {RC_ENTRY_CONF_CHANGE, "180a 2202 6869", RC_TRANSITION_AUTO, 1,
         RC_ADD_NODE, 10, "hi"},
        {RC_ENTRY_CONF_CHANGE, "", RC_TRANSITION_AUTO, 1, RC_ADD_NODE, 0, ""},
        {RC_ENTRY_CONF_CHANGE_V2, "", RC_TRANSITION_AUTO, 0, RC_ADD_NODE, 0,
         ""},
        {RC_ENTRY_CONF_CHANGE_V2, "0800 1204 0803 100a 1a00",
         RC_TRANSITION_AUTO, 1, RC_ADD_LEARNER_NODE, 10, ""},
        {RC_ENTRY_CONF_CHANGE_V2, "1202 1001 1204 1014 0802 0802",
         RC_TRANSITION_EXPLICIT, 2, RC_UPDATE_NODE, 20, ""},
        {RC_ENTRY_CONF_CHANGE_V2, "1a01 7a", RC_TRANSITION_AUTO, 0, RC_ADD_NODE,
         0, "z"},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct rc_entry entry = change_entry(rows[i].type, rows[i].hex);
        struct rc_conf_change cc;
        ck_assert_int_eq(rc_conf_change_decode(&entry, &cc), RC_OK);
        ck_assert_int_eq(cc.transition, rows[i].transition);
        ck_assert_uint_eq(cc.count, rows[i].count);
        if (cc.count > 0) {
            ck_assert_int_eq(cc.changes[cc.count - 1].type, rows[i].change);
            ck_assert_uint_eq(cc.changes[cc.count - 1].node, rows[i].node);
        }
        ck_assert(rc_bytes_equal(rc_payload_bytes(cc.context),
                                 rc_bytes_of_text(rows[i].context)));
        rc_conf_change_release(&cc);
        rc_payload_drop(entry.data);
    }
    struct rc_entry none = {.type = RC_ENTRY_CONF_CHANGE_V2};
    struct rc_conf_change cc;
    ck_assert_int_eq(rc_conf_change_decode(&none, &cc), RC_OK);
    ck_assert(rc_conf_change_leaves(&cc));
    rc_conf_change_release(&cc);
}
END_TEST

START_TEST(changes_come_back_as_they_were)
{
    struct rc_conf_change cc = {.transition = RC_TRANSITION_IMPLICIT};
    struct rc_text error = {NULL, 0, 0};
    ck_assert(rc_conf_change_parse("v1 l20 r300 u4", &cc, &error));
    cc.context = make_payload("why");
    struct rc_entry entry = {
        .type = RC_ENTRY_CONF_CHANGE_V2,
        .data = rc_conf_change_encode(&cc, RC_ENTRY_CONF_CHANGE_V2)};
    struct rc_conf_change back;
    ck_assert_int_eq(rc_conf_change_decode(&entry, &back), RC_OK);
    ck_assert_int_eq(back.transition, RC_TRANSITION_IMPLICIT);
    ck_assert_uint_eq(back.count, 4);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_int_eq(back.changes[i].type, cc.changes[i].type);
        ck_assert_uint_eq(back.changes[i].node, cc.changes[i].node);
    }
    ck_assert(rc_bytes_equal(rc_payload_bytes(back.context),
                             rc_bytes_of_text("why")));
    rc_payload_drop(entry.data);
    rc_conf_change_release(&back);
    rc_conf_change_release(&cc);
    /* Leaving has no data at all, unless it has a context. */
    ck_assert_ptr_null(rc_conf_change_encode(&cc, RC_ENTRY_CONF_CHANGE_V2));
    cc.context = make_payload("z");
    struct rc_payload *data =
        rc_conf_change_encode(&cc, RC_ENTRY_CONF_CHANGE_V2);
    ck_assert(
        rc_bytes_equal(rc_payload_bytes(data), rc_bytes_of_text("\x1a\x01z")));
    rc_payload_drop(data);
    rc_conf_change_release(&cc);
}
END_TEST

START_TEST(unknown_changes_are_refused)
{
    static const struct {
        enum rc_entry_type type;
        const char *hex;
    } rows[] = {{RC_ENTRY_CONF_CHANGE, "1004"},
                {RC_ENTRY_CONF_CHANGE, "10" MAX_VARINT},
                {RC_ENTRY_CONF_CHANGE, "2205"},
                {RC_ENTRY_CONF_CHANGE_V2, "0803"},
                {RC_ENTRY_CONF_CHANGE_V2, "1202 0804 1a01 61"},
                {RC_ENTRY_CONF_CHANGE_V2, "1202 08808080808001"},
                {RC_ENTRY_CONF_CHANGE_V2, "12"}};
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct rc_entry entry = change_entry(rows[i].type, rows[i].hex);
        struct rc_conf_change cc;
        ck_assert_int_eq(rc_conf_change_decode(&entry, &cc), RC_MALFORMED);
        ck_assert_uint_eq(cc.count, 0);
        ck_assert_ptr_null(cc.context);
        rc_payload_drop(entry.data);
    }
}
END_TEST

/* ---- Bytes of anywhere ---------------------------------------------------*/

START_TEST(malformed_bytes_are_an_error)
{
    static const char *const hex[] = {
        "08",                       /* a number is missing */
        "0880",                     /* does not end */
        "08ffffffffffffffffffff01", /* longer than 10 bytes */
        "6205 6869",                /* ends before it should */
        "62ffffffff0f",             /* much longer than there is */
        "62" MAX_VARINT "6869",     /* as long as can be said */
        "3a02 0880",                /* within an entry */
        "4a03 1201 08",             /* within a snapshot */
        "7201 08",                  /* within a response */
        "00",                       /* no field has this number */
    };
    for (size_t i = 0; i < LENGTH(hex); i++) {
        struct rc_bytes bytes = raw(hex[i]);
        struct rc_message m;
        ck_assert_msg(rc_wire_decode_message(bytes, &m) == RC_MALFORMED, "%s",
                      hex[i]);
        rc_bytes_free(&bytes);
    }
}
END_TEST

/* All decoders: they may only say yes or no; yes is something that can be
 * written again. */
static size_t decode_all(struct rc_bytes bytes)
{
    struct rc_message m;
    struct rc_entry entry;
    struct rc_snapshot *snapshot;
    struct rc_hard_state hs;
    struct rc_conf_state cs;
    size_t good = 0;
    if (rc_wire_decode_message(bytes, &m) == RC_OK) {
        struct rc_bytes again = rc_wire_encode_message(&m);
        rc_bytes_free(&again);
        rc_message_release(&m);
        good++;
    }
    if (rc_wire_decode_entry(bytes, &entry) == RC_OK) {
        rc_payload_drop(entry.data);
    }
    if (rc_wire_decode_snapshot(bytes, &snapshot) == RC_OK) {
        rc_snapshot_drop(snapshot);
    }
    if (rc_wire_decode_conf_state(bytes, &cs) == RC_OK) {
        rc_conf_state_release(&cs);
    }
    (void)rc_wire_decode_hard_state(bytes, &hs);
    for (int type = RC_ENTRY_CONF_CHANGE; type <= RC_ENTRY_CONF_CHANGE_V2;
         type++) {
        struct rc_conf_change cc;
        entry = (struct rc_entry){.type = (enum rc_entry_type)type,
                                  .data = rc_payload_of(bytes)};
        (void)rc_conf_change_decode(&entry, &cc);
        rc_conf_change_release(&cc);
        rc_payload_drop(entry.data);
    }
    return good;
}

/* Every beginning of a message, and 20,000 with changed bytes. Copies are of
 * the exact size, for the address sanitizer. */
START_TEST(no_bytes_break_a_decoder)
{
    struct rc_message m = make_message();
    struct rc_bytes whole = rc_wire_encode_message(&m);
    size_t good = 0;
    for (size_t size = 0; size <= whole.size; size++) {
        struct rc_payload *part = rc_payload_of(rc_bytes_of(whole.data, size));
        good += decode_all(rc_payload_bytes(part));
        rc_payload_drop(part);
    }
    ck_assert_uint_gt(good, 5); /* ends between fields */
    ck_assert_uint_lt(good, whole.size / 2);
    uint64_t key = random_key_text(1, "changed bytes");
    good = 0;
    for (uint64_t i = 0; i < 20000; i++) {
        uint64_t stream = random_key(key, i);
        struct rc_payload *part = rc_payload_of(whole);
        uint64_t changes = 1 + random_below(random_at(stream, 0), 4);
        for (uint64_t k = 0; k < changes; k++) {
            uint64_t place =
                random_below(random_at(stream, 2 * k + 1), part->size);
            part->bytes[place] = (uint8_t)random_at(stream, 2 * k + 2);
        }
        good += decode_all(rc_payload_bytes(part));
        rc_payload_drop(part);
    }
    ck_assert_uint_gt(good, 1000);
    ck_assert_uint_lt(good, 19000);
    rc_bytes_free(&whole);
    rc_message_release(&m);
}
END_TEST

SUITE(raftcore_wire)
{
    Suite *suite = suite_create("raftcore_wire");
    TCase *states = tcase_create("entries and states");
    TCase *messages = tcase_create("messages");
    TCase *changes = tcase_create("changes");
    tcase_add_test(states, entry_is_written_with_all_its_numbers);
    tcase_add_test(states, entries_of_both_generators_are_read);
    tcase_add_test(states, unknown_types_are_none_of_the_known);
    tcase_add_test(states, hard_states_are_written_and_read);
    tcase_add_test(states, lists_of_numbers_are_read_packed_or_not);
    tcase_add_test(states, snapshots_are_written_and_read);
    tcase_add_test(messages, messages_come_back_with_all_they_hold);
    tcase_add_test(messages, fields_of_messages_have_their_numbers);
    tcase_add_test(messages, empty_snapshot_of_an_old_node_is_none);
    tcase_add_test(messages, responses_of_responses_are_refused);
    tcase_add_test(messages, malformed_bytes_are_an_error);
    tcase_add_test(messages, no_bytes_break_a_decoder);
    tcase_add_test(changes, changes_of_both_versions_are_read);
    tcase_add_test(changes, changes_come_back_as_they_were);
    tcase_add_test(changes, unknown_changes_are_refused);
    suite_add_tcase(suite, states);
    suite_add_tcase(suite, messages);
    suite_add_tcase(suite, changes);
    return suite;
}
