/* test_confchange.c - the arithmetic of configuration changes.
 * Layer: tests. docs/raftcore-spec.md §1.3, §3.6 and §10.5. */
#include "base/random.h"
#include "raftcore/reconfigure.h"
#include "tests/support/rc_helper.h"
#include "tests/support/suites.h"

enum { LISTS = 1000, LAST_INDEX = 10 };

static struct rc_tracker make(const char *words)
{
    struct rc_tracker tracker = {.max_inflight = 10};
    struct rc_conf_change cc = {.count = 0};
    struct rc_text error = {NULL, 0, 0};
    ck_assert(rc_conf_change_parse(words, &cc, &error));
    for (size_t i = 0; i < cc.count; i++) {
        ck_assert(rc_reconfigure_simple(&tracker, LAST_INDEX, &cc.changes[i], 1,
                                        &error));
    }
    rc_conf_change_release(&cc);
    return tracker;
}

enum step { SIMPLE, ENTER, ENTER_AUTO, LEAVE };

/* "" or what is wrong; the caller releases it. */
static struct rc_text take_step(struct rc_tracker *tracker, enum step step,
                                const char *words)
{
    struct rc_conf_change cc = {.count = 0};
    struct rc_text error = {NULL, 0, 0};
    bool good = rc_conf_change_parse(words, &cc, &error);
    ck_assert(good);
    if (step == SIMPLE) {
        good = rc_reconfigure_simple(tracker, LAST_INDEX, cc.changes, cc.count,
                                     &error);
    } else if (step == LEAVE) {
        good = rc_reconfigure_leave_joint(tracker, LAST_INDEX, &error);
    } else {
        good =
            rc_reconfigure_enter_joint(tracker, LAST_INDEX, step == ENTER_AUTO,
                                       cc.changes, cc.count, &error);
    }
    ck_assert_int_eq(good, error.size == 0);
    rc_conf_change_release(&cc);
    return error;
}

/* Configuration and members: all that is visible. */
static struct rc_text text_of_tracker(const struct rc_tracker *tracker)
{
    struct rc_text text = {NULL, 0, 0};
    rc_tracker_config_text(&tracker->config, &text);
    rc_text_add(&text, "\n");
    rc_progress_map_describe(&tracker->progress, &text);
    return text;
}

static void check_same(const struct rc_tracker *a, const struct rc_tracker *b)
{
    struct rc_text x = text_of_tracker(a), y = text_of_tracker(b);
    ck_assert_str_eq(rc_text_of(&x), rc_text_of(&y));
    rc_text_release(&x);
    rc_text_release(&y);
}

static void check_config(const struct rc_tracker *tracker, const char *expected)
{
    struct rc_text text = {NULL, 0, 0};
    rc_tracker_config_text(&tracker->config, &text);
    check_text(&text, expected);
}

/* §3.6: each step, and what it makes of the configuration. Where it is refused,
 * nothing changes. */
