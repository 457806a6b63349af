/* messages.h - what clerks and servers say to each other, and what goes into
 * the log and into snapshots.
 * Layer: kvraft. Every byte of a command is sent to all servers and saved by
 * all, so a command holds no more than its execution needs. */
#ifndef KVRAFT_MESSAGES_H
#define KVRAFT_MESSAGES_H

#include "kvraft/kvraft.h"

/* Put: the key has this value from now on. Append: the value comes behind the
 * old one. client and seq name the call: a clerk counts its own from 1, and a
 * call that is sent again has the same number (Raft paper, §8). A Get needs
 * none: to read twice does no harm.
 * done: it was executed. If not, this server does not lead, or did not for
 * long enough: ask another. */
RECORD(get_args, BYTES(key));
RECORD(get_reply, BOOL(done) BYTES(value));
RECORD(put_append_args,
       U64(client) U64(seq) BOOL(append) BYTES(key) BYTES(value));
RECORD(put_append_reply, BOOL(done));

KV_RPC(Get, get_args, get_reply);
KV_RPC(PutAppend, put_append_args, put_append_reply);

/* The same in the log; of a Get only the key. */
enum op { OP_GET, OP_PUT, OP_APPEND };
RECORD(command, U64(op) U64(client) U64(seq) BYTES(key) BYTES(value));

/* A snapshot: the map, and what is known of clients. Both in order, so that
 * equal states have equal bytes. */
RECORD(item, BYTES(key) BYTES(value));
RECORD(session, U64(client) U64(seq));
RECORD(kv_state, LIST(item, items) LIST(session, sessions));

#endif
