/* messages.h - the RPCs between servers, and the state that a server saves.
 * Layer: raft. Paper: Figure 2 (RequestVote, AppendEntries, persistent
 * state), Figure 13 (InstallSnapshot). Names are the paper's in snake case. */
#ifndef RAFT_MESSAGES_H
#define RAFT_MESSAGES_H

#include "raftapi/raftapi.h"

/* One log entry. Its index follows from its position in the list that holds
 * it. command comes last: log.c finds a command at the end of its entry's
 * wire form. */
RECORD(entry, U64(term) BYTES(command));

/* Invoked by candidates to gather votes (Figure 2; §5.2, §5.4.1). */
RECORD(vote_args,
       U64(term) INT(candidate_id) U64(last_log_index) U64(last_log_term));
RECORD(vote_reply, U64(term) BOOL(vote_granted));

/* Invoked by the leader to replicate entries, and as heartbeat (Figure 2;
 * §5.3). With success false, the two conflict fields tell where the logs may
 * diverge (§5.3, last paragraphs; append.c sets them, replicate.c uses them):
 * conflict_term is the term of the follower's entry at prev_log_index, and
 * conflict_index the first index that the follower stores for that term. If
 * the follower has no entry there, conflict_term is 0 and conflict_index is
 * the index after its last entry. */
RECORD(append_args,
       U64(term) INT(leader_id) U64(prev_log_index) U64(prev_log_term)
           LIST(entry, entries) U64(leader_commit));
RECORD(append_reply,
       U64(term) BOOL(success) U64(conflict_index) U64(conflict_term));

/* Invoked by the leader to send its snapshot to a follower that needs entries
 * which the leader has discarded (Figure 13; §7).
 * DEVIATION: a snapshot travels in one piece, without offset and done. */
RECORD(snapshot_args, U64(term) INT(leader_id) U64(last_included_index)
                          U64(last_included_term) BYTES(data));
RECORD(snapshot_reply, U64(term));

/* Persistent state on all servers (Figure 2), with the index and term of the
 * last entry that the snapshot replaces (§7). On disk the log comes first
 * (fields may come in any order), so that a save writes only the new entries
 * and the other fields after them (persist.c). */
RECORD(saved, U64(current_term) INT(voted_for) U64(last_included_index)
                  U64(last_included_term) LIST(entry, log));

RPC(RequestVote, vote_args, vote_reply);
RPC(AppendEntries, append_args, append_reply);
RPC(InstallSnapshot, snapshot_args, snapshot_reply);

#endif
