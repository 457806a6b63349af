/* state.c - lab_state(): the state that a Raft reports to the tester.
 * Layer: raftapi. The observer is set before threads exist. */
#include "raftapi/service.h"

static void (*observer)(const struct lab_state_report *);
static struct sim_mutex observer_mutex;

static const struct sim_event_kind event_state = {
    "state", {"term", "role", "commit", "last"}};

void lab_state_observe(void (*hook)(const struct lab_state_report *))
{
    observer = hook;
}

void lab_state(struct raft *rf, uint64_t term, enum lab_role role,
               uint64_t commit_index, uint64_t last_index)
{
    (void)rf; /* an address: it differs from run to run */
    struct lab_state_report report = {sim_server(), term, role, commit_index,
                                      last_index};
    sim_enter(&observer_mutex);
    sim_event(&event_state, term, (uint64_t)role, commit_index, last_index);
    if (observer) {
        observer(&report);
    }
    sim_leave(&observer_mutex);
}
