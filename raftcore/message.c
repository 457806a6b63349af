/* message.c - messages and lists of them.
 * Layer: raftcore. docs/raftcore-spec.md §1.1, §1.2. */
#include "raftcore/message.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/bytes.h"

enum {
    FIRST_ROOM = 2,
    ROOM_KEPT = 1024, /* messages; after a burst the memory is returned */
};

static const struct {
    const char *name;
    bool local, response;
} types[] = {
#define MESSAGE_ROW(name, text, local, response) {text, local, response},
    RC_MESSAGE_TYPES(MESSAGE_ROW)
#undef MESSAGE_ROW
};

const char *rc_message_type_name(enum rc_message_type type)
{
    return (unsigned)type < RC_MESSAGE_TYPE_COUNT ? types[type].name
                                                  : "unknown";
}

bool rc_message_type_local(enum rc_message_type type)
{
    return (unsigned)type < RC_MESSAGE_TYPE_COUNT && types[type].local;
}

bool rc_message_type_response(enum rc_message_type type)
{
    return (unsigned)type < RC_MESSAGE_TYPE_COUNT && types[type].response;
}

/* Most messages hold nothing, or entries only. */
static bool holds_more(const struct rc_message *message)
{
    return message->snapshot || message->context || message->responses.at;
}

void rc_message_release(struct rc_message *message)
{
    rc_entries_release(&message->entries);
    if (!holds_more(message)) {
        return;
    }
    rc_snapshot_drop(message->snapshot);
    message->snapshot = NULL;
    rc_payload_drop(message->context);
    message->context = NULL;
    rc_messages_release(&message->responses);
}

struct rc_message rc_message_share(const struct rc_message *message)
{
    struct rc_message same = *message;
    same.entries =
        rc_entries_share(&message->entries, 0, message->entries.count);
    rc_snapshot_share(same.snapshot);
    rc_payload_share(same.context);
    same.responses = (struct rc_messages){NULL, 0, 0};
    for (size_t i = 0; i < message->responses.count; i++) {
        const struct rc_message *response = &message->responses.at[i];
        LAB_ASSERT(response->responses.count == 0); /* ends the recursion */
        struct rc_message copy = rc_message_share(response);
        rc_messages_append(&same.responses, &copy);
    }
    return same;
}

void rc_messages_clear(struct rc_messages *messages)
{
    for (size_t i = 0; i < messages->count; i++) {
        rc_message_release(&messages->at[i]);
    }
    messages->count = 0;
    if (messages->room > ROOM_KEPT) {
        free(messages->at);
        *messages = (struct rc_messages){NULL, 0, 0};
    }
}

void rc_messages_release(struct rc_messages *messages)
{
    rc_messages_clear(messages);
    free(messages->at);
    *messages = (struct rc_messages){NULL, 0, 0};
}

/* A node queues and hands out messages by swapping lists, so that this
 * allocates only while a list grows. */
void rc_messages_append(struct rc_messages *messages,
                        const struct rc_message *message)
{
    if (messages->count == messages->room) {
        messages->room = messages->room ? 2 * messages->room : FIRST_ROOM;
        messages->at =
            lab_xrealloc(messages->at, messages->room * sizeof(*messages->at));
    }
    messages->at[messages->count++] = *message;
}
