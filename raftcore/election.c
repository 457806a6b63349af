/* election.c - campaigning and voting.
 * Layer: raftcore. Paper §5.2, §5.4.1, thesis §9.6; docs/raftcore-spec.md §5.6,
 * §5.7, §5.10; etcd: hup, campaign, poll, and the vote case of Step. */
#include "base/assert.h"
#include "raftcore/core.h"
#include "raftcore/fatal.h"

const char campaign_transfer_text[] = "CampaignTransfer";

/* ---- Campaigning ---------------------------------------------------------*/

static bool has_conf_change(void *found, const struct rc_entries *page)
{
    for (size_t i = 0; i < page->count; i++) {
        if (page->at[i].type != RC_ENTRY_NORMAL) {
            *(bool *)found = true;
            return true;
        }
    }
    return false;
}

/* A change that is committed and not applied here may add voters whom this node
 * does not know yet: with the votes of the old configuration alone it could win
 * beside a leader of the new one. */
static bool has_unapplied_conf_changes(const struct core *core)
{
    const struct raftlog *log = &core->log;
    bool found = false;
    if (log->applied >= log->committed) {
        return false;
    }
    LAB_ASSERT(log->committed <= raftlog_last_index(log));
    uint64_t lo = log->applied + 1, hi = log->committed + 1;
    enum rc_error error = raftlog_scan(log, lo, hi, log->applying_bytes_max,
                                       has_conf_change, &found);
    if (error != RC_OK) {
        rc_fatal("error scanning unapplied entries [" D64 ", " D64 "): %s", lo,
                 hi, rc_error_text(error));
    }
    return found;
}

/* Takes what m holds. */
static void send_vote_request(struct core *core, struct rc_message m,
                              struct entry_id last)
{
    LAB_ASSERT(m.to != core->config.id);
    LAB_ASSERT(m.term != 0);
    m.index = last.index;
    m.log_term = last.term;
    CORE_LOG(core, INFO,
             "[logterm: " D64 ", index: " D64 "] sent %s request to " X64
             " at term " D64,
             last.term, last.index, rc_message_type_name(m.type), m.to,
             core->term);
    core_send(core, &m);
}

/* The own vote is a self-directed response that must be persisted first: if it
 * counted at once, a crash before the write could make this node vote for
 * somebody else in a term in which its vote has elected itself. */
static void vote_for_self(struct core *core, enum rc_message_type type,
                          uint64_t term)
{
    LAB_ASSERT(type == RC_MSG_PRE_VOTE_RESP || core->vote == core->config.id);
    core_send(core, &(struct rc_message){
                        .type = type, .to = core->config.id, .term = term});
}

/* Makes voters ignore their lease: step.c, in_lease(). */
static struct rc_payload *transfer_context(enum campaign campaign)
{
    return campaign == CAMPAIGN_TRANSFER
               ? rc_payload_of(rc_bytes_of_text(campaign_transfer_text))
               : NULL;
}

static void campaign_as(struct core *core, enum campaign campaign)
{
    bool pre = campaign == CAMPAIGN_PRE_ELECTION;
    LAB_ASSERT(core->state != RC_LEADER);
    if (!core_promotable(core)) {
        /* It was when it asked for pre-votes; a snapshot or a change of the
         * configuration came in between. It cannot win, which does no harm. */
        CORE_LOG(core, WARN,
                 "is unpromotable; campaign() should have been called");
    }
    if (pre) {
        core_become_pre_candidate(core);
    } else {
        core_become_candidate(core);
    }
    /* A pre-vote asks about the term that the election would be in. */
    uint64_t term = pre ? core->term + 1 : core->term;
    struct entry_id last = raftlog_last_entry_id(&core->log);
    /* A joint configuration needs both majorities (paper §6), so both are
     * asked, in ascending order: the order of messages is part of a run. */
    struct rc_ids voters = rc_joint_ids(&core->tracker.config.voters);
    for (size_t i = 0; i < voters.count; i++) {
        if (voters.at[i] == core->config.id) {
            vote_for_self(core, pre ? RC_MSG_PRE_VOTE_RESP : RC_MSG_VOTE_RESP,
                          term);
            continue;
        }
        struct rc_message m = {
            .type = pre ? RC_MSG_PRE_VOTE : RC_MSG_VOTE,
            .to = voters.at[i],
            .term = term,
            .context = transfer_context(campaign),
        };
        send_vote_request(core, m, last);
    }
    rc_ids_release(&voters);
    LAB_ASSERT(core->state == (pre ? RC_PRE_CANDIDATE : RC_CANDIDATE));
}

