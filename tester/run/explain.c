/* explain.c - says what each thread waits for, where, and where it locked the
 * mutexes that it holds.
 * Layer: tester/run. The code under test may have overwritten the verdict, so
 * trust nothing in it: any number may be out of range. */
#include "tester/run/explain.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "sim/plugin.h"
#include "tester/run/symbolizer.h"

enum {
    INLINED_MAX = 6, /* functions in one frame */
    SHOWN_MAX = 5,   /* functions of one thread */
    KNOWN = 1024,    /* places in the cache, by offset */
    PLACE_BYTES = 512,
    WHERE_BYTES = 2048,
    SERVERS_SHOWN = 9,
};

struct known {
    struct sim_place place;
    char *text;
};

struct explainer {
    struct symbolizer *of_program;
    struct symbolizer *of_plugins[SIM_PLUGINS_MAX];
    struct known known[KNOWN];
};

/* A text of limited size; what does not fit is left out. */
struct text {
    char *at, *end; /* *at is the final zero */
};

static void put(struct text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void put(struct text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    size_t room = (size_t)(text->end - text->at);
    int n = vsnprintf(text->at, room, format, args);
    va_end(args);
    if (n > 0) {
        text->at += (size_t)n < room ? (size_t)n : room - 1;
    }
}

struct explainer *explainer_new(void)
{
    return lab_xcalloc(1, sizeof(struct explainer));
}

void explainer_free(struct explainer *explainer)
{
    if (explainer) {
        for (size_t i = 0; i < KNOWN; i++) {
            free(explainer->known[i].text);
        }
        for (size_t i = 0; i < SIM_PLUGINS_MAX; i++) {
            symbolizer_free(explainer->of_plugins[i]);
        }
        symbolizer_free(explainer->of_program);
        free(explainer);
    }
}

/* ---- One frame -----------------------------------------------------------*/

static struct symbolizer *symbolizer_for(struct explainer *explainer,
                                         uint32_t file)
{
    if (file == SIM_PROGRAM_FILE) {
        if (!explainer->of_program) {
            explainer->of_program = symbolizer_of_file("/proc/self/exe");
        }
        return explainer->of_program;
    }
    uint32_t number = file - SIM_PLUGIN_FILE;
    const struct sim_plugin *plugin = sim_plugin_numbered(number);
    if (file < SIM_PLUGIN_FILE || !plugin) {
        return NULL;
    }
    if (!explainer->of_plugins[number]) {
        size_t bytes;
        const void *content = sim_plugin_file(plugin, &bytes);
        explainer->of_plugins[number] = symbolizer_of_memory(content, bytes);
    }
    return explainer->of_plugins[number];
}

/* The last two names of a path are enough. */
static const char *short_path(const char *path)
{
    const char *name = strrchr(path, '/');
    while (name && name > path && name[-1] != '/') {
        name--;
    }
    return name ? name : path;
}

static void put_place(struct text *text, const struct code_place *place)
{
    put(text, "%s", place->function[0] ? place->function : "?");
    if (place->file[0] != '\0') {
        put(text, " (%s:%d)", short_path(place->file), place->line);
    }
}

/* Of this program show only the tests, their steps and the rules. */
static bool is_shown(const struct code_place *place, uint32_t file)
{
    static const char *const hidden[] = {
        "tester/harness/lab.c",
        "tester/harness/oracle_state.c",
        "tester/harness/test.c",
        "tester/harness/test_thread.c",
    };
    if (file >= SIM_PLUGIN_FILE) {
        return true;
    }
    for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
        if (strcmp(place->file, hidden[i]) == 0) {
            return false;
        }
    }
    return strncmp(place->file, "tester/", 7) == 0;
}

