/* test_refused.c - the message for each error in a history.
 * Layer: tests. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/history_text.h"
#include "tests/support/suites.h"

struct refused {
    const char *text;
    const char *message;
};

static void check_refused(const struct refused *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct lin_history *history = parse_bytes(bytes_of_text(rows[i].text));
        ck_assert_msg(!history, "accepted: %s", rows[i].text);
        ck_assert_str_eq(message, rows[i].message);
    }
}

#define CHECK_REFUSED(rows)                                                    \
    check_refused(rows, sizeof(rows) / sizeof((rows)[0]))

START_TEST(unknown_formats_are_refused)
{
    static const struct refused rows[] = {
        {"", "h:1: the input is empty"},
        {" \n"
         "\t\n",
         "h:1: the input is empty"},
        {"hello\n", "h:1: not a history: neither a Jepsen log, nor EDN maps, "
                    "nor raftlab's JSON"},
        {"{}", "h:1: a map without :process"},
        {"<html>jepsen</html>\n",
         "h:1: not a history: neither a Jepsen log, nor EDN maps, nor "
         "raftlab's JSON"},
    };
    CHECK_REFUSED(rows);
}
END_TEST

START_TEST(wrong_logs_are_refused)
{
    static const struct refused rows[] = {
        {"INFO  jepsen.core - 1\t:invoke\t:read\tnil\n"
         "about jepsen.util\n",
         "h:1: no operations found"},
        {U "1\t:ok\t:read\tnil\n",
         "h:1: process 1 returns from :read without having invoked it"},
        {U "1\t:invoke\t:read\tnil\n" U "1\t:invoke\t:read\tnil\n",
         "h:2: process 1 invokes :read, but its operation of line 1 has not "
         "returned"},
        {U "1\t:invoke\t:write\t1\n" U "1\t:info\t:write\t:timed-out\n" U
           "1\t:ok\t:write\t1\n",
         "h:3: process 1 returns from :write without having invoked it"},
        {U "1\t:invoke\t:swap\t1\n",
         "h:1: unknown :f :swap (known: read, write, cas; get, put, append)"},
        {U "1\t:invok\t:read\tnil\n",
         "h:1: :invok is none of :invoke, :ok, :fail, :info"},
        {U "1\t:invoke\t:read\t1\n" U "2\t:invoke\t:append\t1\n",
         "h:2: :append does not belong to the model of earlier operations "
         "(register)"},
        {U "1\t:invoke\t:read\tnil\n" U "1\t:ok\t:write\t1\n",
         "h:2: process 1 returns from :write, but line 1 invoked :read"},
        {U "1\t:invoke\t:write\t1\n" U "1\t:ok\t:write\t2\n",
         "h:2: :value differs from that of line 1: 2"},
        {U "4294967296\t:invoke\t:read\tnil\n",
         "h:1: a process is a number below 2^32, not 4294967296"},
        {U "1x\t:invoke\t:read\tnil\n",
         "h:1: a process is a number below 2^32, not 1x"},
        {U "1\t:invoke\t:write\t12\n" U "1",
         "h:2: expected :invoke, :ok, :fail or :info"},
        {U "1\t:invoke\t:write\t12\n" U "1\t:o",
         "h:2: :o is none of :invoke, :ok, :fail, :info"},
        {U "1\t:invoke\t:write\t12\n" U "1\t:ok\t:wri",
         "h:2: the line ends before the value"},
        {U "1\t:invoke\t:write\t12\n" U "1\t:ok\t:write",
         "h:2: the line ends before the value"},
        {U "1 invoke\n", "h:1: expected :invoke, :ok, :fail or :info"},
    };
    CHECK_REFUSED(rows);
}
END_TEST

START_TEST(wrong_values_of_logs_are_refused)
{
    static const struct refused rows[] = {
        {U "1\t:invoke\t:cas\t[1 2]\n" U "1\t:fail\t:cas\t[2 1]\n",
         "h:2: :value differs from that of line 1: [2 1]"},
        {U "1\t:invoke\t:cas\t[1 2 3]\n",
         "h:1: :cas takes [expected new], not [1 2 3]"},
        {U "1\t:invoke\t:cas\t1\n", "h:1: :cas takes [expected new], not 1"},
        {U "1\t:invoke\t:write\t:x\n",
         "h:1: :write takes a string, a whole number or nil, not :x"},
        {U "1\t:invoke\t:write\t1.5\n",
         "h:1: :write takes a string, a whole number or nil, not 1.5"},
        {U "1\t:invoke\t:write\t9223372036854775808\n",
         "h:1: :write takes a string, a whole number or nil, not "
         "9223372036854775808 (more than 64 bits)"},
        {U "1\t:invoke\t:read\tnil\n" U "1\t:ok\t:read\t:timed-out\n",
         "h:2: :read returns a string, a whole number or nil, not :timed-out"},
        {U "1\t:invoke\t:write\t\"12\n", "h:1: unterminated string"},
        {U "1\t:invoke\t:write\t[1 \n", "h:1: unexpected end of input"},
        {U "1\t:invoke\t:write\t1 2\n", "h:1: unexpected text after the value"},
    };
    CHECK_REFUSED(rows);
}
END_TEST

START_TEST(wrong_maps_are_refused)
{
    static const struct refused rows[] = {
        {"{:process 0, :type :ok, :f :get, :key \"x\", :value \"\"}",
         "h:1: process 0 returns from :get without having invoked it"},
        {"{:process 0 :type :invoke :f :read}\n"
         "\n"
         "{:process 0 :type :invoke :f :read}",
         "h:3: process 0 invokes :read, but its operation of line 1 has not "
         "returned"},
        {"{:process 0 :type :invoke :f :txn :value [[:r 1 nil]]}",
         "h:1: unknown :f :txn (known: read, write, cas; get, put, append)"},
        {"{:process 0 :type :begin :f :read}",
         "h:1: :type is :invoke, :ok, :fail or :info, not :begin"},
        {"{:process 0 :type 3 :f :read}",
         "h:1: :type is :invoke, :ok, :fail or :info, not 3"},
        {"{:process 0 :type :invoke :f \"read\"}",
         "h:1: :f may not be a string"},
        {"{:process 0 :type :invoke :f 3}", "h:1: :f is a keyword, not 3"},
        {"{:process \"0\" :type :invoke :f :read}",
         "h:1: :process may not be a string"},
        {"{:process 4294967296 :type :invoke :f :read}",
         "h:1: :process is a keyword or a number below 2^32, not 4294967296"},
        {"{:process -1 :type :invoke :f :read}",
         "h:1: :process is a keyword or a number below 2^32, not -1"},
        {"{:type :invoke :f :read}", "h:1: a map without :process"},
        {"{:process 0 :f :read}", "h:1: a map without :type"},
        {"{:process 0 :type :invoke}", "h:1: a map without :f"},
        {"{:process 0 :type :invoke :f :read}\n"
         "{:process 0 :type :ok :f :read}",
         "h:2: :read without a :value"},
        {"{:process 0 :type :invoke :f :read}\n"
         "{:process 1 :type :invoke :f :get :key \"x\"}",
         "h:2: :get does not belong to the model of earlier operations "
         "(register)"},
        {"{:process 0 :type :invoke :f :get}", "h:1: :get without a :key"},
        {"{:process 0 :type :invoke :f :get :key nil}",
         "h:1: a :key is a string or a whole number, not nil"},
        {"{:process 0 :type :invoke :f :put :key \"x\"}",
         "h:1: :put without a :value"},
        {"{:process 0 :type :invoke :f :put :key \"x\" :value [\"a\"]}",
         "h:1: :put takes a string, a whole number or nil, not [\"a\"]"},
        {"{:process 0 :type :invoke :f :put :key \"x\" :value 1}\n"
         "{:process 1 :type :invoke :f :put :key \"x\"}",
         "h:2: :put without a :value"},
        {"{:process 0 :type :invoke :f :put :key \"x\" :value 1}\n"
         "{:process 1 :type :invoke :f :put :value 1}",
         "h:2: :put without a :key"},
        {"{:process 0 :type :invoke :f :cas :value [1 :x]}",
         "h:1: :cas takes [expected new], not [1 :x]"},
        {"{:process 0 :type :invoke :f :put :key \"x\" :value "
         "99999999999999999999}",
         "h:1: :put takes a string, a whole number or nil, not "
         "99999999999999999999 (more than 64 bits)"},
        {"{:process 0 :type :invoke :f :get :key \"x\"}\n"
         "{:process 0 :type :ok :f :get :key \"y\" :value \"\"}",
         "h:2: :key differs from that of line 1"},
        {"{:process 0 :type :invoke :f :get :key \"x\" :key \"x\"}",
         "h:1: duplicate :key in a map"},
    };
    CHECK_REFUSED(rows);
}
END_TEST

START_TEST(wrong_edn_is_refused)
{
    static const struct refused rows[] = {
        {"{:process 0 :type :invoke :f :get :key \"x\n",
         "h:1: unterminated string"},
        {"{:process 0 :type :invoke :f :get :key \"\\q\"}",
         "h:1: unknown escape \\q in a string"},
        {"{:process 0 :type :invoke :f :get :key \"\\ud800x\"}",
         "h:1: invalid \\u escape in a string"},
        {"{:process 0 :type :invoke :f :get :key \"\\u12\"}",
         "h:1: invalid \\u escape in a string"},
        {"{:process 0\n"
         " :type :invoke :f :get\n",
         "h:1: unterminated map"},
        {"{:process 0 :type :invoke :f", "h:1: unexpected end of input"},
        {"{:process 0 :type :invoke :f :read :error",
         "h:1: unexpected end of input"},
        {"{:process 0 :type :invoke :f :read :error (}", "h:1: unexpected '}'"},
        {"{:process 0 :type :invoke :f :read :error [1 2)}",
         "h:1: unexpected ')'"},
        {"{:process 0 :type :invoke :f :read :error #_ 1}",
         "h:1: #_ is not supported"},
        {"{:process 0 :type :invoke :f :read :error \001}",
         "h:1: unexpected byte 0x01"},
        {"{\"process\" 0}\n", "h:1: not a JSON object: ':' expected near '0'"},
        {";\n"
         "{:process 0 \"type\" 1}",
         "h:2: map keys must be keywords, not '\"'"},
        {"[{:process 0 :type :invoke :f :read}\n",
         "h:1: the '[' in this line is not closed"},
        {"[{:process 0 :type :invoke :f :read})\n", "h:1: expected a map"},
        {"[{:process 0 :type :invoke :f :read}]\n"
         "]",
         "h:2: unexpected text after the end"},
        {"{:process 0 :type :invoke :f :read}\n"
         "nil",
         "h:2: expected a map"},
        {"[]", "h:1: no operations found"},
        {"{:process :nemesis :type :info :f :start}",
         "h:1: no operations found"},
        {"{:process 0 :type :invoke :f :read}\n" KV,
         "h:2: map keys must be keywords, not '\"'"},
    };
    CHECK_REFUSED(rows);
}
END_TEST

START_TEST(wrong_headers_and_fields_are_refused)
{
    static const struct refused rows[] = {
        {"{\"history\": \"mine\", \"version\": 1, \"model\": \"kv\"}",
         "h:1: the first line is not {\"history\": \"raftlab\", \"version\": "
         "1, \"model\": ...}"},
        {"{\"history\": \"raftlab\", \"version\": 2, \"model\": \"kv\"}",
         "h:1: \"version\" must be 1"},
        {"{\"history\": \"raftlab\", \"version\": 1, \"model\": \"queue\"}",
         "h:1: \"model\" must be register, kv or versioned"},
        {"{\"client\": 1, \"call\": 10, \"return\": 25, \"f\": \"get\", "
         "\"key\": \"x\", \"value\": \"y\"}",
         "h:1: the first line is not {\"history\": \"raftlab\", \"version\": "
         "1, \"model\": ...}"},
        {"{\"history\": \"raftlab\",\n"
         " \"version\": 1, \"model\": \"kv\"}",
         "h:1: not a JSON object: string or '}' expected near end of "
         "file"},
        {KV "{\"client\": 1, \"call\": 10, \"retrun\": 25, \"f\": \"get\", "
            "\"key\": \"x\", \"value\": \"y\"}",
         "h:2: unknown field \"retrun\""},
        {KV "{\"client\": 1, \"call\": 10, \"f\": \"cas\", \"key\": \"x\"}",
         "h:2: the model \"kv\" has no function \"cas\""},
        {KV "{\"client\": 1, \"call\": 10, \"f\": 3, \"key\": \"x\"}",
         "h:2: \"f\" is not a string"},
        {KV "{\"client\": 1, \"call\": 10, \"key\": \"x\"}",
         "h:2: an operation without \"f\""},
        {KV "{\"client\": 1, \"f\": \"get\", \"key\": \"x\"}",
         "h:2: get without \"return\" must have \"call\""},
        {KV "{\"call\": 1, \"f\": \"get\"}",
         "h:2: get without \"return\" must have \"key\""},
        {KV "{\"call\": 1, \"f\": \"get\", \"key\": null}",
         "h:2: \"key\" is not a string, a whole number or {\"hex\": \"...\"}"},
        {KV "{\"call\": 1, \"f\": \"put\", \"key\": \"x\"}",
         "h:2: put without \"return\" must have \"value\""},
        {KV "{\"call\": 1, \"f\": \"get\", \"key\": \"x\", \"value\": \"y\"}",
         "h:2: get without \"return\" may not have \"value\""},
        {KV "{\"call\": 1, \"return\": 2, \"f\": \"get\", \"key\": \"x\"}",
         "h:2: get with \"return\" must have \"value\""},
    };
    CHECK_REFUSED(rows);
}
END_TEST

START_TEST(wrong_values_of_json_are_refused)
{
    static const struct refused rows[] = {
        {KV "{\"call\": 1, \"return\": 2, \"f\": \"get\", \"key\": \"x\", "
            "\"value\": 1.5}",
         "h:2: \"value\" is not a string, a whole number, null or {\"hex\": "
         "\"...\"}"},
        {KV "{\"call\": 1, \"return\": 2, \"f\": \"get\", \"key\": \"x\", "
            "\"value\": {\"hex\": \"abc\"}}",
         "h:2: \"value\" is not a string, a whole number, null or {\"hex\": "
         "\"...\"}"},
        {KV "{\"call\": 1, \"return\": 2, \"f\": \"get\", \"key\": \"x\", "
            "\"value\": {\"hex\": \"xx\"}}",
         "h:2: \"value\" is not a string, a whole number, null or {\"hex\": "
         "\"...\"}"},
        {KV "{\"call\": 1, \"return\": 2, \"f\": \"get\", \"key\": \"x\", "
            "\"value\": {\"hex\": \"\", \"b\": 1}}",
         "h:2: \"value\" is not a string, a whole number, null or {\"hex\": "
         "\"...\"}"},
        {KV "{\"call\": 1, \"return\": 2, \"f\": \"put\", \"key\": \"x\", "
            "\"value\": \"\", \"version\": 1}",
         "h:2: put with \"return\" may not have \"version\""},
        {KV "{\"call\": 1, \"return\": 2, \"f\": \"put\", \"key\": \"x\", "
            "\"value\": \"\", \"outcome\": \"maybe\"}",
         "h:2: \"outcome\" is not \"ok\", the only one of this function"},
        {KV "{\"call\": 1, \"f\": \"put\", \"key\": \"x\", \"value\": \"\", "
            "\"outcome\": \"ok\"}",
         "h:2: put without \"return\" may not have \"outcome\""},
        {KV "{\"call\": 1, \"return\": 0, \"f\": \"put\", \"key\": \"x\", "
            "\"value\": \"\"}",
         "h:2: \"return\" is before \"call\""},
        {KV "{\"call\": 1.5, \"return\": 2, \"f\": \"put\", \"key\": \"x\", "
            "\"value\": \"\"}",
         "h:2: \"call\" is not a whole number below 2^63 - 1"},
        {KV "{\"call\": 1, \"return\": \"2\", \"f\": \"put\", \"key\": \"x\", "
            "\"value\": \"\"}",
         "h:2: \"return\" is not a whole number below 2^63 - 1"},
        {KV "{\"call\": 1, \"return\": 9223372036854775807, \"f\": \"put\", "
            "\"key\": \"x\", \"value\": \"\"}",
         "h:2: \"return\" is not a whole number below 2^63 - 1"},
        {KV "{\"call\": 1, \"return\": 9223372036854775808, \"f\": \"put\", "
            "\"key\": \"x\", \"value\": \"\"}",
         "h:2: not a JSON object: too big integer near "
         "'9223372036854775808'"},
        {KV "{\"client\": -1, \"call\": 1, \"f\": \"get\", \"key\": \"x\"}",
         "h:2: \"client\" is not a whole number from 0 to 2^32 - 1"},
        {KV "{\"client\": 4294967296, \"call\": 1, \"f\": \"get\", \"key\": "
            "\"x\"}",
         "h:2: \"client\" is not a whole number from 0 to 2^32 - 1"},
        {REG "{\"call\": 1, \"return\": 2, \"f\": \"cas\", \"value\": 1}",
         "h:2: cas with \"return\" must have \"expected\""},
        {REG "{\"call\": 1, \"return\": 2, \"f\": \"cas\", \"value\": 1, "
             "\"expected\": 2, \"outcome\": \"fail\"}",
         "h:2: \"outcome\" is not \"ok\", \"mismatch\" or \"maybe\""},
        {VER "{\"call\": 1, \"return\": 2, \"f\": \"get\", \"key\": \"x\", "
             "\"value\": \"\"}",
         "h:2: get with \"return\" must have \"version\""},
        {VER "{\"call\": 1, \"return\": 2, \"f\": \"get\", \"key\": \"x\", "
             "\"value\": \"\", \"version\": -1}",
         "h:2: \"version\" is not a whole number from 0 to 2^64 - 1"},
        {VER "{\"call\": 1, \"f\": \"put\", \"key\": \"x\", \"value\": \"\", "
             "\"version\": \"18446744073709551616\"}",
         "h:2: \"version\" is not a whole number from 0 to 2^64 - 1"},
    };
    CHECK_REFUSED(rows);
}
END_TEST

START_TEST(wrong_json_is_refused)
{
    static const struct refused rows[] = {
        {KV "\n"
            "{\"call\": 1, \"call\": 2, \"f\": \"get\", \"key\": \"x\"}",
         "h:3: not a JSON object: duplicate object key near '\"call\"'"},
        {KV "{\"call\": 1, \"f\": \"get\", \"key\": \"\377\"}",
         "h:2: not a JSON object: unable to decode byte 0xff near '\"'"},
        {KV "{\"call\": 1, \"f\": \"get\", \"key\": \"x\"",
         "h:2: not a JSON object: '}' expected near end of file"},
        {KV "{\"call\": 1, \"f\": \"get\", \"key\": \"x",
         "h:2: not a JSON object: premature end of input near '\"x'"},
        {KV "{\"call\": 1, \"f\": \"get\", \"key\": \"x\"} {}",
         "h:2: not a JSON object: end of file expected near '{'"},
        {KV "[1]", "h:2: not a JSON object"},
        {KV "{:process 0}",
         "h:2: not a JSON object: string or '}' expected near ':'"},
        {KV KV, "h:2: unknown field \"history\""},
    };
    CHECK_REFUSED(rows);
}
END_TEST

/* A zero byte, which the literals of the tables cannot have. */
START_TEST(zero_bytes_are_refused)
{
    static const char edn[] = "{:process 0 :f \0}";
    static const char log[] = U "1 :invoke :write \0";
    static const char json[] = KV "{\"call\": 1, \"key\": \"\0\"}";
    ck_assert_ptr_null(parse_bytes(bytes_of(edn, sizeof(edn) - 1)));
    ck_assert_str_eq(message, "h:1: unexpected byte 0x00");
    ck_assert_ptr_null(parse_bytes(bytes_of(log, sizeof(log) - 1)));
    ck_assert_str_eq(message, "h:1: unexpected byte 0x00");
    ck_assert_ptr_null(parse_bytes(bytes_of(json, sizeof(json) - 1)));
    ck_assert_str_eq(message, "h:2: not a JSON object: control character "
                              "0x0 near '\"'");
    ck_assert_ptr_null(parse_bytes(bytes_of("\0\0", 2)));
    ck_assert_ptr_null(parse_bytes(bytes_of(NULL, 0)));
    ck_assert_str_eq(message, "h:1: the input is empty");
}
END_TEST

