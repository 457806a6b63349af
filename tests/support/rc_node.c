/* rc_node.c - nodes of raftcore with storages in memory, for unit tests.
 * Layer: tests. */
#include "tests/support/rc_node.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bytes.h"
#include "raftcore/describe.h"
#include "raftcore/fatal.h"

char rct_last_words[256];

static int words_out;

static void say_and_end(const char *text)
{
    _exit(write(words_out, text, strlen(text)) < 0);
}

bool rct_in_child(void)
{
    int ends[2];
    memset(rct_last_words, 0, sizeof(rct_last_words));
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        words_out = ends[1];
        rc_set_fatal_hook(say_and_end);
        return true;
    }
    close(ends[1]);
    ck_assert_int_ge(read(ends[0], rct_last_words, sizeof(rct_last_words) - 1),
                     0);
    close(ends[0]);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    return false;
}

void rct_survived(void)
{
    say_and_end("nothing was wrong with it");
}

/* ---- Making --------------------------------------------------------------*/

struct rc_conf_state rct_conf_state(const char *members)
{
    struct rc_conf_state cs = {.auto_leave = false};
    struct rc_ids *lists[] = {&cs.voters, &cs.learners, &cs.voters_outgoing,
                              &cs.learners_next};
    size_t list = 0;
    for (const char *at = members; *at;) {
        char *end;
        uint64_t id = strtoull(at, &end, 10);
        if (end != at) {
            rc_ids_append(lists[list], id);
            at = end;
        } else if (strcmp(at, "auto") == 0) {
            cs.auto_leave = true;
            break;
        } else {
            list += *at++ == ';';
            ck_assert_uint_lt(list, 4);
        }
    }
    return cs;
}

struct rc_snapshot *rct_snapshot(uint64_t index, uint64_t term,
                                 const char *members)
{
    struct rc_snapshot *snapshot = rc_snapshot_new();
    snapshot->index = index;
    snapshot->term = term;
    snapshot->conf_state = rct_conf_state(members);
    return snapshot;
}

static void start(struct rct_node *n)
{
    const char *wrong;
    n->config.applied = n->applied_index;
    n->node = rc_rawnode_new(&n->config, &wrong);
    ck_assert_msg(n->node, "%s", wrong);
}

struct rct_node *rct_node_new(struct rc_config config,
                              struct rc_snapshot *first)
{
    struct rct_node *n = lab_xcalloc(1, sizeof(*n));
    n->ms = rc_memory_storage_new();
    ck_assert_int_eq(rc_memory_storage_apply_snapshot(n->ms, first), RC_OK);
    rc_conf_state_copy(&n->members, &first->conf_state);
    n->applied_index = first->index;
    rc_memory_storage_set_hard_state(
        n->ms, (struct rc_hard_state){first->term, RC_NO_NODE, first->index});
    rc_snapshot_drop(first);
    n->config = config;
    if (!config.storage.entries) {
        n->config.storage = rc_memory_storage_interface(n->ms);
    }
    if (config.election_tick == 0) {
        n->config.election_tick = 10;
        n->config.heartbeat_tick = 1;
    }
    if (config.max_size_per_msg == 0) {
        n->config.max_size_per_msg = RC_NO_LIMIT;
    }
    if (config.max_inflight_msgs == 0) {
        n->config.max_inflight_msgs = 256;
    }
    start(n);
    return n;
}

static void forget(struct rct_node *n)
{
    rc_rawnode_free(n->node);
    rc_ready_clear(&n->ready);
    rc_messages_clear(&n->outbox);
    rc_messages_clear(&n->append_work);
    rc_messages_clear(&n->apply_work);
    rc_read_states_clear(&n->reads);
}

void rct_node_free(struct rct_node *n)
{
    forget(n);
    rc_memory_storage_free(n->ms);
    rc_ready_release(&n->ready);
    rc_messages_release(&n->outbox);
    rc_messages_release(&n->append_work);
    rc_messages_release(&n->apply_work);
    rc_entries_release(&n->applied);
    rc_conf_state_release(&n->members);
    rc_read_states_release(&n->reads);
    rc_text_release(&n->shown);
    free(n);
}

