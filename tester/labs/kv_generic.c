/* kv_generic.c - the generic key/value test.
 * Layer: tester/labs. Numbers: docs/labs.md §4.2. */
#include "tester/labs/kv_generic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "tester/harness/clients.h"
#include "tester/harness/cluster.h"
#include "tester/harness/history.h"
#include "tester/harness/partition.h"

enum {
    ROUNDS = 3,
    ROUND_MS = 5000,
    PAUSE_MS = 1000,
    PARTITION_MS_MIN = 1000,
    PARTITION_MS_SPREAD = 200,
    SERVERS_MAX = 7,
    PIECE_BYTES = 48,
};

struct round {
    const struct generic *generic;
    bool over; /* clients and partitioner end when they see it */
};

/* A text that grows piece by piece. */
struct growing {
    char *text;
    size_t size, room;
};

static void grow(struct growing *growing, const char *piece)
{
    size_t size = strlen(piece);
    if (growing->size + size >= growing->room) {
        growing->room = 2 * (growing->size + size + 1);
        growing->text = lab_xrealloc(growing->text, growing->room);
    }
    memcpy(growing->text + growing->size, piece, size + 1);
    growing->size += size;
}

/* ---- One client ----------------------------------------------------------*/

struct user {
    struct round *round;
    int number;
    int appended;        /* pieces so far */
    struct growing last; /* the value of its key */
    struct client *client;
};

/* Only this client changes its key: does a get return what it has appended? */
static void check_last(struct cluster *c, const struct user *user,
                       struct bytes got)
{
    if (user->round->generic->random_keys) {
        return;
    }
    struct bytes expected = bytes_of(user->last.text, user->last.size);
    REQUIRE(
        c, bytes_equal(got, expected), "a get returns what was put",
        "client %d is the only one that changes key %d, whose value has %zu "
        "bytes, but clerk_get returned %zu bytes%s",
        user->number, user->number, expected.size, got.size,
        got.size == expected.size ? " of other content" : "");
}

static void one_call(struct cluster *c, struct user *user)
{
    const struct generic *generic = user->round->generic;
    char key[KEY_BYTES], piece[PIECE_BYTES];
    int number = user->number;
    if (generic->random_keys) {
        number = (int)lab_random(c, (uint64_t)generic->clients);
    }
    snprintf(key, sizeof(key), "%d", number);
    snprintf(piece, sizeof(piece), "x %d %d y", user->number, user->appended);
    if (lab_random(c, 1000) < 500) {
        kv_append(c, user->client, key, piece);
        grow(&user->last, piece);
        user->appended++;
    } else if (generic->random_keys && lab_random(c, 1000) < 100) {
        kv_put(c, user->client, key, piece);
        user->appended++;
    } else {
        struct bytes got = kv_get(c, user->client, key);
        check_last(c, user, got);
        bytes_free(&got);
    }
}

static void run_user(struct cluster *c, void *argument)
{
    struct user *user = argument;
    char key[KEY_BYTES];
    user->client = client_new(c, NULL);
    user->last = (struct growing){NULL, 0, 0};
    grow(&user->last, "");
    user->appended = 0;
    snprintf(key, sizeof(key), "%d", user->number);
    if (!user->round->generic->random_keys) {
        kv_put(c, user->client, key, "");
    }
    while (!user->round->over) {
        one_call(c, user);
    }
    client_free(c, user->client);
    free(user->last.text);
}

/* ---- Partitions ----------------------------------------------------------*/

static void run_partitioner(struct cluster *c, void *argument)
{
    struct round *round = argument;
    while (!round->over) {
        bool side[SERVERS_MAX];
        LAB_ASSERT(server_count(c) <= SERVERS_MAX);
        for (int i = 0; i < server_count(c); i++) {
            side[i] = lab_random(c, 2) == 0;
        }
        partition(c, side);
        sleep_ms(PARTITION_MS_MIN + lab_random(c, PARTITION_MS_SPREAD));
    }
}

/* ---- Rounds --------------------------------------------------------------*/

static void check_user(struct cluster *c, struct client *main_client,
                       const struct user *user)
{
    char key[KEY_BYTES];
    snprintf(key, sizeof(key), "%d", user->number);
    struct bytes value = kv_get(c, main_client, key);
    if (!user->round->generic->random_keys) {
        check_appends(c, user->number, value, user->appended);
    }
    bytes_free(&value);
}

static void run_round(struct cluster *c, const struct generic *generic,
                      struct client *main_client)
{
    struct round round = {.generic = generic};
    struct helper *partitioner = NULL;
    size_t count = (size_t)generic->clients;
    struct helper **helpers = lab_xcalloc(count, sizeof(helpers[0]));
    struct user *users = lab_xcalloc(count, sizeof(users[0]));
    for (size_t i = 0; i < count; i++) {
        users[i].round = &round;
        users[i].number = (int)i;
        helpers[i] = spawn(c, run_user, &users[i]);
    }
    if (generic->partitions) {
        sleep_ms(PAUSE_MS);
        partitioner = spawn(c, run_partitioner, &round);
    }
    sleep_ms(ROUND_MS);
    round.over = true;

    /* Heal the partitions, so that all calls can return. */
    if (partitioner) {
        join(partitioner);
        connect_all(c);
        sleep_ms(PAUSE_MS);
    }
    /* Do the servers restart with everything they had executed? */
    if (generic->crash) {
        shutdown_all(c);
        sleep_ms(PAUSE_MS);
        start_all(c);
    }
    /* Is every append there, once and in order? */
    for (size_t i = 0; i < count; i++) {
        join(helpers[i]);
        check_user(c, main_client, &users[i]);
    }
    check_sizes(c);
    free(helpers);
    free(users);
}

void generic_run(struct cluster *c, const struct generic *generic)
{
    struct client *main_client = client_new(c, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        run_round(c, generic, main_client);
    }
    check_linearizable(c);
    client_free(c, main_client);
}
