/* strict_figure8.c - Figure 8 of the paper as a script.
 * Layer: tester/labs. Paper: §5.4.2. Server i here is S(i+1) of the figure.
 *
 *          (a)    (b)    (c)     (d)
 *     S1   1 2    crash  1 2     crash
 *     S2   1 2    1 2    1 2     1 3
 *     S3   1      1      1 2     1 3      2: command x
 *     S4   1      1      1       1 3      3: the command of S5
 *     S5   1      1 3    crash   1 3
 *
 * In (c) a majority stores x. If S1 commits it by counting replicas, although
 * its term is over, then in (d) S5 overwrites a committed entry. */
#include "tester/labs/registry.h"
#include "tester/labs/strict.h"

static const uint64_t until_stored_ms = 5000;

struct script {
    struct cluster *c;
    uint64_t x;
};

/* Step (c): hold the reply of server 2 that it has stored x, so that server 0
 * does not know it yet. */
static enum flow_fate hold_reply(void *context,
                                 const struct flow_message *message,
                                 enum flow_fate fate)
{
    const struct script *script = context;
    bool held = message->from == 2 && message->to == 0 &&
                answers_command(script->c, message, script->x);
    return held ? FLOW_HOLD : fate;
}

/* (a): S1 leads and replicates x to S2 only. */
static void store_on_two(struct cluster *c, uint64_t x)
{
    must_elect(c, 0, SERVER(1) | SERVER(2) | SERVER(3) | SERVER(4), DELIVERED);
    agree_by(c, 0, random_value(c),
             SERVER(0) | SERVER(1) | SERVER(2) | SERVER(3) | SERVER(4));
    set_links(c, 0, SERVER(2) | SERVER(3) | SERVER(4), FLOW_DROP);
    start_at(c, 0, x);
    if (!wait_stored(c, 1, x, until_stored_ms)) {
        not_applicable(c, "store x", "server 1 did not store it");
    }
    crash(c, 0);
}

/* (c): S1 leads again in a new term and replicates x to S3. Then it is
 * disconnected and only receives the reply of S3. */
static void store_on_a_third(struct cluster *c, uint64_t x)
{
    struct script script = {c, x};
    struct flow_message reply;
    restart(c, 0);
    must_elect(c, 0, SERVER(1) | SERVER(2), DELIVERED);
    decide_messages(c, hold_reply, &script);
    bool held = wait_kept(c, 2, 0, FLOW_REPLIES, until_stored_ms, &reply);
    set_flow(c, 0, 1, FLOW_BOTH, FLOW_DROP);
    set_flow(c, 0, 2, FLOW_BOTH, FLOW_DROP);
    decide_messages(c, NULL, NULL);
    if (!held || !has_stored(c, 2, x)) {
        not_applicable(c, "store x again", "server 2 did not store it");
    }
    release_flow(c, 2, 0, FLOW_BOTH);
    sleep_ms(2000);
    crash(c, 0);
}

/* Does a leader commit no entry of an older term by counting replicas? In (d) a
 * server with a last entry of a higher term can still overwrite it. */
LAB_TEST(TestStrictFigure8,
         "counting replicas commits no entry of an older term (Figure 8)",
         .part = "S", .servers = 5, .points = 0, .time_limit_s = 600)
{
    uint64_t x = random_value(c);
    strict_begin(c);
    watch_command(c, x);
    store_on_two(c, x);

    /* (b): S5 leads by the votes of S3 and S4, accepts a command and crashes.
     */
    must_elect(c, 4, SERVER(2) | SERVER(3), LOST);
    start_at(c, 4, random_value(c));
    crash(c, 4);

    store_on_a_third(c, x);

    /* (d): S5 leads again and overwrites x on all servers. */
    restart(c, 4);
    must_elect(c, 4, SERVER(1) | SERVER(2) | SERVER(3), DELIVERED);
    agree_by(c, 4, random_value(c),
             SERVER(1) | SERVER(2) | SERVER(3) | SERVER(4));
}
