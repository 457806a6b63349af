/* strict_votes.c - what can go wrong with votes, as scripts.
 * Layer: tester. Paper: §5.2, Figure 2 (RequestVote). */
#include "tester/labs/registry.h"
#include "tester/labs/strict.h"

enum { A, B, C }; /* the servers */

/* Run the clock of a server, at most for this time, until it leads. */
static bool comes_to_lead(struct cluster *c, int server, uint64_t ms)
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

/* All three in one term, A and B followers, all clocks stopped. */
static void agree_on_a_term(struct cluster *c)
{
    for (int i = A; i <= C; i++) {
        set_links(c, i, SERVER(A) | SERVER(B) | SERVER(C), FLOW_OPEN);
    }
    must_elect(c, C, SERVER(A) | SERVER(B), SPEAKS);
    agree_by(c, C, random_value(c), SERVER(A) | SERVER(B) | SERVER(C));
    stop_clock(c, C);
}

/* A asks C for its vote, and C crashes at this point. True: A leads by it. */
static bool vote_and_crash(struct cluster *c, enum sim_point point, uint64_t n)
{
    set_links(c, A, SERVER(B), FLOW_DROP);
    set_links(c, B, SERVER(C), FLOW_DROP);
    crash_at(c, C, point, n);
    bool leads = comes_to_lead(c, A, 2500);
    for (int i = 0; leads && i < 1000 && is_running(c, C); i++) {
        run_clock(c, A);
        sleep_ms(1);
    }
    stop_clock(c, A);
    crash_at(c, C, point, 0);
    return leads && !is_running(c, C);
}

/* C has voted for A in a term that A now leads. Having crashed, it must not
 * vote for B in the same term. The point of the crash is swept, for a vote may
 * be the first reply or, after a pre-vote, the second, the first save or the
 * third. */
LAB_TEST(TestStrictVoteNotDurable, "a vote is not forgotten in a crash",
         .part = "S", .servers = 3, .points = 0, .time_limit_s = 900)
{
    static const enum sim_point points[] = {SIM_AFTER_REPLY, SIM_AFTER_SAVE,
                                            SIM_BEFORE_SAVE, SIM_BEFORE_REPLY};
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
                elect(c, B, SERVER(C), SPEAKS);
            }
        }
    }
    if (tried == 0) {
        not_applicable(c, "lead by one vote", "server 0 never led by it");
    }
}

/* A asks B for its vote in a term that the others leave; the answer reaches it
 * when it is a candidate of the term that C leads. */
LAB_TEST(TestStrictStaleVoteReply, "a vote counts in its own term only",
         .part = "S", .servers = 3, .points = 0, .time_limit_s = 600)
{
    struct flow_message vote;
    strict_begin(c);
    set_links(c, A, SERVER(C), FLOW_DROP);
    set_flow(c, B, A, FLOW_BOTH, FLOW_HOLD);
    run_clock(c, A);
    if (!wait_kept(c, B, A, FLOW_REPLIES, 20000, &vote)) {
        not_applicable(c, "ask for a vote", "server 0 asked nobody");
    }
    /* A pre-vote comes first: it is given, the term rises afterwards. */
    while (state_of(c, A).term == 0) {
        release_message(c, vote.number);
        if (!wait_kept(c, B, A, FLOW_REPLIES, 20000, &vote)) {
            not_applicable(c, "ask for a vote", "the term stayed 0");
        }
    }
    set_flow(c, A, B, FLOW_BOTH, FLOW_DROP);
    stop_clock(c, A);
    struct flow_message held = vote;

    /* elect() opens the links of C to B only; A stays cut off. */
    must_elect(c, C, SERVER(B), SPEAKS);
    uint64_t term = state_of(c, C).term;
    stop_clock(c, C);
    run_clock(c, A);
    for (int i = 0; i < 20000 && state_of(c, A).term < term; i++) {
        sleep_ms(1);
    }
    stop_clock(c, A);
    if (state_of(c, A).term != term) {
        not_applicable(c, "reach the term", "server 0 is not in it");
    }
    release_message(c, held.number);
    sleep_ms(100);
    state_of(c, A);
}