START_TEST(changes_are_all_made_or_all_refused)
{
    static const struct {
        const char *before;
        enum step step;
        const char *words, *error, *after;
    } rows[] = {
        {"", SIMPLE, "v1", "", "voters=(1)"},
        {"", SIMPLE, "l1", "removed all voters", "voters=()"},
        {"", SIMPLE, "v0", "removed all voters", "voters=()"},
        {"v1", SIMPLE, "r1", "removed all voters", "voters=(1)"},
        {"v1", SIMPLE, "l1", "removed all voters", "voters=(1)"},
        {"v1", SIMPLE, "", "", "voters=(1)"},
        {"v1", SIMPLE, "v10", "", "voters=(1 a)"},
        {"v1", SIMPLE, "u1 u7 r9 v0 r0", "", "voters=(1)"},
        {"v1", SIMPLE, "v2 v3",
         "more than one voter changed without entering joint config",
         "voters=(1)"},
        {"v1 v2", SIMPLE, "v3 r1",
         "more than one voter changed without entering joint config",
         "voters=(1 2)"},
        {"v1 v2", SIMPLE, "v3 r3", "", "voters=(1 2)"},
        {"v1", SIMPLE, "l2 l3 l16", "", "voters=(1) learners=(2 3 10)"},
        {"v1 l2 l3", SIMPLE, "r2 v3", "", "voters=(1 3)"},
        {"v1 v2", SIMPLE, "l2", "", "voters=(1) learners=(2)"},
        {"", ENTER, "v1", "can't make a zero-voter config joint", "voters=()"},
        {"v1", LEAVE, "", "can't leave a non-joint config", "voters=(1)"},
        {"v1", ENTER, "", "", "voters=(1)&&(1)"},
        {"v1", ENTER, "r1", "removed all voters", "voters=(1)"},
        {"v1", ENTER_AUTO, "v2 v3", "", "voters=(1 2 3)&&(1) autoleave"},
        {"v1 v2", ENTER, "r1 r2 v3", "", "voters=(3)&&(1 2)"},
        {"v1 v2", ENTER, "l2 l3", "",
         "voters=(1)&&(1 2) learners=(3) learners_next=(2)"},
        {"v1 v2", ENTER, "l2 v2", "", "voters=(1 2)&&(1 2)"},
        {"v1 v2", ENTER, "l2 r2", "", "voters=(1)&&(1 2)"},
        {"v1 l2", ENTER, "v2", "", "voters=(1 2)&&(1)"},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct rc_tracker tracker = make(rows[i].before);
        struct rc_tracker same = make(rows[i].before);
        struct rc_text error = take_step(&tracker, rows[i].step, rows[i].words);
        check_text(&error, rows[i].error);
        check_config(&tracker, rows[i].after);
        if (rows[i].error[0] != '\0') {
            check_same(&tracker, &same);
        }
        rc_tracker_release(&tracker);
        rc_tracker_release(&same);
    }
}
END_TEST

/* §3.6: in a joint configuration only leaving it is possible. */
START_TEST(joint_configuration_can_only_be_left)
{
    struct rc_tracker tracker = make("v1 v2 l3");
    struct rc_text error = take_step(&tracker, ENTER_AUTO, "r1 l2 v4");
    check_text(&error, "");
    check_config(&tracker, "voters=(4)&&(1 2) learners=(3) learners_next=(2) "
                           "autoleave");
    ck_assert(!rc_progress_map_get(&tracker.progress, 2)->is_learner);
    ck_assert_ptr_nonnull(rc_progress_map_get(&tracker.progress, 1));
    error = take_step(&tracker, SIMPLE, "v5");
    check_text(&error, "can't apply simple config change in joint config");
    error = take_step(&tracker, ENTER, "v5");
    check_text(&error, "config is already joint");
    /* A refused change changes nothing; a copy does not have the flag
     * (§3.2). */
    check_config(&tracker, "voters=(4)&&(1 2) learners=(3) learners_next=(2) "
                           "autoleave");
    error = take_step(&tracker, LEAVE, "");
    check_text(&error, "");
    check_config(&tracker, "voters=(4) learners=(2 3)");
    ck_assert(rc_progress_map_get(&tracker.progress, 2)->is_learner);
    ck_assert_ptr_null(rc_progress_map_get(&tracker.progress, 1));
    rc_tracker_release(&tracker);
}
END_TEST

/* §3.6: a new member is probed from the end of the log and counts as active; an
 * old one keeps its progress. */
