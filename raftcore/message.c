/* message.c - messages and lists of them.
 * Layer: raftcore. */
#include "raftcore/message.h"

#include <stdlib.h>

#include "base/assert.h"

enum {
    FIRST_ROOM = 2,
    ROOM_KEPT = 1024, /* after a burst the memory goes back */
};

static const struct {
    const char *name;
    bool local, response;
} types[] = {
#define MESSAGE_ROW(name, text, local, response) {text, local, response},
    MESSAGE_TYPES(MESSAGE_ROW)
#undef MESSAGE_ROW
};

const char *message_type_name(enum message_type type)
{
    return (unsigned)type < MESSAGE_TYPE_COUNT ? types[type].name : "unknown";
}

bool message_type_local(enum message_type type)
{
    return (unsigned)type < MESSAGE_TYPE_COUNT && types[type].local;
}

bool message_type_response(enum message_type type)
{
    return (unsigned)type < MESSAGE_TYPE_COUNT && types[type].response;
}

/* Most hold nothing, or entries only. */
static bool holds_more(const struct message *message)
{
    return message->snapshot || message->context || message->responses.at;
}

void message_release(struct message *message)
{
    entries_release(&message->entries);
    if (!holds_more(message)) {
        return;
    }
    snapshot_drop(message->snapshot);
    message->snapshot = NULL;
    payload_drop(message->context);
    message->context = NULL;
    messages_release(&message->responses);
}

struct message message_share(const struct message *message)
{
    struct message same = *message;
    same.entries = entries_share(&message->entries, 0, message->entries.count);
    snapshot_share(same.snapshot);
    payload_share(same.context);
    same.responses = (struct messages){NULL, 0, 0};
    for (size_t i = 0; i < message->responses.count; i++) {
        const struct message *response = &message->responses.at[i];
        LAB_ASSERT(response->responses.count == 0);
        struct message copy = message_share(response);
        messages_append(&same.responses, &copy);
    }
    return same;
}

void messages_clear(struct messages *messages)
{
    for (size_t i = 0; i < messages->count; i++) {
        message_release(&messages->at[i]);
    }
    messages->count = 0;
    if (messages->room > ROOM_KEPT) {
        free(messages->at);
        *messages = (struct messages){NULL, 0, 0};
    }
}

void messages_release(struct messages *messages)
{
    messages_clear(messages);
    free(messages->at);
    *messages = (struct messages){NULL, 0, 0};
}

void messages_append(struct messages *messages, const struct message *message)
{
    if (messages->count == messages->room) {
        messages->room = messages->room ? 2 * messages->room : FIRST_ROOM;
        messages->at =
            lab_xrealloc(messages->at, messages->room * sizeof(*messages->at));
    }
    messages->at[messages->count++] = *message;
}
