/* message.h - what nodes say to each other, to themselves and to the threads
 * that write and apply for them.
 * Layer: raftcore. Specification, sections 1.1, 1.2. */
#ifndef RAFTCORE_MESSAGE_H
#define RAFTCORE_MESSAGE_H

#include "raftcore/entry.h"
#include "raftcore/state.h"

#define NO_NODE     UINT64_C(0)
#define APPEND_NODE UINT64_MAX       /* LocalAppendThread */
#define APPLY_NODE  (UINT64_MAX - 1) /* LocalApplyThread */

/* X(name, text, is it local, is it a response) */
#define MESSAGE_TYPES(X)                                                       \
    X(MSG_HUP, "MsgHup", true, false)                                          \
    X(MSG_BEAT, "MsgBeat", true, false)                                        \
    X(MSG_PROP, "MsgProp", false, false)                                       \
    X(MSG_APP, "MsgApp", false, false)                                         \
    X(MSG_APP_RESP, "MsgAppResp", false, true)                                 \
    X(MSG_VOTE, "MsgVote", false, false)                                       \
    X(MSG_VOTE_RESP, "MsgVoteResp", false, true)                               \
    X(MSG_SNAP, "MsgSnap", false, false)                                       \
    X(MSG_HEARTBEAT, "MsgHeartbeat", false, false)                             \
    X(MSG_HEARTBEAT_RESP, "MsgHeartbeatResp", false, true)                     \
    X(MSG_UNREACHABLE, "MsgUnreachable", true, true)                           \
    X(MSG_SNAP_STATUS, "MsgSnapStatus", true, false)                           \
    X(MSG_CHECK_QUORUM, "MsgCheckQuorum", true, false)                         \
    X(MSG_TRANSFER_LEADER, "MsgTransferLeader", false, false)                  \
    X(MSG_TIMEOUT_NOW, "MsgTimeoutNow", false, false)                          \
    X(MSG_READ_INDEX, "MsgReadIndex", false, false)                            \
    X(MSG_READ_INDEX_RESP, "MsgReadIndexResp", false, true)                    \
    X(MSG_PRE_VOTE, "MsgPreVote", false, false)                                \
    X(MSG_PRE_VOTE_RESP, "MsgPreVoteResp", false, true)                        \
    X(MSG_STORAGE_APPEND, "MsgStorageAppend", true, false)                     \
    X(MSG_STORAGE_APPEND_RESP, "MsgStorageAppendResp", true, true)             \
    X(MSG_STORAGE_APPLY, "MsgStorageApply", true, false)                       \
    X(MSG_STORAGE_APPLY_RESP, "MsgStorageApplyResp", true, true)               \
    X(MSG_FORGET_LEADER, "MsgForgetLeader", false, false)

enum message_type {
#define MESSAGE_ENUM(name, text, local, response) name,
    MESSAGE_TYPES(MESSAGE_ENUM)
#undef MESSAGE_ENUM
        MESSAGE_TYPE_COUNT
};

/* For any number: a type that is not known is neither local nor a response,
 * and its name is "unknown". */
const char *message_type_name(enum message_type type);
bool message_type_local(enum message_type type);
bool message_type_response(enum message_type type);

/* A list of messages, which it owns. */
struct messages {
    struct message *at;
    size_t count, room;
};

struct message {
    enum message_type type;
    bool reject;
    uint64_t to, from, term, log_term, index, commit, vote, reject_hint;
    struct entries entries;
    struct snapshot *snapshot; /* NULL: none */
    struct payload *context;   /* NULL: none */
    struct messages responses; /* these have none of their own */
};

/* Everything that a message holds. */
void message_release(struct message *message);

/* Another that holds the same. Entries that were lent are copied. */
struct message message_share(const struct message *message);

void messages_release(struct messages *messages);
void messages_clear(struct messages *messages); /* keeps the memory */

/* Behind the others; takes what the message holds. */
void messages_append(struct messages *messages, const struct message *message);

#endif
