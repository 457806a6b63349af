/* real_nodes.c - the thread-safe node: live clusters, for real and simulated
 * runs.
 * Layer: tests. docs/raftcore-spec.md §7.2. */
#include "tests/support/real_nodes.h"

#include <check.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "hosts/crew.h"
#include "hosts/locked_storage.h"
#include "hosts/node.h"

#define MS NS_PER_MS

enum { NODES = 3, PROPOSALS = 60 };

struct live {
    struct node *nodes[NODES];
    struct locked_storage *storages[NODES];
    pthread_t drivers[NODES], ticker;
    atomic_int applied[NODES]; /* commands */
    atomic_int reads[NODES];
    atomic_bool over;
    atomic_uint dice;
    bool lossy;
};

static void nap(uint64_t ms)
{
    nanosleep(&(struct timespec){.tv_nsec = (long)(ms * MS)}, NULL);
}

static struct rc_config config_of(uint64_t id, struct locked_storage *storage)
{
    return (struct rc_config){
        .id = id,
        .election_tick = 10,
        .heartbeat_tick = 1,
        .storage = locked_storage_interface(storage),
        .max_size_per_msg = 1 << 20,
        .max_inflight_msgs = 16,
    };
}

/* ---- Driving -------------------------------------------------------------*/

static void apply(struct live *live, int i, const struct rc_entries *entries)
{
    for (size_t k = 0; k < entries->count; k++) {
        const struct rc_entry *entry = &entries->at[k];
        struct rc_conf_change cc;
        if (entry->type == RC_ENTRY_NORMAL) {
            atomic_fetch_add(&live->applied[i], entry->data != NULL);
        } else if (rc_conf_change_decode(entry, &cc) == RC_OK) {
            struct rc_conf_state cs =
                node_apply_conf_change(live->nodes[i], &cc);
            rc_conf_state_release(&cs);
            rc_conf_change_release(&cc);
        }
    }
}

static void send_all(struct live *live, const struct rc_messages *messages)
{
    for (size_t i = 0; i < messages->count; i++) {
        const struct rc_message *m = &messages->at[i];
        bool lost = live->lossy && atomic_fetch_add(&live->dice, 1) % 7 == 0;
        if (m->to >= 1 && m->to <= NODES && !lost) {
            (void)node_step(live->nodes[m->to - 1], m);
        }
    }
}

struct driver {
    struct live *live;
    int i;
};

static void *drive(void *argument)
{
    struct driver driver = *(struct driver *)argument;
    struct live *live = driver.live;
    struct node *node = live->nodes[driver.i];
    struct rc_ready ready = {.has_soft_state = false};
    free(argument);
    while (node_ready(node, &ready, NODE_FOREVER) == RC_OK) {
        locked_storage_write(live->storages[driver.i], &ready);
        send_all(live, &ready.messages);
        apply(live, driver.i, &ready.committed_entries);
        atomic_fetch_add(&live->reads[driver.i], (int)ready.read_states.count);
        node_advance(node);
    }
    rc_ready_release(&ready);
    return NULL;
}

static void *tick(void *argument)
{
    struct live *live = argument;
    while (!atomic_load(&live->over)) {
        nap(5);
        for (int i = 0; i < NODES; i++) {
            node_tick(live->nodes[i]);
        }
    }
    return NULL;
}

/* ---- Beginning and end ---------------------------------------------------*/

static void begin(struct live *live, bool lossy)
{
    struct rc_peer peers[NODES];
    const char *wrong;
    *live = (struct live){.lossy = lossy};
    for (int i = 0; i < NODES; i++) {
        peers[i] = (struct rc_peer){.id = (uint64_t)i + 1};
    }
    for (int i = 0; i < NODES; i++) {
        live->storages[i] = locked_storage_new();
        struct rc_config config = config_of((uint64_t)i + 1, live->storages[i]);
        live->nodes[i] = node_start(&config, peers, NODES, &wrong);
        ck_assert_ptr_nonnull(live->nodes[i]);
    }
    for (int i = 0; i < NODES; i++) {
        struct driver *driver = malloc(sizeof(*driver));
        *driver = (struct driver){live, i};
        pthread_create(&live->drivers[i], NULL, drive, driver);
    }
    pthread_create(&live->ticker, NULL, tick, live);
}

