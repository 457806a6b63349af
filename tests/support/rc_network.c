/* rc_network.c - cores with memories and wires between them, for tests.
 * Layer: tests. */
#include "tests/support/rc_network.h"

#include <check.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "raftcore/fatal.h"

/* ---- Beginning and end ---------------------------------------------------*/

static void save_log(struct rc_memory_storage *storage, const char *terms,
                     struct rc_hard_state hs)
{
    struct rc_entries entries = {NULL, NULL, 0};
    for (size_t i = 0; terms && terms[i]; i++) {
        struct rc_entry entry = {.term = (uint64_t)(terms[i] - '0'),
                                 .index = i + 1};
        rc_entries_append(&entries, &entry, 1);
        if (hs.term < entry.term) {
            hs.term = entry.term;
        }
    }
    rc_memory_storage_append(storage, &entries);
    rc_memory_storage_set_hard_state(storage, hs);
    rc_entries_release(&entries);
}

/* A snapshot of index 0 that names the members. */
static void save_members(struct rc_memory_storage *storage,
                         const struct network_setup *setup)
{
    struct rc_snapshot *snapshot = rc_snapshot_new();
    for (size_t i = 1; i <= setup->voters + setup->learners; i++) {
        rc_ids_add(i <= setup->voters ? &snapshot->conf_state.voters
                                      : &snapshot->conf_state.learners,
                   i);
    }
    ck_assert_int_eq(rc_memory_storage_apply_snapshot(storage, snapshot),
                     RC_OK);
    rc_snapshot_drop(snapshot);
}

static void add_member(struct network *net, uint64_t id,
                       const struct network_setup *setup)
{
    struct network_member *member = &net->at[id];
    struct rc_config config = setup->config;
    const char *wrong;
    member->storage = rc_memory_storage_new();
    save_members(member->storage, setup);
    save_log(member->storage, setup->logs[id - 1], setup->states[id - 1]);
    config.id = id;
    config.storage = rc_memory_storage_interface(member->storage);
    config.election_tick = config.election_tick ? config.election_tick : 10;
    config.heartbeat_tick = config.heartbeat_tick ? config.heartbeat_tick : 1;
    if (config.max_size_per_msg == 0 && config.max_inflight_bytes == 0) {
        config.max_size_per_msg = RC_NO_LIMIT;
    }
    if (config.max_inflight_msgs == 0) {
        config.max_inflight_msgs = 256;
    }
    member->node = rc_rawnode_new(&config, &wrong);
    ck_assert_msg(member->node, "%s", wrong);
    member->core = member->node->core;
}

struct network *network_new(const struct network_setup *setup)
{
    struct network *net = lab_xcalloc(1, sizeof(*net));
    net->count = setup->voters + setup->learners;
    ck_assert_uint_le(net->count, NETWORK_MAX);
    for (uint64_t id = 1; id <= net->count; id++) {
        if (id == 1 || !setup->alone) {
            add_member(net, id, setup);
        }
    }
    return net;
}

void network_remove(struct network *net, uint64_t id)
{
    struct network_member *member = &net->at[id];
    rc_rawnode_free(member->node);
    if (member->storage) {
        rc_memory_storage_free(member->storage);
    }
    rc_entries_release(&member->applied);
    *member = (struct network_member){.node = NULL};
}

void network_free(struct network *net)
{
    for (uint64_t id = 1; id <= net->count; id++) {
        network_remove(net, id);
    }
    rc_messages_release(&net->wire);
    free(net);
}

/* ---- What happens --------------------------------------------------------*/

static void apply(struct network_member *member,
                  const struct rc_entries *entries)
{
    for (size_t i = 0; i < entries->count; i++) {
        struct rc_conf_change cc;
        if (entries->at[i].type == RC_ENTRY_NORMAL) {
            continue;
        }
        ck_assert_int_eq(rc_conf_change_decode(&entries->at[i], &cc), RC_OK);
        struct rc_conf_state cs =
            rc_rawnode_apply_conf_change(member->node, &cc);
        rc_conf_state_release(&cs);
        rc_conf_change_release(&cc);
    }
    rc_entries_append(&member->applied, entries->at, entries->count);
}

void network_settle(struct network *net, uint64_t id)
{
    struct network_member *member = &net->at[id];
    struct rc_ready ready = {.must_sync = false};
    while (member->node && rc_rawnode_has_ready(member->node)) {
        rc_rawnode_ready(member->node, &ready);
        if (ready.snapshot) {
            rc_memory_storage_apply_snapshot(member->storage, ready.snapshot);
        }
        rc_memory_storage_append(member->storage, &ready.entries);
        if (!rc_hard_state_empty(ready.hard_state)) {
            rc_memory_storage_set_hard_state(member->storage, ready.hard_state);
        }
        for (size_t i = 0; i < ready.messages.count; i++) {
            rc_messages_append(&net->wire, &ready.messages.at[i]);
        }
        ready.messages.count = 0; /* they are the wire's now */
        apply(member, &ready.committed_entries);
        rc_rawnode_advance(member->node);
        rc_ready_clear(&ready);
    }
    rc_ready_release(&ready);
}

