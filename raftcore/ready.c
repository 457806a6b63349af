/* ready.c - the record of what an application has to do for its node.
 * Layer: raftcore. */
#include "raftcore/ready.h"

#include <stdlib.h>

#include "base/bytes.h"

void rc_read_states_append(struct rc_read_states *states, uint64_t index,
                           struct rc_payload *context)
{
    if (states->count == states->room) {
        states->room = states->room ? 2 * states->room : 1;
        states->at =
            lab_xrealloc(states->at, states->room * sizeof(*states->at));
    }
    states->at[states->count++] =
        (struct rc_read_state){index, rc_payload_share(context)};
}

void rc_read_states_clear(struct rc_read_states *states)
{
    for (size_t i = 0; i < states->count; i++) {
        rc_payload_drop(states->at[i].context);
    }
    states->count = 0;
}

void rc_read_states_release(struct rc_read_states *states)
{
    rc_read_states_clear(states);
    free(states->at);
    *states = (struct rc_read_states){NULL, 0, 0};
}

void rc_ready_clear(struct rc_ready *ready)
{
    ready->has_soft_state = false;
    ready->hard_state = (struct rc_hard_state){0, 0, 0};
    rc_read_states_clear(&ready->read_states);
    rc_entries_release(&ready->entries);
    rc_snapshot_drop(ready->snapshot);
    ready->snapshot = NULL;
    rc_entries_release(&ready->committed_entries);
    rc_messages_clear(&ready->messages);
    ready->must_sync = false;
}

void rc_ready_release(struct rc_ready *ready)
{
    rc_ready_clear(ready);
    rc_read_states_release(&ready->read_states);
    rc_messages_release(&ready->messages);
}
