/* quorum.c - the environment of files that compute what a majority has
 * committed, or how a vote ends. Layer: datadriven. docs/raftcore-spec.md §9.3.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "datadriven/environment.h"
#include "raftcore/describe.h"
#include "raftcore/quorum.h"

/* The index that a member has acknowledged, or its vote. */
struct fact {
    uint64_t id, value;
    bool known;
};

struct question {
    struct rc_joint voters;
    bool joint;         /* though the other half may be empty */
    struct fact *facts; /* in the order in which members are named */
    size_t count;
    struct rc_text *output;
};

/* ---- Reading the question ------------------------------------------------*/

static struct fact *find_fact(const struct question *question, uint64_t id)
{
    for (size_t i = 0; i < question->count; i++) {
        if (question->facts[i].id == id) {
            return &question->facts[i];
        }
    }
    return NULL;
}

static bool take_half(struct question *question,
                      const struct argument *argument, struct rc_ids *half)
{
    for (size_t i = 0; argument && i < argument->count; i++) {
        uint64_t id;
        const char *text = argument->values[i];
        if (text[0] == '\0' || strcmp(text, "zero") == 0) {
            continue;
        }
        if (!parse_number(text, &id)) {
            rc_text_add(question->output, "error: no id: %s\n", text);
            return false;
        }
        rc_ids_add(half, id);
        if (!find_fact(question, id)) {
            question->facts =
                lab_xrealloc(question->facts,
                             (question->count + 1) * sizeof(*question->facts));
            question->facts[question->count++] = (struct fact){id, 0, false};
        }
    }
    return true;
}

static bool take_value(const char *text, struct fact *fact)
{
    fact->known = strcmp(text, "_") != 0;
    if (strcmp(text, "y") == 0 || strcmp(text, "n") == 0) {
        fact->value = text[0] == 'y';
        return true;
    }
    return !fact->known || parse_number(text, &fact->value);
}

static void mismatch(struct question *question, const struct argument *values)
{
    rc_text_add(question->output,
                "error: mismatched input (explicit or _) for voters map[");
    struct rc_ids all = rc_joint_ids(&question->voters);
    for (size_t i = 0; i < all.count; i++) {
        rc_text_add(question->output, "%s%" PRIu64 ":{}", i ? " " : "",
                    all.at[i]);
    }
    rc_ids_release(&all);
    rc_text_add(question->output, "]: [");
    for (size_t i = 0; values && i < values->count; i++) {
        rc_text_add(question->output, "%s%s", i ? " " : "", values->values[i]);
    }
    rc_text_add(question->output, "]\n");
}

static bool take_values(struct question *question,
                        const struct argument *values)
{
    size_t count = values ? values->count : 0;
    if (count == 1 && values->values[0][0] == '\0') {
        count = 0;
    }
    if (count != question->count) {
        mismatch(question, values);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!take_value(values->values[i], &question->facts[i])) {
            rc_text_add(question->output, "error: no value: %s\n",
                        values->values[i]);
            return false;
        }
    }
    return true;
}

static bool take_question(struct question *question,
                          const struct directive *directive, const char *key)
{
    const struct argument *other = directive_find(directive, "cfgj");
    question->joint = other != NULL;
    return take_half(question, directive_find(directive, "cfg"),
                     &question->voters.incoming) &&
           take_half(question, other, &question->voters.outgoing) &&
           take_values(question, directive_find(directive, key));
}

/* ---- What is committed ---------------------------------------------------*/

static bool acked(void *context, uint64_t id, uint64_t *index)
{
    const struct fact *fact = find_fact(context, id);
    if (!fact || !fact->known) {
        return false;
    }
    *index = fact->value;
    return true;
}

/* A member's bar is as long as there are members with a lower index. */
static size_t bar_of(const struct question *question, const struct rc_ids *all,
                     uint64_t id)
{
    uint64_t own = find_fact(question, id)->value;
    size_t below = 0;
    for (size_t i = 0; i < all->count; i++) {
        below += find_fact(question, all->at[i])->value < own;
    }
    return below;
}

static void picture(struct question *question)
{
    struct rc_ids all = rc_joint_ids(&question->voters);
    int count = (int)all.count;
    if (count > 0) {
        rc_text_add(question->output, "%*s    idx\n", count, "");
    } else {
        rc_text_add(question->output, "<empty majority quorum>");
    }
    for (size_t i = 0; i < all.count; i++) {
        const struct fact *fact = find_fact(question, all.at[i]);
        int bar = (int)bar_of(question, &all, all.at[i]);
        if (fact->known) {
            for (int k = 0; k < bar; k++) {
                rc_text_add(question->output, "x");
            }
            rc_text_add(question->output, ">%*s", count - bar, "");
        } else {
            rc_text_add(question->output, "?%*s", count, "");
        }
        rc_text_add(question->output, " %5" PRIu64 "    (id=%" PRIx64 ")\n",
                    fact->value, all.at[i]);
    }
    rc_ids_release(&all);
}

