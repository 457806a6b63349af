/* tracker.c - who the members are, how they voted, how far they are.
 * Layer: raftcore. */
#include "raftcore/tracker.h"

#include <stdlib.h>

#include "base/bytes.h"

/* ---- Configuration -------------------------------------------------------*/

void tracker_config_release(struct tracker_config *config)
{
    joint_release(&config->voters);
    ids_release(&config->learners);
    ids_release(&config->learners_next);
    config->auto_leave = false;
}

void tracker_config_copy(struct tracker_config *to,
                         const struct tracker_config *from)
{
    joint_copy(&to->voters, &from->voters);
    ids_copy(&to->learners, &from->learners);
    ids_copy(&to->learners_next, &from->learners_next);
    to->auto_leave = false;
}

void tracker_config_text(const struct tracker_config *config, struct text *text)
{
    text_add(text, "voters=");
    joint_text(&config->voters, text);
    if (config->learners.count > 0) {
        text_add(text, " learners=");
        majority_text(&config->learners, text);
    }
    if (config->learners_next.count > 0) {
        text_add(text, " learners_next=");
        majority_text(&config->learners_next, text);
    }
    if (config->auto_leave) {
        text_add(text, " autoleave");
    }
}

/* ---- Tracker -------------------------------------------------------------*/

void tracker_release(struct tracker *tracker)
{
    tracker_config_release(&tracker->config);
    progress_map_release(&tracker->progress);
    free(tracker->votes);
    tracker->votes = NULL;
    tracker->vote_count = tracker->vote_room = 0;
}

struct conf_state tracker_conf_state(const struct tracker *tracker)
{
    const struct tracker_config *config = &tracker->config;
    struct conf_state cs;
    ids_copy(&cs.voters, &config->voters.incoming);
    ids_copy(&cs.voters_outgoing, &config->voters.outgoing);
    ids_copy(&cs.learners, &config->learners);
    ids_copy(&cs.learners_next, &config->learners_next);
    cs.auto_leave = config->auto_leave;
    return cs;
}

bool tracker_is_singleton(const struct tracker *tracker)
{
    return tracker->config.voters.incoming.count == 1 &&
           tracker->config.voters.outgoing.count == 0;
}

/* Both are ascending by id, and every voter has a progress. */
static uint64_t half_committed(const struct progress_map *map,
                               const struct ids *voters)
{
    enum { ON_STACK = 16 };
    uint64_t few[ON_STACK];
    size_t count = voters->count;
    uint64_t *matches =
        count <= ON_STACK ? few : lab_xmalloc(count * sizeof(*matches));
    const struct progress *pr = map->at;
    for (size_t i = 0; i < count; i++, pr++) {
        while (pr->id != voters->at[i]) {
            pr++;
        }
        matches[i] = pr->match;
    }
    uint64_t committed = majority_index(matches, count);
    if (matches != few) {
        free(matches);
    }
    return committed;
}

uint64_t tracker_committed(const struct tracker *tracker)
{
    const struct joint *voters = &tracker->config.voters;
    uint64_t incoming = half_committed(&tracker->progress, &voters->incoming);
    if (voters->outgoing.count == 0) {
        return incoming;
    }
    uint64_t outgoing = half_committed(&tracker->progress, &voters->outgoing);
    return incoming < outgoing ? incoming : outgoing;
}

static bool is_active(void *context, uint64_t id, bool *active)
{
    const struct tracker *tracker = context;
    const struct progress *pr = progress_map_get(&tracker->progress, id);
    if (!pr || pr->is_learner) {
        return false;
    }
    *active = pr->recent_active;
    return true;
}

bool tracker_quorum_active(const struct tracker *tracker)
{
    return joint_vote(&tracker->config.voters, is_active, (void *)tracker) ==
           VOTE_WON;
}

/* ---- Votes ---------------------------------------------------------------*/

void tracker_reset_votes(struct tracker *tracker)
{
    tracker->vote_count = 0;
}

static const struct vote *find_vote(const struct tracker *tracker, uint64_t id)
{
    for (size_t i = 0; i < tracker->vote_count; i++) {
        if (tracker->votes[i].id == id) {
            return &tracker->votes[i];
        }
    }
    return NULL;
}

void tracker_record_vote(struct tracker *tracker, uint64_t id, bool granted)
{
    if (find_vote(tracker, id)) {
        return;
    }
    if (tracker->vote_count == tracker->vote_room) {
        tracker->vote_room = tracker->vote_room ? 2 * tracker->vote_room : 3;
        tracker->votes = lab_xrealloc(
            tracker->votes, tracker->vote_room * sizeof(*tracker->votes));
    }
    tracker->votes[tracker->vote_count++] = (struct vote){id, granted};
}

static bool vote_of_member(void *context, uint64_t id, bool *granted)
{
    const struct vote *vote = find_vote(context, id);
    if (vote) {
        *granted = vote->granted;
    }
    return vote != NULL;
}

enum vote_result tracker_tally_votes(const struct tracker *tracker,
                                     int *granted, int *rejected)
{
    *granted = *rejected = 0;
    for (size_t i = 0; i < tracker->progress.count; i++) {
        const struct progress *pr = &tracker->progress.at[i];
        const struct vote *vote = find_vote(tracker, pr->id);
        if (!pr->is_learner && vote) {
            *granted += vote->granted;
            *rejected += !vote->granted;
        }
    }
    return joint_vote(&tracker->config.voters, vote_of_member, (void *)tracker);
}
