/* check.c - is a call's server gone?
 * Layer: labrpc. Guarded by the mutex of the network. */
#include "labrpc/check.h"

#include <utlist.h>

#include "base/assert.h"
#include "labrpc/server.h"

static const sim_ns period = 100 * SIM_MS; /* step E */

const struct sim_event_kind check_event_gone = {
    "rpc_gone", {"end", "call", "method", "bytes"}};

/* The handler never started, or its server has crashed under it. */
static bool never_returns(const struct call *call)
{
    return !call->started || !server_can_reply(call->server);
}

static void check(void *argument)
{
    struct call *call = argument;
    call->timer = 0;
    LAB_ASSERT(call->in_network && call->serving);
    /* The end may have been enabled again since the check was scheduled. */
    if (!check_is_gone(call)) {
        return;
    }
    if (call_is_awaited(call)) {
        call_event(call, &check_event_gone);
        call_settle(call, FAILED);
    }
    /* Else the handler is left to finish; its reply is thrown away. */
    if (never_returns(call)) {
        call_network_done(call);
    }
}

void check_schedule(struct call *call)
{
    LAB_ASSERT(call->serving);
    if (call->timer == 0) {
        LAB_ASSERT(call->served_at <= sim_now());
        sim_ns since = sim_now() - call->served_at;
        call->timer = sim_after(period - since % period, check, call);
    }
}

void check_all(struct labrpc_network *net)
{
    struct call *call, *next;
    DL_FOREACH_SAFE(net->serving, call, next)
    {
        if (call_is_awaited(call)) {
            if (check_is_gone(call)) {
                check_schedule(call);
            }
        } else if (never_returns(call)) {
            call_network_done(call);
        }
    }
}