void rct_restart(struct rct_node *n)
{
    forget(n);
    /* The storage must have the members as of the applied index. */
    (void)rc_memory_storage_create_snapshot(n->ms, n->applied_index,
                                            &n->members, NULL, NULL);
    start(n);
}

void rct_compact(struct rct_node *n)
{
    ck_assert_int_eq(rc_memory_storage_create_snapshot(n->ms, n->applied_index,
                                                       &n->members, NULL, NULL),
                     RC_OK);
    ck_assert_int_eq(rc_memory_storage_compact(n->ms, n->applied_index), RC_OK);
}

/* ---- Driving -------------------------------------------------------------*/

static void save(struct rct_node *n, struct rc_hard_state hs,
                 const struct rc_entries *entries, struct rc_snapshot *snapshot)
{
    if (!rc_hard_state_empty(hs)) {
        rc_memory_storage_set_hard_state(n->ms, hs);
    }
    if (snapshot) {
        ck_assert_int_eq(rc_memory_storage_apply_snapshot(n->ms, snapshot),
                         RC_OK);
        rc_conf_state_release(&n->members);
        rc_conf_state_copy(&n->members, &snapshot->conf_state);
        n->applied_index = snapshot->index;
    }
    rc_memory_storage_append(n->ms, entries);
}

static void apply(struct rct_node *n, const struct rc_entries *entries)
{
    for (size_t i = 0; i < entries->count; i++) {
        const struct rc_entry *entry = &entries->at[i];
        struct rc_conf_change cc;
        if (n->config.async_storage_writes &&
            entry->index <= n->applied_index) {
            continue; /* a snapshot has overtaken it */
        }
        ck_assert_uint_eq(entry->index, n->applied_index + 1); /* no gap */
        n->applied_index = entry->index;
        rc_entries_append(&n->applied, entry, 1);
        if (entry->type == RC_ENTRY_NORMAL || n->keeps_changes) {
            continue;
        }
        ck_assert_int_eq(rc_conf_change_decode(entry, &cc), RC_OK);
        rc_conf_state_release(&n->members);
        n->members = rc_rawnode_apply_conf_change(n->node, &cc);
        rc_conf_change_release(&cc);
    }
}

static void post(struct rct_node *n, const struct rc_messages *messages)
{
    for (size_t i = 0; i < messages->count; i++) {
        const struct rc_message *m = &messages->at[i];
        struct rc_messages *queue = m->to == RC_APPEND_THREAD  ? &n->append_work
                                    : m->to == RC_APPLY_THREAD ? &n->apply_work
                                                               : &n->outbox;
        struct rc_message copy = rc_message_share(m);
        rc_messages_append(queue, &copy);
    }
}

const struct rc_ready *rct_handle(struct rct_node *n)
{
    bool async = n->config.async_storage_writes;
    rc_rawnode_ready(n->node, &n->ready);
    for (size_t i = 0; i < n->ready.read_states.count; i++) {
        const struct rc_read_state *read = &n->ready.read_states.at[i];
        rc_read_states_append(&n->reads, read->index, read->context);
    }
    if (!async) {
        save(n, n->ready.hard_state, &n->ready.entries, n->ready.snapshot);
        apply(n, &n->ready.committed_entries);
    }
    post(n, &n->ready.messages);
    if (!async) {
        rc_rawnode_advance(n->node);
    }
    return &n->ready;
}

static struct rc_message take_first(struct rc_messages *messages)
{
    ck_assert_uint_gt(messages->count, 0);
    struct rc_message first = messages->at[0];
    messages->count--;
    memmove(messages->at, messages->at + 1,
            messages->count * sizeof(*messages->at));
    return first;
}

static void answer(struct rct_node *n, struct rc_message *m)
{
    for (size_t i = 0; i < m->responses.count; i++) {
        const struct rc_message *response = &m->responses.at[i];
        if (response->to == n->config.id) {
            enum rc_error error = rc_rawnode_step(n->node, response);
            /* It may have been removed meanwhile, also for itself. */
            ck_assert(error == RC_OK || error == RC_STEP_PEER_NOT_FOUND);
        } else {
            struct rc_message copy = rc_message_share(response);
            rc_messages_append(&n->outbox, &copy);
        }
    }
    rc_message_release(m);
}

