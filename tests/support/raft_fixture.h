/* raft_fixture.h - a Raft server without threads and network, to test single
 * rules.
 * Layer: tests. Runs outside of the simulation. */
#ifndef TESTS_SUPPORT_RAFT_FIXTURE_H
#define TESTS_SUPPORT_RAFT_FIXTURE_H

#include <check.h>

#include "persister/store.h"
#include "raft/raft.h"

#define SERVERS_MAX 9

/* Return server 0 of a cluster, restored from this persister, with its lock
 * held. */
static inline struct raft *server_on(struct persister *ps, int servers)
{
    struct labrpc_end *ends[SERVERS_MAX] = {NULL};
    struct raft_config config = {
        .me = 0, .count = servers, .peers = ends, .persister = ps};

    ck_assert_int_le(servers, SERVERS_MAX);
    struct raft *rf = raft_new(&config);
    mu_lock(rf);
    return rf;
}

/* Return a follower in the term of its last entry; the command of entry i is
 * the byte i. */
static inline struct raft *server_with(int servers, const uint64_t *terms,
                                       size_t count)
{
    struct raft *rf = server_on(persister_new(), servers);

    for (size_t i = 0; i < count; i++) {
        uint8_t command = (uint8_t)(i + 1);
        log_append(&rf->log, terms[i], bytes_of(&command, 1));
        rf->current_term = terms[i];
    }
    rf->unsaved = true;
    persist(rf);
    return rf;
}

/* SERVER(5, 1, 1, 2): one of five servers, terms of its entries. */
#define SERVER(servers, ...)                                                   \
    server_with((servers), (const uint64_t[]){__VA_ARGS__},                    \
                sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))
#define EMPTY_SERVER(servers) server_with((servers), NULL, 0)

/* Make it leader of the next term, by votes. */
static inline void make_leader(struct raft *rf)
{
    start_election(rf);
    for (int i = 1; rf->role != LAB_LEADER; i++) {
        struct vote_args args = {.term = rf->current_term};
        struct vote_reply reply = {.term = rf->current_term,
                                   .vote_granted = true};
        handle_vote_reply(rf, &rf->peers[i], &args, &reply);
    }
}

/* Add an entry of the current term, as raft_start() does. */
static inline void add_entry(struct raft *rf)
{
    uint8_t command = (uint8_t)(log_last_index(&rf->log) + 1);

    log_append(&rf->log, rf->current_term, bytes_of(&command, 1));
    rf->unsaved = true;
    persist(rf);
}

/* Crash the server, and restart it from what it saved. */
static inline struct raft *restarted(struct raft *rf)
{
    struct persister *ps = persister_copy(rf->persister);
    int servers = rf->peer_count;

    persister_free(rf->persister);
    mu_unlock(rf);
    raft_free(rf);
    return server_on(ps, servers);
}

static inline void server_end(struct raft *rf)
{
    persister_free(rf->persister);
    mu_unlock(rf);
    raft_free(rf);
}

/* Check that the log has exactly these terms, from its first entry on. */
static inline void check_log(const struct raft *rf, const uint64_t *terms,
                             size_t count)
{
    uint64_t base = rf->log.last_included_index;

    ck_assert_uint_eq(rf->log.count, count);
    for (size_t i = 0; i < count; i++) {
        ck_assert_uint_eq(log_term(&rf->log, base + 1 + i), terms[i]);
    }
}
#define CHECK_LOG(rf, ...)                                                     \
    check_log((rf), (const uint64_t[]){__VA_ARGS__},                           \
              sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))

#endif
