/* conf_change.c - a change of the configuration: what it asks for, its wire
 * form (by protobuf-c, raftpb.proto), and as words. Layer: raftcore.
 * docs/raftcore-spec.md §1.3, §3.6; etcd's raftpb/confchange.go.
 */
#include "raftcore/conf_change.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "raftcore/pb.h"

void rc_conf_change_release(struct rc_conf_change *cc)
{
    free(cc->changes);
    rc_payload_drop(cc->context);
    *cc = (struct rc_conf_change){.count = 0};
}

void rc_conf_change_add(struct rc_conf_change *cc, enum rc_change_type type,
                        uint64_t node)
{
    cc->changes =
        lab_xrealloc(cc->changes, (cc->count + 1) * sizeof(*cc->changes));
    cc->changes[cc->count++] = (struct rc_change){type, node};
}

bool rc_conf_change_leaves(const struct rc_conf_change *cc)
{
    return cc->transition == RC_TRANSITION_AUTO && cc->count == 0;
}

bool rc_conf_change_enters(const struct rc_conf_change *cc, bool *auto_leave)
{
    /* One change needs no joint configuration unless it is asked for; more than
     * one always do, though they may leave it by themselves. */
    *auto_leave = cc->transition != RC_TRANSITION_EXPLICIT;
    return cc->transition != RC_TRANSITION_AUTO || cc->count > 1;
}

/* ---- Wire form -----------------------------------------------------------*/

static struct rc_payload *packed(const ProtobufCMessage *message)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    struct rc_payload *payload = rc_payload_new(size);
    LAB_ASSERT(payload);
    size_t written = protobuf_c_message_pack(message, payload->bytes);
    LAB_ASSERT(written == size);
    return payload;
}

static ProtobufCBinaryData binary(struct rc_payload *payload)
{
    struct rc_bytes bytes = rc_payload_bytes(payload);
    return (ProtobufCBinaryData){bytes.size, bytes.data};
}

static struct rc_payload *encode_v1(const struct rc_conf_change *cc)
{
    Raftpb__ConfChange pb = RAFTPB__CONF_CHANGE__INIT;
    LAB_ASSERT(cc->count == 1); /* the first version has no list */
    pb.has_type = pb.has_node_id = 1;
    pb.type = (uint64_t)cc->changes[0].type;
    pb.node_id = cc->changes[0].node;
    pb.has_context = cc->context != NULL;
    pb.context = binary(cc->context);
    return packed(&pb.base);
}

/* protobuf-c takes a list of pointers; both lists are freed after packing. */
static struct rc_payload *encode_v2(const struct rc_conf_change *cc)
{
    Raftpb__ConfChangeV2 pb = RAFTPB__CONF_CHANGE_V2__INIT;
    Raftpb__ConfChangeSingle *singles =
        lab_xcalloc(cc->count + 1, sizeof(*singles));
    Raftpb__ConfChangeSingle **list = lab_xcalloc(cc->count + 1, sizeof(*list));
    for (size_t i = 0; i < cc->count; i++) {
        raftpb__conf_change_single__init(&singles[i]);
        singles[i].has_type = singles[i].has_node_id = 1;
        singles[i].type = (uint64_t)cc->changes[i].type;
        singles[i].node_id = cc->changes[i].node;
        list[i] = &singles[i];
    }
    LAB_ASSERT((unsigned)cc->transition <= RC_TRANSITION_EXPLICIT);
    pb.has_transition = cc->transition != RC_TRANSITION_AUTO;
    pb.transition = (uint64_t)cc->transition;
    pb.n_changes = cc->count;
    pb.changes = list;
    pb.has_context = cc->context != NULL;
    pb.context = binary(cc->context);
    struct rc_payload *payload = packed(&pb.base);
    free(singles);
    free(list);
    return payload;
}

struct rc_payload *rc_conf_change_encode(const struct rc_conf_change *cc,
                                         enum rc_entry_type type)
{
    if (type == RC_ENTRY_CONF_CHANGE) {
        return encode_v1(cc);
    }
    LAB_ASSERT(type == RC_ENTRY_CONF_CHANGE_V2);
    return rc_conf_change_leaves(cc) && !cc->context ? NULL : encode_v2(cc);
}

