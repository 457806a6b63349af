/* oracle_report.c - rules about what servers say by lab_state().
 * Layer: tester/harness. The rules are listed in oracle.h.
 *
 * A server reports under its lock at each change. So its reports arrive in the
 * order of the changes, and each is true when it arrives. */
#include "tester/harness/oracle_report.h"

#include <inttypes.h>
#include <string.h>

#include "base/assert.h"
#include "tester/harness/oracle_state.h"

/* ---- Leader completeness ------------------------------------------------*/

/* Leader Completeness (Figure 3): an entry committed in a term is in the log of
 * every leader of a higher term when it is elected. If a server in term T has
 * commit index C, then C was committed in T or before, whatever its role. So
 * every leader of a term above T was elected with a last index of at least C.
 * That holds whichever of the two is reported first: a deposed leader may
 * receive old replies late, and only then learn that it has committed.
 *
 * It suffices to keep the commits that no other commit implies: index 3 in term
 * 5 implies indexes 1 to 3 in term 5 and later. What is left is a staircase. It
 * is short, and nearly always changes at its end:
 *
 *     index 4                  +-----
 *           3         +--------+
 *           1   +-----+
 *          term 2     5        7
 */

/* The highest index known to be committed in a term below this one. */
static const struct known_commit *commit_below(const struct oracle *oracle,
                                               uint64_t term)
{
    size_t at = oracle->commit_count;
    while (at > 0 && oracle->commits[at - 1].term >= term) {
        at--;
    }
    return at > 0 ? &oracle->commits[at - 1] : NULL;
}

static void complain_incomplete(struct oracle *oracle,
                                const struct new_leader *leader,
                                const struct known_commit *commit)
{
    oracle_complain(oracle, "leader completeness",
                    "server %d became leader in term %" PRIu64
                    " with last log index %" PRIu64
                    ", but server %d reported in term %" PRIu64
                    " that index %" PRIu64
                    " is committed; every later leader must have that entry",
                    leader->server, leader->term, leader->last, commit->server,
                    commit->term, commit->index);
}

static void note_leader(struct oracle *oracle, struct new_leader leader)
{
    oracle->leaders =
        oracle_grow(oracle->leaders, oracle->leader_count, &oracle->leader_room,
                    sizeof(oracle->leaders[0]));
    size_t at = oracle->leader_count++;
    while (at > 0 && oracle->leaders[at - 1].term > leader.term) {
        oracle->leaders[at] = oracle->leaders[at - 1];
        at--;
    }
    oracle->leaders[at] = leader;
    LAB_ASSERT(at == 0 || oracle->leaders[at - 1].term <= leader.term);
    const struct known_commit *commit = commit_below(oracle, leader.term);
    if (commit && commit->index > leader.last) {
        complain_incomplete(oracle, &leader, commit);
    }
}

static void keep_commit(struct oracle *oracle, struct known_commit commit)
{
    oracle->commits =
        oracle_grow(oracle->commits, oracle->commit_count, &oracle->commit_room,
                    sizeof(oracle->commits[0]));
    struct known_commit *commits = oracle->commits;
    size_t low = oracle->commit_count;
    while (low > 0 && commits[low - 1].term >= commit.term) {
        low--;
    }
    if (low > 0 && commits[low - 1].index >= commit.index) {
        return; /* implied by one of a lower term */
    }
    /* Those from low on are of the same or a higher term: the new one implies
     * those with no higher index. */
    size_t high = low;
    while (high < oracle->commit_count && commits[high].index <= commit.index) {
        high++;
    }
    if (high < oracle->commit_count && commits[high].term == commit.term) {
        return; /* one of this term has a higher index */
    }
    memmove(&commits[low + 1], &commits[high],
            (oracle->commit_count - high) * sizeof(commits[0]));
    commits[low] = commit;
    oracle->commit_count = oracle->commit_count - (high - low) + 1;
    /* Both terms and indexes rise. */
    LAB_ASSERT(low == 0 || commits[low - 1].term < commit.term);
    LAB_ASSERT(low == 0 || commits[low - 1].index < commit.index);
    LAB_ASSERT(low + 1 == oracle->commit_count ||
               commits[low + 1].term > commit.term);
    LAB_ASSERT(low + 1 == oracle->commit_count ||
               commits[low + 1].index > commit.index);
}

static void note_commit(struct oracle *oracle, struct known_commit commit)
{
    if (commit.index == 0) {
        return;
    }
    keep_commit(oracle, commit);
    for (size_t at = oracle->leader_count; at > 0; at--) {
        const struct new_leader *leader = &oracle->leaders[at - 1];
        if (leader->term <= commit.term) {
            break; /* nor are those before it of a later term */
        }
        if (leader->last < commit.index) {
            complain_incomplete(oracle, leader, &commit);
            break;
        }
    }
}

/* ---- One server ---------------------------------------------------------*/

/* Compare a report with the last one of the same life. */
static void check_change(struct oracle *oracle,
                         const struct lab_state_report *was,
                         const struct lab_state_report *is)
{
    if (is->commit_index < was->commit_index) {
        oracle_complain(oracle, "commit never goes back",
                        "server %d moved its commit index from %" PRIu64
                        " back to %" PRIu64 "; commitIndex only increases",
                        is->server, was->commit_index, is->commit_index);
    }
    /* Figure 4. All other changes within a term may be lawful: a leader without
     * a quorum may step down, a pre-vote makes a candidate. */
    if (is->term == was->term && was->role == LAB_LEADER &&
        is->role == LAB_CANDIDATE) {
        oracle_complain(oracle, "role change",
                        "server %d changed from leader to candidate in term "
                        "%" PRIu64 "; see Figure 4 of the paper",
                        is->server, is->term);
    }
}

static void check_report(struct oracle *oracle, const struct watched *watched,
                         const struct lab_state_report *report)
{
    if (report->term < watched->term) {
        oracle_complain(oracle, "terms never go back",
                        "lab_state reported term %" PRIu64
                        " on server %d, which was in term %" PRIu64
                        " before; currentTerm only increases",
                        report->term, report->server, watched->term);
    }
    if (report->commit_index > report->last_index) {
        oracle_complain(oracle, "commit within the log",
                        "server %d reported commit index %" PRIu64
                        ", but its log ends at index %" PRIu64,
                        report->server, report->commit_index,
                        report->last_index);
    }
    if (watched->reported) {
        check_change(oracle, &watched->report, report);
    }
}

void oracle_saw_report(struct oracle *oracle,
                       const struct lab_state_report *report)
{
    LAB_ASSERT(report->server >= 0 && report->server < oracle->count);
    struct watched *watched = &oracle->servers[report->server];
    const struct lab_state_report *was = &watched->report;
    bool leads = report->role == LAB_LEADER;
    bool led = watched->reported && was->role == LAB_LEADER &&
               was->term == report->term;
    bool more = !watched->reported || report->term != was->term ||
                report->commit_index != was->commit_index;
    check_report(oracle, watched, report);
    oracle_note_term(oracle, report->server, report->term);
    if (leads && !led) {
        oracle_claim(oracle, report->server, report->term);
        note_leader(oracle,
                    (struct new_leader){report->term, report->last_index,
                                        report->server});
    }
    watched->reported = true;
    watched->report = *report;
    if (more) {
        note_commit(oracle,
                    (struct known_commit){report->term, report->commit_index,
                                          report->server});
    }
}
