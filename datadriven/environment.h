/* environment.h - what directives act on: a cluster, a quorum, a configuration.
 * Layer: datadriven. docs/raftcore-spec.md §9.2 to §9.4. */
#ifndef DATADRIVEN_ENVIRONMENT_H
#define DATADRIVEN_ENVIRONMENT_H

#include "datadriven/reader.h"
#include "raftcore/text.h"

struct environment {
    const char *name;            /* of the folder that holds such files */
    const char *const *commands; /* NULL-terminated */
    void *(*begin)(void);
    void (*end)(void *self);

    /* Run one directive and add what it prints to the output, which is empty.
     */
    void (*run)(void *self, const struct directive *directive,
                struct rc_text *output);

    /* Print the text of a broken invariant; self is then abandoned. NULL: it is
     * printed as "FATAL <text>". */
    void (*fatal)(void *self, const char *text, struct rc_text *output);
};

extern const struct environment environment_interaction;
extern const struct environment environment_quorum;
extern const struct environment environment_confchange;

#endif
