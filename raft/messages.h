/* messages.h - what servers say to each other, and what one keeps on disk.
 * Layer: raft. Paper: Figure 2 (RequestVote, AppendEntries, persistent
 * state), Figure 13 (InstallSnapshot). Names are the paper's in snake case. */
#ifndef RAFT_MESSAGES_H
#define RAFT_MESSAGES_H

#include "raftapi/raftapi.h"

/* One log entry. Its index is its place in the list that holds it. command
 * comes last: log.c finds a command at the end of its entry's wire form. */
RECORD(entry, U64(term) BYTES(command));

/* Asked by candidates to gather votes (Figure 2; §5.2, §5.4.1). */
RECORD(vote_args,
       U64(term) INT(candidate_id) U64(last_log_index) U64(last_log_term));
RECORD(vote_reply, U64(term) BOOL(vote_granted));

/* Sent by the leader to replicate entries, and as heartbeat (Figure 2; §5.3).
 * The two conflict fields say where a refused request and the follower's log
 * part (§5.3, last paragraphs; append.c fills them, replicate.c reads them):
 * conflict_term is the term of the entry that the follower has at
 * prev_log_index, and conflict_index the first index that it holds of that
 * term. A log that ends before prev_log_index has no such entry: the term is
 * 0, and the index is the one after its end. */
RECORD(append_args,
       U64(term) INT(leader_id) U64(prev_log_index) U64(prev_log_term)
           LIST(entry, entries) U64(leader_commit));
RECORD(append_reply,
       U64(term) BOOL(success) U64(conflict_index) U64(conflict_term));

/* Sent by the leader to a follower that needs entries which are only in the
 * snapshot by now (Figure 13; §7).
 * DEVIATION: a snapshot travels in one piece, so offset and done are gone. */
RECORD(snapshot_args, U64(term) INT(leader_id) U64(last_included_index)
                          U64(last_included_term) BYTES(data));
RECORD(snapshot_reply, U64(term));

/* Persistent state on all servers (Figure 2), with the place where the log
 * begins now that a snapshot replaces its head (Figure 13). On disk
 * the log comes first (fields may come in any order), so that a save writes
 * what is new of it, and the few others behind it. */
RECORD(saved, U64(current_term) INT(voted_for) U64(last_included_index)
                  U64(last_included_term) LIST(entry, log));

RPC(RequestVote, vote_args, vote_reply);
RPC(AppendEntries, append_args, append_reply);
RPC(InstallSnapshot, snapshot_args, snapshot_reply);

#endif
