/* strict.c - elections and agreement by script.
 * Layer: tester/labs. See strict.h. Call it on fibers of the tester. */
#include "tester/labs/strict.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/assert.h"
#include "tester/harness/lab.h"
#include "tester/harness/oracle.h"
#include "tester/harness/server_calls.h"

static const sim_ns elect_limit = 20 * SIM_SECOND;
static const sim_ns voters_wake = 10 * SIM_SECOND; /* see wake_voters() */
static const sim_ns agree_limit = 10 * SIM_SECOND;
static const uint64_t poll_ms = 1;
static const uint64_t reaction_ms = 5; /* to a message */

/* The clocks of followers run at 1/4: too slow for an election timeout, but
 * what they do on timers makes progress. */
enum { SLOWLY = 4 };

static unsigned all_servers(const struct cluster *c)
{
    return SERVER(c->lab->count) - 1;
}

static bool is_in(unsigned servers, int server)
{
    return (servers & SERVER(server)) != 0;
}

void strict_begin(struct cluster *c)
{
    if (sim_is_real()) {
        not_applicable(c, "begin", "clocks of real threads cannot be stopped");
    }
    for (int i = 0; i < c->lab->count; i++) {
        stop_clock(c, i);
    }
    control_flows(c);
}

void run_clock(struct cluster *c, int server)
{
    set_clock(c, server, 1, 1);
}

void stop_clock(struct cluster *c, int server)
{
    set_clock(c, server, 0, 1);
}

void strict_not_applicable(struct cluster *c, const char *step,
                           const char *format, ...)
{
    char reason[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof(reason), format, arguments);
    va_end(arguments);
    c->lab->not_applicable = true;
    lab_fail(c->lab, step, reason);
}

struct raft_state state_of(struct cluster *c, int server)
{
    struct raft_state state = {.is_leader = false};
    if (c->lab->servers[server].raft) {
        server_get_state(c->lab, &c->lab->servers[server], &state);
    }
    return state;
}

/* ---- Elections ----------------------------------------------------------*/

struct election {
    struct cluster *c;
    int server;
    unsigned voters;
    /* Once the voters' clocks run: the former fates of their requests. */
    bool awake;
    enum flow_fate requests[32][32];
};

/* Does the server lead, and has no voter a higher term? */
static bool has_won(const struct election *e)
{
    struct raft_state state = state_of(e->c, e->server);
    if (!state.is_leader) {
        return false;
    }
    for (int i = 0; i < e->c->lab->count; i++) {
        if (is_in(e->voters, i) && state_of(e->c, i).term > state.term) {
            return false;
        }
    }
    return true;
}

/* Set the fates of all flows from and to the voters. */
static void set_voters(const struct election *e, enum flow_fate to_them,
                       enum flow_fate requests_back, enum flow_fate replies)
{
    for (int i = 0; i < e->c->lab->count; i++) {
        if (is_in(e->voters, i)) {
            set_flow(e->c, e->server, i, FLOW_BOTH, to_them);
            set_flow(e->c, i, e->server, FLOW_REQUESTS, requests_back);
            set_flow(e->c, i, e->server, FLOW_REPLIES, replies);
        }
    }
}

static void begin(struct election *e)
{
    struct cluster *c = e->c;
    set_links(c, e->server, all_servers(c), FLOW_DROP);
    set_voters(e, FLOW_PASS, FLOW_DROP, FLOW_HOLD);
    for (int i = 0; i < c->lab->count; i++) {
        if (i != e->server) {
            stop_clock(c, i);
        }
    }
    run_clock(c, e->server);
}

/* A voter may deny its vote as long as its clock says that it has just heard
 * from a leader (paper §6, thesis §4.2.3), and its clock is stopped. Let the
 * clocks of the voters run slowly, but drop the requests that they may send. */
static void wake_voters(struct election *e)
{
    e->awake = true;
    for (int i = 0; i < e->c->lab->count; i++) {
        for (int k = 0; is_in(e->voters, i) && k < e->c->lab->count; k++) {
            e->requests[i][k] = flow_get(e->c->lab->net, i, k, FLOW_REQUESTS);
            set_flow(e->c, i, k, FLOW_REQUESTS, FLOW_DROP);
        }
        if (is_in(e->voters, i)) {
            set_clock(e->c, i, 1, SLOWLY);
        }
    }
}

