/* describe.h - entries, messages and states as text, to the byte as etcd's.
 * Layer: raftcore. Any thread. docs/raftcore-spec.md §8.1, §8.2.
 *
 * Each function adds to *text. Unless it says otherwise it ends without a
 * newline. */
#ifndef RAFTCORE_DESCRIBE_H
#define RAFTCORE_DESCRIBE_H

#include "raftcore/conf_change.h"
#include "raftcore/message.h"
#include "raftcore/ready.h"

/* Adds the data of a normal entry. NULL instead: quoted, as Go's %q. */
typedef void (*rc_entry_formatter)(struct rc_bytes data, struct rc_text *text);

void rc_describe_ids(const struct rc_ids *ids,
                     struct rc_text *text); /* [1 2 3] */
void rc_describe_soft_state(struct rc_soft_state ss, struct rc_text *text);
void rc_describe_hard_state(struct rc_hard_state hs, struct rc_text *text);
void rc_describe_conf_state(const struct rc_conf_state *cs,
                            struct rc_text *text);
void rc_describe_snapshot(const struct rc_snapshot *snapshot,
                          struct rc_text *text);
void rc_describe_entry(const struct rc_entry *entry, rc_entry_formatter format,
                       struct rc_text *text);
void rc_describe_entries(const struct rc_entries *entries,
                         rc_entry_formatter format,
                         struct rc_text *text); /* a line for each */
void rc_describe_message(const struct rc_message *message,
                         rc_entry_formatter format, struct rc_text *text);

/* Lines, with the last newline; "<empty Ready>" alone has none. */
void rc_describe_ready(const struct rc_ready *ready, rc_entry_formatter format,
                       struct rc_text *text);

/* "v1 l2"; and with transition, types in words and context, as logged. */
void rc_describe_changes(const struct rc_conf_change *cc, struct rc_text *text);
void rc_describe_conf_change(const struct rc_conf_change *cc,
                             struct rc_text *text);

/* A decimal number; UINT64_MAX is the sign of infinity. */
void rc_describe_index(uint64_t index, struct rc_text *text);

#endif
