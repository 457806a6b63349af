/* test_store.c - the state of a key/value server: map, sessions, snapshots.
 * Layer: tests. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "kvraft/server.h"
#include "tests/support/suites.h"

#define T(text) bytes_of_text(text)

static void check_value(struct store *st, struct bytes key, struct bytes value)
{
    ck_assert(bytes_equal(store_get(st, key), value));
}

START_TEST(map_holds_what_was_put_and_appended)
{
    struct store st = {0};
    check_value(&st, T("a"), T(""));
    store_append(&st, T("a"), T("x"));
    check_value(&st, T("a"), T("x"));
    store_put(&st, T("a"), T("first"));
    store_put(&st, T("ab"), T("other"));
    store_append(&st, T("a"), T(", second"));
    check_value(&st, T("a"), T("first, second"));
    check_value(&st, T("ab"), T("other"));
    store_put(&st, T("a"), T("s"));
    check_value(&st, T("a"), T("s"));
    store_append(&st, T("a"), T(""));
    check_value(&st, T("a"), T("s"));
    store_put(&st, T("a"), T(""));
    check_value(&st, T("a"), T(""));
    store_release(&st);
}
END_TEST

START_TEST(keys_and_values_are_any_bytes)
{
    struct store st = {0};
    struct bytes nul = bytes_of("\0", 1), nuls = bytes_of("\0\0", 2);
    store_put(&st, nul, nuls);
    store_put(&st, nuls, bytes_of("a\0b", 3));
    store_put(&st, T(""), T("the empty key"));
    store_append(&st, nul, nul);
    check_value(&st, nul, bytes_of("\0\0\0", 3));
    check_value(&st, nuls, bytes_of("a\0b", 3));
    check_value(&st, T(""), T("the empty key"));
    check_value(&st, (struct bytes){NULL, 0}, T("the empty key"));
    store_release(&st);
}
END_TEST

/* Appends take amortized time: count how often the value's memory may have
 * moved. */
START_TEST(appends_rarely_move_the_value)
{
    struct store st = {0};
    int moves = 0;
    const uint8_t *before = NULL;
    for (int i = 0; i < 100000; i++) {
        store_append(&st, T("k"), T("0123456789"));
        const uint8_t *now = store_get(&st, T("k")).data;
        moves += now != before;
        before = now;
    }
    ck_assert_uint_eq(store_get(&st, T("k")).size, 1000000);
    ck_assert_int_lt(moves, 20);
    store_release(&st);
}
END_TEST

START_TEST(list_is_in_the_order_of_keys)
{
    struct store st = {0};
    const char *keys[] = {"b", "", "abc", "ab", "c", "a", "ba"};
    const char *order[] = {"", "a", "ab", "abc", "b", "ba", "c"};
    size_t count = 0;
    for (int i = 0; i < 7; i++) {
        store_put(&st, T(keys[i]), T(keys[i]));
    }
    struct item *items = store_list(&st, &count);
    ck_assert_uint_eq(count, 7);
    for (int i = 0; i < 7; i++) {
        ck_assert(bytes_equal(items[i].key, T(order[i])));
        ck_assert(bytes_equal(items[i].value, T(order[i])));
    }
    free(items);
    store_release(&st);
}
END_TEST

/* §8: an operation is not executed again. */
START_TEST(each_operation_begins_once)
{
    struct sessions ss = {0};
    ck_assert(sessions_begin(&ss, 7, 1));
    ck_assert(!sessions_begin(&ss, 7, 1));
    ck_assert(sessions_begin(&ss, 8, 1));
    ck_assert(sessions_begin(&ss, 7, 2));
    ck_assert(!sessions_begin(&ss, 7, 1)); /* a late copy of the first */
    ck_assert(!sessions_begin(&ss, 7, 2));
    ck_assert(sessions_begin(&ss, 7, 5));
    sessions_release(&ss);
}
END_TEST

/* ---- The state machine --------------------------------------------------*/

static struct bytes run(struct kv_server *kv, struct command command)
{
    struct rsm_machine machine = kv_machine(kv);
    struct bytes packed = PACK(command, &command);
    struct bytes result = machine.execute(machine.self, packed);
    bytes_free(&packed);
    return result;
}

/* Execute operation number `seq` of client `client`. */
static void write(struct kv_server *kv, enum op op, uint64_t client,
                  uint64_t seq, const char *key, const char *value)
{
    struct bytes result = run(kv, (struct command){.op = op,
                                                   .client = client,
                                                   .seq = seq,
                                                   .key = T(key),
                                                   .value = T(value)});
    ck_assert_uint_eq(result.size, 0);
}