START_TEST(new_members_begin_with_a_fresh_progress)
{
    struct rc_tracker tracker = {.max_inflight = 7, .max_inflight_bytes = 99};
    struct rc_change changes[] = {
        {RC_ADD_NODE, 1}, {RC_ADD_LEARNER_NODE, 2}, {RC_ADD_NODE, 2}};
    struct rc_text error = {NULL, 0, 0};
    ck_assert(rc_reconfigure_simple(&tracker, 0, &changes[0], 1, &error));
    ck_assert_uint_eq(rc_progress_map_get(&tracker.progress, 1)->next, 1);
    ck_assert(rc_reconfigure_simple(&tracker, 25, &changes[1], 1, &error));
    struct rc_progress *pr = rc_progress_map_get(&tracker.progress, 2);
    ck_assert_uint_eq(pr->next, 25);
    ck_assert_uint_eq(pr->match, 0);
    ck_assert_int_eq(pr->state, RC_PROGRESS_PROBE);
    ck_assert(pr->recent_active);
    ck_assert(pr->is_learner);
    ck_assert_uint_eq(pr->inflights.limit, 7);
    ck_assert_uint_eq(pr->inflights.bytes_limit, 99);
    pr->match = 20;
    ck_assert(rc_reconfigure_simple(&tracker, 30, &changes[2], 1, &error));
    pr = rc_progress_map_get(&tracker.progress, 2);
    ck_assert_uint_eq(pr->match, 20);
    ck_assert_uint_eq(pr->next, 25);
    ck_assert(!pr->is_learner);
    ck_assert_uint_eq(error.size, 0);
    rc_tracker_release(&tracker);
}
END_TEST

/* §3.6: a configuration that is wrong before a change is reported and not
 * changed. */
START_TEST(broken_configurations_are_refused)
{
    static const struct {
        const char *incoming, *outgoing, *learners, *learners_next;
        uint64_t marked; /* learner in its progress */
        const char *error;
    } rows[] = {
        {"9", "", "", "", 0, "no progress for 9"},
        {"1", "1", "", "2", 0, "2 is in LearnersNext, but not Voters[1]"},
        {"1", "2", "", "2", 2,
         "2 is in LearnersNext, but is already marked as learner"},
        {"1", "2", "2", "", 2, "2 is in Learners and Voters[1]"},
        {"1 2", "", "2", "", 2, "2 is in Learners and Voters[0]"},
        {"1", "", "2", "", 0, "2 is in Learners, but is not marked as learner"},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct rc_tracker tracker = {
            .config = {.voters = {make_ids(rows[i].incoming),
                                  make_ids(rows[i].outgoing)},
                       .learners = make_ids(rows[i].learners),
                       .learners_next = make_ids(rows[i].learners_next)},
            .max_inflight = 10};
        for (uint64_t id = 1; id <= 2; id++) {
            rc_progress_map_add(
                &tracker.progress,
                (struct rc_progress){.id = id,
                                     .is_learner = id == rows[i].marked});
        }
        struct rc_text error = take_step(&tracker, SIMPLE, "u1");
        check_text(&error, rows[i].error);
        rc_tracker_release(&tracker);
    }
}
END_TEST

/* §3.6: an unknown type is an error, unless its node is 0. */
START_TEST(change_of_an_unknown_type_is_refused)
{
    struct rc_tracker tracker = make("v1");
    struct rc_text error = {NULL, 0, 0};
    struct rc_change change = {(enum rc_change_type)17, 2};
    ck_assert(!rc_reconfigure_simple(&tracker, LAST_INDEX, &change, 1, &error));
    check_text(&error, "unexpected conf type 17");
    change.node = 0;
    ck_assert(rc_reconfigure_simple(&tracker, LAST_INDEX, &change, 1, &error));
    check_config(&tracker, "voters=(1)");
    rc_tracker_release(&tracker);
}
END_TEST

/* ---- At random -----------------------------------------------------------*/

/* A list that leaves voter 1 alone, so that there always is one. */
static struct rc_conf_change random_list(uint64_t key)
{
    static const enum rc_change_type types[] = {
        RC_ADD_NODE, RC_REMOVE_NODE, RC_ADD_LEARNER_NODE, RC_UPDATE_NODE};
    struct rc_conf_change cc = {.count = 0};
    uint64_t count = 1 + random_below(random_at(key, 0), 9);
    for (uint64_t i = 0; i < count; i++) {
        rc_conf_change_add(
            &cc, types[random_below(random_at(key, 2 * i + 1), LENGTH(types))],
            2 + random_below(random_at(key, 2 * i + 2), 9));
    }
    return cc;
}

