/* kv_special.h - the bodies of the other key/value tests.
 * Layer: tester/labs. docs/labs.md §4.4. */
#ifndef TESTER_LABS_KV_SPECIAL_H
#define TESTER_LABS_KV_SPECIAL_H

struct cluster;

/* A thousand appends, at most 33 ms each. */
void speed_test(struct cluster *c);

/* Five clients append to one key concurrently. */
void one_key_test(struct cluster *c);

/* A majority makes progress, a minority waits until the partition heals. */
void one_partition_test(struct cluster *c);

/* A server misses entries that the others have trimmed. */
void snapshot_rpc_test(struct cluster *c);

/* Snapshots contain no more than values and the latest call of each client. */
void snapshot_size_test(struct cluster *c);

#endif