/* Undo wake_voters(). */
static void stop_voters(struct election *e)
{
    for (int i = 0; e->awake && i < e->c->lab->count; i++) {
        for (int k = 0; is_in(e->voters, i) && k < e->c->lab->count; k++) {
            set_flow(e->c, i, k, FLOW_REQUESTS, e->requests[i][k]);
        }
        if (is_in(e->voters, i)) {
            stop_clock(e->c, i);
        }
    }
}

/* Find the oldest reply of a voter that is held. */
static bool oldest_reply(const struct election *e, struct flow_message *oldest)
{
    bool any = false;
    for (int i = 0; i < e->c->lab->count; i++) {
        struct flow_message message;
        if (is_in(e->voters, i) &&
            first_kept(e->c, i, e->server, FLOW_REPLIES, &message) &&
            (!any || message.number < oldest->number)) {
            *oldest = message;
            any = true;
        }
    }
    return any;
}

/* Release a reply to the candidate: does it win by this one? Its messages are
 * held meanwhile, and released if it has not won. */
static bool wins_by(const struct election *e, uint64_t reply)
{
    set_voters(e, FLOW_HOLD, FLOW_DROP, FLOW_HOLD);
    release_message(e->c, reply);
    sleep_ms(reaction_ms);
    bool won = has_won(e);
    if (!won) {
        set_voters(e, FLOW_PASS, FLOW_DROP, FLOW_HOLD);
        for (int i = 0; i < e->c->lab->count; i++) {
            release_flow(e->c, e->server, i, FLOW_BOTH);
        }
    }
    return won;
}

static void finish(struct election *e, bool delivered)
{
    enum flow_fate fate = delivered ? FLOW_PASS : FLOW_DROP;
    stop_voters(e);
    set_voters(e, fate, fate, fate);
    for (int i = 0; i < e->c->lab->count; i++) {
        if (delivered) {
            release_flow(e->c, e->server, i, FLOW_BOTH);
            release_flow(e->c, i, e->server, FLOW_BOTH);
        } else {
            discard_flow(e->c, e->server, i, FLOW_BOTH);
            discard_flow(e->c, i, e->server, FLOW_BOTH);
        }
    }
}

bool strict_elect(struct cluster *c, int server, unsigned voters,
                  enum first_messages first)
{
    struct election e = {.c = c, .server = server, .voters = voters};
    LAB_ASSERT(c->lab->flows); /* strict_begin() */
    LAB_ASSERT(!is_in(voters, server));
    sim_ns began = sim_now();
    bool won = false;
    begin(&e);
    while (!won && sim_now() < began + elect_limit) {
        struct flow_message reply = {.number = 0};
        if (!e.awake && sim_now() >= began + voters_wake) {
            wake_voters(&e);
        }
        if (oldest_reply(&e, &reply)) {
            won = wins_by(&e, reply.number);
        } else {
            sleep_ms(poll_ms);
        }
    }
    finish(&e, won && first == DELIVERED);
    return won;
}

/* ---- Commands -----------------------------------------------------------*/

uint64_t strict_start(struct cluster *c, int leader, uint64_t value)
{
    struct raft_start start = submit(c, leader, value);
    if (!start.is_leader) {
        not_applicable(c, "start", "server %d no longer leads", leader);
    }
    return start.index;
}

static bool all_applied(const struct cluster *c, unsigned servers,
                        uint64_t index)
{
    for (int i = 0; i < c->lab->count; i++) {
        if (is_in(servers, i) && oracle_applied(c->lab->oracle, i) < index) {
            return false;
        }
    }
    return true;
}

void strict_agree(struct cluster *c, int leader, uint64_t value,
                  unsigned servers)
{
    uint64_t index = strict_start(c, leader, value);
    sim_ns end = sim_now() + agree_limit;
    for (int i = 0; i < c->lab->count; i++) {
        if (is_in(servers, i) && i != leader) {
            set_clock(c, i, 1, SLOWLY);
        }
    }
    while (!all_applied(c, servers, index)) {
        if (sim_now() >= end) {
            not_applicable(c, "agree",
                           "not all of the servers applied index %" PRIu64,
                           index);
        }
        sleep_ms(poll_ms);
    }
    for (int i = 0; i < c->lab->count; i++) {
        if (is_in(servers, i) && i != leader) {
            stop_clock(c, i);
        }
    }
}
