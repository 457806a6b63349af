/* conf_change.h - a change of the configuration: as data of an entry, as words.
 * Layer: raftcore. Specification, sections 1.1, 1.3, 3.6. */
#ifndef RAFTCORE_CONF_CHANGE_H
#define RAFTCORE_CONF_CHANGE_H

#include "raftcore/entry.h"
#include "raftcore/error.h"
#include "raftcore/text.h"

enum rc_transition {
    RC_TRANSITION_AUTO,
    RC_TRANSITION_IMPLICIT,
    RC_TRANSITION_EXPLICIT
};
enum rc_change_type {
    RC_ADD_NODE,
    RC_REMOVE_NODE,
    RC_UPDATE_NODE,
    RC_ADD_LEARNER_NODE
};

struct rc_change {
    enum rc_change_type type;
    uint64_t node;
};

/* All zero: leave the joint configuration. One of the first version has one
 * change and no transition. */
struct rc_conf_change {
    enum rc_transition transition;
    struct rc_change *changes;
    size_t count;
    struct rc_payload *context;
};
void rc_conf_change_release(struct rc_conf_change *cc);
void rc_conf_change_add(struct rc_conf_change *cc, enum rc_change_type type,
                        uint64_t node);

/* What it asks for: to leave a joint configuration; to enter one, which is
 * then left by itself or not. If neither: one simple change at most. */
bool rc_conf_change_leaves(const struct rc_conf_change *cc);
bool rc_conf_change_enters(const struct rc_conf_change *cc, bool *auto_leave);

/* The data of an entry of this type. One that leaves and has no context has
 * none at all (NULL). */
struct rc_payload *rc_conf_change_encode(const struct rc_conf_change *cc,
                                         enum rc_entry_type type);

/* And back. RC_MALFORMED, RC_NO_MEMORY: cc is empty. */
enum rc_error rc_conf_change_decode(const struct rc_entry *entry,
                                    struct rc_conf_change *cc);

/* "v1 l2 r3 u4": add voter, add learner, remove, update; ids are decimal. Adds
 * to cc; false: error says why not. */
bool rc_conf_change_parse(const char *words, struct rc_conf_change *cc,
                          struct rc_text *error);

#endif
