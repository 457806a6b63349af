/* confchange.c - files that change a configuration, step by step.
 * Layer: datadriven. Specification of raftcore, section 9.4. */
#include <stdlib.h>
#include <string.h>

#include "datadriven/environment.h"
#include "raftcore/confchange.h"

enum { MAX_INFLIGHT = 10 };

struct members {
    struct tracker tracker;
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
    tracker_release(&members->tracker);
    free(members);
}

static bool leave(struct members *members, const struct directive *directive,
                  struct text *error)
{
    if (directive->input[0] != '\0') {
        text_add(error, "this command takes no input");
        return false;
    }
    return confchange_leave_joint(&members->tracker, members->last_index,
                                  error);
}

static bool enter(struct members *members, const struct directive *directive,
                  const struct conf_change *cc, struct text *error)
{
    const struct argument *flag = directive_find(directive, "autoleave");
    bool auto_leave = false;
    if (flag &&
        (flag->count != 1 || !parse_bool(flag->values[0], &auto_leave))) {
        text_add(error, "autoleave is to be true or false");
        return false;
    }
    return confchange_enter_joint(&members->tracker, members->last_index,
                                  auto_leave, cc->changes, cc->count, error);
}

static bool change(struct members *members, const struct directive *directive,
                   struct text *error)
{
    struct conf_change cc = {.count = 0};
    const char *command = directive->command;
    bool good = conf_change_parse(directive->input, &cc, error);
    if (good && strcmp(command, "simple") == 0) {
        good = confchange_simple(&members->tracker, members->last_index,
                                 cc.changes, cc.count, error);
    } else if (good && strcmp(command, "enter-joint") == 0) {
        good = enter(members, directive, &cc, error);
    } else if (good && strcmp(command, "leave-joint") == 0) {
        good = leave(members, directive, error);
    } else if (good) {
        text_add(error, "unknown command");
        good = false;
    }
    conf_change_release(&cc);
    return good;
}

static void run(void *self, const struct directive *directive,
                struct text *output)
{
    struct members *members = self;
    if (change(members, directive, output)) {
        tracker_config_text(&members->tracker.config, output);
        text_add(output, "\n");
        progress_map_describe(&members->tracker.progress, output);
    } else {
        text_add(output, "\n");
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
