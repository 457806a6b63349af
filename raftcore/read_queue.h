/* read_queue.h - reads that wait until a quorum says that it still follows.
 * Layer: raftcore. Specification, section 5.16; thesis 6.4.
 *
 * A read has a place: the first of this leader's is 1, and so on. Heartbeats
 * carry the place of the newest as a token; who answers with a token confirms
 * all reads up to it. Tokens are the leader's own: what an application passes
 * along with a read, maybe twice the same, confirms nothing. */
#ifndef RAFTCORE_READ_QUEUE_H
#define RAFTCORE_READ_QUEUE_H

#include "raftcore/message.h"
#include "raftcore/tracker.h"

struct waiting_read {
    struct rc_message request;
    uint64_t index; /* what was committed when it came */
};

struct read_ack {
    uint64_t id, place;
};

struct read_queue {
    uint64_t confirmed; /* the place of the last that was answered */
    struct waiting_read *waiting;
    size_t count, room;
    struct read_ack *acks; /* the highest of each member */
    size_t ack_count, ack_room;
};

void read_queue_reset(struct read_queue *ro);
void read_queue_release(struct read_queue *ro);

/* The place of the newest; 0: none waits. */
uint64_t read_queue_newest(const struct read_queue *ro);

/* Behind the others; shares what the request holds. */
void read_queue_add(struct read_queue *ro, const struct rc_message *request,
                    uint64_t index);
void read_queue_ack(struct read_queue *ro, uint64_t id, uint64_t place);

/* How many of the first are confirmed by a quorum. */
size_t read_queue_confirmed(const struct read_queue *ro,
                            const struct rc_joint *voters);

/* These are answered. */
void read_queue_drop_front(struct read_queue *ro, size_t count);

/* A token as bytes; 0: none, as no place is. A token that is too short is
 * none. */
struct rc_payload *read_token_encode(uint64_t place);
uint64_t read_token_decode(const struct rc_payload *token);

#endif
