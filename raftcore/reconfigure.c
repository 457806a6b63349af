/* reconfigure.c - computes the next configuration from a change.
 * Layer: raftcore. Paper §6, thesis §4.3; docs/raftcore-spec.md §3.6; etcd's
 * confchange/confchange.go. */
#include "raftcore/reconfigure.h"

#include <string.h>

#include "base/assert.h"
#include "raftcore/format.h"

/* The next configuration while it is computed: a copy of the tracker's, which
 * replaces it only if every step was possible. */
struct draft {
    const struct rc_tracker *tracker;
    uint64_t last_index;
    struct rc_tracker_config config;
    struct rc_progress_map progress;
    struct rc_text *error;
};

static bool refuse(struct draft *draft, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static bool refuse(struct draft *draft, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    rc_text_add_args(draft->error, format, args);
    va_end(args);
    return false;
}

/* ---- Invariants ----------------------------------------------------------*/

static bool all_have_progress(struct draft *draft, const struct rc_ids *ids)
{
    for (size_t i = 0; i < ids->count; i++) {
        if (!rc_progress_map_get(&draft->progress, ids->at[i])) {
            return refuse(draft, "no progress for " D64, ids->at[i]);
        }
    }
    return true;
}

/* Only a voter of the outgoing half waits to become a learner: make_learner().
 */
static bool check_learners_next(struct draft *draft)
{
    const struct rc_tracker_config *config = &draft->config;
    for (size_t i = 0; i < config->learners_next.count; i++) {
        uint64_t id = config->learners_next.at[i];
        if (!rc_ids_has(&config->voters.outgoing, id)) {
            return refuse(draft, D64 " is in LearnersNext, but not Voters[1]",
                          id);
        }
        const struct rc_progress *pr =
            rc_progress_map_get(&draft->progress, id);
        LAB_ASSERT(pr); /* all_have_progress() */
        if (pr->is_learner) {
            return refuse(draft,
                          D64 " is in LearnersNext, but is already "
                              "marked as learner",
                          id);
        }
    }
    return true;
}

/* A learner votes in neither half. */
static bool check_learners(struct draft *draft)
{
    const struct rc_tracker_config *config = &draft->config;
    for (size_t i = 0; i < config->learners.count; i++) {
        uint64_t id = config->learners.at[i];
        if (rc_ids_has(&config->voters.outgoing, id)) {
            return refuse(draft, D64 " is in Learners and Voters[1]", id);
        }
        if (rc_ids_has(&config->voters.incoming, id)) {
            return refuse(draft, D64 " is in Learners and Voters[0]", id);
        }
        const struct rc_progress *pr =
            rc_progress_map_get(&draft->progress, id);
        LAB_ASSERT(pr);
        if (!pr->is_learner) {
            return refuse(draft,
                          D64 " is in Learners, but is not marked as "
                              "learner",
                          id);
        }
    }
    return true;
}

static bool is_joint(const struct rc_tracker_config *config)
{
    return config->voters.outgoing.count > 0;
}

/* Before a change as well: a tracker that breaks them comes from a snapshot or
 * a storage, and is not to be made worse. */
static bool check_invariants(struct draft *draft)
{
    const struct rc_tracker_config *config = &draft->config;
    if (!all_have_progress(draft, &config->voters.incoming) ||
        !all_have_progress(draft, &config->voters.outgoing) ||
        !all_have_progress(draft, &config->learners) ||
        !all_have_progress(draft, &config->learners_next) ||
        !check_learners_next(draft) || !check_learners(draft)) {
        return false;
    }
    if (!is_joint(config) && config->learners_next.count > 0) {
        return refuse(draft, "cfg.LearnersNext must be nil when not joint");
    }
    if (!is_joint(config) && config->auto_leave) {
        return refuse(draft, "AutoLeave must be false when not joint");
    }
    return true;
}

/* ---- Single changes ------------------------------------------------------*/

static void add_progress(struct draft *draft, uint64_t id, bool is_learner)
{
    struct rc_progress pr = {
        .id = id,
        /* Where a member that has everything would be probed. One that is new
         * rejects the first probe, with a hint. */
        .next = draft->last_index > 1 ? draft->last_index : 1,
        /* A leader that checks its quorum must not step down before the new
         * member could respond to anything. */
        .recent_active = true,
        .is_learner = is_learner,
        .inflights = {.limit = draft->tracker->max_inflight,
                      .bytes_limit = draft->tracker->max_inflight_bytes},
    };
    if (is_learner) {
        rc_ids_add(&draft->config.learners, id);
    } else {
        rc_ids_add(&draft->config.voters.incoming, id);
    }
    rc_progress_map_add(&draft->progress, pr);
    LAB_ASSERT(rc_progress_map_get(&draft->progress, id));
}

static void make_voter(struct draft *draft, uint64_t id)
{
    struct rc_progress *pr = rc_progress_map_get(&draft->progress, id);
    if (!pr) {
        add_progress(draft, id, false);
        return;
    }
    pr->is_learner = false;
    rc_ids_remove(&draft->config.learners, id);
    rc_ids_remove(&draft->config.learners_next, id);
    rc_ids_add(&draft->config.voters.incoming, id);
    LAB_ASSERT(pr->id == id);
}

/* Take id out of every role in the incoming half; its progress stays. */
static void remove_from_sets(struct draft *draft, uint64_t id)
{
    rc_ids_remove(&draft->config.voters.incoming, id);
    rc_ids_remove(&draft->config.learners, id);
    rc_ids_remove(&draft->config.learners_next, id);
    LAB_ASSERT(!rc_ids_has(&draft->config.voters.incoming, id));
}

/* A voter of the outgoing half votes on in it and cannot be a learner at the
 * same time. It becomes one when the joint configuration is left:
 *
 *     (1 2 3), make 3 a learner   ->  (1 2)&&(1 2 3) learners_next=(3)
 *     leave                       ->  (1 2) learners=(3) */
static void make_learner(struct draft *draft, uint64_t id)
{
    struct rc_progress *pr = rc_progress_map_get(&draft->progress, id);
    if (!pr) {
        add_progress(draft, id, true);
        return;
    }
    if (pr->is_learner) {
        return;
    }
    LAB_ASSERT(!rc_ids_has(&draft->config.learners, id));
    remove_from_sets(draft, id);
    if (rc_ids_has(&draft->config.voters.outgoing, id)) {
        rc_ids_add(&draft->config.learners_next, id);
    } else {
        pr->is_learner = true;
        rc_ids_add(&draft->config.learners, id);
    }
}

static void remove_member(struct draft *draft, uint64_t id)
{
    if (!rc_progress_map_get(&draft->progress, id)) {
        return;
    }
    remove_from_sets(draft, id);
    /* The outgoing half still needs its acknowledgements. */
    if (!rc_ids_has(&draft->config.voters.outgoing, id)) {
        rc_progress_map_remove(&draft->progress, id);
    }
}

/* All changes at once, in their order: a later one for the same member
 * overrides an earlier one. */
static bool apply_changes(struct draft *draft, const struct rc_change *changes,
                          size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t id = changes[i].node;
        if (id == 0) {
            continue; /* an application rejects a change by setting 0 */
        }
        switch (changes[i].type) {
        case RC_ADD_NODE:
            make_voter(draft, id);
            break;
        case RC_ADD_LEARNER_NODE:
            make_learner(draft, id);
            break;
        case RC_REMOVE_NODE:
            remove_member(draft, id);
            break;
        case RC_UPDATE_NODE:
            break;
        default:
            return refuse(draft, "unexpected conf type " D64,
                          (uint64_t)changes[i].type);
        }
    }
    return draft->config.voters.incoming.count > 0 ||
           refuse(draft, "removed all voters");
}

