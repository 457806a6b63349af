/* server.h - the state of a key/value server.
 * Layer: kvraft. Unit tests drive the state machine without an rsm. */
#ifndef KVRAFT_SERVER_H
#define KVRAFT_SERVER_H

#include "kvraft/rsm.h"
#include "kvraft/sessions.h"
#include "kvraft/store.h"

/* Only commands change the store and the sessions, and the rsm executes one at
 * a time: no lock. */
struct kv_server {
    struct rsm *rsm;
    struct store store;
    struct sessions sessions;
};

/* Return the state machine over this state; self is the struct kv_server. */
struct rsm_machine kv_machine(struct kv_server *kv);

#endif
