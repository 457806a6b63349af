/* command.c - encoding and decoding of commands.
 * Layer: tester/harness. Stateless. */
#include "tester/harness/command.h"

#include "base/assert.h"
#include "base/random.h"

#define SALT UINT64_C(0x636f6d6d616e6431)

void put_u64(uint8_t *to, uint64_t value)
{
    for (int i = 0; i < 8; i++) {
        to[i] = (uint8_t)(value >> (8 * i));
    }
}

uint64_t take_u64(const uint8_t *from)
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++) {
        value |= (uint64_t)from[i] << (8 * i);
    }
    return value;
}

static uint64_t check_word(uint64_t value)
{
    return random_mix(value ^ SALT);
}

/* Byte i of the filling behind the first 16 bytes. Printable, as the random
 * strings of the Go labs are. */
static uint8_t filling(uint64_t value, size_t i)
{
    uint64_t draws = random_at(value ^ SALT, i / 8);
    return (uint8_t)('a' + (draws >> (8 * (i % 8)) & 15));
}

void command_pack_plain(uint64_t value, uint8_t to[COMMAND_BYTES])
{
    put_u64(to, value);
    put_u64(to + 8, check_word(value));
}

struct bytes command_pack(struct command command)
{
    LAB_ASSERT(command.size >= COMMAND_BYTES);
    struct bytes packed = {lab_xmalloc(command.size), command.size};
    command_pack_plain(command.value, packed.data);
    for (size_t i = COMMAND_BYTES; i < command.size; i++) {
        packed.data[i] = filling(command.value, i);
    }
    return packed;
}

bool command_unpack(struct bytes from, struct command *command)
{
    if (from.size < COMMAND_BYTES) {
        return false;
    }
    uint64_t value = take_u64(from.data);
    if (take_u64(from.data + 8) != check_word(value)) {
        return false;
    }
    for (size_t i = COMMAND_BYTES; i < from.size; i++) {
        if (from.data[i] != filling(value, i)) {
            return false;
        }
    }
    *command = (struct command){value, from.size};
    return true;
}