/* ---- The three changes ---------------------------------------------------*/

static size_t symmetric_difference(const struct rc_ids *a,
                                   const struct rc_ids *b)
{
    size_t differ = 0, i = 0, k = 0;
    while (i < a->count && k < b->count) {
        if (a->at[i] == b->at[k]) {
            i++;
            k++;
        } else if (a->at[i] < b->at[k]) {
            i++;
            differ++;
        } else {
            k++;
            differ++;
        }
    }
    LAB_ASSERT(i == a->count || k == b->count);
    return differ + (a->count - i) + (b->count - k);
}

static bool draft_simple(struct draft *draft, const struct rc_change *changes,
                         size_t count)
{
    if (is_joint(&draft->config)) {
        return refuse(draft,
                      "can't apply simple config change in joint config");
    }
    if (!apply_changes(draft, changes, count)) {
        return false;
    }
    /* Thesis §4.1: majorities of configurations that differ by one voter have a
     * voter in common. If more changed at once, old and new could each elect a
     * leader: that needs a joint configuration. */
    return symmetric_difference(&draft->tracker->config.voters.incoming,
                                &draft->config.voters.incoming) <= 1 ||
           refuse(draft,
                  "more than one voter changed without entering joint config");
}

static bool draft_enter(struct draft *draft, bool auto_leave,
                        const struct rc_change *changes, size_t count)
{
    struct rc_joint *voters = &draft->config.voters;
    if (is_joint(&draft->config)) {
        return refuse(draft, "config is already joint");
    }
    if (voters->incoming.count == 0) {
        return refuse(draft, "can't make a zero-voter config joint");
    }
    /* From now on both decide: the voters that were, and those that will be. */
    rc_ids_copy(&voters->outgoing, &voters->incoming);
    LAB_ASSERT(draft->config.learners_next.count == 0);
    if (!apply_changes(draft, changes, count)) {
        return false;
    }
    draft->config.auto_leave = auto_leave;
    LAB_ASSERT(is_joint(&draft->config));
    return true;
}