static void check_read(struct kv_server *kv, const char *key, const char *value)
{
    struct bytes result =
        run(kv, (struct command){.op = OP_GET, .key = T(key)});
    ck_assert(bytes_equal(result, T(value)));
    bytes_free(&result);
}

static void machine_release(struct kv_server *kv)
{
    store_release(&kv->store);
    sessions_release(&kv->sessions);
}

START_TEST(machine_executes_each_operation_once)
{
    struct kv_server kv = {0};
    write(&kv, OP_APPEND, 1, 1, "k", "a");
    write(&kv, OP_APPEND, 1, 1, "k", "a");
    write(&kv, OP_APPEND, 2, 1, "k", "b");
    write(&kv, OP_PUT, 1, 2, "l", "c");
    write(&kv, OP_PUT, 2, 2, "l", "d");
    write(&kv, OP_PUT, 1, 2, "l", "c");
    check_read(&kv, "k", "ab");
    check_read(&kv, "l", "d");
    check_read(&kv, "m", "");
    machine_release(&kv);
}
END_TEST

START_TEST(snapshot_holds_the_map_and_the_sessions)
{
    struct kv_server kv = {0}, other = {0};
    struct rsm_machine from = kv_machine(&kv), to = kv_machine(&other);
    write(&kv, OP_APPEND, 1, 1, "k", "a");
    write(&kv, OP_PUT, UINT64_MAX, 9, "", "");
    write(&kv, OP_PUT, 3, 1, "l", "gone");
    write(&other, OP_PUT, 5, 1, "m", "not in the snapshot");
    struct bytes snapshot = from.snapshot(from.self);
    to.restore(to.self, snapshot);
    check_read(&other, "k", "a");
    check_read(&other, "m", "");
    write(&other, OP_APPEND, 1, 1, "k", "a"); /* executed before the snapshot */
    write(&other, OP_APPEND, 1, 2, "k", "b");
    write(&other, OP_PUT, UINT64_MAX, 8, "k", "late");
    write(&other, OP_PUT, 5, 1, "n", "not known");
    check_read(&other, "k", "ab");
    check_read(&other, "n", "not known");
    bytes_free(&snapshot);
    machine_release(&kv);
    machine_release(&other);
}
END_TEST

START_TEST(equal_states_have_equal_snapshots)
{
    struct kv_server a = {0}, b = {0};
    struct rsm_machine of_a = kv_machine(&a), of_b = kv_machine(&b);
    for (uint64_t i = 0; i < 50; i++) {
        char key[2] = {(char)('A' + i), '\0'};
        char other[2] = {(char)('A' + 49 - i), '\0'};
        write(&a, OP_PUT, i, i + 1, key, key);
        write(&b, OP_PUT, 49 - i, 50 - i, other, other);
    }
    struct bytes first = of_a.snapshot(of_a.self);
    struct bytes second = of_b.snapshot(of_b.self);
    ck_assert(bytes_equal(first, second));
    bytes_free(&first);
    of_a.restore(of_a.self, second);
    first = of_a.snapshot(of_a.self);
    ck_assert(bytes_equal(first, second));
    bytes_free(&first);
    bytes_free(&second);
    machine_release(&a);
    machine_release(&b);
}
END_TEST

/* One key of one byte and one client; the lab allows 500 bytes. */
START_TEST(snapshot_of_a_small_state_is_small)
{
    struct kv_server kv = {0};
    struct rsm_machine machine = kv_machine(&kv);
    for (uint64_t i = 1; i <= 1000; i++) {
        write(&kv, OP_PUT, UINT64_MAX, i, "x", "1");
    }
    struct bytes snapshot = machine.snapshot(machine.self);
    ck_assert_uint_lt(snapshot.size, 50);
    bytes_free(&snapshot);
    machine_release(&kv);
}
END_TEST

SUITE(kvraft_store)
{
    Suite *suite = suite_create("kvraft_store");
    TCase *tc = tcase_create("state");

    tcase_set_tags(tc, "3A");
    tcase_add_test(tc, map_holds_what_was_put_and_appended);
    tcase_add_test(tc, keys_and_values_are_any_bytes);
    tcase_add_test(tc, appends_rarely_move_the_value);
    tcase_add_test(tc, list_is_in_the_order_of_keys);
    tcase_add_test(tc, each_operation_begins_once);
    tcase_add_test(tc, machine_executes_each_operation_once);
    suite_add_tcase(suite, tc);
    tc = tcase_create("snapshots");
    tcase_set_tags(tc, "3B");
    tcase_add_test(tc, snapshot_holds_the_map_and_the_sessions);
    tcase_add_test(tc, equal_states_have_equal_snapshots);
    tcase_add_test(tc, snapshot_of_a_small_state_is_small);
    suite_add_tcase(suite, tc);
    return suite;
}
