/* sessions.h - the last operation executed for each client, so that no
 * operation takes effect twice.
 * Layer: kvraft. Paper: §8; thesis §6.3. No lock: the applier owns it.
 *
 * One serial number per client is enough. A clerk has one operation at a time,
 * so one with a lower number was executed and acknowledged long ago; and a Put
 * or Append has no result to repeat. Sessions are part of the replicated state
 * and of snapshots, because any server may receive the second copy. */
#ifndef KVRAFT_SESSIONS_H
#define KVRAFT_SESSIONS_H

#include "kvraft/messages.h"

struct sessions_client;

/* Zeroed: no client has executed anything. */
struct sessions {
    struct sessions_client *clients; /* a hash table */
};
void sessions_release(struct sessions *ss);

/* Is this operation new? If so, it counts as executed from now on. */
bool sessions_begin(struct sessions *ss, uint64_t client, uint64_t seq);

/* Return the sessions sorted by client, the caller's to free(). */
struct session *sessions_list(struct sessions *ss, size_t *count);

/* Fill empty sessions from such a list (borrowed). */
void sessions_load(struct sessions *ss, const struct session *list,
                   size_t count);

#endif
