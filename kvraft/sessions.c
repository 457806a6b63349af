/* sessions.c - the last operation executed for each client.
 * Layer: kvraft. Paper: §8. */
#include "kvraft/sessions.h"

#include <stdlib.h>
#include <uthash.h>

struct sessions_client {
    uint64_t id;
    uint64_t seq; /* of the last operation executed */
    UT_hash_handle hh;
};

static struct sessions_client *find_or_add(struct sessions *ss, uint64_t id)
{
    struct sessions_client *client;

    HASH_FIND(hh, ss->clients, &id, sizeof(id), client);
    if (!client) {
        client = lab_xcalloc(1, sizeof(*client));
        client->id = id;
        HASH_ADD(hh, ss->clients, id, sizeof(id), client);
    }
    return client;
}

bool sessions_begin(struct sessions *ss, uint64_t client, uint64_t seq)
{
    struct sessions_client *known = find_or_add(ss, client);

    if (seq <= known->seq) {
        return false;
    }
    known->seq = seq;
    return true;
}

static int by_id(const struct sessions_client *a,
                 const struct sessions_client *b)
{
    return (a->id > b->id) - (a->id < b->id);
}

struct session *sessions_list(struct sessions *ss, size_t *count)
{
    struct session *list = NULL;
    size_t filled = 0;

    *count = HASH_COUNT(ss->clients);
    if (*count > 0) {
        list = lab_xcalloc(*count, sizeof(list[0]));
    }
    HASH_SORT(ss->clients, by_id);
    for (struct sessions_client *at = ss->clients; at; at = at->hh.next) {
        list[filled++] = (struct session){.client = at->id, .seq = at->seq};
    }
    LAB_ASSERT(filled == *count);
    return list;
}

void sessions_load(struct sessions *ss, const struct session *list,
                   size_t count)
{
    LAB_ASSERT(!ss->clients);
    for (size_t i = 0; i < count; i++) {
        bool is_new = sessions_begin(ss, list[i].client, list[i].seq);
        LAB_ASSERT(is_new); /* one per client, and numbers start at 1 */
    }
}

void sessions_release(struct sessions *ss)
{
    struct sessions_client *client, *next;

    HASH_ITER (hh, ss->clients, client, next) {
        HASH_DELETE(hh, ss->clients, client);
        free(client);
    }
}