static struct rc_tracker random_start(uint64_t key)
{
    struct rc_tracker tracker = make("v1");
    struct rc_conf_change cc = random_list(key);
    struct rc_text error = {NULL, 0, 0};
    for (size_t i = 0; i < cc.count; i++) {
        ck_assert(rc_reconfigure_simple(&tracker, LAST_INDEX, &cc.changes[i], 1,
                                        &error));
    }
    rc_conf_change_release(&cc);
    return tracker;
}

/* §10.5: changes one after the other are the same as all of them at once, by a
 * joint configuration that is entered and left. */
START_TEST(simple_steps_equal_one_joint_change)
{
    uint64_t key = random_key_text(1, "changes");
    size_t moved = 0;
    for (uint64_t i = 0; i < LISTS; i++) {
        uint64_t start = random_key(key, 2 * i);
        struct rc_tracker steps = random_start(start);
        struct rc_tracker joint = random_start(start);
        struct rc_conf_change cc = random_list(random_key(key, 2 * i + 1));
        struct rc_text error = {NULL, 0, 0};
        uint64_t next = LAST_INDEX + 1 + i; /* shows which member is new */
        for (size_t k = 0; k < cc.count; k++) {
            ck_assert(
                rc_reconfigure_simple(&steps, next, &cc.changes[k], 1, &error));
        }
        ck_assert(rc_reconfigure_enter_joint(&joint, next, i % 2 == 0,
                                             cc.changes, cc.count, &error));
        moved += joint.config.learners_next.count > 0;
        ck_assert(rc_reconfigure_leave_joint(&joint, next, &error));
        struct rc_conf_state a = rc_tracker_conf_state(&steps);
        struct rc_conf_state b = rc_tracker_conf_state(&joint);
        ck_assert(rc_conf_state_equivalent(&a, &b));
        ck_assert_uint_eq(steps.progress.count, joint.progress.count);
        for (size_t k = 0; k < steps.progress.count; k++) {
            ck_assert_uint_eq(steps.progress.at[k].id, joint.progress.at[k].id);
            ck_assert_int_eq(steps.progress.at[k].is_learner,
                             joint.progress.at[k].is_learner);
        }
        rc_conf_state_release(&a);
        rc_conf_state_release(&b);
        rc_conf_change_release(&cc);
        rc_tracker_release(&steps);
        rc_tracker_release(&joint);
    }
    ck_assert_uint_gt(moved, LISTS / 20);
}
END_TEST

static void check_restores(const struct rc_conf_state *cs)
{
    struct rc_tracker tracker = {.max_inflight = 10};
    struct rc_text error = {NULL, 0, 0};
    bool good = rc_reconfigure_restore(&tracker, LAST_INDEX, cs, &error);
    ck_assert_msg(good, "%s", rc_text_of(&error));
    struct rc_conf_state back = rc_tracker_conf_state(&tracker);
    ck_assert(rc_conf_state_equivalent(&back, cs));
    for (size_t i = 0; i < tracker.progress.count; i++) {
        const struct rc_progress *pr = &tracker.progress.at[i];
        ck_assert_int_eq(pr->is_learner,
                         rc_ids_has(&tracker.config.learners, pr->id));
    }
    rc_conf_state_release(&back);
    rc_tracker_release(&tracker);
}

/* §3.6, Restore: fixed ones. */
START_TEST(configurations_survive_a_restore)
{
    static const struct {
        const char *voters, *learners, *outgoing, *next;
        bool auto_leave;
    } rows[] = {
        {"", "", "", "", false},
        {"1 2 3", "", "", "", false},
        {"3 1 2", "5 4", "", "", false},
        {"1 2 3", "5", "1 2 4 6", "4", false},
        {"1 2 3", "5", "1 2 4 6", "4", true},
        {"10 11", "", "10 11", "", true},
        {"18446744073709551615", "16", "17", "17", false},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct rc_conf_state cs = {.voters = make_ids(rows[i].voters),
                                   .learners = make_ids(rows[i].learners),
                                   .voters_outgoing =
                                       make_ids(rows[i].outgoing),
                                   .learners_next = make_ids(rows[i].next),
                                   .auto_leave = rows[i].auto_leave};
        check_restores(&cs);
        rc_conf_state_release(&cs);
    }
}
END_TEST

