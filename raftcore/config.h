/* config.h - what a node is told when it starts.
 * Layer: raftcore. Specification, section 2.2. */
#ifndef RAFTCORE_CONFIG_H
#define RAFTCORE_CONFIG_H

#include "raftcore/logger.h"
#include "raftcore/storage.h"
#include "raftcore/trace.h"

enum rc_read_only_option {
    RC_READ_ONLY_SAFE,       /* a read asks a quorum whether it still follows */
    RC_READ_ONLY_LEASE_BASED /* it does not: needs clocks that run alike */
};

/* Zero is the default where no other is named. */
struct rc_config {
    uint64_t id; /* not 0, and not one of the two threads' */

    /* In ticks: without a message from the leader for election_tick or more, up
     * to twice as many, a follower campaigns; a leader says every
     * heartbeat_tick that it lives. */
    int election_tick, heartbeat_tick;

    struct rc_storage storage;

    /* At a restart: what the application has applied. 0: nothing behind the
     * storage's first entry. */
    uint64_t applied;

    /* Messages say what to write and to apply: see ready.h. */
    bool async_storage_writes;

    uint64_t max_size_per_msg; /* bytes of entries; 0: one entry each */
    uint64_t max_committed_size_per_ready; /* 0: max_size_per_msg */
    uint64_t max_uncommitted_entries_size; /* bytes of data; 0: no limit */
    uint64_t max_inflight_msgs;            /* to each member; not 0 */
    uint64_t max_inflight_bytes; /* 0: no limit; else at least one message */

    bool check_quorum; /* a leader that hears of no quorum steps down */
    bool pre_vote;     /* ask first whether an election could be won (thesis
                        * 9.6) */
    enum rc_read_only_option read_only_option;

    bool disable_proposal_forwarding;
    bool disable_conf_change_validation;
    bool step_down_on_removal;

    /* Where this core does otherwise than etcd's, when asked to: none changes
     * what is printed of a run in which the case does not arise. */

    /* A refused change of the configuration is RC_CHANGE_REFUSED to the
     * proposer, instead of an empty entry and no word; and one that could not
     * be applied, as it would leave no voter for instance, is refused. */
    bool report_refused_changes;
    /* A member that was removed and came back in the same term is not credited
     * with what it acknowledged before: its log may be a new one. The mark
     * travels in the context of MsgApp, MsgSnap and MsgAppResp. */
    bool member_epochs;
    /* A commit index behind the end of the log, which says that this log has
     * lost entries, is RC_MALFORMED to whoever steps it and not a broken
     * invariant. */
    bool keep_going_after_loss;

    const struct rc_logger *logger; /* NULL: the default; borrowed */
    const struct rc_tracer *tracer; /* NULL: nobody is told; borrowed */

    /* A number in 0 .. bound-1, for the election timeout. NULL: drawn from the
     * seed and the id. */
    uint64_t (*random)(void *self, uint64_t bound);
    void *random_self;
    uint64_t seed;
};

/* NULL: fine. Else what is wrong, in etcd's words. Sets the defaults. */
const char *rc_config_check(struct rc_config *config);

#endif
