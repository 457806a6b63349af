/* locked_storage.h - a memory storage for a node of several threads: the
 * application writes while any thread makes the node read.
 * Layer: hosts. Any thread. */
#ifndef HOSTS_LOCKED_STORAGE_H
#define HOSTS_LOCKED_STORAGE_H

#include "raftcore/memory_storage.h"
#include "raftcore/ready.h"

struct locked_storage;

struct locked_storage *locked_storage_new(void);
void locked_storage_free(struct locked_storage *ls);

/* The storage for a node's configuration; valid as long as ls. */
struct rc_storage locked_storage_interface(struct locked_storage *ls);

/* Write what a Ready has, at once: snapshot, entries, hard state. */
void locked_storage_write(struct locked_storage *ls,
                          const struct rc_ready *ready);

/* As those of memory_storage.h. */
enum rc_error locked_storage_apply_snapshot(struct locked_storage *ls,
                                            struct rc_snapshot *snapshot);
enum rc_error locked_storage_create_snapshot(struct locked_storage *ls,
                                             uint64_t index,
                                             const struct rc_conf_state *cs,
                                             struct rc_payload *data);
enum rc_error locked_storage_compact(struct locked_storage *ls, uint64_t index);

#endif
