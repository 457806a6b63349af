/* progress.c - what a leader knows of one member, and of all.
 * Layer: raftcore. docs/raftcore-spec.md §3.4; etcd's tracker/progress.go. */
#include "raftcore/progress.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "raftcore/fatal.h"
#include "raftcore/format.h"

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t most(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static void reset_state(struct rc_progress *pr, enum rc_progress_state state)
{
    pr->flow_paused = false;
    pr->pending_snapshot = 0;
    pr->state = state;
    rc_inflights_reset(&pr->inflights);
}

void rc_progress_become_probe(struct rc_progress *pr)
{
    uint64_t pending = pr->pending_snapshot;
    bool was_snapshot = pr->state == RC_PROGRESS_SNAPSHOT;
    reset_state(pr, RC_PROGRESS_PROBE);
    /* After a snapshot that arrived, go on behind it without waiting to hear
     * that it is applied. Should it not be, the rejection says so. */
    pr->next = was_snapshot ? most(pr->match + 1, pending + 1) : pr->match + 1;
    /* Messages with a higher commit index may be lost: let it be sent again. */
    pr->sent_commit = least(pr->sent_commit, pr->next - 1);
    LAB_ASSERT(pr->next > pr->match);
}

void rc_progress_become_replicate(struct rc_progress *pr)
{
    reset_state(pr, RC_PROGRESS_REPLICATE);
    pr->next = pr->match + 1;
    LAB_ASSERT(!rc_progress_paused(pr));
}

void rc_progress_become_snapshot(struct rc_progress *pr, uint64_t index)
{
    LAB_ASSERT(index > 0);
    reset_state(pr, RC_PROGRESS_SNAPSHOT);
    pr->pending_snapshot = index;
    pr->next = index + 1;
    pr->sent_commit = index;
    LAB_ASSERT(rc_progress_paused(pr));
}

const char *rc_progress_state_name(enum rc_progress_state state)
{
    static const char *const names[] = {"StateProbe", "StateReplicate",
                                        "StateSnapshot"};
    LAB_ASSERT((unsigned)state <= RC_PROGRESS_SNAPSHOT);
    return names[state];
}

void rc_progress_sent_entries(struct rc_progress *pr, uint64_t count,
                              uint64_t bytes)
{
    switch (pr->state) {
    case RC_PROGRESS_REPLICATE:
        /* Optimistic: as if they had arrived. */
        if (count > 0) {
            pr->next += count;
            rc_inflights_add(&pr->inflights, pr->next - 1, bytes);
        }
        pr->flow_paused = rc_inflights_full(&pr->inflights);
        break;
    case RC_PROGRESS_PROBE:
        /* One message with entries, then wait for its response. Empty ones do
         * not pause: they are cheap, and carry the commit index. */
        pr->flow_paused = pr->flow_paused || count > 0;
        break;
    default:
        rc_fatal("sending append in unhandled state %s",
                 rc_progress_state_name(pr->state));
    }
}

bool rc_progress_can_bump_commit(const struct rc_progress *pr, uint64_t commit)
{
    /* A commit index behind next - 1 tells the member nothing: it commits no
     * more than the entries that it has. */
    return commit > pr->sent_commit && pr->sent_commit < pr->next - 1;
}

/* An acknowledgement may arrive late or twice; match only grows. It ends a
 * pause, since it shows that the member processes what it is sent. */
bool rc_progress_maybe_update(struct rc_progress *pr, uint64_t index)
{
    if (index <= pr->match) {
        return false;
    }
    pr->match = index;
    /* Higher only if the member has more than this leader ever sent it. */
    pr->next = most(pr->next, index + 1);
    pr->flow_paused = false;
    LAB_ASSERT(pr->match < pr->next);
    return true;
}

bool rc_progress_maybe_decr_to(struct rc_progress *pr, uint64_t rejected,
                               uint64_t hint)
{
    if (pr->state == RC_PROGRESS_REPLICATE) {
        if (rejected <= pr->match) {
            return false; /* a late one: that entry is acknowledged by now */
        }
        /* Not the hint: match is known, and the window tells nothing of what
         * was lost. */
        pr->next = pr->match + 1;
        pr->sent_commit = least(pr->sent_commit, pr->next - 1);
        return true;
    }
    /* While probing only the response to the last probe counts. */
    if (pr->next - 1 != rejected) {
        return false;
    }
    /* Lower than before, whatever the hint, and never below match. */
    pr->next = most(least(rejected, hint + 1), pr->match + 1);
    pr->sent_commit = least(pr->sent_commit, pr->next - 1);
    pr->flow_paused = false;
    LAB_ASSERT(pr->match < pr->next);
    return true;
}

bool rc_progress_paused(const struct rc_progress *pr)
{
    return pr->state == RC_PROGRESS_SNAPSHOT || pr->flow_paused;
}

void rc_progress_describe(const struct rc_progress *pr, struct rc_text *text)
{
    rc_text_add(text, "%s match=" D64 " next=" D64,
                rc_progress_state_name(pr->state), pr->match, pr->next);
    rc_text_add(text, "%s%s", pr->is_learner ? " learner" : "",
                rc_progress_paused(pr) ? " paused" : "");
    if (pr->pending_snapshot > 0) {
        rc_text_add(text, " pendingSnap=" D64, pr->pending_snapshot);
    }
    if (!pr->recent_active) {
        rc_text_add(text, " inactive");
    }
    if (pr->inflights.count > 0) {
        rc_text_add(text, " inflight=%" PRIu32 "%s", pr->inflights.count,
                    rc_inflights_full(&pr->inflights) ? "[full]" : "");
    }
}

/* ---- All -----------------------------------------------------------------*/

void rc_progress_map_release(struct rc_progress_map *map)
{
    for (size_t i = 0; i < map->count; i++) {
        rc_inflights_release(&map->at[i].inflights);
    }
    free(map->at);
    *map = (struct rc_progress_map){NULL, 0, 0};
}

void rc_progress_map_copy(struct rc_progress_map *to,
                          const struct rc_progress_map *from)
{
    *to = (struct rc_progress_map){NULL, from->count, from->count};
    if (from->count == 0) {
        return;
    }
    to->at = lab_xmalloc(from->count * sizeof(*to->at));
    for (size_t i = 0; i < from->count; i++) {
        to->at[i] = from->at[i];
        rc_inflights_copy(&to->at[i].inflights, &from->at[i].inflights);
    }
}

/* The position of id in the map, or where it would be inserted. */
static size_t place_of(const struct rc_progress_map *map, uint64_t id)
{
    size_t low = 0, high = map->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (map->at[middle].id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct rc_progress *rc_progress_map_get(const struct rc_progress_map *map,
                                        uint64_t id)
{
    /* Ids are mostly 1, 2, 3, ...: then no search is needed. */
    if (id - 1 < map->count && map->at[id - 1].id == id) {
        return &map->at[id - 1];
    }
    size_t place = place_of(map, id);
    return place < map->count && map->at[place].id == id ? &map->at[place]
                                                         : NULL;
}

void rc_progress_map_add(struct rc_progress_map *map,
                         struct rc_progress progress)
{
    size_t place = place_of(map, progress.id);
    LAB_ASSERT(place == map->count || map->at[place].id != progress.id);
    if (map->count == map->room) {
        map->room = map->room ? 2 * map->room : 3;
        map->at = lab_xrealloc(map->at, map->room * sizeof(*map->at));
    }
    memmove(map->at + place + 1, map->at + place,
            (map->count - place) * sizeof(*map->at));
    map->at[place] = progress;
    map->count++;
    LAB_ASSERT(rc_progress_map_get(map, progress.id) == &map->at[place]);
}

void rc_progress_map_remove(struct rc_progress_map *map, uint64_t id)
{
    size_t place = place_of(map, id);
    LAB_ASSERT(place < map->count && map->at[place].id == id);
    rc_inflights_release(&map->at[place].inflights);
    map->count--;
    memmove(map->at + place, map->at + place + 1,
            (map->count - place) * sizeof(*map->at));
    LAB_ASSERT(!rc_progress_map_get(map, id));
}

void rc_progress_map_describe(const struct rc_progress_map *map,
                              struct rc_text *text)
{
    for (size_t i = 0; i < map->count; i++) {
        rc_text_add(text, D64 ": ", map->at[i].id);
        rc_progress_describe(&map->at[i], text);
        rc_text_add(text, "\n");
    }
}
