/* conf_change.h - a change of the configuration: as a record, as the data of an
 * entry, as words.
 * Layer: raftcore. Any thread. docs/raftcore-spec.md §1.1, §1.3, §3.6; etcd:
 * raftpb.ConfChangeV2.
 *
 * The application proposes a change, it is replicated as the data of an entry,
 * and takes effect on each node when the application applies that entry:
 *
 *     rc_rawnode_propose_conf_change(node, &cc, false);
 *     ...
 *     if (entry->type != RC_ENTRY_NORMAL &&
 *         rc_conf_change_decode(entry, &cc) == RC_OK) {
 *         struct rc_conf_state cs = rc_rawnode_apply_conf_change(node, &cc);
 *         ...
 *     }
 */
#ifndef RAFTCORE_CONF_CHANGE_H
#define RAFTCORE_CONF_CHANGE_H

#include "raftcore/entry.h"
#include "raftcore/error.h"
#include "raftcore/text.h"

/* When a joint configuration is used, and how it is left.
 *
 *   AUTO      only if there is more than one change; left by itself
 *   IMPLICIT  always; left by itself
 *   EXPLICIT  always; left by a change without changes, of transition AUTO */
enum rc_transition {
    RC_TRANSITION_AUTO,
    RC_TRANSITION_IMPLICIT,
    RC_TRANSITION_EXPLICIT
};

/* An update changes no member: it brings a context to the application. Adding a
 * voter as a learner demotes it, adding a learner as a node promotes it. */
enum rc_change_type {
    RC_ADD_NODE,
    RC_REMOVE_NODE,
    RC_UPDATE_NODE,
    RC_ADD_LEARNER_NODE
};

struct rc_change {
    enum rc_change_type type;
    uint64_t node; /* 0: nothing is changed; an application rejects by this */
};

/* All zero: leave the joint configuration. */
struct rc_conf_change {
    enum rc_transition transition;
    struct rc_change *changes; /* owned */
    size_t count;
    struct rc_payload *context; /* for the application; owned; or NULL */
};

/* Free what *cc holds and make it all zero. */
void rc_conf_change_release(struct rc_conf_change *cc);

/* Add a change behind the others. */
void rc_conf_change_add(struct rc_conf_change *cc, enum rc_change_type type,
                        uint64_t node);

/* Return true if it asks to leave a joint configuration. */
bool rc_conf_change_leaves(const struct rc_conf_change *cc);

/* Return true if it asks to enter one, and whether that is left by itself. If
 * it does neither, it is one simple change at most. */
bool rc_conf_change_enters(const struct rc_conf_change *cc, bool *auto_leave);

/* Return the data of an entry of this type, one reference, the caller's.
 * RC_ENTRY_CONF_CHANGE has exactly one change and no transition. A change that
 * leaves and has no context has no data (NULL). */
struct rc_payload *rc_conf_change_encode(const struct rc_conf_change *cc,
                                         enum rc_entry_type type);

/* Decode the data of an entry that is not RC_ENTRY_NORMAL into *cc, which the
 * caller releases. RC_MALFORMED, RC_NO_MEMORY: *cc is all zero. */
enum rc_error rc_conf_change_decode(const struct rc_entry *entry,
                                    struct rc_conf_change *cc);

/* Parse "v1 l2 r3 u4" (add voter, add learner, remove, update; decimal ids) and
 * add the changes to *cc. False: *error says why not, in etcd's words. */
bool rc_conf_change_parse(const char *words, struct rc_conf_change *cc,
                          struct rc_text *error);

#endif