/* Every prefix of a good text is a history or gives a message, and no reader
 * reads past its end (the copy lets the address sanitizer detect that). */
START_TEST(truncated_texts_give_a_message)
{
    static const char *const texts[] = {
        U "1\t:invoke\t:cas\t[1 2]\n" U "1\t:fail\t:cas\t[1 2]\n",
        "[#a.B{:process 0, :type :invoke, :f :put, :key \"x\\u00fc\\n\", "
        ":value 12, :error {:a [1 #{\\b}]}} ; so\n"
        "{:process 0, :type :ok, :f :put, :key \"x\\ud83d\\ude00\"}]",
        VER "{\"call\": 1, \"return\": 2, \"f\": \"put\", \"key\": {\"hex\": "
            "\"ff\"}, \"value\": \"\\u0000\", \"version\": \"12\"}\n",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        for (size_t size = 0; size <= strlen(texts[i]); size++) {
            struct bytes copy = bytes_copy(bytes_of(texts[i], size));
            struct lin_history *history = parse_bytes(copy);
            ck_assert(history || strncmp(message, "h:", 2) == 0);
            lin_history_free(history);
            bytes_free(&copy);
        }
    }
}
END_TEST

static char *repeated(const char *before, char c, size_t count,
                      const char *after)
{
    size_t front = strlen(before);
    char *text = lab_xmalloc(front + count + strlen(after) + 1);
    memcpy(text, before, front);
    memset(text + front, c, count);
    strcpy(text + front + count, after);
    return text;
}

