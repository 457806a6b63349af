/* node.c - a Raft node that several threads drive.
 * Layer: hosts. */
#include "hosts/node.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "hosts/crew.h"

enum { TICKS_KEPT = 128 };

struct node {
    uint64_t id;
    bool async;
    const struct rc_logger *logger;
    atomic_int ticks; /* not processed yet; not guarded */

    struct crew crew;
    struct rc_rawnode *raw;
    pthread_cond_t changed; /* there may be a Ready, or a leader */
    uint64_t lead;          /* as it was last logged */
    bool handed_out;        /* a Ready is not advanced */
    bool removed;           /* by a change that it has applied */
    bool stopped;           /* node_stop() is done: nobody is inside */
};

/* ---- Around every call ---------------------------------------------------*/

static void log_lead(struct node *node)
{
    struct rc_basic_status is = rc_rawnode_basic_status(node->raw);
    uint64_t lead = is.soft_state.lead, term = is.hard_state.term;
    if (lead == node->lead) {
        return;
    }
    if (lead == RC_NO_NODE) {
        rc_log(node->logger, RC_LOG_INFO,
               "raft.node: %" PRIx64 " lost leader %" PRIx64
               " at term %" PRIu64,
               node->id, node->lead, term);
    } else if (node->lead == RC_NO_NODE) {
        rc_log(node->logger, RC_LOG_INFO,
               "raft.node: %" PRIx64 " elected leader %" PRIx64
               " at term %" PRIu64,
               node->id, lead, term);
    } else {
        rc_log(node->logger, RC_LOG_INFO,
               "raft.node: %" PRIx64 " changed leader from %" PRIx64
               " to %" PRIx64 " at term %" PRIu64,
               node->id, node->lead, lead, term);
    }
    node->lead = lead;
    /* A snapshot may have made it a member again; the leader will know. */
    node->removed = node->removed && lead == RC_NO_NODE;
}

static bool count_ticks(struct node *node)
{
    int count = atomic_exchange(&node->ticks, 0);
    for (int ticks = count; ticks > 0; ticks--) {
        rc_rawnode_tick(node->raw);
    }
    return count > 0;
}

/* After any event: log a new leader, wake those who wait for what it caused. */
static void settle(struct node *node)
{
    log_lead(node);
    if (rc_rawnode_has_ready(node->raw) || node->lead != RC_NO_NODE) {
        pthread_cond_broadcast(&node->changed);
    }
}

static void enter(struct node *node)
{
    crew_enter(&node->crew);
    if (!node->crew.ended) {
        count_ticks(node);
    }
}

/* Ticks that arrived while the lock was held are processed by its holder. */
static void leave(struct node *node)
{
    if (!node->crew.ended) {
        count_ticks(node);
        settle(node);
    }
    crew_leave(&node->crew);
}

static uint64_t deadline_of(uint64_t limit_ns)
{
    uint64_t now_ns = crew_now_ns();
    return limit_ns > FOREVER_NS - now_ns ? FOREVER_NS : now_ns + limit_ns;
}

/* Wait until the condition holds (RC_OK), the node stops or the time is over.
 */
static enum rc_error wait_for(struct node *node,
                              bool (*holds)(const struct node *node),
                              uint64_t deadline_ns)
{
    for (;;) {
        if (node->crew.ended) {
            return RC_STOPPED;
        }
        if (holds(node)) {
            return RC_OK;
        }
        if (crew_now_ns() >= deadline_ns) {
            return RC_CANCELLED;
        }
        crew_wait(&node->crew, &node->changed, deadline_ns);
        if (!node->crew.ended) {
            if (count_ticks(node)) {
                settle(node);
            }
            log_lead(node);
        }
    }
}

static bool takes_proposals(const struct node *node)
{
    return !node->removed &&
           rc_rawnode_basic_status(node->raw).soft_state.lead != RC_NO_NODE;
}

static bool has_work(const struct node *node)
{
    return !node->handed_out && rc_rawnode_has_ready(node->raw);
}

/* ---- Starting and stopping -----------------------------------------------*/

struct node *node_restart(const struct rc_config *config, const char **wrong)
{
    struct rc_rawnode *raw = rc_rawnode_new(config, wrong);
    if (!raw) {
        return NULL;
    }
    struct node *node = lab_xcalloc(1, sizeof(*node));
    node->id = config->id;
    node->async = config->async_storage_writes;
    node->logger = config->logger ? config->logger : rc_default_logger();
    node->raw = raw;
    atomic_init(&node->ticks, 0);
    crew_init(&node->crew);
    crew_cond_init(&node->changed);
    return node;
}

struct node *node_start(const struct rc_config *config,
                        const struct rc_peer *peers, size_t count,
                        const char **wrong)
{
    if (count == 0) {
        *wrong = "no peers given; use RestartNode instead";
        return NULL;
    }
    struct node *node = node_restart(config, wrong);
    if (!node) {
        return NULL;
    }
    enum rc_error error = rc_rawnode_bootstrap(node->raw, peers, count);
    if (error != RC_OK) {
        *wrong = rc_error_text(error);
        node_stop(node);
        node_free(node);
        return NULL;
    }
    return node;
}

void node_stop(struct node *node)
{
    pthread_mutex_lock(&node->crew.mu);
    bool first = !node->crew.ended;
    node->crew.ended = true;
    pthread_cond_broadcast(&node->changed);
    if (first) {
        crew_stop(&node->crew); /* gives the lock back */
        pthread_mutex_lock(&node->crew.mu);
        node->stopped = true;
        pthread_cond_broadcast(&node->changed);
    }
    while (!node->stopped) {
        crew_wait(&node->crew, &node->changed, FOREVER_NS);
    }
    pthread_mutex_unlock(&node->crew.mu);
}

