/* read_queue.c - reads that wait until a quorum says that it still follows.
 * Layer: raftcore. */
#include "raftcore/read_queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"

void read_queue_reset(struct read_queue *ro)
{
    read_queue_drop_front(ro, ro->count);
    ro->confirmed = 0;
    ro->ack_count = 0;
}

void read_queue_release(struct read_queue *ro)
{
    read_queue_reset(ro);
    free(ro->waiting);
    free(ro->acks);
    *ro = (struct read_queue){.confirmed = 0};
}

uint64_t read_queue_newest(const struct read_queue *ro)
{
    return ro->count > 0 ? ro->confirmed + ro->count : 0;
}

void read_queue_add(struct read_queue *ro, const struct rc_message *request,
                    uint64_t index)
{
    if (ro->count == ro->room) {
        ro->room = ro->room ? 2 * ro->room : 4;
        ro->waiting =
            lab_xrealloc(ro->waiting, ro->room * sizeof(*ro->waiting));
    }
    ro->waiting[ro->count++] =
        (struct waiting_read){rc_message_share(request), index};
}

void read_queue_ack(struct read_queue *ro, uint64_t id, uint64_t place)
{
    for (size_t i = 0; i < ro->ack_count; i++) {
        if (ro->acks[i].id == id) {
            if (ro->acks[i].place < place) {
                ro->acks[i].place = place;
            }
            return;
        }
    }
    if (ro->ack_count == ro->ack_room) {
        ro->ack_room = ro->ack_room ? 2 * ro->ack_room : 4;
        ro->acks = lab_xrealloc(ro->acks, ro->ack_room * sizeof(*ro->acks));
    }
    ro->acks[ro->ack_count++] = (struct read_ack){id, place};
}

static bool acked_place(void *context, uint64_t id, uint64_t *place)
{
    const struct read_queue *ro = context;
    for (size_t i = 0; i < ro->ack_count; i++) {
        if (ro->acks[i].id == id) {
            *place = ro->acks[i].place;
            return true;
        }
    }
    return false;
}

size_t read_queue_confirmed(const struct read_queue *ro,
                            const struct rc_joint *voters)
{
    uint64_t place = rc_joint_committed(voters, acked_place, (void *)ro);
    uint64_t end = ro->confirmed + ro->count;
    if (place > end) {
        place = end; /* nobody can confirm what was not asked */
    }
    return place > ro->confirmed ? (size_t)(place - ro->confirmed) : 0;
}

void read_queue_drop_front(struct read_queue *ro, size_t count)
{
    LAB_ASSERT(count <= ro->count);
    for (size_t i = 0; i < count; i++) {
        rc_message_release(&ro->waiting[i].request);
    }
    ro->count -= count;
    ro->confirmed += count;
    if (ro->count > 0) {
        memmove(ro->waiting, ro->waiting + count,
                ro->count * sizeof(*ro->waiting));
    }
}

/* ---- Tokens: 8 bytes, the lowest first -----------------------------------*/

struct rc_payload *read_token_encode(uint64_t place)
{
    if (place == 0) {
        return NULL;
    }
    struct rc_payload *token = rc_payload_new(8);
    LAB_ASSERT(token);
    for (int i = 0; i < 8; i++) {
        token->bytes[i] = (uint8_t)(place >> 8 * i);
    }
    return token;
}

uint64_t read_token_decode(const struct rc_payload *token)
{
    uint64_t place = 0;
    for (int i = 0; token && token->size >= 8 && i < 8; i++) {
        place |= (uint64_t)token->bytes[i] << 8 * i;
    }
    return place;
}
