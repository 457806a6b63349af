/* kv_special.h - the bodies of key/value tests that are not the generic one.
 * Layer: tester. docs/labs.md §4.4. */
#ifndef TESTER_LABS_KV_SPECIAL_H
#define TESTER_LABS_KV_SPECIAL_H

struct cluster;

void speed_test(struct cluster *c);
void one_key_test(struct cluster *c);
void one_partition_test(struct cluster *c);
void snapshot_rpc_test(struct cluster *c);
void snapshot_size_test(struct cluster *c);

#endif