static void check_repeated(const char *before, char c, size_t count,
                           const char *after, const char *expected)
{
    char *text = repeated(before, c, count, after);
    ck_assert_ptr_null(parse_bytes(bytes_of_text(text)));
    ck_assert_str_eq(message, expected);
    free(text);
}

START_TEST(deep_nesting_ends_in_a_message)
{
    const char *map = "{:process 0 :type :invoke :f :read :x ";
    check_repeated(map, '[', 1000000, "", "h:1: nested more than 64 deep");
    check_repeated(map, '[', 65, "", "h:1: nested more than 64 deep");
    check_repeated(map, '[', 64, "", "h:1: unexpected end of input");
    check_repeated(U "0 :invoke :write ", '(', 65, "",
                   "h:1: nested more than 64 deep");
    check_repeated(KV "{\"x\": ", '[', 1000000, "",
                   "h:2: not a JSON object: maximum parsing depth "
                   "reached near '['");
}
END_TEST

START_TEST(lines_may_have_megabytes)
{
    size_t size = 3000000;
    char *logs = repeated(U "0 :invoke :write \"", 'x', size, "\"\n");
    char *edn = repeated("{:process 0 :type :invoke :f :put :key 1 :value \"",
                         'x', size, "\"}");
    char *json =
        repeated(KV "{\"call\": 1, \"f\": \"put\", \"key\": 1, \"value\": \"",
                 'x', size, "\"}");
    char *texts[] = {logs, edn, json};
    for (size_t i = 0; i < 3; i++) {
        struct lin_history *history = parse_bytes(bytes_of_text(texts[i]));
        ck_assert_msg(history, "%s", message);
        ck_assert_uint_eq(values_size(history->values, history->ops[0].value),
                          size);
        lin_history_free(history);
        free(texts[i]);
    }
}
END_TEST

SUITE(lincheck_refused)
{
    Suite *suite = suite_create("lincheck_refused");
    TCase *refused = tcase_create("refused");
    tcase_add_test(refused, unknown_formats_are_refused);
    tcase_add_test(refused, wrong_logs_are_refused);
    tcase_add_test(refused, wrong_values_of_logs_are_refused);
    tcase_add_test(refused, wrong_maps_are_refused);
    tcase_add_test(refused, wrong_edn_is_refused);
    tcase_add_test(refused, wrong_headers_and_fields_are_refused);
    tcase_add_test(refused, wrong_values_of_json_are_refused);
    tcase_add_test(refused, wrong_json_is_refused);
    tcase_add_test(refused, zero_bytes_are_refused);
    tcase_add_test(refused, truncated_texts_give_a_message);
    tcase_add_test(refused, deep_nesting_ends_in_a_message);
    tcase_add_test(refused, lines_may_have_megabytes);
    suite_add_tcase(suite, refused);
    return suite;
}