static void end(struct live *live)
{
    atomic_store(&live->over, true);
    pthread_join(live->ticker, NULL);
    for (int i = 0; i < NODES; i++) {
        node_stop(live->nodes[i]);
        node_stop(live->nodes[i]); /* twice does no harm */
    }
    for (int i = 0; i < NODES; i++) {
        pthread_join(live->drivers[i], NULL);
    }
    for (int i = 0; i < NODES; i++) {
        node_free(live->nodes[i]);
        locked_storage_free(live->storages[i]);
    }
}

static bool all_applied(struct live *live, int count)
{
    for (int i = 0; i < NODES; i++) {
        if (atomic_load(&live->applied[i]) < count) {
            return false;
        }
    }
    return true;
}

static void propose(struct live *live, int from, int count)
{
    for (int i = 0; i < count; i++) {
        char text[16];
        snprintf(text, sizeof(text), "%d", i);
        /* Any node takes it; a follower passes it on. */
        enum rc_error error;
        do {
            error = node_propose(live->nodes[(from + i) % NODES],
                                 rc_bytes_of_text(text), NODE_FOREVER);
        } while (error == RC_PROPOSAL_DROPPED);
        ck_assert_int_eq(error, RC_OK);
    }
}

/* ---- Tests: bodies for both kinds of runs --------------------------------*/

static void all_nodes_apply(void *unused)
{
    struct live live;
    (void)unused;
    begin(&live, false);
    propose(&live, 0, PROPOSALS);
    for (int naps = 1; !all_applied(&live, PROPOSALS); naps++) {
        nap(5);
        /* On a slow machine leaders change, and lose what was forwarded. */
        if (naps % 1000 == 0) {
            propose(&live, 0, PROPOSALS);
        }
    }
    do {
        (void)node_read_index(live.nodes[1], rc_bytes_of_text("r"));
        nap(5);
    } while (atomic_load(&live.reads[1]) == 0);
    struct rc_status status;
    ck_assert_int_eq(node_status(live.nodes[0], &status), RC_OK);
    ck_assert_uint_eq(status.config.voters.incoming.count, NODES);
    rc_status_release(&status);
    end(&live);
}

/* What is lost of proposals on their way is proposed again. */
static void losses_are_made_up_for(void *unused)
{
    struct live live;
    (void)unused;
    begin(&live, true);
    for (int round = 0; !all_applied(&live, PROPOSALS); round++) {
        propose(&live, round, PROPOSALS / 3);
        nap(20);
    }
    end(&live);
}

struct waiter {
    struct node *node;
    atomic_int error;
};

static void *wait_for_leader(void *argument)
{
    struct waiter *waiter = argument;
    atomic_store(
        &waiter->error,
        (int)node_propose(waiter->node, rc_bytes_of_text("x"), NODE_FOREVER));
    return NULL;
}

/* Without a leader a proposal waits: until its time is over, or the node has
 * stopped. */
static void proposals_wait(void *unused)
{
    const char *wrong;
    struct rc_peer peers[] = {{.id = 1}, {.id = 2}};
    struct locked_storage *storage = locked_storage_new();
    struct rc_config config = config_of(1, storage);
    struct node *node = node_start(&config, peers, 2, &wrong);
    (void)unused;
    ck_assert_ptr_nonnull(node);
    ck_assert_int_eq(node_propose(node, rc_bytes_of_text("x"), 20 * MS),
                     RC_CANCELLED);
    struct waiter waiter = {.node = node};
    pthread_t thread;
    pthread_create(&thread, NULL, wait_for_leader, &waiter);
    nap(10);
    node_stop(node);
    pthread_join(thread, NULL);
    ck_assert_int_eq(atomic_load(&waiter.error), RC_STOPPED);
    ck_assert_int_eq(node_propose(node, rc_bytes_of_text("x"), 0), RC_STOPPED);
    ck_assert_int_eq(node_campaign(node), RC_STOPPED);
    struct rc_status status;
    ck_assert_int_eq(node_status(node, &status), RC_STOPPED);
    node_tick(node);
    node_advance(node);
    node_free(node);
    locked_storage_free(storage);
}

