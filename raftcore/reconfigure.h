/* reconfigure.h - computes the next configuration from a change.
 * Layer: raftcore. Specification, section 3.6.
 *
 * Each makes a new configuration from what the tracker has, checks it, and
 * only then puts it in place; false: error says why not, and the tracker is
 * as it was. last_index: of the log, for those who join. */
#ifndef RAFTCORE_RECONFIGURE_H
#define RAFTCORE_RECONFIGURE_H

#include "raftcore/conf_change.h"
#include "raftcore/tracker.h"

/* One voter more or less, any number of learners. */
bool rc_reconfigure_simple(struct rc_tracker *tracker, uint64_t last_index,
                           const struct rc_change *changes, size_t count,
                           struct rc_text *error);

/* Any change: both majorities decide until it is left. */
bool rc_reconfigure_enter_joint(struct rc_tracker *tracker, uint64_t last_index,
                                bool auto_leave,
                                const struct rc_change *changes, size_t count,
                                struct rc_text *error);
bool rc_reconfigure_leave_joint(struct rc_tracker *tracker, uint64_t last_index,
                                struct rc_text *error);

/* What is asked for, of these three. */
bool rc_reconfigure(struct rc_tracker *tracker, uint64_t last_index,
                    const struct rc_conf_change *cc, struct rc_text *error);

/* Would it succeed? Nothing changes. */
bool rc_reconfigure_possible(const struct rc_tracker *tracker,
                             const struct rc_conf_change *cc,
                             struct rc_text *error);

/* This configuration, in a tracker that has none. */
bool rc_reconfigure_restore(struct rc_tracker *tracker, uint64_t last_index,
                            const struct rc_conf_state *cs,
                            struct rc_text *error);

#endif
