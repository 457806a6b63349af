/* confchange.c - the environment of files that change a configuration.
 * Layer: datadriven. docs/raftcore-spec.md §9.4. */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "datadriven/environment.h"
#include "raftcore/reconfigure.h"

enum { MAX_INFLIGHT = 10 };

struct members {
    struct rc_tracker tracker;
    uint64_t last_index; /* counts directives */
};

static void *begin(void)
{
    struct members *members = lab_xcalloc(1, sizeof(*members));
    members->tracker.max_inflight = MAX_INFLIGHT;
    return members;
}

static void end(void *self)
{
    struct members *members = self;
    rc_tracker_release(&members->tracker);
    free(members);
}

static bool leave(struct members *members, const struct directive *directive,
                  struct rc_text *error)
{
    if (directive->input[0] != '\0') {
        rc_text_add(error, "this command takes no input");
        return false;
    }
    return rc_reconfigure_leave_joint(&members->tracker, members->last_index,
                                      error);
}

static bool enter(struct members *members, const struct directive *directive,
                  const struct rc_conf_change *cc, struct rc_text *error)
{
    const struct argument *flag = directive_find(directive, "autoleave");
    bool auto_leave = false;
    if (flag &&
        (flag->count != 1 || !parse_bool(flag->values[0], &auto_leave))) {
        rc_text_add(error, "autoleave must be true or false");
        return false;
    }
    return rc_reconfigure_enter_joint(&members->tracker, members->last_index,
                                      auto_leave, cc->changes, cc->count,
                                      error);
}

static bool change(struct members *members, const struct directive *directive,
                   struct rc_text *error)
{
    struct rc_conf_change cc = {.count = 0};
    const char *command = directive->command;
    bool good = rc_conf_change_parse(directive->input, &cc, error);
    if (good && strcmp(command, "simple") == 0) {
        good = rc_reconfigure_simple(&members->tracker, members->last_index,
                                     cc.changes, cc.count, error);
    } else if (good && strcmp(command, "enter-joint") == 0) {
        good = enter(members, directive, &cc, error);
    } else if (good && strcmp(command, "leave-joint") == 0) {
        good = leave(members, directive, error);
    } else if (good) {
        rc_text_add(error, "unknown command");
        good = false;
    }
    rc_conf_change_release(&cc);
    return good;
}

static void run(void *self, const struct directive *directive,
                struct rc_text *output)
{
    struct members *members = self;
    if (change(members, directive, output)) {
        rc_tracker_config_text(&members->tracker.config, output);
        rc_text_add(output, "\n");
        rc_progress_map_describe(&members->tracker.progress, output);
    } else {
        rc_text_add(output, "\n");
    }
    members->last_index++;
}

static const char *const commands[] = {"simple", "enter-joint", "leave-joint",
                                       NULL};

const struct environment environment_confchange = {
    .name = "confchange",
    .commands = commands,
    .begin = begin,
    .end = end,
    .run = run,
};
