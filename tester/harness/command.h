/* command.h - the commands that lab tests submit.
 * Layer: tester/harness; includes base.
 *
 * A command is a 64-bit value and a size. The two determine its bytes: the
 * value (8 bytes, little-endian), a check word derived from the value (8
 * bytes), and in commands longer than 16 bytes a filling that follows from the
 * value too. So the tester recognizes its own commands, and any change to one,
 * without storing them. */
#ifndef TESTER_HARNESS_COMMAND_H
#define TESTER_HARNESS_COMMAND_H

#include "base/bytes.h"

enum { COMMAND_BYTES = 16 }; /* size of a plain command */

struct command {
    uint64_t value;
    size_t size; /* at least COMMAND_BYTES */
};

/* Return the bytes of a command; the caller owns them. */
struct bytes command_pack(struct command command);

/* Write the first 16 bytes of the command with this value: all of a plain
 * one. */
void command_pack_plain(uint64_t value, uint8_t to[COMMAND_BYTES]);

/* Store the command that has these bytes. False if no command has them. */
bool command_unpack(struct bytes from, struct command *command);

/* 64-bit integers as little-endian bytes. */
void put_u64(uint8_t *to, uint64_t value);
uint64_t take_u64(const uint8_t *from);

#endif
