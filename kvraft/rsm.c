/* rsm.c - beginning and end of a replicated state machine.
 * Layer: kvraft. */
#include "kvraft/rsm.h"

#include <stdlib.h>
#include <time.h>

#include "kvraft/clock.h"
#include "kvraft/rsm_state.h"

/* The entries before the snapshot are gone, and Raft goes on behind it. To be
 * done before there is a Raft, which may replace it. */
static void restore_machine(struct rsm *rsm)
{
    struct bytes snapshot = persister_snapshot(rsm->persister);

    if (snapshot.size > 0) {
        rsm->machine.restore(rsm->machine.self, snapshot);
    }
    bytes_free(&snapshot);
}

struct rsm *rsm_make(const struct rsm_config *config)
{
    struct rsm *rsm = lab_xcalloc(1, sizeof(*rsm));

    rsm->apply = config->raft.apply;
    rsm->persister = config->raft.persister;
    rsm->max_raft_state = config->max_raft_state;
    rsm->machine = config->machine;
    pthread_mutex_init(&rsm->mu, NULL);
    atomic_init(&rsm->visitors, 0);
    restore_machine(rsm);
    rsm->raft = raft_make(&config->raft);
    int err = pthread_create(&rsm->reader, NULL, rsm_read, rsm);
    if (err != 0) {
        LAB_BUG("pthread_create: error %d", err);
    }
    return rsm;
}

static void end_submitters(struct rsm *rsm)
{
    pthread_mutex_lock(&rsm->mu);
    rsm->killed = true;
    waiters_lose_all(rsm);
    pthread_mutex_unlock(&rsm->mu);
    while (atomic_load(&rsm->visitors) > 0) {
        nanosleep(&(struct timespec){.tv_nsec = NS_PER_MS}, NULL);
    }
}

void rsm_kill(struct rsm *rsm)
{
    end_submitters(rsm);
    pthread_join(rsm->reader, NULL); /* the channel is closed */
    raft_kill(rsm->raft);            /* after all who call it */
    LAB_ASSERT(!rsm->waiters);
    LAB_ASSERT(!rsm->early);
    pthread_mutex_destroy(&rsm->mu);
    free(rsm);
}