void rct_write_one(struct rct_node *n)
{
    struct rc_message m = take_first(&n->append_work);
    save(n, (struct rc_hard_state){m.term, m.vote, m.commit}, &m.entries,
         m.snapshot);
    answer(n, &m);
}

void rct_apply_one(struct rct_node *n)
{
    struct rc_message m = take_first(&n->apply_work);
    apply(n, &m.entries);
    answer(n, &m);
}

void rct_run(struct rct_node *n)
{
    int rounds = 0;
    while (rc_rawnode_has_ready(n->node) || n->append_work.count > 0 ||
           n->apply_work.count > 0) {
        ck_assert_int_lt(rounds++, 10000);
        if (rc_rawnode_has_ready(n->node)) {
            (void)rct_handle(n);
        } else if (n->append_work.count > 0) {
            rct_write_one(n);
        } else {
            rct_apply_one(n);
        }
    }
}

void rct_lead(struct rct_node *n)
{
    ck_assert_int_eq(rc_rawnode_campaign(n->node), RC_OK);
    rct_run(n);
    struct rc_ids voters = rc_joint_ids(&n->node->core->tracker.config.voters);
    for (size_t i = 0; i < voters.count; i++) {
        if (n->node->core->state == RC_PRE_CANDIDATE) {
            (void)RCT_STEP(n, .type = RC_MSG_PRE_VOTE_RESP,
                           .from = voters.at[i],
                           .term = n->node->core->term + 1);
            rct_run(n);
        }
    }
    for (size_t i = 0; i < voters.count; i++) {
        (void)RCT_STEP(n, .type = RC_MSG_VOTE_RESP, .from = voters.at[i],
                       .term = n->node->core->term);
    }
    rc_ids_release(&voters);
    rct_run(n);
    rc_messages_clear(&n->outbox);
    ck_assert_int_eq(n->node->core->state, RC_LEADER);
}

void rct_tick(struct rct_node *n, int ticks)
{
    for (int i = 0; i < ticks; i++) {
        rc_rawnode_tick(n->node);
    }
}

enum rc_error rct_propose(struct rct_node *n, const char *data)
{
    return rc_rawnode_propose(n->node, rc_bytes_of_text(data));
}

enum rc_error rct_change(struct rct_node *n, const char *words,
                         enum rc_transition transition, bool v1)
{
    struct rc_conf_change cc = {.transition = transition};
    struct rc_text error = {NULL, 0, 0};
    ck_assert_msg(rc_conf_change_parse(words, &cc, &error), "%s",
                  rc_text_of(&error));
    enum rc_error result = rc_rawnode_propose_conf_change(n->node, &cc, v1);
    rc_conf_change_release(&cc);
    return result;
}

enum rc_error rct_read(struct rct_node *n, const char *context)
{
    return rc_rawnode_read_index(n->node, rc_bytes_of_text(context));
}

/* ---- Seeing --------------------------------------------------------------*/

const char *rct_sends(struct rct_node *n)
{
    rct_run(n);
    rc_text_clear(&n->shown);
    for (size_t i = 0; i < n->outbox.count; i++) {
        rc_describe_message(&n->outbox.at[i], NULL, &n->shown);
        rc_text_add(&n->shown, "\n");
    }
    rc_messages_clear(&n->outbox);
    return n->shown.size > 0 ? rc_text_of(&n->shown) : "";
}

const char *rct_ready_text(struct rct_node *n)
{
    rc_text_clear(&n->shown);
    rc_describe_ready(&n->ready, NULL, &n->shown);
    return rc_text_of(&n->shown);
}

const char *rct_progress(struct rct_node *n, uint64_t id)
{
    const struct rc_progress *pr =
        rc_progress_map_get(&n->node->core->tracker.progress, id);
    rc_text_clear(&n->shown);
    if (pr) {
        rc_progress_describe(pr, &n->shown);
    } else {
        rc_text_add(&n->shown, "none");
    }
    return rc_text_of(&n->shown);
}

