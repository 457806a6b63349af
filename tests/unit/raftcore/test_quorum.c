/* test_quorum.c - what majorities have committed and how they vote.
 * Layer: tests. docs/raftcore-spec.md §3.1, §9.3 and §10.5. */
#include "base/random.h"
#include "datadriven/run.h"
#include "raftcore/describe.h"
#include "raftcore/quorum.h"
#include "tests/support/rc_helper.h"
#include "tests/support/suites.h"

enum { IDS = 12, CASES = 50000 };

/* What members 1 .. IDS-1 have acknowledged, or how they voted. */
struct facts {
    bool known[IDS];
    uint64_t value[IDS];
};

static bool acked(void *context, uint64_t id, uint64_t *index)
{
    const struct facts *facts = context;
    if (id >= IDS || !facts->known[id]) {
        return false;
    }
    *index = facts->value[id];
    return true;
}

static bool vote(void *context, uint64_t id, bool *granted)
{
    uint64_t value = 0;
    bool known = acked(context, id, &value);
    *granted = known && value % 2 == 1;
    return known;
}

static struct rc_ids random_ids(uint64_t key)
{
    struct rc_ids ids = {NULL, 0, 0};
    uint64_t members = random_at(key, 0), more = random_at(key, 1);
    for (uint64_t id = 1; id < IDS; id++) {
        /* Few members are as frequent as many. */
        if (random_below(random_at(key, id + 2), 8) < more % 9 ||
            members % IDS == id) {
            rc_ids_add(&ids, id);
        }
    }
    return ids;
}

static struct facts random_facts(uint64_t key)
{
    static const uint64_t bounds[] = {2, 5, 100, UINT64_MAX};
    struct facts facts = {.known = {false}};
    uint64_t bound = bounds[random_below(random_at(key, 0), LENGTH(bounds))];
    for (uint64_t id = 1; id < IDS; id++) {
        facts.known[id] = random_below(random_at(key, 2 * id), 5) > 0;
        facts.value[id] = facts.known[id]
                              ? random_below(random_at(key, 2 * id + 1), bound)
                              : 0;
    }
    return facts;
}

/* How many members have this index. */
static size_t how_many(const struct rc_ids *ids, const struct facts *facts,
                       uint64_t index)
{
    size_t count = 0;
    for (size_t i = 0; i < ids->count; i++) {
        count += facts->value[ids->at[i]] >= index;
    }
    return count;
}

/* The naive computation: the highest of all acknowledged indexes, and 0, that
 * more than half of the members have. */
static uint64_t naive(const struct rc_ids *ids, const struct facts *facts)
{
    uint64_t best = 0;
    for (size_t i = 0; i < ids->count; i++) {
        uint64_t index = facts->value[ids->at[i]];
        if (2 * how_many(ids, facts, index) > ids->count && index > best) {
            best = index;
        }
    }
    return ids->count > 0 ? best : UINT64_MAX;
}

/* §3.1, CommittedIndex: of one configuration and of two. */
START_TEST(committed_index_is_what_counting_finds)
{
    uint64_t key = random_key_text(1, "committed");
    size_t empty = 0, joints = 0;
    for (uint64_t i = 0; i < CASES; i++) {
        uint64_t stream = random_key(key, i);
        struct rc_joint joint = {random_ids(random_key(stream, 0)),
                                 random_ids(random_key(stream, 1))};
        struct rc_joint swapped = {joint.outgoing, joint.incoming};
        struct facts facts = random_facts(random_key(stream, 2));
        uint64_t a = naive(&joint.incoming, &facts);
        uint64_t b = naive(&joint.outgoing, &facts);
        ck_assert_uint_eq(rc_majority_committed(&joint.incoming, acked, &facts),
                          a);
        ck_assert_uint_eq(rc_joint_committed(&joint, acked, &facts),
                          a < b ? a : b);
        ck_assert_uint_eq(rc_joint_committed(&swapped, acked, &facts),
                          a < b ? a : b);
        empty += joint.incoming.count == 0;
        joints += joint.incoming.count > 2 && joint.outgoing.count > 2;
        rc_joint_release(&joint);
    }
    ck_assert_uint_gt(empty, 100); /* the cases are what they should be */
    ck_assert_uint_gt(joints, CASES / 4);
}
END_TEST

