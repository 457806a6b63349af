/* core_stderr.h - a core's words on standard error, as etcd's Raft has them.
 * Layer: hosts. Specification of raftcore, section 8.3. */
#ifndef HOSTS_CORE_STDERR_H
#define HOSTS_CORE_STDERR_H

#include "raftcore/logger.h"

/* "raft", date and time, level, text. Debug lines only if debug. One for all:
 * the last call counts. To be given to rc_set_default_logger() or to a
 * configuration. */
const struct rc_logger *core_stderr_logger(bool debug);

#endif
