/* environment.h - what directives act on: a cluster, a quorum, a
 * configuration.
 * Layer: datadriven. Specification of raftcore, sections 9.2 to 9.4. */
#ifndef DATADRIVEN_ENVIRONMENT_H
#define DATADRIVEN_ENVIRONMENT_H

#include "datadriven/reader.h"
#include "raftcore/text.h"

struct environment {
    const char *name;            /* of the folder that such files lie in */
    const char *const *commands; /* NULL-terminated */
    void *(*begin)(void);
    void (*end)(void *self);

    /* One directive; output is empty, and what it prints is added. */
    void (*run)(void *self, const struct directive *directive,
                struct rc_text *output);

    /* A broken invariant: the last words. May be NULL. */
    void (*fatal)(void *self, const char *text, struct rc_text *output);
};

extern const struct environment environment_interaction;
extern const struct environment environment_quorum;
extern const struct environment environment_confchange;

#endif