/* Finish decoding: unknown types are malformed, as every node has to do the
 * same when it applies the change. On an error cc is empty. */
static enum rc_error take(struct rc_conf_change *cc, bool known,
                          bool has_context, const ProtobufCBinaryData *context)
{
    enum rc_error error = known ? RC_OK : RC_MALFORMED;
    if (has_context) {
        cc->context = rc_payload_of(rc_bytes_of(context->data, context->len));
        error = cc->context ? error : RC_NO_MEMORY;
    }
    if (error != RC_OK) {
        rc_conf_change_release(cc);
    }
    LAB_ASSERT(error == RC_OK || cc->count == 0);
    return error;
}

static enum rc_error decode_v1(struct rc_bytes bytes, struct rc_conf_change *cc)
{
    enum rc_error error;
    ProtobufCMessage *base =
        pb_unpack(&raftpb__conf_change__descriptor, bytes, &error);
    if (base) {
        const Raftpb__ConfChange *pb = (const Raftpb__ConfChange *)base;
        rc_conf_change_add(cc, (enum rc_change_type)pb->type, pb->node_id);
        error = take(cc, pb->type <= RC_ADD_LEARNER_NODE, pb->has_context,
                     &pb->context);
        pb_discard(base);
    }
    return error;
}

static enum rc_error decode_v2(struct rc_bytes bytes, struct rc_conf_change *cc)
{
    enum rc_error error;
    ProtobufCMessage *base =
        pb_unpack(&raftpb__conf_change_v2__descriptor, bytes, &error);
    if (!base) {
        return error;
    }
    const Raftpb__ConfChangeV2 *pb = (const Raftpb__ConfChangeV2 *)base;
    bool known = pb->transition <= RC_TRANSITION_EXPLICIT;
    cc->transition = (enum rc_transition)pb->transition;
    for (size_t i = 0; i < pb->n_changes; i++) {
        known = known && pb->changes[i]->type <= RC_ADD_LEARNER_NODE;
        rc_conf_change_add(cc, (enum rc_change_type)pb->changes[i]->type,
                           pb->changes[i]->node_id);
    }
    error = take(cc, known, pb->has_context, &pb->context);
    pb_discard(base);
    return error;
}

enum rc_error rc_conf_change_decode(const struct rc_entry *entry,
                                    struct rc_conf_change *cc)
{
    struct rc_bytes bytes = rc_payload_bytes(entry->data);
    LAB_ASSERT(entry->type != RC_ENTRY_NORMAL);
    *cc = (struct rc_conf_change){.count = 0};
    return entry->type == RC_ENTRY_CONF_CHANGE ? decode_v1(bytes, cc)
                                               : decode_v2(bytes, cc);
}

/* ---- Words ---------------------------------------------------------------*/

static bool parse_word(const char *word, size_t size, struct rc_conf_change *cc,
                       struct rc_text *error)
{
    static const char letters[] = "vrul";
    static const enum rc_change_type types[] = {
        RC_ADD_NODE, RC_REMOVE_NODE, RC_UPDATE_NODE, RC_ADD_LEARNER_NODE};
    if (size < 2) {
        rc_text_add(error, "unknown token %.*s", (int)size, word);
        return false;
    }
    const char *letter = strchr(letters, word[0]);
    char *end = NULL;
    errno = 0;
    uint64_t node = strtoull(word + 1, &end, 10);
    if (errno != 0 || !letter || word[1] < '0' || word[1] > '9' ||
        end != word + size) {
        rc_text_add(error, "unknown input: %.*s", (int)size, word);
        return false;
    }
    LAB_ASSERT((size_t)(letter - letters) < sizeof(types) / sizeof(types[0]));
    rc_conf_change_add(cc, types[letter - letters], node);
    return true;
}

bool rc_conf_change_parse(const char *words, struct rc_conf_change *cc,
                          struct rc_text *error)
{
    while (*words) {
        size_t blanks = strspn(words, " \t\r\n");
        size_t size = strcspn(words + blanks, " \t\r\n");
        if (size > 0 && !parse_word(words + blanks, size, cc, error)) {
            return false;
        }
        words += blanks + size;
    }
    return true;
}
