/* change.h - changes of the configuration: as data of an entry, as words.
 * Layer: raftcore. Specification, sections 1.1, 1.3, 3.6. */
#ifndef RAFTCORE_CHANGE_H
#define RAFTCORE_CHANGE_H

#include "raftcore/entry.h"
#include "raftcore/error.h"
#include "raftcore/text.h"

enum transition { TRANSITION_AUTO, TRANSITION_IMPLICIT, TRANSITION_EXPLICIT };
enum change_type { ADD_NODE, REMOVE_NODE, UPDATE_NODE, ADD_LEARNER_NODE };

struct change {
    enum change_type type;
    uint64_t node;
};

/* All zero: leave the joint configuration. One of the first version has one
 * change and no transition. */
struct conf_change {
    enum transition transition;
    struct change *changes;
    size_t count;
    struct payload *context;
};
void conf_change_release(struct conf_change *cc);
void conf_change_add(struct conf_change *cc, enum change_type type,
                     uint64_t node);

/* What it asks for: to leave a joint configuration; to enter one, which is
 * then left by itself or not. If neither: one simple change at most. */
bool conf_change_leaves(const struct conf_change *cc);
bool conf_change_enters(const struct conf_change *cc, bool *auto_leave);

/* The data of an entry of this type. One that leaves and has no context has
 * none at all (NULL). */
struct payload *conf_change_encode(const struct conf_change *cc,
                                   enum entry_type type);

/* And back. CORE_MALFORMED, CORE_NO_MEMORY: cc is empty. */
enum core_error conf_change_decode(const struct entry *entry,
                                   struct conf_change *cc);

/* "v1 l2 r3 u4": add voter, add learner, remove, update; ids are decimal. Adds
 * to cc; false: error says why not. */
bool conf_change_parse(const char *words, struct conf_change *cc,
                       struct text *error);

#endif
