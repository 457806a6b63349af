/* lab_core.c - raftcore as a Raft of the labs: the functions of raftapi.h.
 * Layer: hosts. */
#include "hosts/lab_core.h"

#include <inttypes.h>
#include <stdlib.h>

/* ---- Logging -------------------------------------------------------------*/

static bool log_wanted(void *unused, enum rc_log_level level)
{
    (void)unused;
    return level >= RC_LOG_INFO;
}

static void log_write(void *unused, enum rc_log_level level, const char *text)
{
    (void)unused;
    (void)level;
    lab_log("raft", "%s", text);
}

static const struct rc_logger logger = {NULL, log_wanted, log_write};

/* ---- Making and killing --------------------------------------------------*/

/* rand() differs between servers and is decided by the seed of the run. */
static uint64_t draw(void *unused, uint64_t bound)
{
    (void)unused;
    return (uint64_t)rand() % bound;
}

static struct rc_rawnode *make_node(struct raft *rf)
{
    const char *wrong;
    struct rc_config config = {
        .id = (uint64_t)rf->me + 1,
        .election_tick = ELECTION_TICK,
        .heartbeat_tick = HEARTBEAT_MS / TICK_MS,
        .storage = rc_memory_storage_interface(rf->ms),
        .applied = rf->log.base_index,
        .max_size_per_msg = RC_NO_LIMIT,
        .max_inflight_msgs = 256,
        /* No check_quorum: a leader that is cut off leads on, as in the paper.
         * The labs require that a command which it accepted may commit later.
         */
        .pre_vote = true,
        .disable_proposal_forwarding = true,
        .logger = &logger,
        .random = draw,
    };
    struct rc_rawnode *node = rc_rawnode_new(&config, &wrong);
    if (!node) {
        LAB_BUG("%s", wrong);
    }
    return node;
}

struct raft *raft_make(const struct raft_config *config)
{
    struct raft *rf = lab_xcalloc(1, sizeof(*rf));
    rf->me = config->me;
    rf->count = config->count;
    rf->persister = config->persister;
    rf->apply = config->apply;
    rf->peer_thread = peer_thread;
    crew_init(&rf->crew);
    crew_cond_init(&rf->apply_wanted);
    crew_cond_init(&rf->tick_wanted);
    storage_load(rf);
    peers_init(rf, config->peers);
    rf->node = make_node(rf);
    pthread_mutex_lock(&rf->crew.mu);
    drive(rf, -1, NULL);
    crew_start(&rf->crew, tick_thread, rf);
    crew_start(&rf->crew, apply_thread, rf);
    pthread_mutex_unlock(&rf->crew.mu);
    return rf;
}

void raft_kill(struct raft *rf)
{
    pthread_mutex_lock(&rf->crew.mu);
    rf->crew.ended = true;
    pthread_cond_broadcast(&rf->apply_wanted);
    pthread_cond_broadcast(&rf->tick_wanted);
    crew_stop(&rf->crew);
    rc_rawnode_free(rf->node);
    rc_ready_release(&rf->ready);
    peers_release(rf);
    storage_release(rf);
    pthread_cond_destroy(&rf->tick_wanted);
    pthread_cond_destroy(&rf->apply_wanted);
    crew_release(&rf->crew);
    free(rf);
}

/* ---- Called by the service -----------------------------------------------*/

struct raft_start raft_start(struct raft *rf, struct bytes command)
{
    struct raft_start start = {.is_leader = false};
    crew_enter(&rf->crew);
    struct rc_basic_status is = rc_rawnode_basic_status(rf->node);
    start.term = is.hard_state.term;
    if (is.soft_state.state == RC_LEADER && !rf->crew.ended) {
        start.is_leader =
            rc_rawnode_propose(rf->node, to_core(command)) == RC_OK;
    }
    drive(rf, -1, NULL);
    if (start.is_leader) {
        /* The last entry, as the lock was held since; and saved by drive(). */
        start.index = saved_log_lab_index(&rf->log, saved_log_last(&rf->log));
    }
    crew_leave(&rf->crew);
    return start;
}

struct raft_state raft_get_state(struct raft *rf)
{
    crew_enter(&rf->crew);
    struct rc_basic_status is = rc_rawnode_basic_status(rf->node);
    crew_leave(&rf->crew);
    return (struct raft_state){
        .is_leader = is.soft_state.state == RC_LEADER,
        .term = is.hard_state.term,
    };
}

void raft_snapshot(struct raft *rf, uint64_t index, struct bytes snapshot)
{
    crew_enter(&rf->crew);
    storage_compact(rf, index, snapshot);
    crew_leave(&rf->crew);
}