/* Each outgoing voter that has no role in the new configuration is forgotten,
 * with its progress: nothing more is sent to it, and it may never learn that it
 * was removed. Its elections are why leases exist (step.c, in_lease()). */
static bool draft_leave(struct draft *draft)
{
    struct rc_tracker_config *config = &draft->config;
    if (!is_joint(config)) {
        return refuse(draft, "can't leave a non-joint config");
    }
    for (size_t i = 0; i < config->learners_next.count; i++) {
        uint64_t id = config->learners_next.at[i];
        bool added = rc_ids_add(&config->learners, id);
        LAB_ASSERT(added);
        rc_progress_map_get(&draft->progress, id)->is_learner = true;
    }
    rc_ids_release(&config->learners_next);
    for (size_t i = 0; i < config->voters.outgoing.count; i++) {
        uint64_t id = config->voters.outgoing.at[i];
        if (!rc_ids_has(&config->voters.incoming, id) &&
            !rc_ids_has(&config->learners, id)) {
            rc_progress_map_remove(&draft->progress, id);
        }
    }
    rc_ids_release(&config->voters.outgoing);
    config->auto_leave = false;
    LAB_ASSERT(!is_joint(config));
    return true;
}

/* ---- From a tracker and back ---------------------------------------------*/

static void draft_discard(struct draft *draft)
{
    rc_tracker_config_release(&draft->config);
    rc_progress_map_release(&draft->progress);
}

static bool draft_begin(struct draft *draft, const struct rc_tracker *tracker,
                        uint64_t last_index, struct rc_text *error)
{
    *draft = (struct draft){
        .tracker = tracker, .last_index = last_index, .error = error};
    rc_tracker_config_copy(&draft->config, &tracker->config);
    rc_progress_map_copy(&draft->progress, &tracker->progress);
    LAB_ASSERT(!draft->config.auto_leave);
    return check_invariants(draft);
}

static bool draft_end(struct draft *draft, struct rc_tracker *tracker,
                      bool good)
{
    good = good && check_invariants(draft);
    if (good) {
        rc_tracker_config_release(&tracker->config);
        rc_progress_map_release(&tracker->progress);
        tracker->config = draft->config;
        tracker->progress = draft->progress;
        LAB_ASSERT(tracker->progress.count > 0);
    } else {
        draft_discard(draft);
    }
    return good;
}

bool rc_reconfigure_simple(struct rc_tracker *tracker, uint64_t last_index,
                           const struct rc_change *changes, size_t count,
                           struct rc_text *error)
{
    struct draft draft;
    bool good = draft_begin(&draft, tracker, last_index, error) &&
                draft_simple(&draft, changes, count);
    return draft_end(&draft, tracker, good);
}

bool rc_reconfigure_enter_joint(struct rc_tracker *tracker, uint64_t last_index,
                                bool auto_leave,
                                const struct rc_change *changes, size_t count,
                                struct rc_text *error)
{
    struct draft draft;
    bool good = draft_begin(&draft, tracker, last_index, error) &&
                draft_enter(&draft, auto_leave, changes, count);
    return draft_end(&draft, tracker, good);
}