/* An impossible one is an error, and leaves the tracker empty. */
START_TEST(impossible_configuration_is_restored_not_even_in_part)
{
    static const struct {
        const char *voters, *learners, *outgoing, *error;
    } rows[] = {
        {"1", "1", "", "removed all voters"},
        {"", "1", "", "removed all voters"},
        {"", "3", "1 2", "removed all voters"},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct rc_tracker tracker = {.max_inflight = 10};
        struct rc_text error = {NULL, 0, 0};
        struct rc_conf_state cs = {.voters = make_ids(rows[i].voters),
                                   .learners = make_ids(rows[i].learners),
                                   .voters_outgoing =
                                       make_ids(rows[i].outgoing)};
        ck_assert(!rc_reconfigure_restore(&tracker, LAST_INDEX, &cs, &error));
        check_text(&error, rows[i].error);
        check_config(&tracker, "voters=()");
        ck_assert_uint_eq(tracker.progress.count, 0);
        rc_conf_state_release(&cs);
        rc_tracker_release(&tracker);
    }
}
END_TEST

/* A possible one: each id is a voter of either half or of both, a learner, or
 * one that will be a learner. */
static struct rc_conf_state random_conf_state(uint64_t key)
{
    struct rc_conf_state cs = {.auto_leave = false};
    bool joint = random_below(random_at(key, 0), 2) == 1;
    rc_ids_append(&cs.voters, 40);
    if (joint) {
        rc_ids_append(&cs.voters_outgoing, 50);
        cs.auto_leave = random_below(random_at(key, 1), 2) == 1;
    }
    for (uint64_t i = 0; i < 10; i++) {
        uint64_t id = i % 2 == 0 ? 10 + i : 30 - i; /* in no order */
        uint64_t role = random_below(random_at(key, 2 + i), joint ? 6 : 3);
        if (role == 1 || role == 4) {
            rc_ids_append(&cs.voters, id);
        }
        if (role == 2) {
            rc_ids_append(&cs.learners, id);
        }
        if (role >= 3) {
            rc_ids_append(&cs.voters_outgoing, id);
        }
        if (role == 5) {
            rc_ids_append(&cs.learners_next, id);
        }
    }
    return cs;
}

START_TEST(any_possible_configuration_survives_a_restore)
{
    uint64_t key = random_key_text(1, "restores");
    for (uint64_t i = 0; i < LISTS; i++) {
        struct rc_conf_state cs = random_conf_state(random_key(key, i));
        check_restores(&cs);
        rc_conf_state_release(&cs);
    }
}
END_TEST

/* ---- What a change asks for, and as words --------------------------------*/

/* §3.6 and §10.1, TestLeaveJoint: leaving is to ask for nothing; a context
 * makes no difference. */
START_TEST(change_without_changes_leaves_a_joint_configuration)
{
    static const struct {
        enum rc_transition transition;
        size_t count;
        bool leaves, enters, auto_leave;
    } rows[] = {
        {RC_TRANSITION_AUTO, 0, true, false, true},
        {RC_TRANSITION_AUTO, 1, false, false, true},
        {RC_TRANSITION_AUTO, 2, false, true, true},
        {RC_TRANSITION_IMPLICIT, 0, false, true, true},
        {RC_TRANSITION_IMPLICIT, 1, false, true, true},
        {RC_TRANSITION_EXPLICIT, 0, false, true, false},
        {RC_TRANSITION_EXPLICIT, 2, false, true, false},
    };
    for (size_t i = 0; i < 2 * LENGTH(rows); i++) {
        size_t k = i / 2;
        bool auto_leave = false;
        struct rc_conf_change cc = {.transition = rows[k].transition};
        cc.context = i % 2 == 1 ? make_payload("manual") : NULL;
        for (size_t n = 0; n < rows[k].count; n++) {
            rc_conf_change_add(&cc, RC_ADD_NODE, n + 1);
        }
        ck_assert_int_eq(rc_conf_change_leaves(&cc), rows[k].leaves);
        ck_assert_int_eq(rc_conf_change_enters(&cc, &auto_leave),
                         rows[k].enters);
        if (rows[k].enters) {
            ck_assert_int_eq(auto_leave, rows[k].auto_leave);
        }
        rc_conf_change_release(&cc);
    }
}
END_TEST

