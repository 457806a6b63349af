/* start.c - a command arrives.
 * Layer: raft. Paper: Figure 2 (Leaders rule 2), §5.3. */
#include "raft/raft.h"

#include <inttypes.h>

struct raft_start raft_start(struct raft *rf, struct bytes command)
{
    visit(rf);
    struct raft_start result = {
        .is_leader = rf->role == LAB_LEADER && !rf->killed,
        .term = rf->current_term,
    };

    if (result.is_leader) {
        /* Figure 3, Leader Append-Only: a leader only ever adds. */
        log_append(&rf->log, rf->current_term, command);
        rf->unsaved = true;
        persist(rf);
        result.index = log_last_index(&rf->log);
        lab_log("start", "entry %" PRIu64 " of term %" PRIu64 ", %zu bytes",
                result.index, result.term, command.size);
        advance_commit_index(rf); /* if there is no other server */
        contact_peers(rf);
    }
    leave(rf);
    return result;
}