static enum rc_vote_result naive_vote(const struct rc_ids *ids,
                                      const struct facts *facts)
{
    size_t yes = 0, no = 0;
    for (size_t i = 0; i < ids->count; i++) {
        bool known = facts->known[ids->at[i]];
        yes += known && facts->value[ids->at[i]] % 2 == 1;
        no += known && facts->value[ids->at[i]] % 2 == 0;
    }
    if (ids->count == 0 || 2 * yes > ids->count) {
        return RC_VOTE_WON;
    }
    return 2 * no >= ids->count ? RC_VOTE_LOST : RC_VOTE_PENDING;
}

/* §3.1, VoteResult: lost as soon as no majority can be had any more; of two
 * configurations both must be won, and one that is lost loses. */
START_TEST(vote_is_decided_when_nothing_can_change_it)
{
    uint64_t key = random_key_text(1, "votes");
    size_t seen[3] = {0, 0, 0};
    for (uint64_t i = 0; i < CASES; i++) {
        uint64_t stream = random_key(key, i);
        struct rc_joint joint = {random_ids(random_key(stream, 0)),
                                 random_ids(random_key(stream, 1))};
        struct facts facts = random_facts(random_key(stream, 2));
        enum rc_vote_result a = naive_vote(&joint.incoming, &facts);
        enum rc_vote_result b = naive_vote(&joint.outgoing, &facts);
        enum rc_vote_result both =
            a == RC_VOTE_LOST || b == RC_VOTE_LOST ? RC_VOTE_LOST
            : a == RC_VOTE_WON && b == RC_VOTE_WON ? RC_VOTE_WON
                                                   : RC_VOTE_PENDING;
        ck_assert_int_eq(rc_majority_vote(&joint.incoming, vote, &facts), a);
        ck_assert_int_eq(rc_joint_vote(&joint, vote, &facts), both);
        seen[both]++;
        rc_joint_release(&joint);
    }
    for (size_t i = 0; i < LENGTH(seen); i++) {
        ck_assert_uint_gt(seen[i], CASES / 50);
    }
}
END_TEST

/* §3.1: a half without members decides nothing: all indexes, all votes. */
START_TEST(empty_majority_agrees_to_everything)
{
    struct facts facts = {.known = {false}};
    struct rc_joint none = {.incoming = {NULL, 0, 0}};
    ck_assert_uint_eq(rc_majority_committed(&none.incoming, acked, &facts),
                      UINT64_MAX);
    ck_assert_uint_eq(rc_joint_committed(&none, acked, &facts), UINT64_MAX);
    ck_assert_int_eq(rc_joint_vote(&none, vote, &facts), RC_VOTE_WON);
    struct rc_text text = {NULL, 0, 0};
    rc_describe_index(UINT64_MAX, &text);
    check_text(&text, "\xe2\x88\x9e");
    rc_describe_index(UINT64_MAX - 1, &text);
    check_text(&text, "18446744073709551614");
    ck_assert_str_eq(rc_vote_result_name(RC_VOTE_PENDING), "VotePending");
    ck_assert_str_eq(rc_vote_result_name(RC_VOTE_LOST), "VoteLost");
    ck_assert_str_eq(rc_vote_result_name(RC_VOTE_WON), "VoteWon");
}
END_TEST

static bool own_id(void *context, uint64_t id, uint64_t *index)
{
    (void)context;
    *index = id;
    return true;
}

/* §3.1: more members than are usual: the same rule. */
START_TEST(large_configurations_are_counted_too)
{
    struct rc_ids ids = {NULL, 0, 0};
    for (uint64_t n = 1; n <= 100; n++) {
        rc_ids_add(&ids, n);
        /* A majority of n has n - n/2 or more. */
        ck_assert_uint_eq(rc_majority_committed(&ids, own_id, NULL), n - n / 2);
    }
    rc_ids_release(&ids);
}
END_TEST

