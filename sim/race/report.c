/* report.c - the report of a race: the two accesses, and what to do.
 * Layer: sim; part of the race detector. */
#include "sim/race/report.h"
#include "sim/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "sim/heap.h"
#include "sim/image/symbols.h"
#include "sim/node_internal.h"
#include "sim/race/context.h"
#include "sim/threads.h"

/* Name the thread that had the slot at that time, "server1/ticker" as in other
 * reports: the last owner that took over at or before it. */
static void name_owner(const struct race_node *node, uint64_t word, char *name,
                       size_t bytes)
{
    const struct race_slot *slot = &node->slots[RACE_SLOT(word)];
    const struct race_owner *owner = NULL;
    LAB_ASSERT(RACE_SLOT(word) < node->slot_count && slot->owners > 0);
    uint32_t known = slot->owners < RACE_PAST ? slot->owners : RACE_PAST;
    for (uint32_t i = 0; i < known; i++) {
        const struct race_owner *past = &slot->past[i];
        if (past->from <= RACE_TIME(word) &&
            (!owner || past->from > owner->from)) {
            owner = past;
        }
    }
    /* The owners before the last few are forgotten. */
    char label[sizeof(owner->label)] = "an earlier thread";
    if (owner && owner->label[0] != '\0') {
        memcpy(label, owner->label, sizeof(label));
    } else if (owner) {
        symbols_name((const void *)owner->start, label, sizeof(label));
    }
    snprintf(name, bytes, "%s%d/%s", node->node->name, node->node->index,
             label);
}

/* Add a frame, if it is in a plug-in. */
static void add_frame(struct sim_access *access, const void *pc)
{
    /* pc is a return address: the call is before it. */
    struct sim_place place = symbols_place((uintptr_t)pc - 1);
    if (pc && place.file >= SIM_PLUGIN_FILE &&
        access->frame_count < SIM_FRAMES) {
        access->frames[access->frame_count++] = place;
    }
}

/* Describe an access and its stack, the innermost frame first. Return an
 * address in its function; NULL if none is known. */
static const void *describe(const struct race_node *node, uint64_t word,
                            struct race_place at, struct sim_access *access)
{
    const void *inside = at.pc;
    uint32_t kind = RACE_KIND(word);
    LAB_ASSERT(RACE_BYTES(word) != 0);
    const char *verb = kind & RACE_FREE    ? "frees"
                       : kind & RACE_WRITE ? "writes"
                                           : "reads";
    *access = (struct sim_access){.frame_count = 0};
    name_owner(node, word, access->thread, sizeof(access->thread));
    int bytes = __builtin_popcount(RACE_BYTES(word));
    snprintf(access->does, sizeof(access->does), "%s %d byte%s%s", verb, bytes,
             bytes == 1 ? "" : "s", kind & RACE_ATOMIC ? " (atomic)" : "");
    add_frame(access, at.pc);
    for (uint32_t context = at.context, parent; context; context = parent) {
        const void *pc = race_context_pc(context, &parent);
        add_frame(access, pc);
        inside = inside ? inside : pc;
    }
    return inside;
}

static void name_function(const void *inside, char *name, size_t bytes)
{
    symbols_name(inside ? (const char *)inside - 1 : NULL, name, bytes);
}

void race_report(struct race_thread *me, uint64_t mine, struct race_place here,
                 uint64_t other, struct race_place there)
{
    LAB_ASSERT((RACE_BYTES(mine) & RACE_BYTES(other)) != 0);
    LAB_ASSERT((RACE_KIND(mine) | RACE_KIND(other)) & RACE_WRITE);
    struct sim_access access[2];
    char function[2][64];
    const void *inside = describe(me->node, mine, here, &access[0]);
    name_function(inside, function[0], sizeof(function[0]));
    inside = describe(me->node, other, there, &access[1]);
    name_function(inside, function[1], sizeof(function[1]));
    race_on = false; /* the end of the run may execute instrumented code */
    run_note_race(access);
    heap_use(NULL);
    sim_fail(SIM_RACE,
             "data race: %s %s in %s; and %s %s of the same memory in %s; "
             "nothing orders the two accesses: hold the same mutex around both",
             access[0].thread, access[0].does, function[0], access[1].thread,
             access[1].does, function[1]);
}
