/* core_stderr.h - logs nodes on standard error, as etcd's default logger.
 * Layer: hosts. Any thread. docs/raftcore-spec.md §8.3. */
#ifndef HOSTS_CORE_STDERR_H
#define HOSTS_CORE_STDERR_H

#include "raftcore/logger.h"

/* Return a logger for rc_set_default_logger() or a configuration: "raft", date
 * and time, level, text. debug: lines of level DEBUG, too. There is one: the
 * last call decides. */
const struct rc_logger *core_stderr_logger(bool debug);

#endif
