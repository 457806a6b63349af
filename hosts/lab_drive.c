/* lab_drive.c - does what the core asks for; applies; counts time.
 * Layer: hosts. */
#include <inttypes.h>

#include "hosts/lab_core.h"

/* ---- Ready ---------------------------------------------------------------*/

static enum lab_role role_of(enum rc_state_type state)
{
    return state == RC_LEADER ? LAB_LEADER
           : state == RC_CANDIDATE
               ? LAB_CANDIDATE
               : LAB_FOLLOWER; /* a pre-candidate is in no election */
}

/* Show the framework the state, for its reports. */
static void report(struct raft *rf)
{
    struct rc_basic_status is = rc_rawnode_basic_status(rf->node);
    lab_state(rf, is.hard_state.term, role_of(is.soft_state.state),
              saved_log_lab_index(&rf->log, is.hard_state.commit),
              saved_log_lab_index(&rf->log, saved_log_last(&rf->log)));
}

static void route(struct raft *rf, struct rc_messages *messages, int respond_to,
                  struct rc_messages *responses)
{
    for (size_t i = 0; i < messages->count; i++) {
        struct rc_message m = rc_message_share(&messages->at[i]);
        if (responses && m.to == (uint64_t)respond_to + 1) {
            rc_messages_append(responses, &m);
        } else {
            peers_queue(rf, m);
        }
    }
}

static void note_committed(struct raft *rf, const struct rc_entries *committed)
{
    if (committed->count > 0) {
        rf->committed = committed->at[committed->count - 1].index;
    }
    if (rf->applied < rf->committed) {
        pthread_cond_signal(&rf->apply_wanted);
    }
}

void drive(struct raft *rf, int respond_to, struct rc_messages *responses)
{
    bool any = false;
    while (rc_rawnode_has_ready(rf->node)) {
        rc_rawnode_ready(rf->node, &rf->ready);
        storage_write(rf, &rf->ready);
        route(rf, &rf->ready.messages, respond_to, responses);
        note_committed(rf, &rf->ready.committed_entries);
        rc_ready_clear(&rf->ready);
        rc_rawnode_advance(rf->node);
        any = true;
    }
    if (any) {
        report(rf);
        peers_start_calls(rf);
    }
}

/* ---- Applying ------------------------------------------------------------*/

/* Wait until the service takes the message, without the lock: it may call this
 * server before it does. False: the channel is closed. */
static bool hand_over(struct raft *rf, struct apply_msg msg)
{
    pthread_mutex_unlock(&rf->crew.mu);
    bool taken = apply_put(rf->apply, msg);
    bytes_free(&msg.bytes);
    pthread_mutex_lock(&rf->crew.mu);
    return taken;
}

static bool apply_snapshot(struct raft *rf)
{
    struct apply_msg msg = {
        .is_snapshot = true,
        .index = rf->log.base_lab_index,
        .term = rf->log.base_term,
        .bytes = persister_snapshot(rf->persister),
    };
    lab_log("apply", "snapshot up to %" PRIu64, msg.index);
    rf->applied = rf->log.base_index;
    return hand_over(rf, msg);
}

static bool apply_next(struct raft *rf)
{
    struct rc_storage ms = rc_memory_storage_interface(rf->ms);
    struct rc_entries one = {NULL, NULL, 0};
    uint64_t index = rf->applied + 1;
    enum rc_error error =
        ms.entries(ms.self, index, index + 1, RC_NO_LIMIT, &one);
    LAB_ASSERT(error == RC_OK);
    /* Counted before it is handed over: the service may make a snapshot that
     * includes it before this thread runs again. */
    rf->applied = index;
    bool is_command = one.at[0].data != NULL;
    struct apply_msg msg = {
        .index = saved_log_lab_index(&rf->log, index),
        .term = one.at[0].term,
        .bytes = bytes_copy(from_core(rc_payload_bytes(one.at[0].data))),
    };
    rc_entries_release(&one);
    if (!is_command) {
        return true; /* not an entry of the labs */
    }
    lab_log("apply", "entry %" PRIu64, msg.index);
    return hand_over(rf, msg);
}

void *apply_thread(void *argument)
{
    struct raft *rf = argument;
    bool open = true;
    pthread_mutex_lock(&rf->crew.mu);
    while (open && !rf->crew.ended) {
        if (rf->applied < rf->log.base_index) {
            open = apply_snapshot(rf);
        } else if (rf->applied < rf->committed) {
            open = apply_next(rf);
        } else {
            crew_wait(&rf->crew, &rf->apply_wanted, FOREVER_NS);
        }
    }
    crew_quit(&rf->crew);
    return NULL;
}

/* ---- Time ----------------------------------------------------------------*/

/* After a pause one tick is made, not all that were missed: messages of others
 * wait as well, and a burst of ticks would campaign before they are processed.
 */
void *tick_thread(void *argument)
{
    struct raft *rf = argument;
    pthread_mutex_lock(&rf->crew.mu);
    uint64_t next_ns = crew_now_ns() + TICK_MS * NS_PER_MS;
    while (!rf->crew.ended) {
        uint64_t now_ns = crew_now_ns();
        if (now_ns < next_ns) {
            crew_wait(&rf->crew, &rf->tick_wanted, next_ns);
            continue;
        }
        rc_rawnode_tick(rf->node);
        drive(rf, -1, NULL);
        peers_start_calls(rf); /* beside those that hang */
        next_ns = now_ns + TICK_MS * NS_PER_MS;
    }
    crew_quit(&rf->crew);
    return NULL;
}
