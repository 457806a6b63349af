/* confchange.h - the arithmetic of configuration changes.
 * Layer: raftcore. Specification, section 3.6.
 *
 * Each makes a new configuration from what the tracker has, checks it, and
 * only then puts it in place; false: error says why not, and the tracker is
 * as it was. last_index: of the log, for those who join. */
#ifndef RAFTCORE_CONFCHANGE_H
#define RAFTCORE_CONFCHANGE_H

#include "raftcore/change.h"
#include "raftcore/tracker.h"

/* One voter more or less, any number of learners. */
bool confchange_simple(struct tracker *tracker, uint64_t last_index,
                       const struct change *changes, size_t count,
                       struct text *error);

/* Any change: both majorities decide until it is left. */
bool confchange_enter_joint(struct tracker *tracker, uint64_t last_index,
                            bool auto_leave, const struct change *changes,
                            size_t count, struct text *error);
bool confchange_leave_joint(struct tracker *tracker, uint64_t last_index,
                            struct text *error);

/* What is asked for, of these three. */
bool confchange_apply(struct tracker *tracker, uint64_t last_index,
                      const struct conf_change *cc, struct text *error);

/* Would it succeed? Nothing changes. */
bool confchange_possible(const struct tracker *tracker,
                         const struct conf_change *cc, struct text *error);

/* This configuration, in a tracker that has none. */
bool confchange_restore(struct tracker *tracker, uint64_t last_index,
                        const struct conf_state *cs, struct text *error);

#endif
