/* config.h - the configuration of a node.
 * Layer: raftcore. docs/raftcore-spec.md §2.2; etcd: Config. */
#ifndef RAFTCORE_CONFIG_H
#define RAFTCORE_CONFIG_H

#include "raftcore/logger.h"
#include "raftcore/storage.h"
#include "raftcore/trace.h"

enum rc_read_only_option {
    RC_READ_ONLY_SAFE, /* a read waits until a quorum confirms the leader */
    RC_READ_ONLY_LEASE_BASED /* a read relies on the leader's lease: stale if
                              * clocks run at different speeds, or stop */
};

/* Zero is the default of every field that does not say otherwise. The node
 * keeps a copy; what it points to is borrowed until the node is freed. */
struct rc_config {
    uint64_t id; /* required; not 0, not one of the two thread ids */

    /* Required. A follower campaigns when it has not heard from a leader for
     * election_tick to 2 * election_tick - 1 ticks, drawn anew each time; a
     * leader sends heartbeats every heartbeat_tick. 0 < heartbeat_tick <
     * election_tick <= 2^30; ten to one is usual. */
    int election_tick, heartbeat_tick;

    struct rc_storage storage; /* required */

    /* At a restart: the last index that the application has applied. 0: all
     * committed entries of the storage are handed out again. */
    uint64_t applied;

    /* Writing and applying is done by messages: raftcore.h, second loop. */
    bool async_storage_writes;

    /* Limits. Sizes of entries are those of the wire form (rc_entry_size()),
     * sizes of data those of the data alone. RC_NO_LIMIT where one is none. */
    uint64_t max_size_per_msg; /* of entries; 0: one entry per message */
    uint64_t max_committed_size_per_ready; /* of entries; 0: max_size_per_msg */
    uint64_t max_uncommitted_entries_size; /* of data; 0: no limit. Beyond it
                                            * proposals are dropped */
    uint64_t max_inflight_msgs; /* required: messages with entries that are sent
                                 * to a member and not acknowledged */
    uint64_t max_inflight_bytes; /* of data, likewise; 0: no limit; else at
                                  * least max_size_per_msg */

    /* A leader that no quorum has responded to for an election timeout steps
     * down, and nodes that hear from a leader ignore requests for votes (thesis
     * §6.2, §4.2.3). */
    bool check_quorum;
    /* Ask for pre-votes before an election, so that a node that was cut off
     * does not depose a leader when it comes back (thesis §9.6). */
    bool pre_vote;
    /* RC_READ_ONLY_LEASE_BASED requires check_quorum. */
    enum rc_read_only_option read_only_option;

    bool disable_proposal_forwarding;    /* followers drop proposals instead */
    bool disable_conf_change_validation; /* the application guarantees that a
                                          * change is possible when applied */
    bool step_down_on_removal; /* a leader that is removed or made a learner */

    /* Deviations from etcd, on request. None changes what is logged or sent in
     * a run in which the case does not arise. */

    /* A refused change of the configuration returns RC_CHANGE_REFUSED to the
     * proposer, instead of becoming an empty entry; and one that could not be
     * applied (it leaves no voter, for instance) is refused. */
    bool report_refused_changes;
    /* A member that was removed and added again in the same term is not
     * credited with what it acknowledged before, since its log may be new. Its
     * epoch travels in the context of RC_MSG_APP, RC_MSG_SNAP and
     * RC_MSG_APP_RESP. */
    bool member_epochs;
    /* A commit index behind the end of the log, a sign that this log has lost
     * entries, is RC_MALFORMED from rc_rawnode_step(), not a broken invariant.
     */
    bool keep_going_after_loss;

    const struct rc_logger *logger; /* NULL: rc_default_logger() */
    const struct rc_tracer *tracer; /* NULL: none */

    /* Return a number in 0 .. bound-1, for the election timeout. NULL: drawn
     * from the seed and the id, the same in each run. */
    uint64_t (*random)(void *self, uint64_t bound);
    void *random_self;
    uint64_t seed;
};

/* Set the defaults. Return NULL, or what is wrong, in etcd's words.
 * rc_rawnode_new() does it by itself. */
const char *rc_config_check(struct rc_config *config);

#endif
