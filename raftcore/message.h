/* message.h - messages between nodes, to a node itself, and to the threads that
 * write and apply for it.
 * Layer: raftcore. docs/raftcore-spec.md §1.1, §1.2; raftcore.h tells for each
 * type what it carries and which message responds to it. */
#ifndef RAFTCORE_MESSAGE_H
#define RAFTCORE_MESSAGE_H

#include "raftcore/entry.h"
#include "raftcore/state.h"

/* Ids that no node may have: none, and the local threads (etcd's
 * LocalAppendThread, LocalApplyThread). */
#define RC_NO_NODE       UINT64_C(0)
#define RC_APPEND_THREAD UINT64_MAX
#define RC_APPLY_THREAD  (UINT64_MAX - 1)

/* X(name, text, is it local, is it a response). Local: rc_rawnode_step() takes
 * none from other nodes. Responses it takes from members only. */
#define RC_MESSAGE_TYPES(X)                                                    \
    X(RC_MSG_HUP, "MsgHup", true, false)                                       \
    X(RC_MSG_BEAT, "MsgBeat", true, false)                                     \
    X(RC_MSG_PROP, "MsgProp", false, false)                                    \
    X(RC_MSG_APP, "MsgApp", false, false)                                      \
    X(RC_MSG_APP_RESP, "MsgAppResp", false, true)                              \
    X(RC_MSG_VOTE, "MsgVote", false, false)                                    \
    X(RC_MSG_VOTE_RESP, "MsgVoteResp", false, true)                            \
    X(RC_MSG_SNAP, "MsgSnap", false, false)                                    \
    X(RC_MSG_HEARTBEAT, "MsgHeartbeat", false, false)                          \
    X(RC_MSG_HEARTBEAT_RESP, "MsgHeartbeatResp", false, true)                  \
    X(RC_MSG_UNREACHABLE, "MsgUnreachable", true, true)                        \
    X(RC_MSG_SNAP_STATUS, "MsgSnapStatus", true, false)                        \
    X(RC_MSG_CHECK_QUORUM, "MsgCheckQuorum", true, false)                      \
    X(RC_MSG_TRANSFER_LEADER, "MsgTransferLeader", false, false)               \
    X(RC_MSG_TIMEOUT_NOW, "MsgTimeoutNow", false, false)                       \
    X(RC_MSG_READ_INDEX, "MsgReadIndex", false, false)                         \
    X(RC_MSG_READ_INDEX_RESP, "MsgReadIndexResp", false, true)                 \
    X(RC_MSG_PRE_VOTE, "MsgPreVote", false, false)                             \
    X(RC_MSG_PRE_VOTE_RESP, "MsgPreVoteResp", false, true)                     \
    X(RC_MSG_STORAGE_APPEND, "MsgStorageAppend", true, false)                  \
    X(RC_MSG_STORAGE_APPEND_RESP, "MsgStorageAppendResp", true, true)          \
    X(RC_MSG_STORAGE_APPLY, "MsgStorageApply", true, false)                    \
    X(RC_MSG_STORAGE_APPLY_RESP, "MsgStorageApplyResp", true, true)            \
    X(RC_MSG_FORGET_LEADER, "MsgForgetLeader", false, false)

enum rc_message_type {
#define RC_MESSAGE_ENUM(name, text, local, response) name,
    RC_MESSAGE_TYPES(RC_MESSAGE_ENUM)
#undef RC_MESSAGE_ENUM
        RC_MESSAGE_TYPE_COUNT
};

/* For any number: an unknown type is neither local nor a response, and its name
 * is "unknown". */
const char *rc_message_type_name(enum rc_message_type type);
bool rc_message_type_local(enum rc_message_type type);
bool rc_message_type_response(enum rc_message_type type);

/* A list that owns its messages. All zero: empty. */
struct rc_messages {
    struct rc_message *at;
    size_t count, room;
};

/* Fields that a type does not use are zero. A message owns what it refers to,
 * unless its entries are lent (entry.h). */
struct rc_message {
    enum rc_message_type type;
    bool reject;
    uint64_t to, from, term, log_term, index, commit, vote, reject_hint;
    struct rc_entries entries;
    struct rc_snapshot *snapshot; /* NULL: none */
    struct rc_payload *context;   /* NULL: none */
    struct rc_messages responses; /* these have no responses */
};

/* Release what *message holds. */
void rc_message_release(struct rc_message *message);

/* Return a message that shares what this one holds; the caller releases it.
 * Lent entries are copied. */
struct rc_message rc_message_share(const struct rc_message *message);

/* Release all messages; keep the memory of the list, or free that, too. */
void rc_messages_clear(struct rc_messages *messages);
void rc_messages_release(struct rc_messages *messages);

/* Add a message behind the others; takes over what it holds. */
void rc_messages_append(struct rc_messages *messages,
                        const struct rc_message *message);

#endif
