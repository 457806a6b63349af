/* reconfigure.h - computes the next configuration from a change.
 * Layer: raftcore. Any thread, a tracker by one at a time. Paper §6, thesis
 * §4.3; docs/raftcore-spec.md §3.6; etcd: confchange.Changer.
 *
 * A node does this for its application; these functions are for programs that
 * want to know beforehand. Each computes the next configuration from the
 * tracker's, checks it, and only then replaces it. False: *error says why not,
 * in etcd's words, and the tracker is unchanged. last_index is that of the log:
 * new members are probed from there on. */
#ifndef RAFTCORE_RECONFIGURE_H
#define RAFTCORE_RECONFIGURE_H

#include "raftcore/conf_change.h"
#include "raftcore/tracker.h"

/* Add or remove at most one voter, and any number of learners. */
bool rc_reconfigure_simple(struct rc_tracker *tracker, uint64_t last_index,
                           const struct rc_change *changes, size_t count,
                           struct rc_text *error);

/* Make any changes: majorities of both configurations decide until the joint
 * configuration is left. */
bool rc_reconfigure_enter_joint(struct rc_tracker *tracker, uint64_t last_index,
                                bool auto_leave,
                                const struct rc_change *changes, size_t count,
                                struct rc_text *error);
bool rc_reconfigure_leave_joint(struct rc_tracker *tracker, uint64_t last_index,
                                struct rc_text *error);

/* Do that of the three that the change asks for. */
bool rc_reconfigure(struct rc_tracker *tracker, uint64_t last_index,
                    const struct rc_conf_change *cc, struct rc_text *error);

/* Return true if rc_reconfigure() would succeed. */
bool rc_reconfigure_possible(const struct rc_tracker *tracker,
                             const struct rc_conf_change *cc,
                             struct rc_text *error);

/* Set the configuration of a tracker that has none. On failure it has none. */
bool rc_reconfigure_restore(struct rc_tracker *tracker, uint64_t last_index,
                            const struct rc_conf_state *cs,
                            struct rc_text *error);

#endif
