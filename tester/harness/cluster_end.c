/* cluster_end.c - the end of a test: raft_kill, and what is known of servers.
 * Layer: tester. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tester/harness/cluster_state.h"

/* Handlers that have begun may finish before raft_kill; calls to dead ends
 * last up to 7 s after it. */
static const sim_ns handlers_finish = 100 * SIM_MS;
static const sim_ns kill_limit = 20 * SIM_SECOND;
static const sim_ns first_pause = 10 * SIM_MS;
static const sim_ns longest_pause = SIM_SECOND;

/* ---- The orderly end ----------------------------------------------------*/

/* From here on nothing reaches the servers: no request, no result of an
 * apply, no check. */
static void isolate(struct lab *lab)
{
    for (int i = 0; i < lab->count; i++) {
        struct server *server = &lab->servers[i];
        if (!server->raft) {
            continue;
        }
        apply_channel_close(server->apply);
        labrpc_delete_server(lab->net, server->name);
        labrpc_server_free(server->rpc);
        server->rpc = NULL;
        server->connected = false;
        for (int k = 0; k < lab->count; k++) {
            labrpc_enable(lab->net, server->peer_names[k], false);
        }
    }
}

static bool is_over(const struct lab *lab)
{
    for (int i = 0; i < lab->count; i++) {
        const struct server *server = &lab->servers[i];
        if (server->raft &&
            (!server->kill_returned || sim_node_threads(server->node) > 0)) {
            return false;
        }
    }
    return true;
}

static void note_leftovers(struct lab *lab)
{
    for (int i = 0; i < lab->count; i++) {
        const struct server *server = &lab->servers[i];
        char text[128];
        size_t threads = sim_node_threads(server->node);
        if (!server->raft || (server->kill_returned && threads == 0)) {
            continue;
        }
        snprintf(text, sizeof(text),
                 "server %d: 20 s after the call of %s, which has %s, %zu of "
                 "its threads live",
                 i, server_killer(server),
                 server->kill_returned ? "returned" : "not returned", threads);
        lab_note(lab, text);
    }
}

static void end_real(struct lab *lab)
{
    for (int i = 0; i < lab->count; i++) {
        if (lab->servers[i].raft) {
            server_end(&lab->servers[i], server_take_parts(&lab->servers[i]));
        }
    }
}

void lab_orderly_end(struct lab *lab)
{
    lab->body_done = true;
    lab->body_end = sim_now();
    lab->verdict->file[0] = '\0'; /* nowhere in the test any more */
    lab_state_observe(NULL);
    isolate(lab);
    if (sim_is_real()) {
        end_real(lab);
        return;
    }
    sim_sleep(handlers_finish);
    for (int i = 0; i < lab->count; i++) {
        if (lab->servers[i].raft) {
            server_kill(&lab->servers[i]);
        }
    }
    sim_ns end = sim_now() + kill_limit;
    sim_ns pause = first_pause;
    while (!is_over(lab) && sim_now() < end) {
        sim_sleep(pause);
        pause = pause < longest_pause ? 2 * pause : pause;
    }
    note_leftovers(lab);
}

/* ---- Text ---------------------------------------------------------------*/

/* Appending to a text of limited size, with nothing but assignments: it is
 * done in a signal handler, too. */
struct text {
    char *at, *end; /* *at is the final zero */
};

static void put(struct text *text, const char *what)
{
    while (*what != '\0' && text->at + 1 < text->end) {
        *text->at++ = *what++;
    }
    *text->at = '\0';
}

static void put_number(struct text *text, uint64_t number)
{
    char digits[24];
    size_t at = sizeof(digits) - 1;
    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    put(text, &digits[at]);
}

static void put_field(struct text *text, const char *name, uint64_t number)
{
    put(text, name);
    put_number(text, number);
}

void lab_note(struct lab *lab, const char *line)
{
    char *notes = lab->verdict->notes;
    struct text text = {notes + strlen(notes),
                        notes + sizeof(lab->verdict->notes)};
    if (!strstr(notes, line)) {
        put(&text, line);
        put(&text, "\n");
    }
}

static const char *role_text(const struct oracle_view *view)
{
    if (view->role == LAB_LEADER) {
        return "leader in term ";
    }
    if (!view->reported) {
        return "not leader, in term ";
    }
    return view->role == LAB_CANDIDATE ? "candidate in term "
                                       : "follower in term ";
}

static const char *state_text(const struct server *server)
{
    if (server->raft) {
        return server->connected ? ": up, connected" : ": up, disconnected";
    }
    if (server->life == 0) {
        return ": not started";
    }
    return server->making  ? ": being made"
           : server->apply ? ": without a Raft"
                           : ": crashed";
}

static void put_server(struct text *text, struct lab *lab,
                       const struct server *server, bool with_saved)
{
    struct oracle_view view = oracle_look(lab->oracle, server->index);
    put_field(text, "server ", (uint64_t)server->index);
    put(text, state_text(server));
    if (server->raft && (view.reported || view.asked)) {
        put(text, ", ");
        put_field(text, role_text(&view), view.term);
    }
    if (server->raft && view.reported) {
        put_field(text, ", commit ", view.commit_index);
        put_field(text, ", last ", view.last_index);
    }
    put_field(text, ", applied ", oracle_applied(lab->oracle, server->index));
    if (with_saved) {
        put_field(text, ", saved ", persister_state_bytes(server->persister));
        put_field(text, " + ", persister_snapshot_bytes(server->persister));
        put(text, " bytes");
    }
    put(text, "\n");
}

void lab_describe_servers(struct lab *lab, bool with_saved)
{
    struct verdict *verdict = lab->verdict;
    struct text text = {verdict->servers,
                        verdict->servers + sizeof(verdict->servers)};
    put(&text, "");
    for (int i = 0; lab->servers && lab->oracle && i < lab->count; i++) {
        if (lab->servers[i].persister) {
            put_server(&text, lab, &lab->servers[i], with_saved);
        }
    }
}
