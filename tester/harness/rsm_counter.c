/* rsm_counter.c - the machine that the tests of rsm.h replicate: a counter.
 * Layer: tester. It runs on threads of the server; nothing in it waits. */
#include <string.h>

#include "tester/harness/cluster_state.h"
#include "tester/harness/rsm_counter.h"

static char command_of(struct bytes command)
{
    bool whole = command.size == COUNTER_BYTES;
    for (size_t i = 0; i < command.size; i++) {
        whole = whole && command.data[i] == command.data[0];
    }
    return whole ? (char)command.data[0] : '?';
}

/* A result is the value after the command. */
static struct bytes execute(void *self, struct bytes command)
{
    struct server *server = self;
    switch (command_of(command)) {
    case COUNTER_INC:
        server->counter++;
        break;
    case COUNTER_NULL:
        break;
    case COUNTER_DEC:
        lab_fail(server->lab, "lost leaders commit nothing",
                 "a command was executed that only a leader without a "
                 "majority had been given");
    default:
        lab_fail(server->lab, "commands are kept",
                 "the machine was given bytes that are no command of this "
                 "test");
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
                 "the machine was given a snapshot that it never made");
    }
    memcpy(&server->counter, from.data, sizeof(server->counter));
}

struct rsm_machine counter_machine(struct server *server)
{
    server->counter = 0;
    return (struct rsm_machine){
        .self = server,
        .execute = execute,
        .snapshot = snapshot,
        .restore = restore,
    };
}
