/* raftcore.h - a Raft library: the one header that a program includes.
 * Layer: raftcore. Everything that it declares begins with rc_ or RC_.
 *
 * Where to read what:
 *
 *     rawnode.h         a node: events in, Readys out, status
 *     ready.h           what the application has to do, in which order
 *     config.h          every option of a node
 *     storage.h         what a node reads of its log; the application has it
 *     memory_storage.h  a storage in memory
 *     message.h         messages between nodes, and to the storage threads
 *     entry.h           entries of the log; runs of entries
 *     state.h           hard state, soft state, members, snapshots
 *     conf_change.h     a change of the members
 *     reconfigure.h     computes the next configuration from a change
 *     tracker.h         members, votes, progress of each member
 *     progress.h        what a leader knows of one member
 *     inflights.h       messages sent to a member and not acknowledged
 *     quorum.h          majorities and joint majorities
 *     wire.h            messages, entries and states as bytes
 *     describe.h        the same as text
 *     logger.h          where a node logs; trace.h: a hook for its events
 *     error.h, fatal.h  outcomes; broken invariants
 *     payload.h         shared bytes; bytes.h, ids.h, text.h, refcount.h
 *
 *
 * Overview
 *
 * A node is a state machine. It starts no thread, reads no clock, and neither
 * sends nor writes. The application puts events in (rc_rawnode_tick(),
 * rc_rawnode_step() with the messages of other nodes, proposals), and takes
 * out a Ready: what to save, to send and to apply. So the same code runs in a
 * simulator, in a test that orders every message, and in a server. One thread
 * at a time may call a node. hosts/node.h of this project puts a lock and a
 * waiting interface around one.
 *
 * To start a cluster for the first time, call rc_rawnode_new() on an empty
 * storage, then rc_rawnode_bootstrap() with the same peers on each node; or
 * give each node a storage with the same snapshot, which names the members. To
 * restart a node, call rc_rawnode_new() on its storage; config.applied is the
 * last index that its state machine has applied. A node that joins starts on an
 * empty storage without peers: once the change that adds it is committed, the
 * leader sends it the log.
 *
 *
 * The loop
 *
 *     for (;;) {
 *         // whichever comes first:
 *         rc_rawnode_tick(node);              // each tick of the clock
 *         rc_rawnode_step(node, &m);          // a message has arrived
 *         rc_rawnode_propose(node, data);     // a client asks
 *
 *         while (rc_rawnode_has_ready(node)) {
 *             rc_rawnode_ready(node, &ready);
 *             save(&ready);                   // duty 1
 *             send(&ready.messages);          // duty 2
 *             apply(&ready);                  // duty 3
 *             rc_rawnode_advance(node);       // duty 4
 *         }
 *     }
 *
 * Duty 1, persist. Write ready.snapshot, ready.entries and ready.hard_state, as
 * far as they are not empty. An entry that is written replaces every entry of
 * the same or a higher index; a snapshot replaces the log. Write atomically: a
 * crash must not leave a commit index that is lower than the snapshot's index
 * or higher than the last entry's. If ready.must_sync, and with a snapshot, the
 * write is on the disk before duty 2; otherwise only the commit index has
 * changed, and a crash may lose that.
 *
 * Duty 2, send. Send each message to the node in its field "to". None may leave
 * before this Ready and every earlier one are durable: a vote or an
 * acknowledgement that a crash undoes elects two leaders in a term or loses a
 * committed entry. The network may lose, duplicate and reorder messages. Report
 * a peer that cannot be reached by rc_rawnode_report_unreachable(), and the end
 * of sending an RC_MSG_SNAP by rc_rawnode_report_snapshot(), success or
 * failure: the leader sends that peer no entries until then, or until the peer
 * acknowledges the snapshot.
 *
 * Duty 3, apply. Replace the state machine by ready.snapshot, if there is one,
 * then apply ready.committed_entries in order. For a change of the members call
 * rc_rawnode_apply_conf_change(); an application may reject a change and not
 * call it, if every node does so. An entry without data does nothing: a new
 * leader appends one.
 *
 * Duty 4, advance. Call rc_rawnode_advance() after duties 1 to 3. Before that
 * there is no other Ready.
 *
 * Two exceptions. A leader may do duty 2 before duty 1 unless ready.hard_state
 * has a new term or vote, so that its disk writes while its followers do
 * (thesis §10.2.1): its own acknowledgement, which counts towards the quorum,
 * is not among the messages but part of duty 4. And duty 3 may run on another
 * thread, as long as duty 4 waits for it.
 *
 *
 * The loop with asynchronous writes
 *
 * With config.async_storage_writes the disk and the state machine work on
 * threads of their own, while the node processes further events. There is no
 * rc_rawnode_advance(). A message to RC_APPEND_THREAD says what to write, one
 * to RC_APPLY_THREAD what to apply:
 *
 *     while (rc_rawnode_has_ready(node)) {
 *         rc_rawnode_ready(node, &ready);
 *         for each message m of ready.messages:
 *             m.to == RC_APPEND_THREAD  -> queue of the append thread
 *             m.to == RC_APPLY_THREAD   -> queue of the apply thread
 *             otherwise                 -> send it
 *     }
 *
 *     append thread: for each RC_MSG_STORAGE_APPEND, in order:
 *         write m.entries, m.snapshot, and {m.term, m.vote, m.commit}
 *             unless all three are 0; durably if m.responses is not empty
 *         deliver each of m.responses
 *
 *     apply thread: for each RC_MSG_STORAGE_APPLY, in order:
 *         apply m.entries
 *         deliver each of m.responses
 *
 * Deliver a response to the node in its field "to": by rc_rawnode_step() if
 * that is this node, else over the network. The threads process their queues in
 * order and lose nothing; only one thread at a time calls the node. The node
 * hands out a committed entry to be applied only when it is durable here.
 *
 *
 * Messages
 *
 * "log" is (index, log_term), the position and term of an entry. The term of a
 * message is its sender's unless said otherwise. A message of a higher term
 * first makes its receiver a follower in that term; one of a lower term is
 * ignored (both with exceptions: docs/raftcore-spec.md §5.5).
 *
 * Elections (paper §5.2, thesis §9.6):
 *
 *   RC_MSG_HUP             local: campaign. From the election timer and
 *                          rc_rawnode_campaign().
 *   RC_MSG_PRE_VOTE        pre-candidate -> voter: log of its last entry; the
 *                          term after its own, which nobody is in yet. Would
 *                          the voter vote for it? Changes no term.
 *   RC_MSG_PRE_VOTE_RESP   the response: reject; granted, with the term asked
 *                          for; rejected, with that of the voter.
 *   RC_MSG_VOTE            candidate -> voter: log of its last entry; context
 *                          "CampaignTransfer" if a leader hands over, which
 *                          overrides leases.
 *   RC_MSG_VOTE_RESP       the response: reject. Sent after the vote is
 * durable.
 *
 * Replication (paper §5.3, §5.4):
 *
 *   RC_MSG_PROP            proposer -> leader: entries without term and index.
 *                          Followers forward it. No response: the entry is
 *                          committed later, or never.
 *   RC_MSG_APP             leader -> member: entries, log of the entry before
 *                          them, commit (AppendEntries).
 *   RC_MSG_APP_RESP        the response, once the entries are durable.
 *                          Accepted: index of the last entry that matches.
 *                          Rejected: reject; index as in the request;
 *                          (reject_hint, log_term), an entry that may match.
 *   RC_MSG_BEAT            local: send heartbeats. From the leader's timer.
 *   RC_MSG_HEARTBEAT       leader -> member: commit, at most what the member is
 *                          known to have; context, the newest read.
 *   RC_MSG_HEARTBEAT_RESP  the response: the same context.
 *   RC_MSG_SNAP            leader -> member that lags behind the leader's first
 *                          entry: snapshot. Response: RC_MSG_APP_RESP.
 *   RC_MSG_SNAP_STATUS     local: sending a snapshot has ended; reject: it
 *                          failed. From rc_rawnode_report_snapshot().
 *   RC_MSG_UNREACHABLE     local: a message was not delivered. From
 *                          rc_rawnode_report_unreachable().
 *
 * Leadership (thesis §3.10, §6.2):
 *
 *   RC_MSG_CHECK_QUORUM    local: step down unless a quorum was active. From
 *                          the leader's timer.
 *   RC_MSG_TRANSFER_LEADER transferee -> leader: hand over to "from". Followers
 *                          forward it. From rc_rawnode_transfer_leader().
 *   RC_MSG_TIMEOUT_NOW     leader -> transferee: campaign at once. Response:
 *                          its RC_MSG_VOTE.
 *   RC_MSG_FORGET_LEADER   a follower forgets its leader, so that it can vote
 *                          within the lease. From rc_rawnode_forget_leader().
 *
 * Reads (paper §8, thesis §6.4):
 *
 *   RC_MSG_READ_INDEX      reader -> leader: one entry, whose data is the
 *                          context of the read. Followers forward it.
 *   RC_MSG_READ_INDEX_RESP the response: the same entry; index, which the
 *                          reader has to apply before it reads. Becomes a read
 *                          state of its next Ready.
 *
 * Asynchronous writes, all within one node:
 *
 *   RC_MSG_STORAGE_APPEND  node -> append thread: entries, snapshot, and the
 *                          hard state in term, vote, commit; responses.
 *   RC_MSG_STORAGE_APPEND_RESP  log of the last entry, or 0; snapshot: they are
 *                          durable. Of an older term: only the snapshot counts.
 *   RC_MSG_STORAGE_APPLY   node -> apply thread: committed entries; responses.
 *   RC_MSG_STORAGE_APPLY_RESP   the same entries: they are applied.
 *
 * With config.member_epochs the context of RC_MSG_APP, RC_MSG_SNAP and
 * RC_MSG_APP_RESP is the epoch of the member. */
#ifndef RAFTCORE_RAFTCORE_H
#define RAFTCORE_RAFTCORE_H

/* Not inside the braces below: in C++ these declare templates. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#include "raftcore/conf_change.h"
#include "raftcore/config.h"
#include "raftcore/describe.h"
#include "raftcore/error.h"
#include "raftcore/fatal.h"
#include "raftcore/logger.h"
#include "raftcore/memory_storage.h"
#include "raftcore/rawnode.h"
#include "raftcore/ready.h"
#include "raftcore/reconfigure.h"
#include "raftcore/trace.h"
#include "raftcore/wire.h"

#ifdef __cplusplus
}
#endif

#endif