void node_free(struct node *node)
{
    LAB_ASSERT(node->stopped);
    rc_rawnode_free(node->raw);
    pthread_cond_destroy(&node->changed);
    crew_release(&node->crew);
    free(node);
}

/* ---- Events --------------------------------------------------------------*/

void node_tick(struct node *node)
{
    atomic_fetch_add(&node->crew.visitors, 1);
    if (atomic_fetch_add(&node->ticks, 1) >= TICKS_KEPT) {
        atomic_fetch_sub(&node->ticks, 1);
        rc_log(node->logger, RC_LOG_WARN,
               "%" PRIx64 " A tick missed to fire. Node blocks too long!",
               node->id);
        atomic_fetch_sub(&node->crew.visitors, 1);
        return;
    }
    if (pthread_mutex_trylock(&node->crew.mu) != 0) {
        atomic_fetch_sub(&node->crew.visitors, 1);
        return; /* its holder processes the tick */
    }
    leave(node);
}

enum rc_error node_campaign(struct node *node)
{
    enter(node);
    enum rc_error error =
        node->crew.ended ? RC_STOPPED : rc_rawnode_campaign(node->raw);
    leave(node);
    return error;
}

enum rc_error node_propose(struct node *node, struct rc_bytes data,
                           uint64_t limit_ns)
{
    uint64_t deadline_ns = deadline_of(limit_ns);
    enter(node);
    enum rc_error error = wait_for(node, takes_proposals, deadline_ns);
    if (error == RC_OK) {
        error = rc_rawnode_propose(node->raw, data);
    }
    leave(node);
    return error;
}

enum rc_error node_propose_conf_change(struct node *node,
                                       const struct rc_conf_change *cc, bool v1,
                                       uint64_t limit_ns)
{
    uint64_t deadline_ns = deadline_of(limit_ns);
    enter(node);
    enum rc_error error = wait_for(node, takes_proposals, deadline_ns);
    if (error == RC_OK) {
        enum rc_error refused =
            rc_rawnode_propose_conf_change(node->raw, cc, v1);
        error = refused == RC_CHANGE_REFUSED ? refused : RC_OK;
    }
    leave(node);
    return error;
}

enum rc_error node_step(struct node *node, const struct rc_message *m)
{
    enter(node);
    enum rc_error error =
        node->crew.ended ? RC_STOPPED : rc_rawnode_step(node->raw, m);
    leave(node);
    return error == RC_STEP_LOCAL || error == RC_STEP_PEER_NOT_FOUND ? RC_OK
                                                                     : error;
}

static bool is_member(const struct node *node, const struct rc_conf_state *cs)
{
    return rc_ids_has(&cs->voters, node->id) ||
           rc_ids_has(&cs->learners, node->id) ||
           rc_ids_has(&cs->voters_outgoing, node->id);
}

struct rc_conf_state node_apply_conf_change(struct node *node,
                                            const struct rc_conf_change *cc)
{
    struct rc_conf_state cs = {.auto_leave = false};
    enter(node);
    if (!node->crew.ended) {
        struct rc_conf_state before = rc_rawnode_conf_state(node->raw);
        cs = rc_rawnode_apply_conf_change(node->raw, cc);
        node->removed = (node->removed || is_member(node, &before)) &&
                        !is_member(node, &cs);
        rc_conf_state_release(&before);
    }
    leave(node);
    return cs;
}

/* Send the request to the leader in the name of the transferee. */
enum rc_error node_transfer_leadership(struct node *node, uint64_t lead,
                                       uint64_t transferee)
{
    struct rc_message m = {
        .type = RC_MSG_TRANSFER_LEADER, .from = transferee, .to = lead};
    return node_step(node, &m);
}

enum rc_error node_forget_leader(struct node *node)
{
    enter(node);
    enum rc_error error =
        node->crew.ended ? RC_STOPPED : rc_rawnode_forget_leader(node->raw);
    leave(node);
    return error;
}

enum rc_error node_read_index(struct node *node, struct rc_bytes context)
{
    enter(node);
    enum rc_error error = node->crew.ended
                              ? RC_STOPPED
                              : rc_rawnode_read_index(node->raw, context);
    leave(node);
    return error;
}

void node_report_unreachable(struct node *node, uint64_t id)
{
    enter(node);
    if (!node->crew.ended) {
        rc_rawnode_report_unreachable(node->raw, id);
    }
    leave(node);
}

void node_report_snapshot(struct node *node, uint64_t id, bool arrived)
{
    enter(node);
    if (!node->crew.ended) {
        rc_rawnode_report_snapshot(node->raw, id, arrived);
    }
    leave(node);
}

/* ---- Ready and status ----------------------------------------------------*/

enum rc_error node_ready(struct node *node, struct rc_ready *ready,
                         uint64_t limit_ns)
{
    uint64_t deadline_ns = deadline_of(limit_ns);
    rc_ready_clear(ready);
    enter(node);
    enum rc_error error = wait_for(node, has_work, deadline_ns);
    if (error == RC_OK) {
        rc_rawnode_ready(node->raw, ready);
        node->handed_out = !node->async;
    }
    leave(node);
    return error;
}

void node_advance(struct node *node)
{
    enter(node);
    if (!node->crew.ended && node->handed_out) {
        node->handed_out = false;
        rc_rawnode_advance(node->raw);
    }
    leave(node);
}

enum rc_error node_status(struct node *node, struct rc_status *status)
{
    enter(node);
    bool ended = node->crew.ended;
    if (!ended) {
        *status = rc_rawnode_status(node->raw);
    }
    leave(node);
    return ended ? RC_STOPPED : RC_OK;
}
