/* strict_votes.c - mistakes with votes, as scripts.
 * Layer: tester/labs. Paper: §5.2, Figure 2 (RequestVote). */
#include "tester/labs/registry.h"
#include "tester/labs/strict.h"

enum { A, B, C }; /* the servers */

/* Run the clock of a server until it leads, for up to `ms`. */
static bool becomes_leader(struct cluster *c, int server, uint64_t ms)
{
    run_clock(c, server);
    bool leads = false;
    for (uint64_t i = 0; i < ms && !leads; i++) {
        sleep_ms(1);
        leads = state_of(c, server).is_leader;
    }
    stop_clock(c, server);
    return leads;
}

/* Bring all three servers to one term, with C as leader; stop all clocks. */
static void agree_on_a_term(struct cluster *c)
{
    for (int i = A; i <= C; i++) {
        set_links(c, i, SERVER(A) | SERVER(B) | SERVER(C), FLOW_PASS);
    }
    must_elect(c, C, SERVER(A) | SERVER(B), DELIVERED);
    agree_by(c, C, random_value(c), SERVER(A) | SERVER(B) | SERVER(C));
    stop_clock(c, C);
}

/* A requests the vote of C, and C crashes at this stop point. True if A became
 * leader by that vote. */
static bool vote_and_crash(struct cluster *c, enum sim_stop_point point,
                           uint64_t n)
{
    set_links(c, A, SERVER(B), FLOW_DROP);
    set_links(c, B, SERVER(C), FLOW_DROP);
    crash_at(c, C, point, n);
    bool leads = becomes_leader(c, A, 2500);
    for (int i = 0; leads && i < 1000 && is_running(c, C); i++) {
        run_clock(c, A);
        sleep_ms(1);
    }
    stop_clock(c, A);
    crash_at(c, C, point, 0);
    return leads && !is_running(c, C);
}

/* C votes for A, which becomes leader, and crashes. Does it deny its vote to B
 * in the same term after the restart? The script tries many stop points for the
 * crash, because implementations differ: the vote is the first reply or, after
 * a pre-vote, the second; it is saved by the first save or the third. */
LAB_TEST(TestStrictVoteNotDurable, "a server remembers its vote over a crash",
         .part = "S", .servers = 3, .points = 0, .time_limit_s = 900)
{
    static const enum sim_stop_point points[] = {
        SIM_AFTER_REPLY, SIM_AFTER_SAVE, SIM_BEFORE_SAVE, SIM_BEFORE_REPLY};
    int tried = 0;
    bool fresh = true;
    strict_begin(c);
    for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
        for (uint64_t n = 1; n <= 3; n++) {
            if (!fresh) {
                agree_on_a_term(c);
            }
            fresh = false;
            bool leads = vote_and_crash(c, points[i], n);
            if (is_running(c, C)) {
                crash(c, C);
            }
            set_links(c, A, SERVER(B) | SERVER(C), FLOW_DROP);
            restart(c, C);
            if (leads) {
                tried++;
                elect(c, B, SERVER(C), DELIVERED);
            }
        }
    }
    if (tried == 0) {
        not_applicable(c, "lead by one vote",
                       "server 0 never became leader by the vote of server 2");
    }
}

/* A requests the vote of B in a term that the others leave. The reply arrives
 * when A is candidate in the later term that C leads. Does A ignore the old
 * vote? */
LAB_TEST(TestStrictStaleVoteReply,
         "a vote counts only in the term in which it was granted", .part = "S",
         .servers = 3, .points = 0, .time_limit_s = 600)
{
    struct flow_message vote;
    strict_begin(c);
    set_links(c, A, SERVER(C), FLOW_DROP);
    set_flow(c, B, A, FLOW_BOTH, FLOW_HOLD);
    run_clock(c, A);
    if (!wait_kept(c, B, A, FLOW_REPLIES, 20000, &vote)) {
        not_applicable(c, "request a vote", "server 0 requested no vote");
    }
    /* If that was a pre-vote, grant it: the term increases afterwards. */
    while (state_of(c, A).term == 0) {
        release_message(c, vote.number);
        if (!wait_kept(c, B, A, FLOW_REPLIES, 20000, &vote)) {
            not_applicable(c, "request a vote",
                           "the term of server 0 stayed 0");
        }
    }
    set_flow(c, A, B, FLOW_BOTH, FLOW_DROP);
    stop_clock(c, A);
    struct flow_message held = vote;

    /* elect() connects C to B only; A stays disconnected. */
    must_elect(c, C, SERVER(B), DELIVERED);
    uint64_t term = state_of(c, C).term;
    stop_clock(c, C);
    run_clock(c, A);
    for (int i = 0; i < 20000 && state_of(c, A).term < term; i++) {
        sleep_ms(1);
    }
    stop_clock(c, A);
    if (state_of(c, A).term != term) {
        not_applicable(
            c, "reach the term",
            "server 0 did not become candidate in the term of server "
            "2");
    }
    release_message(c, held.number);
    sleep_ms(100);
    state_of(c, A);
}
