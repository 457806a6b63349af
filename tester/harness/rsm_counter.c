/* rsm_counter.c - the state machine that tests of rsm.h replicate: a counter.
 * Layer: tester/harness. Runs on threads of the server; nothing in it waits. */
#include "tester/harness/rsm_counter.h"

#include <string.h>

#include "base/assert.h"
#include "tester/harness/lab.h"

/* The operation of a command; '?' if the bytes are no command. */
static char operation_of(struct bytes command)
{
    bool valid = command.size == COUNTER_BYTES;
    for (size_t i = 0; i < command.size; i++) {
        valid = valid && command.data[i] == command.data[0];
    }
    return valid ? (char)command.data[0] : '?';
}

/* The result is the value after the command. */
static struct bytes execute(void *self, struct bytes command)
{
    struct server *server = self;
    switch (operation_of(command)) {
    case COUNTER_INC:
        server->counter++;
        break;
    case COUNTER_NULL:
        break;
    case COUNTER_DEC:
        lab_fail(server->lab, "no commit without a majority",
                 "a command was executed that only a leader without a "
                 "majority had accepted");
    default:
        lab_fail(server->lab, "commands are kept",
                 "the rsm passed bytes to the machine that are no command of "
                 "this test");
    }
    return bytes_copy(bytes_of(&server->counter, sizeof(server->counter)));
}

static struct bytes snapshot(void *self)
{
    struct server *server = self;
    return bytes_copy(bytes_of(&server->counter, sizeof(server->counter)));
}

static void restore(void *self, struct bytes from)
{
    struct server *server = self;
    if (from.size != sizeof(server->counter)) {
        lab_fail(server->lab, "snapshot content",
                 "the rsm passed a snapshot to the machine that it has never "
                 "made");
    }
    memcpy(&server->counter, from.data, sizeof(server->counter));
}

struct rsm_machine counter_machine(struct server *server)
{
    LAB_ASSERT(server->making);
    server->counter = 0;
    return (struct rsm_machine){
        .self = server,
        .execute = execute,
        .snapshot = snapshot,
        .restore = restore,
    };
}