const char *rct_config(struct rct_node *n)
{
    rc_text_clear(&n->shown);
    rc_tracker_config_text(&n->node->core->tracker.config, &n->shown);
    return rc_text_of(&n->shown);
}

const char *rct_applied(struct rct_node *n)
{
    rc_text_clear(&n->shown);
    rc_text_add(&n->shown, "%s", "");
    for (size_t i = 0; i < n->applied.count; i++) {
        if (n->applied.at[i].type == RC_ENTRY_NORMAL) {
            struct rc_bytes data = rc_payload_bytes(n->applied.at[i].data);
            rc_text_add_bytes(&n->shown, data.data, data.size);
        }
    }
    return n->shown.size > 0 ? rc_text_of(&n->shown) : "";
}

const char *rct_reads(struct rct_node *n)
{
    rct_run(n);
    rc_text_clear(&n->shown);
    for (size_t i = 0; i < n->reads.count; i++) {
        struct rc_bytes context = rc_payload_bytes(n->reads.at[i].context);
        rc_text_add(&n->shown, "%" PRIu64 ":", n->reads.at[i].index);
        rc_text_add_bytes(&n->shown, context.data, context.size);
        rc_text_add(&n->shown, " ");
    }
    rc_read_states_clear(&n->reads);
    return n->shown.size > 0 ? rc_text_of(&n->shown) : "";
}

/* ---- Groups --------------------------------------------------------------*/

struct rct_group *rct_group_new(struct rc_config config, const char *members)
{
    struct rct_group *g = lab_xcalloc(1, sizeof(*g));
    struct rc_conf_state cs = rct_conf_state(members);
    const struct rc_ids *lists[] = {&cs.voters, &cs.learners};
    for (size_t list = 0; list < 2; list++) {
        for (size_t i = 0; i < lists[list]->count; i++) {
            config.id = lists[list]->at[i];
            ck_assert_uint_lt(config.id, RCT_IDS);
            g->at[config.id] =
                rct_node_new(config, rct_snapshot(0, 0, members));
        }
    }
    rc_conf_state_release(&cs);
    return g;
}

void rct_group_free(struct rct_group *g)
{
    for (size_t id = 0; id < RCT_IDS; id++) {
        if (g->at[id]) {
            rct_node_free(g->at[id]);
        }
    }
    free(g);
}

void rct_isolate(struct rct_group *g, uint64_t id)
{
    for (size_t other = 0; other < RCT_IDS; other++) {
        g->cut[id][other] = g->cut[other][id] = true;
    }
}

void rct_heal(struct rct_group *g)
{
    memset(g->cut, 0, sizeof(g->cut));
    memset(g->lost_types, 0, sizeof(g->lost_types));
}

static void arrive(struct rct_group *g, const struct rc_message *m)
{
    if (m->to < RCT_IDS && g->at[m->to] && !g->cut[m->from][m->to] &&
        !g->lost_types[m->type]) {
        (void)rc_rawnode_step(g->at[m->to]->node, m);
    }
}

void rct_settle(struct rct_group *g)
{
    bool happened = true;
    for (int rounds = 0; happened; rounds++) {
        ck_assert_int_lt(rounds, 1000);
        happened = false;
        for (size_t id = 0; id < RCT_IDS; id++) {
            if (!g->at[id]) {
                continue;
            }
            rct_run(g->at[id]);
            struct rc_messages sent = g->at[id]->outbox;
            g->at[id]->outbox = (struct rc_messages){NULL, 0, 0};
            for (size_t i = 0; i < sent.count; i++) {
                arrive(g, &sent.at[i]);
            }
            happened = happened || sent.count > 0;
            rc_messages_release(&sent);
        }
    }
}

void rct_elect(struct rct_group *g, uint64_t id)
{
    ck_assert_int_eq(rc_rawnode_campaign(g->at[id]->node), RC_OK);
    rct_settle(g);
    ck_assert_int_eq(g->at[id]->node->core->state, RC_LEADER);
}