/* The functions of a frame, one per line; valid until the cache needs room. */
static const char *text_of(struct explainer *explainer, struct sim_place place)
{
    struct known *known =
        &explainer->known[(place.offset ^ place.file << 8) % KNOWN];
    if (known->text && known->place.file == place.file &&
        known->place.offset == place.offset) {
        return known->text;
    }
    char buffer[PLACE_BYTES] = "";
    struct text text = {buffer, buffer + sizeof(buffer)};
    struct code_place found[INLINED_MAX];
    struct symbolizer *symbolizer = symbolizer_for(explainer, place.file);
    size_t count = symbolizer ? symbolizer_find(symbolizer, place.offset, found,
                                                INLINED_MAX)
                              : 0;
    for (size_t i = 0; i < count; i++) {
        if (is_shown(&found[i], place.file)) {
            put_place(&text, &found[i]);
            put(&text, "\n");
        }
    }
    free(known->text);
    *known = (struct known){place, lab_xstrdup(buffer)};
    return known->text;
}

/* ---- One thread ----------------------------------------------------------*/

/* Write "f (a.c:1), from g (a.c:9)" into the buffer. A function that calls
 * itself appears once. */
static void stack_text(struct explainer *explainer,
                       const struct sim_stack *stack, char *buffer,
                       size_t bytes)
{
    struct text text = {buffer, buffer + bytes};
    char last[PLACE_BYTES] = "";
    int shown = 0;
    buffer[0] = '\0';
    for (uint32_t i = 0; i < stack->frame_count && i < SIM_FRAMES; i++) {
        const char *at = text_of(explainer, stack->frames[i]);
        while (*at != '\0' && shown < SHOWN_MAX) {
            size_t length = strcspn(at, "\n");
            if (strncmp(at, last, length) != 0 || last[length] != '\0') {
                snprintf(last, sizeof(last), "%.*s", (int)length, at);
                put(&text, "%s%s", shown > 0 ? ", from " : "", last);
                shown++;
            }
            at += length + (at[length] == '\n');
        }
    }
}

/* Where the thread locked the mutex that it has held longest. */
static void put_held(struct explainer *explainer, struct text *text,
                     const struct sim_stack *stack)
{
    if (stack->held_count == 0) {
        return;
    }
    if (stack->held_count == 1) {
        put(text, ", holding a mutex");
    } else {
        put(text, ", holding %" PRIu32 " mutexes, the first",
            stack->held_count);
    }
    const char *at = text_of(explainer, stack->held);
    if (at[0] != '\0') {
        put(text, " taken in %.*s", (int)strcspn(at, "\n"), at);
    } else if (stack->held_count > 1) {
        put(text, " one taken in ?");
    }
}

/* ---- All threads ---------------------------------------------------------*/

/* Threads that wait for the same thing at the same place, also on different
 * servers, share a line. */
struct group {
    char *line; /* of the first thread */
    int count;
    int servers[SERVERS_SHOWN + 1]; /* each once */
    int server_count;
};

/* The rest of a line behind the number of the server, if it has one. */
static const char *behind_number(const char *line)
{
    size_t length = strspn(line, "abcdefghijklmnopqrstuvwxyz");
    size_t digits = strspn(line + length, "0123456789");
    return digits > 0 && line[length + digits] == '/' ? line + length + digits
                                                      : line;
}

static void group_add(struct group *group, int server)
{
    bool known = false;
    group->count++;
    for (int i = 0; i < group->server_count; i++) {
        known |= group->servers[i] == server;
    }
    if (!known && group->server_count <= SERVERS_SHOWN) {
        group->servers[group->server_count++] = server;
    }
}

static void put_group(struct text *text, const struct group *group)
{
    char line[2 * WHERE_BYTES];
    struct text one = {line, line + sizeof(line)};
    put(&one, "%s", group->line);
    if (group->count > 1) {
        put(&one, " (%d threads", group->count);
        bool all = group->server_count <= SERVERS_SHOWN;
        if (group->server_count > 1) {
            put(&one, all ? ", on servers" : ", on many servers");
        }
        for (int i = 0;
             all && group->server_count > 1 && i < group->server_count; i++) {
            put(&one, " %d", group->servers[i]);
        }
        put(&one, ")");
    }
    put(&one, "\n");
    if (text->end - text->at > one.at - line) { /* complete lines only */
        put(text, "%s", line);
    }
}

static void put_thread(struct explainer *explainer, struct text *text,
                       const struct sim_stack *stack)
{
    char where[WHERE_BYTES];
    stack_text(explainer, stack, where, sizeof(where));
    put(text, "%s%s", where[0] ? ", in " : "", where);
    put_held(explainer, text, stack);
}

