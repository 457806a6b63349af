/* sessions.h - what each client has had executed: no call takes effect twice.
 * Layer: kvraft. Paper: §8. No lock: the thread that executes commands owns
 * it.
 *
 * One number per client is enough. A clerk makes one call at a time, so
 * whatever comes with a lower number was executed, and answered, long ago;
 * and a Put or Append has no result that would have to be said again. It is
 * part of the replicated state: any server may meet the second copy. */
#ifndef KVRAFT_SESSIONS_H
#define KVRAFT_SESSIONS_H

#include "kvraft/messages.h"

struct sessions_client;

/* All zero: nothing was executed. */
struct sessions {
    struct sessions_client *clients; /* a hash table */
};
void sessions_release(struct sessions *ss);

/* Is this call new? If so, it counts as executed from now on. */
bool sessions_begin(struct sessions *ss, uint64_t client, uint64_t seq);

/* All clients in order; the caller's to free(). And the way back, into an
 * empty one. */
struct session *sessions_list(struct sessions *ss, size_t *count);
void sessions_load(struct sessions *ss, const struct session *list,
                   size_t count);

#endif
