/* strict.c - elections and agreement by script.
 * Layer: tester. Called on tester fibers. */
#include "tester/labs/strict.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/assert.h"
#include "tester/harness/lab.h"
#include "tester/harness/oracle.h"
#include "tester/harness/server_calls.h"

static const sim_ns elect_limit = 20 * SIM_SECOND;
static const sim_ns elect_patience = 10 * SIM_SECOND;
static const sim_ns agree_limit = 10 * SIM_SECOND;
static const uint64_t look_ms = 1;
static const uint64_t reaction_ms = 5; /* to a message */

/* Clocks of those that listen to a leader: so slow that they do not become
 * impatient, but what they do by timers gets on. */
enum { SLOWLY = 4 };

static unsigned everybody(const struct cluster *c)
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
    /* Once patience is over: what the voters may say to others. */
    bool impatient;
    enum flow_fate requests[32][32];
};

/* Leader now, and not only of a term that is over. */
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

/* From and to all voters. */
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
    set_links(c, e->server, everybody(c), FLOW_DROP);
    set_voters(e, FLOW_OPEN, FLOW_DROP, FLOW_HOLD);
    for (int i = 0; i < c->lab->count; i++) {
        if (i != e->server) {
            stop_clock(c, i);
        }
    }
    run_clock(c, e->server);
}

/* A voter whose stopped clock says that it heard of a leader just now may
 * refuse for ever. Let the clocks of the voters run a little, but nothing
 * that they may do for it leave them. */
static void lose_patience(struct election *e)
{
    e->impatient = true;
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

static void regain_patience(struct election *e)
{
    for (int i = 0; e->impatient && i < e->c->lab->count; i++) {
        for (int k = 0; is_in(e->voters, i) && k < e->c->lab->count; k++) {
            set_flow(e->c, i, k, FLOW_REQUESTS, e->requests[i][k]);
        }
        if (is_in(e->voters, i)) {
            stop_clock(e->c, i);
        }
    }
}

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

/* What the candidate said meanwhile waits, and goes on if it has not won. */
static bool wins_by(const struct election *e, uint64_t reply)
{
    set_voters(e, FLOW_HOLD, FLOW_DROP, FLOW_HOLD);
    release_message(e->c, reply);
    sleep_ms(reaction_ms);
    bool won = has_won(e);
    if (!won) {
        set_voters(e, FLOW_OPEN, FLOW_DROP, FLOW_HOLD);
        for (int i = 0; i < e->c->lab->count; i++) {
            release_flow(e->c, e->server, i, FLOW_BOTH);
        }
    }
    return won;
}

static void finish(struct election *e, bool speaks)
{
    enum flow_fate fate = speaks ? FLOW_OPEN : FLOW_DROP;
    regain_patience(e);
    set_voters(e, fate, fate, fate);
    for (int i = 0; i < e->c->lab->count; i++) {
        if (speaks) {
            release_flow(e->c, e->server, i, FLOW_BOTH);
            release_flow(e->c, i, e->server, FLOW_BOTH);
        } else {
            discard_flow(e->c, e->server, i, FLOW_BOTH);
            discard_flow(e->c, i, e->server, FLOW_BOTH);
        }
    }
}

bool strict_elect(struct cluster *c, int server, unsigned voters,
                  enum voice voice)
{
    struct election e = {.c = c, .server = server, .voters = voters};
    LAB_ASSERT(!is_in(voters, server));
    sim_ns began = sim_now();
    bool won = false;
    begin(&e);
    while (!won && sim_now() < began + elect_limit) {
        struct flow_message reply = {.number = 0};
        if (!e.impatient && sim_now() >= began + elect_patience) {
            lose_patience(&e);
        }
        if (oldest_reply(&e, &reply)) {
            won = wins_by(&e, reply.number);
        } else {
            sleep_ms(look_ms);
        }
    }
    finish(&e, won && voice == SPEAKS);
    return won;
}

/* ---- Commands -----------------------------------------------------------*/

uint64_t strict_start(struct cluster *c, int leader, uint64_t value)
{
    struct raft_start start = submit(c, leader, value);
    if (!start.is_leader) {
        not_applicable(c, "start", "server %d leads no more", leader);
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
            not_applicable(c, "agree", "not all servers applied index %u",
                           (unsigned)index);
        }
        sleep_ms(look_ms);
    }
    for (int i = 0; i < c->lab->count; i++) {
        if (is_in(servers, i) && i != leader) {
            stop_clock(c, i);
        }
    }
}
