/* ready.c - what a node has to do for its core: the record.
 * Layer: raftcore. */
#include "raftcore/ready.h"

#include <stdlib.h>

#include "base/bytes.h"

void read_states_append(struct read_states *states, uint64_t index,
                        struct payload *context)
{
    if (states->count == states->room) {
        states->room = states->room ? 2 * states->room : 1;
        states->at =
            lab_xrealloc(states->at, states->room * sizeof(*states->at));
    }
    states->at[states->count++] =
        (struct read_state){index, payload_share(context)};
}

void read_states_clear(struct read_states *states)
{
    for (size_t i = 0; i < states->count; i++) {
        payload_drop(states->at[i].context);
    }
    states->count = 0;
}

void read_states_release(struct read_states *states)
{
    read_states_clear(states);
    free(states->at);
    *states = (struct read_states){NULL, 0, 0};
}

void core_ready_clear(struct ready *ready)
{
    ready->has_soft_state = false;
    ready->hard_state = (struct hard_state){0, 0, 0};
    read_states_clear(&ready->read_states);
    entries_release(&ready->entries);
    snapshot_drop(ready->snapshot);
    ready->snapshot = NULL;
    entries_release(&ready->committed_entries);
    messages_clear(&ready->messages);
    ready->must_sync = false;
}

void core_ready_release(struct ready *ready)
{
    core_ready_clear(ready);
    read_states_release(&ready->read_states);
    messages_release(&ready->messages);
}
