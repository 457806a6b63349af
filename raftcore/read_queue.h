/* read_queue.h - reads that wait until a quorum confirms their leader.
 * Layer: raftcore; inner. Thesis §6.4; docs/raftcore-spec.md §5.16; etcd's
 * read_only.go.
 *
 * Reads are numbered from 1 on, anew in each term of a leader. Heartbeats carry
 * the sequence number of the newest as a token; a response with a token
 * confirms all reads up to it. The numbers are the leader's own: with the
 * contexts of applications, which may be repeated, an old response could
 * confirm a new read. */
#ifndef RAFTCORE_READ_QUEUE_H
#define RAFTCORE_READ_QUEUE_H

#include "raftcore/message.h"
#include "raftcore/tracker.h"

struct waiting_read {
    struct rc_message request;
    uint64_t index; /* the commit index when it arrived */
};

struct read_ack {
    uint64_t id, sequence;
};

/* All zero: empty. */
struct read_queue {
    uint64_t confirmed; /* sequence number of the last that was served */
    struct waiting_read *waiting; /* number i has sequence confirmed + 1 + i */
    size_t count, room;
    struct read_ack *acks; /* the highest of each member */
    size_t ack_count, ack_room;
};

/* Drop all reads and acknowledgements. */
void read_queue_reset(struct read_queue *queue);
void read_queue_release(struct read_queue *queue);

/* Return the sequence number of the newest read; 0 if none waits. */
uint64_t read_queue_newest(const struct read_queue *queue);

/* Add a read behind the others; shares what the request holds. */
void read_queue_add(struct read_queue *queue, const struct rc_message *request,
                    uint64_t index);

/* Member id has confirmed all reads up to this one. */
void read_queue_ack(struct read_queue *queue, uint64_t id, uint64_t sequence);

/* Return how many of the oldest reads a quorum has confirmed. */
size_t read_queue_confirmed(const struct read_queue *queue,
                            const struct rc_joint *voters);

/* Remove the oldest reads, which were served. */
void read_queue_drop_front(struct read_queue *queue, size_t count);

/* A sequence number or an epoch as 8 bytes, the lowest first; NULL for 0. A
 * token that is NULL or too short decodes to 0. */
struct rc_payload *read_token_encode(uint64_t number);
uint64_t read_token_decode(const struct rc_payload *token);

#endif
