/* describe.h - entries, messages and states as text.
 * Layer: raftcore. Specification, sections 8.1, 8.2; to the byte. */
#ifndef RAFTCORE_DESCRIBE_H
#define RAFTCORE_DESCRIBE_H

#include "raftcore/conf_change.h"
#include "raftcore/message.h"
#include "raftcore/ready.h"

/* How the data of a normal entry is shown; NULL: quoted. */
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
                         struct rc_text *text); /* each on a line */
void rc_describe_message(
    const struct rc_message *message, rc_entry_formatter format,
    struct rc_text *text); /* without a newline at its end */
void rc_describe_ready(const struct rc_ready *ready, rc_entry_formatter format,
                       struct rc_text *text);

/* "v1 l2", and as a log line shows a change. */
void rc_describe_changes(const struct rc_conf_change *cc, struct rc_text *text);
void rc_describe_conf_change(const struct rc_conf_change *cc,
                             struct rc_text *text);

/* A number; of 2^64-1 the sign of infinity. */
void rc_describe_index(uint64_t index, struct rc_text *text);

#endif
