/* read_queue.c - reads that wait until a quorum confirms their leader.
 * Layer: raftcore. */
#include "raftcore/read_queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"

void read_queue_reset(struct read_queue *queue)
{
    read_queue_drop_front(queue, queue->count);
    queue->confirmed = 0;
    queue->ack_count = 0; /* they were for numbers that are given out again */
    LAB_ASSERT(read_queue_newest(queue) == 0);
}

void read_queue_release(struct read_queue *queue)
{
    read_queue_reset(queue);
    free(queue->waiting);
    free(queue->acks);
    *queue = (struct read_queue){.confirmed = 0};
}

uint64_t read_queue_newest(const struct read_queue *queue)
{
    return queue->count > 0 ? queue->confirmed + queue->count : 0;
}

void read_queue_add(struct read_queue *queue, const struct rc_message *request,
                    uint64_t index)
{
    if (queue->count == queue->room) {
        queue->room = queue->room ? 2 * queue->room : 4;
        queue->waiting =
            lab_xrealloc(queue->waiting, queue->room * sizeof(*queue->waiting));
    }
    queue->waiting[queue->count++] =
        (struct waiting_read){rc_message_share(request), index};
    LAB_ASSERT(queue->count == 1 || queue->waiting[queue->count - 2].index <=
                                        queue->waiting[queue->count - 1].index);
}

/* One number per member is enough: who confirmed a read confirmed all before
 * it. A list, as there are few members, and those removed meanwhile do no harm.
 */
void read_queue_ack(struct read_queue *queue, uint64_t id, uint64_t sequence)
{
    LAB_ASSERT(sequence <= queue->confirmed + queue->count);
    for (size_t i = 0; i < queue->ack_count; i++) {
        if (queue->acks[i].id == id) {
            if (queue->acks[i].sequence < sequence) {
                queue->acks[i].sequence = sequence;
            }
            return;
        }
    }
    if (queue->ack_count == queue->ack_room) {
        queue->ack_room = queue->ack_room ? 2 * queue->ack_room : 4;
        queue->acks =
            lab_xrealloc(queue->acks, queue->ack_room * sizeof(*queue->acks));
    }
    queue->acks[queue->ack_count++] = (struct read_ack){id, sequence};
}

static bool acked_sequence(void *context, uint64_t id, uint64_t *sequence)
{
    const struct read_queue *queue = context;
    for (size_t i = 0; i < queue->ack_count; i++) {
        if (queue->acks[i].id == id) {
            *sequence = queue->acks[i].sequence;
            return true;
        }
    }
    return false;
}

size_t read_queue_confirmed(const struct read_queue *queue,
                            const struct rc_joint *voters)
{
    uint64_t sequence =
        rc_joint_committed(voters, acked_sequence, (void *)queue);
    uint64_t end = queue->confirmed + queue->count;
    if (sequence > end) {
        sequence = end; /* without voters it is UINT64_MAX */
    }
    size_t count =
        sequence > queue->confirmed ? (size_t)(sequence - queue->confirmed) : 0;
    LAB_ASSERT(count <= queue->count);
    return count;
}

/* Requests are served in the order in which they arrived: an acknowledgement of
 * one is an acknowledgement of all before it. */
void read_queue_drop_front(struct read_queue *queue, size_t count)
{
    LAB_ASSERT(count <= queue->count);
    for (size_t i = 0; i < count; i++) {
        rc_message_release(&queue->waiting[i].request);
    }
    queue->count -= count;
    queue->confirmed += count;
    if (queue->count > 0) {
        memmove(queue->waiting, queue->waiting + count,
                queue->count * sizeof(*queue->waiting));
    }
}

/* ---- Tokens: 8 bytes, the lowest first -----------------------------------*/

struct rc_payload *read_token_encode(uint64_t sequence)
{
    if (sequence == 0) {
        return NULL;
    }
    struct rc_payload *token = rc_payload_new(8);
    LAB_ASSERT(token);
    for (int i = 0; i < 8; i++) {
        token->bytes[i] = (uint8_t)(sequence >> 8 * i);
    }
    return token;
}

uint64_t read_token_decode(const struct rc_payload *token)
{
    uint64_t sequence = 0;
    for (int i = 0; token && token->size >= 8 && i < 8; i++) {
        sequence |= (uint64_t)token->bytes[i] << 8 * i;
    }
    return sequence;
}