/* A Ready that is not advanced is the only one. */
static void readys_come_one_by_one(void *unused)
{
    const char *wrong;
    struct rc_peer peers[] = {{.id = 1}};
    struct rc_ready ready = {.has_soft_state = false};
    struct locked_storage *storage = locked_storage_new();
    struct rc_config config = config_of(1, storage);
    (void)unused;
    ck_assert_ptr_null(node_start(&config, NULL, 0, &wrong));
    ck_assert_str_eq(wrong, "no peers given; use RestartNode instead");
    struct node *node = node_start(&config, peers, 1, &wrong);
    ck_assert_int_eq(node_ready(node, &ready, NODE_FOREVER), RC_OK);
    ck_assert_uint_eq(ready.entries.count, 1);
    ck_assert_uint_eq(ready.entries.at[0].type, RC_ENTRY_CONF_CHANGE);
    locked_storage_write(storage, &ready);
    struct rc_ready second = {.has_soft_state = false};
    ck_assert_int_eq(node_ready(node, &second, 10 * MS), RC_CANCELLED);
    struct rc_conf_change add = {.count = 0};
    rc_conf_change_add(&add, RC_ADD_NODE, 1);
    struct rc_conf_state cs = node_apply_conf_change(node, &add);
    ck_assert_uint_eq(cs.voters.count, 1);
    rc_conf_state_release(&cs);
    rc_conf_change_release(&add);
    node_advance(node);
    ck_assert_int_eq(node_campaign(node), RC_OK);
    ck_assert_int_eq(node_ready(node, &second, NODE_FOREVER), RC_OK);
    ck_assert_uint_eq(second.hard_state.vote, 1);
    rc_ready_release(&ready);
    rc_ready_release(&second);
    node_stop(node);
    node_free(node);
    locked_storage_free(storage);
}

/* A response of a stranger and a local message are dropped without a word. */
static void strangers_are_dropped(void *unused)
{
    const char *wrong;
    struct rc_peer peers[] = {{.id = 1}};
    struct locked_storage *storage = locked_storage_new();
    struct rc_config config = config_of(1, storage);
    struct node *node = node_start(&config, peers, 1, &wrong);
    struct rc_message stranger = {
        .type = RC_MSG_APP_RESP, .from = 9, .term = 1};
    struct rc_message local = {.type = RC_MSG_HUP, .from = 1};
    struct rc_message malformed = {.type = RC_MSG_APP, .from = 2};
    (void)unused;
    ck_assert_int_eq(node_step(node, &stranger), RC_OK);
    ck_assert_int_eq(node_step(node, &local), RC_OK);
    ck_assert_int_eq(node_step(node, &malformed), RC_MALFORMED);
    struct rc_status status;
    ck_assert_int_eq(node_status(node, &status), RC_OK);
    ck_assert_int_eq(status.basic.soft_state.state, RC_FOLLOWER);
    rc_status_release(&status);
    node_stop(node);
    node_free(node);
    locked_storage_free(storage);
}

/* A node that was removed, and then gets a snapshot in which it is a member,
 * takes proposals again once it has a leader. */
static void removed_nodes_come_back(void *unused)
{
    const char *wrong;
    struct rc_peer peers[] = {{.id = 1}, {.id = 2}};
    struct rc_ready ready = {.has_soft_state = false};
    struct rc_conf_change remove = {.count = 0};
    struct locked_storage *storage = locked_storage_new();
    struct rc_config config = config_of(1, storage);
    struct node *node = node_start(&config, peers, 2, &wrong);
    (void)unused;
    rc_conf_change_add(&remove, RC_REMOVE_NODE, 1);
    struct rc_conf_state cs = node_apply_conf_change(node, &remove);
    rc_conf_state_release(&cs);
    rc_conf_change_release(&remove);
    struct rc_snapshot *snapshot = rc_snapshot_new();
    snapshot->index = 50;
    snapshot->term = 2;
    for (uint64_t id = 1; id <= 3; id++) {
        rc_ids_append(&snapshot->conf_state.voters, id);
    }
    struct rc_message m = {.type = RC_MSG_SNAP,
                           .from = 2,
                           .to = 1,
                           .term = 2,
                           .snapshot = snapshot};
    ck_assert_int_eq(node_step(node, &m), RC_OK);
    ck_assert_int_eq(node_ready(node, &ready, NODE_FOREVER), RC_OK);
    locked_storage_write(storage, &ready);
    node_advance(node);
    ck_assert_int_eq(node_propose(node, rc_bytes_of_text("x"), NODE_FOREVER),
                     RC_OK);
    rc_snapshot_drop(snapshot);
    rc_ready_release(&ready);
    node_stop(node);
    node_free(node);
    locked_storage_free(storage);
}

void (*const node_bodies[])(void *) = {
    all_nodes_apply,        losses_are_made_up_for, proposals_wait,
    readys_come_one_by_one, strangers_are_dropped,  removed_nodes_come_back,
};
const int node_bodies_count = sizeof(node_bodies) / sizeof(node_bodies[0]);
