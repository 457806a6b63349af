/* timer.c - deadlines: when to start an election, when to look again.
 * Layer: raft. Needs rf->mu. Paper: §5.2. The ticker acts on them (ticker.c);
 * any rule may move them, so this file calls nothing but the clock. */
#include "raft/raft.h"

#include <stdlib.h>

/* §5.2: randomized timeouts make split votes rare, and resolve them fast. */
void reset_election_timer(struct raft *rf)
{
    uint64_t spread_ms = ELECTION_MS_MAX - ELECTION_MS_MIN + 1;
    uint64_t timeout_ms = ELECTION_MS_MIN + (uint64_t)rand() % spread_ms;

    LAB_ASSERT(mu_held(rf));
    rf->election_deadline_ns = now_ns() + timeout_ms * NS_PER_MS;
}

void tick_by(struct raft *rf, uint64_t ns)
{
    LAB_ASSERT(mu_held(rf));
    if (ns < rf->next_tick_ns) {
        rf->next_tick_ns = ns;
        pthread_cond_signal(&rf->ticker_wanted);
    }
}
