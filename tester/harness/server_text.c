/* server_text.c - the state of each server, as text for a verdict.
 * Layer: tester/harness. See server_text.h. */
#include "tester/harness/server_text.h"

#include "tester/harness/oracle.h"
#include "tester/harness/safe_text.h"

static const char *role_text(const struct oracle_view *view)
{
    if (view->role == LAB_LEADER) {
        return ", leader in term ";
    }
    if (!view->reported) { /* raft_get_state() does not tell more */
        return ", not leader, in term ";
    }
    return view->role == LAB_CANDIDATE ? ", candidate in term "
                                       : ", follower in term ";
}

static const char *state_text(const struct server *server)
{
    if (server->raft) {
        return server->connected ? ": up, connected" : ": up, disconnected";
    }
    if (server->life == 0) {
        return ": not started";
    }
    return server->making  ? ": starting"
           : server->apply ? ": without a Raft"
                           : ": crashed";
}

static void put_server(struct safe_text *text, const struct lab *lab,
                       const struct server *server, bool with_saved)
{
    struct oracle_view view = oracle_look(lab->oracle, server->index);
    safe_put_number(text, "server ", (uint64_t)server->index);
    safe_put(text, state_text(server));
    if (server->raft && (view.reported || view.asked)) {
        safe_put_number(text, role_text(&view), view.term);
    }
    if (server->raft && view.reported) {
        safe_put_number(text, ", commit index ", view.commit_index);
        safe_put_number(text, ", last index ", view.last_index);
    }
    safe_put_number(text, ", applied ",
                    oracle_applied(lab->oracle, server->index));
    if (with_saved) {
        safe_put_number(text, ", saved ",
                        persister_state_bytes(server->persister));
        safe_put_number(text, " bytes of state, ",
                        persister_snapshot_bytes(server->persister));
        safe_put(text, " of snapshot");
    }
    safe_put(text, "\n");
}

void lab_describe_servers(struct lab *lab, bool with_saved)
{
    struct verdict *verdict = lab->verdict;
    verdict->servers[0] = '\0';
    struct safe_text text =
        safe_text_in(verdict->servers, sizeof(verdict->servers));
    /* The run may have ended before the servers existed. */
    for (int i = 0; lab->servers && lab->oracle && i < lab->count; i++) {
        if (lab->servers[i].persister) {
            put_server(&text, lab, &lab->servers[i], with_saved);
        }
    }
}
