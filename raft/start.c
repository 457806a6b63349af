/* start.c - a command from the service reaches the leader.
 * Layer: raft. Paper: Figure 2 (Leaders rule 2), §5.3. */
#include "raft/raft.h"

#include <inttypes.h>

struct raft_start raft_start(struct raft *rf, struct bytes command)
{
    raft_enter(rf);
    struct raft_start result = {
        .is_leader = rf->role == LAB_LEADER && !rf->killed,
        .term = rf->current_term,
    };

    if (result.is_leader) {
        /* Leaders rule 2. A leader only appends, it never overwrites or
         * deletes entries of its log (Figure 3, Leader Append-Only). */
        log_append(&rf->log, rf->current_term, command);
        rf->unsaved = true;
        /* Before it is replicated: this server counts as one replica. */
        persist(rf);
        result.index = log_last_index(&rf->log);
        LAB_ASSERT(result.index > rf->commit_index);
        lab_log("start", "entry %" PRIu64 " of term %" PRIu64 ", %zu bytes",
                result.index, result.term, command.size);
        advance_commit_index(rf); /* one server alone is a majority */
        start_due_rpcs(rf);
    }
    raft_exit(rf);
    return result;
}
