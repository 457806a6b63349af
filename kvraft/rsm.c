/* rsm.c - creating and ending a replicated state machine.
 * Layer: kvraft. */
#include "kvraft/rsm.h"

#include <stdlib.h>
#include <time.h>

#include "kvraft/clock.h"
#include "kvraft/rsm_state.h"

/* The snapshot replaces the entries before it: Raft applies only those after
 * it. Restore before Raft exists, because Raft may install a newer one. */
static void restore_machine(struct rsm *rsm)
{
    struct bytes snapshot = persister_snapshot(rsm->persister);

    LAB_ASSERT(!rsm->raft);
    if (snapshot.size > 0) {
        rsm->machine.restore(rsm->machine.self, snapshot);
    }
    bytes_free(&snapshot);
}

struct rsm *rsm_make(const struct rsm_config *config)
{
    struct rsm *rsm = lab_xcalloc(1, sizeof(*rsm));

    LAB_ASSERT(config->raft.apply);
    LAB_ASSERT(config->raft.persister);
    rsm->apply = config->raft.apply;
    rsm->persister = config->raft.persister;
    rsm->max_raft_state = config->max_raft_state;
    rsm->machine = config->machine;
    pthread_mutex_init(&rsm->mu, NULL);
    atomic_init(&rsm->submitters, 0);
    restore_machine(rsm);
    rsm->raft = raft_make(&config->raft);
    int err = pthread_create(&rsm->applier, NULL, rsm_apply, rsm);
    if (err != 0) {
        LAB_BUG("pthread_create: error %d", err);
    }
    return rsm;
}

/* Have every rsm_submit() return, and wait until all have. */
static void end_submitters(struct rsm *rsm)
{
    pthread_mutex_lock(&rsm->mu);
    rsm->killed = true;
    pending_lose_all(rsm);
    pthread_mutex_unlock(&rsm->mu);
    while (atomic_load(&rsm->submitters) > 0) {
        nanosleep(&(struct timespec){.tv_nsec = NS_PER_MS}, NULL);
    }
}

void rsm_kill(struct rsm *rsm)
{
    end_submitters(rsm);
    pthread_join(rsm->applier, NULL); /* the channel is closed */
    raft_kill(rsm->raft);             /* after all threads that call it */
    LAB_ASSERT(!rsm->pending);
    LAB_ASSERT(!rsm->early);
    LAB_ASSERT(rsm->starting == 0);
    pthread_mutex_destroy(&rsm->mu);
    free(rsm);
}
