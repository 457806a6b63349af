/* tracker.c - the members: their roles, votes and progress.
 * Layer: raftcore. docs/raftcore-spec.md §3.2, §3.3; etcd's tracker/tracker.go.
 */
#include "raftcore/tracker.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/bytes.h"

/* ---- Configuration -------------------------------------------------------*/

void rc_tracker_config_release(struct rc_tracker_config *config)
{
    rc_joint_release(&config->voters);
    rc_ids_release(&config->learners);
    rc_ids_release(&config->learners_next);
    config->auto_leave = false;
}

void rc_tracker_config_copy(struct rc_tracker_config *to,
                            const struct rc_tracker_config *from)
{
    rc_joint_copy(&to->voters, &from->voters);
    rc_ids_copy(&to->learners, &from->learners);
    rc_ids_copy(&to->learners_next, &from->learners_next);
    to->auto_leave = false;
}

void rc_tracker_config_text(const struct rc_tracker_config *config,
                            struct rc_text *text)
{
    rc_text_add(text, "voters=");
    rc_joint_text(&config->voters, text);
    if (config->learners.count > 0) {
        rc_text_add(text, " learners=");
        rc_majority_text(&config->learners, text);
    }
    if (config->learners_next.count > 0) {
        rc_text_add(text, " learners_next=");
        rc_majority_text(&config->learners_next, text);
    }
    if (config->auto_leave) {
        rc_text_add(text, " autoleave");
    }
}

/* ---- Tracker -------------------------------------------------------------*/

void rc_tracker_release(struct rc_tracker *tracker)
{
    rc_tracker_config_release(&tracker->config);
    rc_progress_map_release(&tracker->progress);
    free(tracker->votes);
    tracker->votes = NULL;
    tracker->vote_count = tracker->vote_room = 0;
}

struct rc_conf_state rc_tracker_conf_state(const struct rc_tracker *tracker)
{
    const struct rc_tracker_config *config = &tracker->config;
    struct rc_conf_state cs;
    rc_ids_copy(&cs.voters, &config->voters.incoming);
    rc_ids_copy(&cs.voters_outgoing, &config->voters.outgoing);
    rc_ids_copy(&cs.learners, &config->learners);
    rc_ids_copy(&cs.learners_next, &config->learners_next);
    cs.auto_leave = config->auto_leave;
    LAB_ASSERT(cs.voters_outgoing.count > 0 || cs.learners_next.count == 0);
    return cs;
}

bool rc_tracker_is_singleton(const struct rc_tracker *tracker)
{
    return tracker->config.voters.incoming.count == 1 &&
           tracker->config.voters.outgoing.count == 0;
}

/* The index that a majority of these voters has. Both lists are ascending by id
 * and every voter has a progress, so that one pass over both finds all. */
static uint64_t half_committed(const struct rc_progress_map *map,
                               const struct rc_ids *voters)
{
    enum { ON_STACK = 16 };
    uint64_t few[ON_STACK];
    size_t count = voters->count;
    uint64_t *matches =
        count <= ON_STACK ? few : lab_xmalloc(count * sizeof(*matches));
    const struct rc_progress *pr = map->at;
    for (size_t i = 0; i < count; i++, pr++) {
        while (pr->id != voters->at[i]) { /* a learner, or of the other half */
            pr++;
        }
        matches[i] = pr->match;
    }
    uint64_t committed = rc_majority_index(matches, count);
    if (matches != few) {
        free(matches);
    }
    return committed;
}

uint64_t rc_tracker_committed(const struct rc_tracker *tracker)
{
    const struct rc_joint *voters = &tracker->config.voters;
    uint64_t incoming = half_committed(&tracker->progress, &voters->incoming);
    if (voters->outgoing.count == 0) {
        return incoming;
    }
    /* Paper §6: agreement needs separate majorities of both configurations. */
    uint64_t outgoing = half_committed(&tracker->progress, &voters->outgoing);
    return incoming < outgoing ? incoming : outgoing;
}

/* A leader asks this once per election timeout. It counts itself: its own
 * recent_active is set when it becomes leader and never reset. */
static bool is_active(void *context, uint64_t id, bool *active)
{
    const struct rc_tracker *tracker = context;
    const struct rc_progress *pr = rc_progress_map_get(&tracker->progress, id);
    if (!pr || pr->is_learner) {
        return false; /* a voter of the outgoing half may be a learner next */
    }
    *active = pr->recent_active;
    return true;
}

bool rc_tracker_quorum_active(const struct rc_tracker *tracker)
{
    return rc_joint_vote(&tracker->config.voters, is_active, (void *)tracker) ==
           RC_VOTE_WON;
}

/* ---- Votes ---------------------------------------------------------------*/

void rc_tracker_reset_votes(struct rc_tracker *tracker)
{
    tracker->vote_count = 0;
}

static const struct rc_vote *find_vote(const struct rc_tracker *tracker,
                                       uint64_t id)
{
    for (size_t i = 0; i < tracker->vote_count; i++) {
        if (tracker->votes[i].id == id) {
            return &tracker->votes[i];
        }
    }
    return NULL;
}

void rc_tracker_record_vote(struct rc_tracker *tracker, uint64_t id,
                            bool granted)
{
    if (find_vote(tracker, id)) {
        return; /* a duplicate, or a voter that contradicts itself */
    }
    if (tracker->vote_count == tracker->vote_room) {
        tracker->vote_room = tracker->vote_room ? 2 * tracker->vote_room : 3;
        tracker->votes = lab_xrealloc(
            tracker->votes, tracker->vote_room * sizeof(*tracker->votes));
    }
    tracker->votes[tracker->vote_count++] = (struct rc_vote){id, granted};
    LAB_ASSERT(find_vote(tracker, id)->granted == granted);
}

static bool vote_of_member(void *context, uint64_t id, bool *granted)
{
    const struct rc_vote *vote = find_vote(context, id);
    if (vote) {
        *granted = vote->granted;
    }
    return vote != NULL;
}

enum rc_vote_result rc_tracker_tally_votes(const struct rc_tracker *tracker,
                                           int *granted, int *rejected)
{
    /* The numbers are for the log only; the result is that of the voters. */
    *granted = *rejected = 0;
    for (size_t i = 0; i < tracker->progress.count; i++) {
        const struct rc_progress *pr = &tracker->progress.at[i];
        const struct rc_vote *vote = find_vote(tracker, pr->id);
        if (!pr->is_learner && vote) {
            *granted += vote->granted;
            *rejected += !vote->granted;
        }
    }
    LAB_ASSERT((size_t)(*granted + *rejected) <= tracker->vote_count);
    return rc_joint_vote(&tracker->config.voters, vote_of_member,
                         (void *)tracker);
}
