/* test_rc_cluster.c - clusters with lost messages, crashes and changes.
 * Layer: tests. Paper: Figure 3. Specification of raftcore, section 2.5.
 *
 * Decisions are drawn from fixed keys. All the time: a term has one leader,
 * and all nodes apply the same. In the end, with all up: they agree. */
#include <string.h>

#include "base/random.h"
#include "tests/rc_node.h"
#include "tests/suites.h"

enum { NODES = 5, STEPS = 1500, KEYS = 30, INDEXES = 4096 };

struct world {
    uint64_t key, number;
    struct rc_group *g;
    struct messages flight;
    uint64_t leaders[INDEXES]; /* by term */
    struct entry entries[INDEXES];
    size_t seen[RC_IDS]; /* how much of what each has applied */
};

static uint64_t draw(struct world *w, uint64_t bound)
{
    return random_below(random_at(w->key, w->number++), bound);
}

/* State Machine Safety, Election Safety. */
static void look(struct world *w, uint64_t id)
{
    const struct rc_node *n = w->g->at[id];
    const struct core *core = n->node->core;
    for (; w->seen[id] < n->applied.count; w->seen[id]++) {
        const struct entry *entry = &n->applied.at[w->seen[id]];
        ck_assert_uint_lt(entry->index, INDEXES);
        struct entry *first = &w->entries[entry->index];
        if (first->index == 0) {
            *first = *entry;
            first->data = payload_share(entry->data);
        }
        ck_assert_uint_eq(first->term, entry->term);
        ck_assert_int_eq(first->type, entry->type);
        ck_assert(bytes_equal(payload_bytes(first->data),
                              payload_bytes(entry->data)));
    }
    if (core->state == LEADER) {
        ck_assert_uint_lt(core->term, INDEXES);
        uint64_t *leader = &w->leaders[core->term];
        ck_assert(*leader == NO_NODE || *leader == id);
        *leader = id;
    }
}

static void collect(struct world *w, uint64_t id)
{
    struct rc_node *n = w->g->at[id];
    for (size_t i = 0; i < n->outbox.count; i++) {
        struct message copy = message_share(&n->outbox.at[i]);
        messages_append(&w->flight, &copy);
    }
    messages_clear(&n->outbox);
}

/* One of those under way: any, lost or arriving, maybe to arrive again. */
static void deliver(struct world *w, bool faults)
{
    if (w->flight.count == 0) {
        return;
    }
    size_t i = faults ? draw(w, w->flight.count) : 0;
    struct message m = w->flight.at[i];
    bool again = faults && draw(w, 20) == 0;
    if (!again) {
        w->flight.count--;
        memmove(w->flight.at + i, w->flight.at + i + 1,
                (w->flight.count - i) * sizeof(m));
    }
    const struct rc_node *to = w->g->at[m.to];
    /* A snapshot replaces the configuration at once. Changes that were handed
     * out before must not be applied to it, so it has to wait for them. */
    bool waits = m.type == MSG_SNAP && to->apply_work.count > 0;
    if ((!faults || draw(w, 10) > 0) && !waits) {
        (void)rawnode_step(to->node, &m);
    }
    if (!again) {
        message_release(&m);
    }
}

/* A Ready, or a part of what the two threads have to do. */
static void work(struct world *w, uint64_t id)
{
    struct rc_node *n = w->g->at[id];
    switch (draw(w, 3)) {
    case 0:
        if (n->append_work.count > 0) {
            rc_write_one(n);
        }
        break;
    case 1:
        if (n->apply_work.count > 0 && n->append_work.count == 0) {
            rc_apply_one(n);
        }
        break;
    default:
        if (rawnode_has_ready(n->node)) {
            (void)rc_handle(n);
        }
        break;
    }
}

static void change_members(struct world *w, struct rc_node *n)
{
    static const char *const words[] = {"r4 r5", "v4 l5", "v4 v5", "l4", "v5",
                                        "r5",    "",      "r1",    "v1"};
    (void)rc_change(n, words[draw(w, 9)], (enum transition)draw(w, 3), false);
}

