/* tracker.h - who the members are, how they voted, how far they are.
 * Layer: raftcore. Specification, sections 3.2, 3.3. */
#ifndef RAFTCORE_TRACKER_H
#define RAFTCORE_TRACKER_H

#include "raftcore/progress.h"
#include "raftcore/quorum.h"
#include "raftcore/state.h"

struct tracker_config {
    struct joint voters;
    struct ids learners;
    struct ids learners_next; /* will be learners once they no longer vote */
    bool auto_leave;
};
void tracker_config_release(struct tracker_config *config);

/* All but auto_leave, as in the original: whoever changes a configuration
 * sets it, and a status does not show it. */
void tracker_config_copy(struct tracker_config *to,
                         const struct tracker_config *from);
void tracker_config_text(const struct tracker_config *config,
                         struct text *text);

struct vote {
    uint64_t id;
    bool granted;
};

struct tracker {
    struct tracker_config config;
    struct progress_map progress;
    struct vote *votes;
    size_t vote_count, vote_room;
    uint64_t max_inflight, max_inflight_bytes;
};
void tracker_release(struct tracker *tracker);

/* The caller releases it. */
struct conf_state tracker_conf_state(const struct tracker *tracker);

/* One voter, and no other configuration. */
bool tracker_is_singleton(const struct tracker *tracker);

/* The highest index that a quorum has. */
uint64_t tracker_committed(const struct tracker *tracker);

/* Has a quorum been heard of since the last check? */
bool tracker_quorum_active(const struct tracker *tracker);

void tracker_reset_votes(struct tracker *tracker);

/* The first vote of each counts. */
void tracker_record_vote(struct tracker *tracker, uint64_t id, bool granted);
enum vote_result tracker_tally_votes(const struct tracker *tracker,
                                     int *granted, int *rejected);

#endif
