/* persister.h - what one server keeps over a crash: state and snapshot.
 * Layer: persister; public to labs. The tester's side: store.h.
 *
 * A save is atomic: after a crash all of it is there, or none. What is passed
 * is copied; what a function returns is the caller's: bytes_free() it. */
#ifndef PERSISTER_PERSISTER_H
#define PERSISTER_PERSISTER_H

#include "base/bytes.h"

struct persister;

/* Save both, at once. An empty snapshot erases the saved one. */
void persister_save(struct persister *ps, struct bytes state,
                    struct bytes snapshot);

/* Save the state, keep the snapshot. */
void persister_save_state(struct persister *ps, struct bytes state);

/* The same for a state that begins like the saved one: its first bytes, as many
 * as offset says (no more than are saved), stay; end comes behind them. Costs
 * what end costs, however long the state is: for logs that grow. */
void persister_save_end(struct persister *ps, size_t offset, struct bytes end);

/* Copies of what was saved last; empty if nothing was. */
struct bytes persister_state(struct persister *ps);
struct bytes persister_snapshot(struct persister *ps);

/* Sizes in bytes, without copying. */
size_t persister_state_bytes(struct persister *ps);
size_t persister_snapshot_bytes(struct persister *ps);

#endif
