/* messages.h - the RPCs between clerks and servers, commands in the log, and
 * the contents of snapshots.
 * Layer: kvraft. All servers receive and save every byte of a command, so a
 * command holds no more than its execution needs. */
#ifndef KVRAFT_MESSAGES_H
#define KVRAFT_MESSAGES_H

#include "kvraft/kvraft.h"

/* Put sets the value of the key; Append appends to it. client and seq identify
 * the operation: each clerk gives its own serial numbers from 1, and an
 * operation that is sent again keeps its number (paper §8). A Get has none,
 * because executing a read twice does no harm.
 * done: the operation was executed. If not, this server is not the leader, or
 * lost leadership before it could tell: ask another. */
RECORD(get_args, BYTES(key));
RECORD(get_reply, BOOL(done) BYTES(value));
RECORD(put_append_args,
       U64(client) U64(seq) BOOL(append) BYTES(key) BYTES(value));
RECORD(put_append_reply, BOOL(done));

KV_RPC(Get, get_args, get_reply);
KV_RPC(PutAppend, put_append_args, put_append_reply);

/* The operation as a command in the log; a Get has only op and key. */
enum op { OP_GET, OP_PUT, OP_APPEND };
RECORD(command, U64(op) U64(client) U64(seq) BYTES(key) BYTES(value));

/* A snapshot: the map, and the session of each client. Both sorted, so that
 * equal states have equal bytes. */
RECORD(item, BYTES(key) BYTES(value));
RECORD(session, U64(client) U64(seq));
RECORD(kv_state, LIST(item, items) LIST(session, sessions));

#endif
