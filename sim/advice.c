/* advice.c - notes on threads that wait with a mutex held.
 * Layer: sim. One OS thread. Symptoms of a server that stands still while one
 * of its threads sleeps, calls another server or applies an entry. */
#include "sim/advice.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "sim/backtrace.h"
#include "sim/image/symbols.h"
#include "sim/node_internal.h"
#include "sim/threads.h"

static struct sim_result *notes;

void advice_begin(struct sim_result *result)
{
    LAB_ASSERT(result->advice_count == 0);
    notes = result;
}

static bool same_place(struct sim_place a, struct sim_place b)
{
    return a.file == b.file && a.offset == b.offset;
}

void advice_do_note(const char *what)
{
    struct thread *me = sched.current;
    struct sim_result *result = notes;
    LAB_ASSERT(me->held_count > 0 && me->node != NULL);
    LAB_ASSERT(result != NULL && result->advice_count <= SIM_ADVICE);
    /* By place, not by thread or mutex: a loop gives one note. The return
     * address is behind the call, perhaps in the next line. */
    struct sim_place held = symbols_place(me->held[0].at - 1);
    for (uint32_t i = 0; i < result->advice_count; i++) {
        const struct sim_advice *known = &result->advice[i];
        if (same_place(known->stack.held, held) &&
            strncmp(known->what, what, sizeof(known->what) - 1) == 0) {
            return;
        }
    }
    if (result->advice_count < SIM_ADVICE) {
        struct sim_advice *advice = &result->advice[result->advice_count++];
        snprintf(advice->what, sizeof(advice->what), "%s", what);
        snprintf(advice->thread, sizeof(advice->thread), "%s",
                 threads_name(me));
        backtrace_take(me, &advice->stack);
    }
}
