/* interaction_cluster.c - the output of directives, their arguments, the log.
 * Layer: datadriven. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/bytes.h"
#include "datadriven/interaction.h"
#include "raftcore/describe.h"

/* ---- Output --------------------------------------------------------------*/

void cluster_say(struct cluster *cluster, const char *format, ...)
{
    va_list args;
    if (cluster->level == LEVEL_NONE) {
        return;
    }
    va_start(args, format);
    rc_text_add_args(cluster->output, format, args);
    va_end(args);
}

void cluster_say_message(struct cluster *cluster, const struct rc_message *m)
{
    if (cluster->level != LEVEL_NONE) {
        rc_describe_message(m, NULL, cluster->output);
    }
}

bool cluster_wrong(struct cluster *cluster, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    rc_text_add_args(&cluster->error, format, args);
    va_end(args);
    return false;
}

bool cluster_wrong_if(struct cluster *cluster, enum rc_error error)
{
    return error == RC_OK || cluster_wrong(cluster, "%s", rc_error_text(error));
}

static const char *const level_names[] = {"DEBUG", "INFO", "WARN", "ERROR",
                                          "FATAL"};

/* The logger of the nodes. */
static bool wants(void *self, enum rc_log_level level)
{
    const struct cluster *cluster = self;
    return cluster->level <= (int)level;
}

static void write_line(void *self, enum rc_log_level level, const char *text)
{
    size_t size = strlen(text);
    cluster_say(self, "%s %s%s", level_names[level], text,
                size > 0 && text[size - 1] == '\n' ? "" : "\n");
}

struct rc_logger cluster_logger(struct cluster *cluster)
{
    return (struct rc_logger){cluster, wants, write_line};
}

bool cluster_set_level(struct cluster *cluster, const char *name)
{
    static const char *const names[] = {"DEBUG", "INFO",  "WARN",
                                        "ERROR", "FATAL", "NONE"};
    for (int i = 0; i <= LEVEL_NONE; i++) {
        if (strcasecmp(name, names[i]) == 0) {
            cluster->level = i;
            return true;
        }
    }
    return cluster_wrong(cluster, "log levels must be either of "
                                  "[DEBUG INFO WARN ERROR FATAL NONE]");
}

static void add_indented(struct rc_text *to, const char *lines)
{
    while (*lines) {
        size_t size = strcspn(lines, "\n");
        rc_text_add(to, "  ");
        rc_text_add_bytes(to, lines, size);
        rc_text_add(to, "\n");
        lines += size + (lines[size] == '\n');
    }
}

bool cluster_indented(struct cluster *cluster,
                      bool (*task)(struct cluster *cluster,
                                   struct member *member),
                      struct member *member)
{
    struct rc_text inner = {NULL, 0, 0};
    struct rc_text *outer = cluster->output;
    cluster->output = &inner;
    bool good = task(cluster, member);
    cluster->output = outer;
    add_indented(outer, rc_text_of(&inner));
    rc_text_release(&inner);
    return good;
}

/* ---- Arguments -----------------------------------------------------------*/

bool cluster_member(struct cluster *cluster, const char *text,
                    struct member **member)
{
    uint64_t id;
    if (!parse_number(text, &id)) {
        return cluster_wrong(cluster, "not the id of a node: %s", text);
    }
    if (id == 0 || id > cluster->count) {
        return cluster_wrong(cluster, "there is no node %" PRIu64, id);
    }
    *member = cluster->members[id - 1];
    return true;
}

bool directive_members(struct cluster *cluster,
                       const struct directive *directive, size_t least,
                       struct member ***members, size_t *count)
{
    *members = lab_xcalloc(directive->count + 1, sizeof(**members));
    *count = 0;
    for (size_t i = 0; i < directive->count; i++) {
        const struct argument *argument = &directive->arguments[i];
        if (argument->count == 0 &&
            !cluster_member(cluster, argument->key, &(*members)[(*count)++])) {
            free(*members);
            return false;
        }
    }
    if (*count < least) {
        free(*members);
        return cluster_wrong(cluster, "%s needs the id of a node",
                             directive->command);
    }
    return true;
}

bool directive_member(struct cluster *cluster,
                      const struct directive *directive, struct member **member)
{
    for (size_t i = 0; i < directive->count; i++) {
        if (directive->arguments[i].count == 0) {
            return cluster_member(cluster, directive->arguments[i].key, member);
        }
    }
    return cluster_wrong(cluster, "%s needs the id of a node",
                         directive->command);
}

bool directive_value(struct cluster *cluster, const struct directive *directive,
                     const char *key, const char **value)
{
    const struct argument *argument = directive_find(directive, key);
    *value = NULL;
    if (argument && argument->count != 1) {
        return cluster_wrong(cluster, "%s takes one value", key);
    }
    if (argument) {
        *value = argument->values[0];
    }
    return true;
}
