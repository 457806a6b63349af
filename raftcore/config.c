/* config.c - check a node's configuration and set its defaults.
 * Layer: raftcore. docs/raftcore-spec.md §2.2; etcd: Config.validate. */
#include "raftcore/config.h"

#include "base/assert.h"
#include "raftcore/message.h"

enum { TICKS_MAX = 1 << 30 };

static const char *check_identity(const struct rc_config *config)
{
    if (config->id == RC_NO_NODE) {
        return "cannot use none as id";
    }
    if (config->id == RC_APPEND_THREAD || config->id == RC_APPLY_THREAD) {
        return "cannot use local target as id";
    }
    if (config->heartbeat_tick <= 0) {
        return "heartbeat tick must be greater than 0";
    }
    if (config->election_tick <= config->heartbeat_tick) {
        return "election tick must be greater than heartbeat tick";
    }
    if (config->election_tick > TICKS_MAX) {
        return "election tick must be at most 2^30"; /* it is doubled */
    }
    return config->storage.entries ? NULL : "storage cannot be nil";
}

/* After the defaults were set. */
static const char *check_limits(const struct rc_config *config)
{
    if (config->max_inflight_msgs == 0) {
        return "max inflight messages must be greater than 0";
    }
    if (config->max_inflight_bytes < config->max_size_per_msg) {
        return "max inflight bytes must be >= max message size";
    }
    /* A lease is the time in which no other leader can be elected; without
     * check_quorum nobody waits for it. */
    if (config->read_only_option == RC_READ_ONLY_LEASE_BASED &&
        !config->check_quorum) {
        return "CheckQuorum must be enabled when ReadOnlyOption is "
               "ReadOnlyLeaseBased";
    }
    return NULL;
}

static uint64_t or_else(uint64_t value, uint64_t otherwise)
{
    return value ? value : otherwise;
}

const char *rc_config_check(struct rc_config *config)
{
    const char *wrong = check_identity(config);
    config->max_uncommitted_entries_size =
        or_else(config->max_uncommitted_entries_size, RC_NO_LIMIT);
    config->max_committed_size_per_ready =
        or_else(config->max_committed_size_per_ready, config->max_size_per_msg);
    /* 0 means one entry at a time, for messages. Here a limit of 0 bytes would
     * pause for ever; with 1 each batch is one entry. */
    config->max_committed_size_per_ready =
        or_else(config->max_committed_size_per_ready, 1);
    config->max_inflight_bytes =
        or_else(config->max_inflight_bytes, RC_NO_LIMIT);
    if (!config->logger) {
        config->logger = rc_default_logger();
    }
    LAB_ASSERT(config->max_committed_size_per_ready > 0);
    return wrong ? wrong : check_limits(config);
}
