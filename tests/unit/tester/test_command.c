/* test_command.c - encoding and decoding of commands.
 * Layer: tests. */
#include "tests/support/suites.h"

#include "tester/harness/command.h"

/* Each byte counts. */
START_TEST(a_command_is_decoded_only_if_unchanged)
{
    struct command command = {UINT64_C(0x0123456789abcdef), 40};
    struct command back;
    struct bytes packed = command_pack(command);
    ck_assert(command_unpack(packed, &back));
    ck_assert_uint_eq(back.value, command.value);
    ck_assert_uint_eq(back.size, command.size);
    for (size_t i = 0; i < packed.size; i++) {
        packed.data[i] ^= 1;
        ck_assert(!command_unpack(packed, &back));
        packed.data[i] ^= 1;
    }
    ck_assert(!command_unpack(bytes_of(packed.data, 15), &back));
    ck_assert(!command_unpack(bytes_of(NULL, 0), &back));
    bytes_free(&packed);
}
END_TEST

SUITE(tester_command)
{
    Suite *suite = suite_create("tester_command");
    TCase *commands = tcase_create("commands");
    tcase_add_test(commands, a_command_is_decoded_only_if_unchanged);
    suite_add_tcase(suite, commands);
    return suite;
}