/* Compute the same by counting: the highest index that a majority has. */
static uint64_t by_counting(const struct question *question,
                            const struct rc_ids *ids)
{
    uint64_t best = ids->count > 0 ? 0 : UINT64_MAX;
    for (size_t i = 0; i < ids->count; i++) {
        uint64_t index = find_fact(question, ids->at[i])->value;
        size_t have = 0;
        for (size_t k = 0; k < ids->count; k++) {
            have += find_fact(question, ids->at[k])->value >= index;
        }
        if (have >= ids->count / 2 + 1 && index > best) {
            best = index;
        }
    }
    return best;
}

static void compare(struct question *question, uint64_t answer, uint64_t other,
                    const char *how)
{
    if (answer != other) {
        rc_describe_index(other, question->output);
        rc_text_add(question->output, " <-- via %s\n", how);
    }
}

static void check_single(struct question *question, uint64_t answer)
{
    const struct rc_ids *ids = &question->voters.incoming;
    struct rc_joint zero = {.incoming = *ids};
    struct rc_joint twice = {.incoming = *ids, .outgoing = *ids};
    compare(question, answer, by_counting(question, ids),
            "alternative computation");
    compare(question, answer, rc_joint_committed(&zero, acked, question),
            "zero-joint quorum");
    compare(question, answer, rc_joint_committed(&twice, acked, question),
            "self-joint quorum");
}

/* Lowering an index that is below the result must not change the result. */
static void check_overlay(struct question *question, uint64_t answer)
{
    for (size_t i = 0; i < question->count; i++) {
        struct fact *fact = &question->facts[i];
        struct fact before = *fact;
        uint64_t lower[2] = {answer - 1, 0};
        for (int k = 0; k < 2 && before.known && answer > before.value; k++) {
            fact->value = lower[k];
            uint64_t other = rc_majority_committed(&question->voters.incoming,
                                                   acked, question);
            if (other != answer) {
                rc_describe_index(other, question->output);
                rc_text_add(question->output,
                            " <-- overlaying %" PRIu64 "->%" PRIu64 "\n",
                            before.value, lower[k]);
            }
            *fact = before;
        }
    }
}

static void committed(struct question *question)
{
    struct rc_joint *voters = &question->voters;
    uint64_t answer = rc_joint_committed(voters, acked, question);
    picture(question);
    if (question->joint) {
        struct rc_joint swapped = {voters->outgoing, voters->incoming};
        compare(question, answer, rc_joint_committed(&swapped, acked, question),
                "symmetry");
    } else {
        check_single(question, answer);
        check_overlay(question, answer);
    }
    rc_describe_index(answer, question->output);
    rc_text_add(question->output, "\n");
}

/* ---- How a vote ends -----------------------------------------------------*/

static bool voted(void *context, uint64_t id, bool *granted)
{
    const struct fact *fact = find_fact(context, id);
    if (!fact || !fact->known) {
        return false;
    }
    *granted = fact->value != 0;
    return true;
}

static void vote(struct question *question)
{
    struct rc_joint *voters = &question->voters;
    enum rc_vote_result answer = rc_joint_vote(voters, voted, question);
    struct rc_joint swapped = {voters->outgoing, voters->incoming};
    enum rc_vote_result other = rc_joint_vote(&swapped, voted, question);
    if (question->joint && other != answer) {
        rc_text_add(question->output, "%s <-- via symmetry\n",
                    rc_vote_result_name(other));
    }
    rc_text_add(question->output, "%s\n", rc_vote_result_name(answer));
}

/* ---- Environment ---------------------------------------------------------*/

static void *begin(void)
{
    return NULL; /* there is no state between directives */
}

static void end(void *self)
{
    (void)self;
}

static void run(void *self, const struct directive *directive,
                struct rc_text *output)
{
    struct question question = {.output = output};
    bool of_votes = strcmp(directive->command, "vote") == 0;
    (void)self;
    if (!of_votes && strcmp(directive->command, "committed") != 0) {
        rc_text_add(output, "unknown command\n");
        return;
    }
    if (take_question(&question, directive, of_votes ? "votes" : "idx")) {
        if (of_votes) {
            vote(&question);
        } else {
            committed(&question);
        }
    }
    rc_joint_release(&question.voters);
    free(question.facts);
}

static const char *const commands[] = {"committed", "vote", NULL};

const struct environment environment_quorum = {
    .name = "quorum",
    .commands = commands,
    .begin = begin,
    .end = end,
    .run = run,
};
