/* persister.h - what a server keeps across a crash: state and snapshot.
 * Layer: persister; public to labs. The tester's side: store.h.
 *
 *     struct bytes state = PACK(saved, &rf->saved);
 *     persister_save_state(rf->persister, state);
 *     bytes_free(&state);
 *     ...
 *     struct bytes state = persister_state(persister);   after a restart
 *     if (state.size > 0 && UNPACK(saved, state, &rf->saved) != LAB_OK) {
 *         ...
 *     }
 *     bytes_free(&state);
 *
 * A save is atomic: after a crash the persister holds all of it or nothing of
 * it, and the state and the snapshot of one call together. It is durable when
 * the call returns; send what depends on it only then (paper, Figure 2).
 *
 * What you pass is copied. What a function returns is yours to free with
 * bytes_free(). Any thread may call, but two saves at once have no order that
 * you can rely on, so save under your lock. Nothing here waits for another
 * thread or fails. A save is a scheduling point: a crash may come before it
 * and after it. */
#ifndef PERSISTER_PERSISTER_H
#define PERSISTER_PERSISTER_H

#include "base/bytes.h"

struct persister;

/* Save state and snapshot. An empty snapshot erases the saved one. */
void persister_save(struct persister *ps, struct bytes state,
                    struct bytes snapshot);

/* Save the state and keep the snapshot. */
void persister_save_state(struct persister *ps, struct bytes state);

/* Replace the end of the saved state: keep its first `offset` bytes, put `end`
 * behind them, and keep the snapshot. For logs that grow: the cost is that of
 * `end`, however long the state is. An offset beyond the saved state ends the
 * run with a message. */
void persister_save_end(struct persister *ps, size_t offset, struct bytes end);

/* Return a copy of what was saved last; empty if nothing was. */
struct bytes persister_state(struct persister *ps);
struct bytes persister_snapshot(struct persister *ps);

/* Return the sizes in bytes, without copying. */
size_t persister_state_bytes(struct persister *ps);
size_t persister_snapshot_bytes(struct persister *ps);

#endif