static void event(struct world *w, uint64_t id)
{
    struct rc_node *n = w->g->at[id];
    switch (draw(w, 24)) {
    case 0:
        if (n->append_work.count == 0) {
            rc_restart(n);
        }
        break;
    case 1:
        if (n->applied_index > 0 && n->append_work.count == 0 &&
            memory_storage_create_snapshot(n->ms, n->applied_index, &n->members,
                                           NULL, NULL) == CORE_OK) {
            (void)memory_storage_compact(n->ms, n->applied_index - draw(w, 2));
        }
        break;
    case 2:
        change_members(w, n);
        break;
    case 3:
        rawnode_transfer_leader(n->node, 1 + draw(w, NODES));
        break;
    case 4:
        rawnode_report_unreachable(n->node, 1 + draw(w, NODES));
        break;
    case 5:
        rawnode_report_snapshot(n->node, 1 + draw(w, NODES), draw(w, 2));
        break;
    case 6:
        rc_read(n, "r");
        break;
    case 7:
    case 8:
        rc_propose(n, draw(w, 2) ? "x" : "yy");
        break;
    default:
        rawnode_tick(n->node);
        break;
    }
}

/* Those that were lost are told as such, as nothing else would be sent; and the
 * next is a new one, as an old one may be of a time before who needs it was a
 * member. */
static void retry_snapshots(struct rc_node *n)
{
    (void)memory_storage_create_snapshot(n->ms, n->applied_index, &n->members,
                                         NULL, NULL);
    for (uint64_t to = 1; to <= NODES; to++) {
        rawnode_report_snapshot(n->node, to, false);
    }
}

static void calm_down(struct world *w)
{
    for (int round = 0; round < 400; round++) {
        for (uint64_t id = 1; id <= NODES; id++) {
            rc_tick(w->g->at[id], 1);
            if (round % 50 == 0) {
                retry_snapshots(w->g->at[id]);
            }
            rc_run(w->g->at[id]);
            collect(w, id);
            look(w, id);
        }
        while (w->flight.count > 0) {
            deliver(w, false);
        }
    }
}

/* Who is a member for its leader has what the leader has. */
static void check_agreement(struct world *w)
{
    const struct core *leader = NULL;
    for (uint64_t id = 1; id <= NODES; id++) {
        const struct core *core = w->g->at[id]->node->core;
        if (core->state == LEADER && (!leader || core->term > leader->term)) {
            leader = core;
        }
    }
    ck_assert_ptr_nonnull(leader);
    for (size_t i = 0; i < leader->tracker.progress.count; i++) {
        uint64_t id = leader->tracker.progress.at[i].id;
        const struct rc_node *n = w->g->at[id];
        ck_assert_uint_eq(n->node->core->term, leader->term);
        ck_assert_uint_eq(n->node->core->lead, leader->config.id);
        ck_assert_uint_eq(n->applied_index, raftlog_last_index(&leader->log));
    }
}

START_TEST(nodes_apply_the_same_and_agree_in_the_end)
{
    static struct world world;
    struct world *w = &world;
    w->key = random_key_text((uint64_t)_i, "rc_cluster");
    w->g = RC_GROUP("1 2 3; 4 5", .async_storage_writes = _i % 2,
                    .check_quorum = true, .pre_vote = _i / 2 % 2,
                    .member_epochs = _i / 4 % 2, .max_size_per_msg = 20,
                    .max_committed_size_per_ready = 30, .max_inflight_msgs = 3,
                    .step_down_on_removal = true, .seed = (uint64_t)_i);
    for (int i = 0; i < STEPS; i++) {
        uint64_t id = 1 + draw(w, NODES);
        event(w, id);
        for (int k = 0; k < 6; k++) {
            uint64_t at = 1 + draw(w, NODES);
            work(w, at);
            collect(w, at);
            look(w, at);
            deliver(w, true);
        }
    }
    calm_down(w);
    check_agreement(w);
    for (int i = 0; i < INDEXES; i++) {
        payload_drop(w->entries[i].data);
    }
    messages_release(&w->flight);
    rc_group_free(w->g);
}
END_TEST

Suite *suite_rc_cluster(void)
{
    Suite *suite = suite_create("rc_cluster");
    TCase *tc = tcase_create("random");
    tcase_add_loop_test(tc, nodes_apply_the_same_and_agree_in_the_end, 0, KEYS);
    suite_add_tcase(suite, tc);
    return suite;
}