static bool arrives(const struct network *net, const struct rc_message *m)
{
    return m->to <= net->count && net->at[m->to].node && !net->lost[m->type] &&
           (m->from > net->count || !net->cut[m->from][m->to]);
}

static void deliver(struct network *net, const struct rc_message *m)
{
    if (arrives(net, m)) {
        enum rc_error error = rc_rawnode_step(net->at[m->to].node, m);
        ck_assert_int_ne(error, RC_MALFORMED);
        network_settle(net, m->to);
    }
}

void network_deliver(struct network *net)
{
    for (uint64_t id = 1; id <= net->count; id++) {
        network_settle(net, id);
    }
    for (int round = 0; net->wire.count > 0; round++) {
        struct rc_messages batch = net->wire;
        net->wire = (struct rc_messages){NULL, 0, 0};
        ck_assert_int_lt(round, 10000); /* they will never be done */
        for (size_t i = 0; i < batch.count; i++) {
            deliver(net, &batch.at[i]);
        }
        rc_messages_release(&batch);
    }
}

enum rc_error network_step(struct network *net, uint64_t id,
                           struct rc_message m)
{
    enum rc_error error = rc_message_type_local(m.type)
                              ? core_step(net->at[id].core, &m)
                              : rc_rawnode_step(net->at[id].node, &m);
    network_settle(net, id);
    return error;
}

void network_campaign(struct network *net, uint64_t id)
{
    ck_assert_int_eq(rc_rawnode_campaign(net->at[id].node), RC_OK);
    network_deliver(net);
}

enum rc_error network_propose(struct network *net, uint64_t id,
                              const char *data)
{
    enum rc_error error =
        rc_rawnode_propose(net->at[id].node, rc_bytes_of_text(data));
    network_deliver(net);
    return error;
}

void network_beat(struct network *net, uint64_t id)
{
    network_step(net, id, (struct rc_message){.type = RC_MSG_BEAT, .from = id});
    network_deliver(net);
}

void network_tick(struct network *net, uint64_t id, int ticks)
{
    for (int i = 0; i < ticks; i++) {
        rc_rawnode_tick(net->at[id].node);
        network_settle(net, id);
    }
}

void network_tick_all(struct network *net, int ticks)
{
    for (int i = 0; i < ticks; i++) {
        for (uint64_t id = 1; id <= net->count; id++) {
            if (net->at[id].node) {
                network_tick(net, id, 1);
            }
        }
        network_deliver(net);
    }
}

/* ---- What is lost --------------------------------------------------------*/

void network_cut(struct network *net, uint64_t a, uint64_t b)
{
    net->cut[a][b] = net->cut[b][a] = true;
}

void network_isolate(struct network *net, uint64_t id)
{
    for (uint64_t other = 1; other <= net->count; other++) {
        network_cut(net, id, other);
    }
}

void network_lose(struct network *net, enum rc_message_type type)
{
    net->lost[type] = true;
}

void network_heal(struct network *net)
{
    memset(net->cut, 0, sizeof(net->cut));
    memset(net->lost, 0, sizeof(net->lost));
}

/* ---- What can be seen ----------------------------------------------------*/

const struct rc_message *network_sent(const struct network *net, uint64_t to,
                                      enum rc_message_type type)
{
    for (size_t i = 0; i < net->wire.count; i++) {
        if (net->wire.at[i].type == type && net->wire.at[i].to == to) {
            return &net->wire.at[i];
        }
    }
    return NULL;
}

size_t network_sent_count(const struct network *net, enum rc_message_type type)
{
    size_t count = 0;
    for (size_t i = 0; i < net->wire.count; i++) {
        count += net->wire.at[i].type == type;
    }
    return count;
}

void network_clear(struct network *net)
{
    rc_messages_clear(&net->wire);
}

const char *network_log(struct network *net, uint64_t id)
{
    struct network_member *member = &net->at[id];
    const struct raftlog *log = &member->core->log;
    size_t size = 0;
    for (uint64_t i = raftlog_first_index(log); i <= raftlog_last_index(log);
         i++) {
        uint64_t term;
        ck_assert_int_eq(raftlog_term(log, i, &term), RC_OK);
        ck_assert_uint_lt(term, 10);
        ck_assert_uint_lt(size, sizeof(member->log_text) - 1);
        member->log_text[size++] = (char)('0' + term);
    }
    member->log_text[size] = 0;
    return member->log_text;
}

struct rc_progress *network_progress(const struct network *net, uint64_t leader,
                                     uint64_t id)
{
    return rc_progress_map_get(&net->at[leader].core->tracker.progress, id);
}

static jmp_buf last_words;
static char last_words_text[512];

static void note_last_words(const char *text)
{
    snprintf(last_words_text, sizeof(last_words_text), "%s", text);
    longjmp(last_words, 1);
}

const char *network_fatal(void (*call)(void *context), void *context)
{
    const char *volatile text = NULL;
    rc_set_fatal_hook(note_last_words);
    if (setjmp(last_words) == 0) {
        call(context);
    } else {
        text = last_words_text;
    }
    rc_set_fatal_hook(NULL);
    return text;
}
