/* rc_node.c - nodes of raftcore with storages in memory, for unit tests.
 * Layer: tests. */
#include "tests/support/rc_node.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "raftcore/describe.h"
#include "raftcore/fatal.h"

char rc_last_words[256];

static int words_out;

static void say_and_end(const char *text)
{
    _exit(write(words_out, text, strlen(text)) < 0);
}

bool rc_in_child(void)
{
    int ends[2];
    memset(rc_last_words, 0, sizeof(rc_last_words));
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        words_out = ends[1];
        core_set_fatal_hook(say_and_end);
        return true;
    }
    close(ends[1]);
    ck_assert_int_ge(read(ends[0], rc_last_words, sizeof(rc_last_words) - 1),
                     0);
    close(ends[0]);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    return false;
}

void rc_survived(void)
{
    say_and_end("nothing was wrong with it");
}

/* ---- Making --------------------------------------------------------------*/

struct conf_state rc_conf_state(const char *members)
{
    struct conf_state cs = {.auto_leave = false};
    struct ids *lists[] = {&cs.voters, &cs.learners, &cs.voters_outgoing,
                           &cs.learners_next};
    size_t list = 0;
    for (const char *at = members; *at;) {
        char *end;
        uint64_t id = strtoull(at, &end, 10);
        if (end != at) {
            ids_append(lists[list], id);
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

struct snapshot *rc_snapshot(uint64_t index, uint64_t term, const char *members)
{
    struct snapshot *snapshot = snapshot_new();
    snapshot->index = index;
    snapshot->term = term;
    snapshot->conf_state = rc_conf_state(members);
    return snapshot;
}

static void start(struct rc_node *n)
{
    const char *wrong;
    n->config.applied = n->applied_index;
    n->node = rawnode_new(&n->config, &wrong);
    ck_assert_msg(n->node, "%s", wrong);
}

struct rc_node *rc_node_new(struct core_config config, struct snapshot *first)
{
    struct rc_node *n = lab_xcalloc(1, sizeof(*n));
    n->ms = memory_storage_new();
    ck_assert_int_eq(memory_storage_apply_snapshot(n->ms, first), CORE_OK);
    conf_state_copy(&n->members, &first->conf_state);
    n->applied_index = first->index;
    memory_storage_set_hard_state(
        n->ms, (struct hard_state){first->term, NO_NODE, first->index});
    snapshot_drop(first);
    n->config = config;
    if (!config.storage.entries) {
        n->config.storage = memory_storage_face(n->ms);
    }
    if (config.election_tick == 0) {
        n->config.election_tick = 10;
        n->config.heartbeat_tick = 1;
    }
    if (config.max_size_per_msg == 0) {
        n->config.max_size_per_msg = NO_LIMIT;
    }
    if (config.max_inflight_msgs == 0) {
        n->config.max_inflight_msgs = 256;
    }
    start(n);
    return n;
}

static void forget(struct rc_node *n)
{
    rawnode_free(n->node);
    core_ready_clear(&n->ready);
    messages_clear(&n->outbox);
    messages_clear(&n->append_work);
    messages_clear(&n->apply_work);
    read_states_clear(&n->reads);
}

void rc_node_free(struct rc_node *n)
{
    forget(n);
    memory_storage_free(n->ms);
    core_ready_release(&n->ready);
    messages_release(&n->outbox);
    messages_release(&n->append_work);
    messages_release(&n->apply_work);
    entries_release(&n->applied);
    conf_state_release(&n->members);
    read_states_release(&n->reads);
    text_release(&n->shown);
    free(n);
}

void rc_restart(struct rc_node *n)
{
    forget(n);
    /* The storage is to say who the members are after what is applied. */
    (void)memory_storage_create_snapshot(n->ms, n->applied_index, &n->members,
                                         NULL, NULL);
    start(n);
}

void rc_compact(struct rc_node *n)
{
    ck_assert_int_eq(memory_storage_create_snapshot(n->ms, n->applied_index,
                                                    &n->members, NULL, NULL),
                     CORE_OK);
    ck_assert_int_eq(memory_storage_compact(n->ms, n->applied_index), CORE_OK);
}

/* ---- Driving -------------------------------------------------------------*/

static void save(struct rc_node *n, struct hard_state hs,
                 const struct entries *entries, struct snapshot *snapshot)
{
    if (!hard_state_empty(hs)) {
        memory_storage_set_hard_state(n->ms, hs);
    }
    if (snapshot) {
        ck_assert_int_eq(memory_storage_apply_snapshot(n->ms, snapshot),
                         CORE_OK);
        conf_state_release(&n->members);
        conf_state_copy(&n->members, &snapshot->conf_state);
        n->applied_index = snapshot->index;
    }
    memory_storage_append(n->ms, entries);
}

static void apply(struct rc_node *n, const struct entries *entries)
{
    for (size_t i = 0; i < entries->count; i++) {
        const struct entry *entry = &entries->at[i];
        struct conf_change cc;
        if (n->config.async_storage_writes &&
            entry->index <= n->applied_index) {
            continue; /* a snapshot has overtaken it */
        }
        ck_assert_uint_eq(entry->index, n->applied_index + 1); /* no gap */
        n->applied_index = entry->index;
        entries_append(&n->applied, entry, 1);
        if (entry->type == ENTRY_NORMAL || n->keeps_changes) {
            continue;
        }
        ck_assert_int_eq(conf_change_decode(entry, &cc), CORE_OK);
        conf_state_release(&n->members);
        n->members = rawnode_apply_conf_change(n->node, &cc);
        conf_change_release(&cc);
    }
}

static void post(struct rc_node *n, const struct messages *messages)
{
    for (size_t i = 0; i < messages->count; i++) {
        const struct message *m = &messages->at[i];
        struct messages *queue = m->to == APPEND_NODE  ? &n->append_work
                                 : m->to == APPLY_NODE ? &n->apply_work
                                                       : &n->outbox;
        struct message copy = message_share(m);
        messages_append(queue, &copy);
    }
}

const struct ready *rc_handle(struct rc_node *n)
{
    bool async = n->config.async_storage_writes;
    rawnode_ready(n->node, &n->ready);
    for (size_t i = 0; i < n->ready.read_states.count; i++) {
        const struct read_state *read = &n->ready.read_states.at[i];
        read_states_append(&n->reads, read->index, read->context);
    }
    if (!async) {
        save(n, n->ready.hard_state, &n->ready.entries, n->ready.snapshot);
        apply(n, &n->ready.committed_entries);
    }
    post(n, &n->ready.messages);
    if (!async) {
        rawnode_advance(n->node);
    }
    return &n->ready;
}

static struct message take_first(struct messages *messages)
{
    ck_assert_uint_gt(messages->count, 0);
    struct message first = messages->at[0];
    messages->count--;
    memmove(messages->at, messages->at + 1,
            messages->count * sizeof(*messages->at));
    return first;
}

static void answer(struct rc_node *n, struct message *m)
{
    for (size_t i = 0; i < m->responses.count; i++) {
        const struct message *response = &m->responses.at[i];
        if (response->to == n->config.id) {
            enum core_error error = rawnode_step(n->node, response);
            /* It may have been removed meanwhile, also for itself. */
            ck_assert(error == CORE_OK || error == CORE_STEP_STRANGER);
        } else {
            struct message copy = message_share(response);
            messages_append(&n->outbox, &copy);
        }
    }
    message_release(m);
}

void rc_write_one(struct rc_node *n)
{
    struct message m = take_first(&n->append_work);
    save(n, (struct hard_state){m.term, m.vote, m.commit}, &m.entries,
         m.snapshot);
    answer(n, &m);
}

void rc_apply_one(struct rc_node *n)
{
    struct message m = take_first(&n->apply_work);
    apply(n, &m.entries);
    answer(n, &m);
}

void rc_run(struct rc_node *n)
{
    int rounds = 0;
    while (rawnode_has_ready(n->node) || n->append_work.count > 0 ||
           n->apply_work.count > 0) {
        ck_assert_int_lt(rounds++, 10000);
        if (rawnode_has_ready(n->node)) {
            (void)rc_handle(n);
        } else if (n->append_work.count > 0) {
            rc_write_one(n);
        } else {
            rc_apply_one(n);
        }
    }
}

void rc_lead(struct rc_node *n)
{
    ck_assert_int_eq(rawnode_campaign(n->node), CORE_OK);
    rc_run(n);
    struct ids voters = joint_ids(&n->node->core->tracker.config.voters);
    for (size_t i = 0; i < voters.count; i++) {
        if (n->node->core->state == PRE_CANDIDATE) {
            (void)RC_STEP(n, .type = MSG_PRE_VOTE_RESP, .from = voters.at[i],
                          .term = n->node->core->term + 1);
            rc_run(n);
        }
    }
    for (size_t i = 0; i < voters.count; i++) {
        (void)RC_STEP(n, .type = MSG_VOTE_RESP, .from = voters.at[i],
                      .term = n->node->core->term);
    }
    ids_release(&voters);
    rc_run(n);
    messages_clear(&n->outbox);
    ck_assert_int_eq(n->node->core->state, LEADER);
}

void rc_tick(struct rc_node *n, int ticks)
{
    for (int i = 0; i < ticks; i++) {
        rawnode_tick(n->node);
    }
}

enum core_error rc_propose(struct rc_node *n, const char *data)
{
    return rawnode_propose(n->node, bytes_of_text(data));
}

enum core_error rc_change(struct rc_node *n, const char *words,
                          enum transition transition, bool v1)
{
    struct conf_change cc = {.transition = transition};
    struct text error = {NULL, 0, 0};
    ck_assert_msg(conf_change_parse(words, &cc, &error), "%s", text_of(&error));
    enum core_error result = rawnode_propose_conf_change(n->node, &cc, v1);
    conf_change_release(&cc);
    return result;
}

enum core_error rc_read(struct rc_node *n, const char *context)
{
    return rawnode_read_index(n->node, bytes_of_text(context));
}

/* ---- Seeing --------------------------------------------------------------*/

const char *rc_sends(struct rc_node *n)
{
    rc_run(n);
    text_clear(&n->shown);
    for (size_t i = 0; i < n->outbox.count; i++) {
        describe_message(&n->outbox.at[i], NULL, &n->shown);
        text_add(&n->shown, "\n");
    }
    messages_clear(&n->outbox);
    return n->shown.size > 0 ? text_of(&n->shown) : "";
}

const char *rc_ready_text(struct rc_node *n)
{
    text_clear(&n->shown);
    describe_ready(&n->ready, NULL, &n->shown);
    return text_of(&n->shown);
}

const char *rc_progress(struct rc_node *n, uint64_t id)
{
    const struct progress *pr =
        progress_map_get(&n->node->core->tracker.progress, id);
    text_clear(&n->shown);
    if (pr) {
        progress_describe(pr, &n->shown);
    } else {
        text_add(&n->shown, "none");
    }
    return text_of(&n->shown);
}

const char *rc_config(struct rc_node *n)
{
    text_clear(&n->shown);
    tracker_config_text(&n->node->core->tracker.config, &n->shown);
    return text_of(&n->shown);
}

const char *rc_applied(struct rc_node *n)
{
    text_clear(&n->shown);
    text_add(&n->shown, "%s", "");
    for (size_t i = 0; i < n->applied.count; i++) {
        if (n->applied.at[i].type == ENTRY_NORMAL) {
            struct bytes data = payload_bytes(n->applied.at[i].data);
            text_add_bytes(&n->shown, data.data, data.size);
        }
    }
    return n->shown.size > 0 ? text_of(&n->shown) : "";
}

const char *rc_reads(struct rc_node *n)
{
    rc_run(n);
    text_clear(&n->shown);
    for (size_t i = 0; i < n->reads.count; i++) {
        struct bytes context = payload_bytes(n->reads.at[i].context);
        text_add(&n->shown, "%" PRIu64 ":", n->reads.at[i].index);
        text_add_bytes(&n->shown, context.data, context.size);
        text_add(&n->shown, " ");
    }
    read_states_clear(&n->reads);
    return n->shown.size > 0 ? text_of(&n->shown) : "";
}

/* ---- Groups --------------------------------------------------------------*/

struct rc_group *rc_group_new(struct core_config config, const char *members)
{
    struct rc_group *g = lab_xcalloc(1, sizeof(*g));
    struct conf_state cs = rc_conf_state(members);
    const struct ids *lists[] = {&cs.voters, &cs.learners};
    for (size_t list = 0; list < 2; list++) {
        for (size_t i = 0; i < lists[list]->count; i++) {
            config.id = lists[list]->at[i];
            ck_assert_uint_lt(config.id, RC_IDS);
            g->at[config.id] = rc_node_new(config, rc_snapshot(0, 0, members));
        }
    }
    conf_state_release(&cs);
    return g;
}

void rc_group_free(struct rc_group *g)
{
    for (size_t id = 0; id < RC_IDS; id++) {
        if (g->at[id]) {
            rc_node_free(g->at[id]);
        }
    }
    free(g);
}

void rc_isolate(struct rc_group *g, uint64_t id)
{
    for (size_t other = 0; other < RC_IDS; other++) {
        g->cut[id][other] = g->cut[other][id] = true;
    }
}

void rc_heal(struct rc_group *g)
{
    memset(g->cut, 0, sizeof(g->cut));
    memset(g->lost_types, 0, sizeof(g->lost_types));
}

static void arrive(struct rc_group *g, const struct message *m)
{
    if (m->to < RC_IDS && g->at[m->to] && !g->cut[m->from][m->to] &&
        !g->lost_types[m->type]) {
        (void)rawnode_step(g->at[m->to]->node, m);
    }
}

void rc_settle(struct rc_group *g)
{
    bool happened = true;
    for (int rounds = 0; happened; rounds++) {
        ck_assert_int_lt(rounds, 1000);
        happened = false;
        for (size_t id = 0; id < RC_IDS; id++) {
            if (!g->at[id]) {
                continue;
            }
            rc_run(g->at[id]);
            struct messages sent = g->at[id]->outbox;
            g->at[id]->outbox = (struct messages){NULL, 0, 0};
            for (size_t i = 0; i < sent.count; i++) {
                arrive(g, &sent.at[i]);
            }
            happened = happened || sent.count > 0;
            messages_release(&sent);
        }
    }
}

void rc_elect(struct rc_group *g, uint64_t id)
{
    ck_assert_int_eq(rawnode_campaign(g->at[id]->node), CORE_OK);
    rc_settle(g);
    ck_assert_int_eq(g->at[id]->node->core->state, LEADER);
}