bool rc_reconfigure_leave_joint(struct rc_tracker *tracker, uint64_t last_index,
                                struct rc_text *error)
{
    struct draft draft;
    bool good =
        draft_begin(&draft, tracker, last_index, error) && draft_leave(&draft);
    return draft_end(&draft, tracker, good);
}

static bool draft_change(struct draft *draft, const struct rc_conf_change *cc)
{
    bool auto_leave;
    if (rc_conf_change_leaves(cc)) {
        return draft_leave(draft);
    }
    if (rc_conf_change_enters(cc, &auto_leave)) {
        return draft_enter(draft, auto_leave, cc->changes, cc->count);
    }
    return draft_simple(draft, cc->changes, cc->count);
}

bool rc_reconfigure(struct rc_tracker *tracker, uint64_t last_index,
                    const struct rc_conf_change *cc, struct rc_text *error)
{
    struct draft draft;
    bool good = draft_begin(&draft, tracker, last_index, error) &&
                draft_change(&draft, cc);
    return draft_end(&draft, tracker, good);
}

bool rc_reconfigure_possible(const struct rc_tracker *tracker,
                             const struct rc_conf_change *cc,
                             struct rc_text *error)
{
    struct draft draft;
    bool good = draft_begin(&draft, tracker, 0, error) &&
                draft_change(&draft, cc) && check_invariants(&draft);
    draft_discard(&draft);
    return good;
}

/* ---- Restoring -----------------------------------------------------------*/

static bool each_simple(struct rc_tracker *tracker, uint64_t last_index,
                        enum rc_change_type type, const struct rc_ids *ids,
                        struct rc_text *error)
{
    for (size_t i = 0; i < ids->count; i++) {
        struct rc_change change = {type, ids->at[i]};
        if (!rc_reconfigure_simple(tracker, last_index, &change, 1, error)) {
            return false;
        }
    }
    return true;
}

static void add_all(struct rc_conf_change *cc, enum rc_change_type type,
                    const struct rc_ids *ids)
{
    for (size_t i = 0; i < ids->count; i++) {
        rc_conf_change_add(cc, type, ids->at[i]);
    }
}

/* First the configuration before the joint one, then the step into it: the
 * outgoing voters are removed and the incoming ones added, whether or not they
 * are the same. */
static bool restore_joint(struct rc_tracker *tracker, uint64_t last_index,
                          const struct rc_conf_state *cs, struct rc_text *error)
{
    struct rc_conf_change cc = {.count = 0};
    add_all(&cc, RC_REMOVE_NODE, &cs->voters_outgoing);
    add_all(&cc, RC_ADD_NODE, &cs->voters);
    add_all(&cc, RC_ADD_LEARNER_NODE, &cs->learners);
    add_all(&cc, RC_ADD_LEARNER_NODE, &cs->learners_next);
    bool good = each_simple(tracker, last_index, RC_ADD_NODE,
                            &cs->voters_outgoing, error) &&
                rc_reconfigure_enter_joint(tracker, last_index, cs->auto_leave,
                                           cc.changes, cc.count, error);
    rc_conf_change_release(&cc);
    return good;
}

static bool restore(struct rc_tracker *tracker, uint64_t last_index,
                    const struct rc_conf_state *cs, struct rc_text *error)
{
    if (cs->voters_outgoing.count > 0) {
        return restore_joint(tracker, last_index, cs, error);
    }
    return each_simple(tracker, last_index, RC_ADD_NODE, &cs->voters, error) &&
           each_simple(tracker, last_index, RC_ADD_LEARNER_NODE, &cs->learners,
                       error) &&
           each_simple(tracker, last_index, RC_ADD_LEARNER_NODE,
                       &cs->learners_next, error);
}

bool rc_reconfigure_restore(struct rc_tracker *tracker, uint64_t last_index,
                            const struct rc_conf_state *cs,
                            struct rc_text *error)
{
    LAB_ASSERT(tracker->progress.count == 0);
    bool good = restore(tracker, last_index, cs, error);
    if (!good) { /* some of its steps were possible */
        rc_tracker_config_release(&tracker->config);
        rc_progress_map_release(&tracker->progress);
    }
    return good;
}
