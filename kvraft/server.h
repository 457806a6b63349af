/* server.h - the state of a key/value server.
 * Layer: kvraft. */
#ifndef KVRAFT_SERVER_H
#define KVRAFT_SERVER_H

#include "kvraft/rsm.h"
#include "kvraft/sessions.h"
#include "kvraft/store.h"

/* The state is the machine's, and changes by commands only: no lock. */
struct kv_server {
    struct rsm *rsm;
    struct store store;
    struct sessions sessions;
};

/* The machine whose state this is; self is a struct kv_server. */
struct rsm_machine kv_machine(struct kv_server *kv);

#endif
