/* oracle_apply.h - rules about what the servers apply.
 * Layer: tester/harness; includes base. Part of oracle.h. */
#ifndef TESTER_HARNESS_ORACLE_APPLY_H
#define TESTER_HARNESS_ORACLE_APPLY_H

#include "tester/harness/command.h"

struct oracle;

/* A server starts from this saved snapshot (empty: none). Call it before any
 * code of the server runs. */
void oracle_boot(struct oracle *oracle, int server, struct bytes snapshot);

/* A server delivered a command, or a snapshot, to its apply channel. */
void oracle_saw_command(struct oracle *oracle, int server, uint64_t index,
                        struct bytes command);
void oracle_saw_snapshot(struct oracle *oracle, int server, uint64_t index,
                         struct bytes snapshot);

/* Make the snapshot of everything up to an index that has been applied. It is a
 * function of the applied commands (plain ones), so all servers make the same
 * one. The caller owns it. */
struct bytes oracle_make_snapshot(const struct oracle *oracle, uint64_t index);

/* The committed copy of a server is everything that it has ever applied. It
 * outlives crashes; but a server that starts from a snapshot has a copy up to
 * the index of the snapshot. */

/* The number of servers whose committed copy contains this index. */
int oracle_committed(const struct oracle *oracle, uint64_t index);

/* The command at an index that at least one server has applied. */
struct command oracle_command(const struct oracle *oracle, uint64_t index);

/* The highest index that any server has applied; 0: none. */
uint64_t oracle_highest(const struct oracle *oracle);

/* The last index that a server has applied in its present life. */
uint64_t oracle_applied(const struct oracle *oracle, int server);

#endif
