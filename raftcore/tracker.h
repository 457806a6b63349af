/* tracker.h - who the members are, how they voted, how far they are.
 * Layer: raftcore. Specification, sections 3.2, 3.3. */
#ifndef RAFTCORE_TRACKER_H
#define RAFTCORE_TRACKER_H

#include "raftcore/progress.h"
#include "raftcore/quorum.h"
#include "raftcore/state.h"

struct rc_tracker_config {
    struct rc_joint voters;
    struct rc_ids learners;
    struct rc_ids learners_next; /* will be learners once they no longer vote */
    bool auto_leave;
};
void rc_tracker_config_release(struct rc_tracker_config *config);

/* All but auto_leave, as in the original: whoever changes a configuration
 * sets it, and a status does not show it. */
void rc_tracker_config_copy(struct rc_tracker_config *to,
                            const struct rc_tracker_config *from);
void rc_tracker_config_text(const struct rc_tracker_config *config,
                            struct rc_text *text);

struct rc_vote {
    uint64_t id;
    bool granted;
};

struct rc_tracker {
    struct rc_tracker_config config;
    struct rc_progress_map progress;
    struct rc_vote *votes;
    size_t vote_count, vote_room;
    uint64_t max_inflight, max_inflight_bytes;
};
void rc_tracker_release(struct rc_tracker *tracker);

/* The caller releases it. */
struct rc_conf_state rc_tracker_conf_state(const struct rc_tracker *tracker);

/* One voter, and no other configuration. */
bool rc_tracker_is_singleton(const struct rc_tracker *tracker);

/* The highest index that a quorum has. */
uint64_t rc_tracker_committed(const struct rc_tracker *tracker);

/* Has a quorum been heard of since the last check? */
bool rc_tracker_quorum_active(const struct rc_tracker *tracker);

void rc_tracker_reset_votes(struct rc_tracker *tracker);

/* The first vote of each counts. */
void rc_tracker_record_vote(struct rc_tracker *tracker, uint64_t id,
                            bool granted);
enum rc_vote_result rc_tracker_tally_votes(const struct rc_tracker *tracker,
                                           int *granted, int *rejected);

#endif