static void explain_threads(struct explainer *explainer,
                            struct verdict *verdict)
{
    struct sim_result *run = &verdict->run;
    struct group *groups = NULL;
    size_t count = 0;
    const char *at = run->threads;
    for (uint32_t i = 0; *at != '\0'; i++) {
        size_t length = strcspn(at, "\n");
        bool known = i < run->stack_count && i < SIM_STACKS;
        char line[2 * WHERE_BYTES];
        struct text text = {line, line + sizeof(line)};
        put(&text, "%.*s", (int)length, at);
        if (known) {
            put_thread(explainer, &text, &run->stacks[i]);
        }
        size_t k = 0;
        while (k < count && strcmp(behind_number(groups[k].line),
                                   behind_number(line)) != 0) {
            k++;
        }
        if (k == count) {
            groups = lab_xrealloc(groups, ++count * sizeof(groups[0]));
            groups[k] = (struct group){.line = lab_xstrdup(line)};
        }
        group_add(&groups[k], known ? run->stacks[i].server : -1);
        at += length + (at[length] == '\n');
    }
    struct text text = {verdict->threads,
                        verdict->threads + sizeof(verdict->threads)};
    for (size_t k = 0; k < count; k++) {
        put_group(&text, &groups[k]);
        free(groups[k].line);
    }
    free(groups);
}

/* ---- Where the run ended, advice, races ----------------------------------*/

/* The thread on which the run ended has the first line, if it has one. */
static void explain_where(struct explainer *explainer, struct verdict *verdict)
{
    const struct sim_result *run = &verdict->run;
    size_t length = strlen(run->thread);
    if (run->server >= 0 && run->stack_count > 0 && length > 0 &&
        strncmp(run->threads, run->thread, length) == 0 &&
        run->threads[length] == ' ') {
        stack_text(explainer, &run->stacks[0], verdict->where,
                   sizeof(verdict->where));
    }
}

static void explain_advice(struct explainer *explainer, struct verdict *verdict)
{
    const struct sim_result *run = &verdict->run;
    struct text text = {verdict->advice,
                        verdict->advice + sizeof(verdict->advice)};
    for (uint32_t i = 0; i < run->advice_count && i < SIM_ADVICE; i++) {
        const struct sim_advice *advice = &run->advice[i];
        char line[2 * WHERE_BYTES];
        struct text one = {line, line + sizeof(line)};
        put(&one, "%s waited for %s", advice->thread, advice->what);
        put_thread(explainer, &one, &advice->stack);
        put(&one, "\n");
        /* One line of code may be several places, e.g. in an unrolled loop. */
        if (text.end - text.at > one.at - line &&
            !strstr(verdict->advice, line)) {
            put(&text, "%s", line);
        }
    }
}

static void put_access(struct explainer *explainer, struct text *text,
                       const struct sim_access *access, const char *place)
{
    char where[WHERE_BYTES];
    struct sim_stack stack = {.frame_count = access->frame_count};
    memcpy(stack.frames, access->frames, sizeof(stack.frames));
    stack_text(explainer, &stack, where, sizeof(where));
    put(text, "%s %s%s in %s", access->thread, access->does, place, where);
}

/* The simulator's sentence names functions only: write one with both stacks. */
static void explain_race(struct explainer *explainer, struct verdict *verdict)
{
    const struct sim_access *access = verdict->run.race;
    if (verdict->kind != VERDICT_RACE || access[0].frame_count == 0 ||
        access[1].frame_count == 0) {
        return;
    }
    struct text text = {verdict->what, verdict->what + sizeof(verdict->what)};
    put(&text, "data race: ");
    put_access(explainer, &text, &access[0], "");
    put(&text, "; and ");
    put_access(explainer, &text, &access[1], " of the same memory");
    put(&text, "; nothing orders the two accesses: hold the same mutex "
               "around both");
    verdict->where[0] = '\0';
}

void explain(struct explainer *explainer, struct verdict *verdict)
{
    verdict->threads[0] = verdict->where[0] = verdict->advice[0] = '\0';
    explain_threads(explainer, verdict);
    explain_where(explainer, verdict);
    explain_advice(explainer, verdict);
    explain_race(explainer, verdict);
}