/* §3.1: sets are described in hexadecimal, ascending. */
START_TEST(sets_of_voters_are_described_in_hexadecimal)
{
    struct rc_joint joint = {make_ids("9 10 31"), make_ids("")};
    struct rc_text text = {NULL, 0, 0};
    rc_joint_text(&joint, &text);
    check_text(&text, "(9 a 1f)");
    rc_ids_add(&joint.outgoing, 255);
    rc_ids_add(&joint.outgoing, UINT64_MAX);
    rc_joint_text(&joint, &text);
    check_text(&text, "(9 a 1f)&&(ff ffffffffffffffff)");
    struct rc_ids all = rc_joint_ids(&joint);
    ck_assert_uint_eq(all.count, 5);
    ck_assert(rc_joint_has(&joint, 255));
    ck_assert(rc_joint_has(&joint, 10));
    ck_assert(!rc_joint_has(&joint, 16));
    rc_ids_release(&all);
    rc_ids_release(&joint.incoming);
    rc_majority_text(&joint.incoming, &text);
    check_text(&text, "()");
    rc_joint_release(&joint);
}
END_TEST

/* Runs a file with one directive. */
static void check_answer(const char *question, const char *answer)
{
    struct rc_text text = {NULL, 0, 0};
    rc_text_add(&text, "%s\n----\n%s", question, answer);
    struct file_run run = {
        .name = "quorum/own.txt", .text = text.at, .size = text.size};
    ck_assert_msg(file_run(&run), "%s", rc_text_of(&run.error));
    ck_assert_uint_eq(run.directives, 1);
    ck_assert_msg(run.mismatches == 0, "%s", rc_text_of(&run.diffs));
    file_run_release(&run);
    rc_text_release(&text);
}

/* §9.3: the picture of a configuration: equal indexes have equal bars, ids are
 * hexadecimal. */
START_TEST(picture_shows_equal_bars_for_equal_indexes)
{
    check_answer("committed cfg=(1,2,3) idx=(5,5,5)", "       idx\n"
                                                      ">        5    (id=1)\n"
                                                      ">        5    (id=2)\n"
                                                      ">        5    (id=3)\n"
                                                      "5\n");
    check_answer("committed cfg=(9,10,26,17) idx=(7,3,_,7)",
                 "        idx\n"
                 "xx>       7    (id=9)\n"
                 "x>        3    (id=a)\n"
                 "xx>       7    (id=11)\n"
                 "?         0    (id=1a)\n"
                 "3\n");
}
END_TEST

START_TEST(empty_configuration_has_no_picture)
{
    check_answer("committed", "<empty majority quorum>\xe2\x88\x9e\n");
    check_answer("vote", "VoteWon\n");
    check_answer("vote cfg=(10,11,12) votes=(y,_,y)", "VoteWon\n");
    check_answer("vote cfg=(10,11) cfgj=(12) votes=(y,y,n)", "VoteLost\n");
}
END_TEST

SUITE(raftcore_quorum)
{
    Suite *suite = suite_create("raftcore_quorum");
    TCase *count = tcase_create("counting");
    TCase *told = tcase_create("told");
    tcase_add_test(count, committed_index_is_what_counting_finds);
    tcase_add_test(count, vote_is_decided_when_nothing_can_change_it);
    tcase_add_test(count, empty_majority_agrees_to_everything);
    tcase_add_test(count, large_configurations_are_counted_too);
    tcase_add_test(told, sets_of_voters_are_described_in_hexadecimal);
    tcase_add_test(told, picture_shows_equal_bars_for_equal_indexes);
    tcase_add_test(told, empty_configuration_has_no_picture);
    suite_add_tcase(suite, count);
    suite_add_tcase(suite, told);
    return suite;
}
