/* cluster_command.h - the commands that lab tests submit.
 * Layer: tester; includes base.
 *
 * A command is a 64-bit value and a size. Its bytes are a function of the
 * two: 8 bytes of the value (little-endian), 8 bytes of a mark derived from
 * it, and for commands above 16 bytes more that follow from the value too. So
 * the tester knows its own commands again, whole, without remembering them. */
#ifndef TESTER_HARNESS_CLUSTER_COMMAND_H
#define TESTER_HARNESS_CLUSTER_COMMAND_H

#include "base/bytes.h"

enum { COMMAND_BYTES = 16 }; /* of a plain command */

struct command {
    uint64_t value;
    size_t size; /* at least COMMAND_BYTES */
};

/* The bytes of a command; the caller owns them. */
struct bytes command_pack(struct command command);

/* The 16 bytes of a plain command, or the first 16 of a longer one. */
void command_pack_plain(uint64_t value, uint8_t to[COMMAND_BYTES]);

/* Which command is it? False if the bytes are no command of a test, or not
 * wholly. */
bool command_unpack(struct bytes from, struct command *command);

/* 64-bit integers as little-endian bytes. */
void put_u64(uint8_t *to, uint64_t value);
uint64_t take_u64(const uint8_t *from);

#endif
