/* tracker.h - the members: their roles, votes and progress.
 * Layer: raftcore. docs/raftcore-spec.md §3.2, §3.3; etcd:
 * tracker.ProgressTracker.
 */
#ifndef RAFTCORE_TRACKER_H
#define RAFTCORE_TRACKER_H

#include "raftcore/progress.h"
#include "raftcore/quorum.h"
#include "raftcore/state.h"

/* The roles. The three sets are disjoint but for learners_next, which are
 * voters of the outgoing half that become learners when the joint configuration
 * is left. */
struct rc_tracker_config {
    struct rc_joint voters;
    struct rc_ids learners;
    struct rc_ids learners_next;
    bool auto_leave;
};
void rc_tracker_config_release(struct rc_tracker_config *config);

/* Overwrite *to by a copy without auto_leave, as etcd's Clone: a change sets it
 * anew, and a status does not show it. The caller releases it. */
void rc_tracker_config_copy(struct rc_tracker_config *to,
                            const struct rc_tracker_config *from);

/* Add "voters=(1 2)&&(1 2 3) learners=(4) learners_next=(3) autoleave", without
 * what is empty. */
void rc_tracker_config_text(const struct rc_tracker_config *config,
                            struct rc_text *text);

struct rc_vote {
    uint64_t id;
    bool granted;
};

/* All zero: no members. Each member of the configuration has a progress. */
struct rc_tracker {
    struct rc_tracker_config config;
    struct rc_progress_map progress;
    struct rc_vote *votes; /* of the present election */
    size_t vote_count, vote_room;
    uint64_t max_inflight, max_inflight_bytes; /* of new members */
};
void rc_tracker_release(struct rc_tracker *tracker);

/* Return the members; the caller releases them. */
struct rc_conf_state rc_tracker_conf_state(const struct rc_tracker *tracker);

/* Return true if there is one voter, and no joint configuration. */
bool rc_tracker_is_singleton(const struct rc_tracker *tracker);

/* Return the highest index that a quorum has acknowledged. */
uint64_t rc_tracker_committed(const struct rc_tracker *tracker);

/* Return true if a quorum has responded since the last check. */
bool rc_tracker_quorum_active(const struct rc_tracker *tracker);

void rc_tracker_reset_votes(struct rc_tracker *tracker);

/* Record a vote; only the first of each member counts. */
void rc_tracker_record_vote(struct rc_tracker *tracker, uint64_t id,
                            bool granted);

/* Return the result of the election, and how many voters granted and rejected.
 */
enum rc_vote_result rc_tracker_tally_votes(const struct rc_tracker *tracker,
                                           int *granted, int *rejected);

#endif