/* §3.6: the right one of the three is done. */
START_TEST(change_does_what_it_asks_for)
{
    struct rc_tracker tracker = make("v1");
    struct rc_conf_change cc = {.count = 0};
    struct rc_text error = {NULL, 0, 0};
    ck_assert(rc_conf_change_parse("v2", &cc, &error));
    ck_assert(rc_reconfigure(&tracker, LAST_INDEX, &cc, &error));
    check_config(&tracker, "voters=(1 2)");
    ck_assert(rc_conf_change_parse("r1 v3", &cc, &error));
    ck_assert(rc_reconfigure(&tracker, LAST_INDEX, &cc, &error));
    check_config(&tracker, "voters=(2 3)&&(1 2) autoleave");
    rc_conf_change_release(&cc);
    ck_assert(rc_reconfigure(&tracker, LAST_INDEX, &cc, &error));
    check_config(&tracker, "voters=(2 3)");
    cc.transition = RC_TRANSITION_EXPLICIT;
    ck_assert(rc_reconfigure(&tracker, LAST_INDEX, &cc, &error));
    check_config(&tracker, "voters=(2 3)&&(2 3)");
    ck_assert(!rc_reconfigure(&tracker, LAST_INDEX, &cc, &error));
    check_text(&error, "config is already joint");
    rc_tracker_release(&tracker);
}
END_TEST

/* §1.3: words, and what is not one. */
START_TEST(change_words_are_parsed_or_refused)
{
    static const struct {
        const char *words, *error;
        size_t count;
    } rows[] = {
        {"", "", 0},
        {"  v1   l22\tr333 \n u4 ", "", 4},
        {"v18446744073709551615", "", 1},
        {"v1 v", "unknown token v", 1},
        {"7", "unknown token 7", 0},
        {"x1", "unknown input: x1", 0},
        {"v1 12", "unknown input: 12", 1},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct rc_conf_change cc = {.count = 0};
        struct rc_text error = {NULL, 0, 0};
        ck_assert_int_eq(rc_conf_change_parse(rows[i].words, &cc, &error),
                         rows[i].error[0] == '\0');
        check_text(&error, rows[i].error);
        ck_assert_uint_eq(cc.count, rows[i].count);
        rc_conf_change_release(&cc);
    }
}
END_TEST

SUITE(raftcore_confchange)
{
    Suite *suite = suite_create("raftcore_confchange");
    TCase *steps = tcase_create("steps");
    TCase *many = tcase_create("at random");
    TCase *words = tcase_create("what is asked for");
    tcase_add_test(steps, changes_are_all_made_or_all_refused);
    tcase_add_test(steps, joint_configuration_can_only_be_left);
    tcase_add_test(steps, new_members_begin_with_a_fresh_progress);
    tcase_add_test(steps, broken_configurations_are_refused);
    tcase_add_test(steps, change_of_an_unknown_type_is_refused);
    tcase_add_test(many, simple_steps_equal_one_joint_change);
    tcase_add_test(many, configurations_survive_a_restore);
    tcase_add_test(many, impossible_configuration_is_restored_not_even_in_part);
    tcase_add_test(many, any_possible_configuration_survives_a_restore);
    tcase_add_test(words, change_without_changes_leaves_a_joint_configuration);
    tcase_add_test(words, change_does_what_it_asks_for);
    tcase_add_test(words, change_words_are_parsed_or_refused);
    suite_add_tcase(suite, steps);
    suite_add_tcase(suite, many);
    suite_add_tcase(suite, words);
    return suite;
}
