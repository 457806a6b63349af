/* lab.c - the run of this process, and how it fails.
 * Layer: tester/harness. See lab.h. */
#include "tester/harness/lab.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "tester/harness/safe_text.h"

static struct lab *running; /* signal handlers read it, too */

struct lab *lab_running(void)
{
    return running;
}

void lab_set_running(struct lab *lab)
{
    LAB_ASSERT(!running);
    running = lab;
}

struct server *lab_server_here(void)
{
    int index = sim_server();
    bool exists =
        running && running->servers && index >= 0 && index < running->count;
    return exists ? &running->servers[index] : NULL;
}

struct server *lab_server(const struct lab *lab, int index)
{
    LAB_ASSERT(index >= 0);
    LAB_ASSERT(index < lab->count);
    return &lab->servers[index];
}

void lab_fail(struct lab *lab, const char *rule, const char *sentence)
{
    struct verdict *verdict = lab->verdict;
    snprintf(verdict->rule, sizeof(verdict->rule), "%s", rule);
    snprintf(verdict->what, sizeof(verdict->what), "%s", sentence);
    sim_fail(SIM_FAILED, "%s: %s", rule, sentence);
}

void lab_note(struct lab *lab, const char *line)
{
    char *notes = lab->verdict->notes;
    struct safe_text text = safe_text_in(notes, sizeof(lab->verdict->notes));
    if (!strstr(notes, line)) {
        safe_put(&text, line);
        safe_put(&text, "\n");
    }
}
