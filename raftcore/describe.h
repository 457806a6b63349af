/* describe.h - entries, messages and states as text.
 * Layer: raftcore. Specification, sections 8.1, 8.2; to the byte. */
#ifndef RAFTCORE_DESCRIBE_H
#define RAFTCORE_DESCRIBE_H

#include "raftcore/change.h"
#include "raftcore/message.h"
#include "raftcore/ready.h"

/* How the data of a normal entry is shown; NULL: quoted. */
typedef void (*entry_formatter)(struct bytes data, struct text *text);

void describe_ids(const struct ids *ids, struct text *text); /* [1 2 3] */
void describe_soft_state(struct soft_state ss, struct text *text);
void describe_hard_state(struct hard_state hs, struct text *text);
void describe_conf_state(const struct conf_state *cs, struct text *text);
void describe_snapshot(const struct snapshot *snapshot, struct text *text);
void describe_entry(const struct entry *entry, entry_formatter format,
                    struct text *text);
void describe_entries(const struct entries *entries, entry_formatter format,
                      struct text *text); /* each on a line */
void describe_message(const struct message *message, entry_formatter format,
                      struct text *text); /* without a newline at its end */
void describe_ready(const struct ready *ready, entry_formatter format,
                    struct text *text);

/* "v1 l2", and as a log line shows a change. */
void describe_changes(const struct conf_change *cc, struct text *text);
void describe_conf_change(const struct conf_change *cc, struct text *text);

/* A number; of 2^64-1 the sign of infinity. */
void describe_index(uint64_t index, struct text *text);

#endif