void core_hup(struct core *core, enum campaign campaign)
{
    if (core->state == RC_LEADER) {
        CORE_LOG(core, DEBUG, "ignoring MsgHup because already leader");
        return;
    }
    if (!core_promotable(core)) {
        CORE_LOG(core, WARN, "is unpromotable and can not campaign");
        return;
    }
    if (has_unapplied_conf_changes(core)) {
        CORE_LOG(
            core, WARN,
            "cannot campaign at term " D64
            " since there are still pending configuration changes to apply",
            core->term);
        return;
    }
    CORE_LOG(core, INFO, "is starting a new election at term " D64, core->term);
    campaign_as(core, campaign);
}

/* ---- Voting --------------------------------------------------------------*/

/* It can repeat a vote that it gave; it can give one if it has not in this term
 * and knows no leader of it; and it can grant any pre-vote for a later term,
 * since that binds it to nothing. */
static bool can_vote(const struct core *core, const struct rc_message *m)
{
    return core->vote == m->from ||
           (core->vote == RC_NO_NODE && core->lead == RC_NO_NODE) ||
           (m->type == RC_MSG_PRE_VOTE && m->term > core->term);
}

void core_on_vote_request(struct core *core, const struct rc_message *m)
{
    bool real = m->type == RC_MSG_VOTE;
    enum rc_message_type type = real ? RC_MSG_VOTE_RESP : RC_MSG_PRE_VOTE_RESP;
    struct entry_id theirs = {m->log_term, m->index};

    /* Learners vote, too. One that was promoted may not know it yet, because it
     * has not applied the entry that promotes it. Take voters 1 and 2 of which
     * 2 was a learner: if 1 fails and comes back with an empty disk for its
     * vote, no leader can be elected until 2 votes, and 2 cannot learn that it
     * may until there is a leader. Whether a vote counts the candidate decides,
     * by the configuration that it knows. */
    if (!can_vote(core, m) || !raftlog_is_up_to_date(&core->log, theirs)) {
        core_log_vote(core, m, "rejected", "from", "");
        if (core->term == 0) {
            return; /* it has no term to reject a pre-vote in */
        }
        core_send(core, &(struct rc_message){.type = type,
                                             .to = m->from,
                                             .term = core->term,
                                             .reject = true});
        return;
    }
    core_log_vote(core, m, "cast", "for", "");
    /* With the term of the request. Of a vote it is ours by now; a granted
     * pre-vote with our own, lower term would be ignored as an old message by a
     * pre-candidate whose term has grown meanwhile, and never counted. */
    LAB_ASSERT(m->term >= core->term);
    core_send(core, &(struct rc_message){
                        .type = type, .to = m->from, .term = m->term});
    if (real) { /* only real votes are recorded */
        LAB_ASSERT(core->vote == RC_NO_NODE || core->vote == m->from);
        core->election_elapsed = 0;
        core->vote = m->from;
    }
}

/* Record the vote; the first of each voter counts. Learners' and strangers'
 * are recorded and not counted. */
static enum rc_vote_result count_vote(struct core *core,
                                      const struct rc_message *m)
{
    int granted, rejected;
    const char *name = rc_message_type_name(m->type);
    CORE_LOG(core, INFO, "received %s%s from " X64 " at term " D64, name,
             m->reject ? " rejection" : "", m->from, core->term);
    rc_tracker_record_vote(&core->tracker, m->from, !m->reject);
    enum rc_vote_result result =
        rc_tracker_tally_votes(&core->tracker, &granted, &rejected);
    CORE_LOG(core, INFO, "has received %d %s votes and %d vote rejections",
             granted, name, rejected);
    return result;
}

void core_on_vote_response(struct core *core, const struct rc_message *m)
{
    bool pre = core->state == RC_PRE_CANDIDATE;
    LAB_ASSERT(core->state == RC_CANDIDATE || pre);
    /* A late pre-vote may arrive at a candidate of the same term, and must not
     * count as a vote. */
    if (m->type != (pre ? RC_MSG_PRE_VOTE_RESP : RC_MSG_VOTE_RESP)) {
        return;
    }
    switch (count_vote(core, m)) {
    case RC_VOTE_WON:
        if (pre) {
            campaign_as(core, CAMPAIGN_ELECTION); /* now in earnest */
        } else {
            core_become_leader(core);
            LAB_ASSERT(core->state == RC_LEADER);
            core_bcast_append(core);
        }
        break;
    case RC_VOTE_LOST:
        /* In its own term: the messages have that of the pre-vote, in which
         * nobody is yet. */
        core_become_follower(core, core->term, RC_NO_NODE);
        break;
    case RC_VOTE_PENDING:
        break;
    }
}
