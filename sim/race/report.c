/* report.c - saying which two accesses race.
 * Layer: sim; part of the race detector. */
#include "sim/race/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/heap.h"
#include "sim/image/symbols.h"
#include "sim/nodes.h"
#include "sim/race/context.h"
#include "sim/threads.h"

/* Who had the slot at that time, "server1/ticker" as in other reports. */
static void name_owner(const struct race_node *node, uint64_t word, char *name,
                       size_t bytes)
{
    const struct race_slot *slot = &node->slots[RACE_SLOT(word)];
    const struct race_owner *owner = NULL;
    uint32_t known = slot->owners < RACE_PAST ? slot->owners : RACE_PAST;
    for (uint32_t i = 0; i < known; i++) {
        const struct race_owner *past = &slot->past[i];
        if (past->from <= RACE_TIME(word) &&
            (!owner || past->from > owner->from)) {
            owner = past;
        }
    }
    char label[sizeof(owner->label)] = "an earlier thread";
    if (owner && owner->label[0] != '\0') {
        memcpy(label, owner->label, sizeof(label));
    } else if (owner) {
        symbols_name((const void *)owner->start, label, sizeof(label));
    }
    snprintf(name, bytes, "%s%d/%s", node->node->name, node->node->index,
             label);
}

static void add_frame(struct sim_access *access, const void *pc)
{
    struct sim_place place = symbols_place((uintptr_t)pc - 1); /* the call */
    if (pc && place.file >= SIM_PLUGIN_FILE &&
        access->frame_count < SIM_FRAMES) {
        access->frames[access->frame_count++] = place;
    }
}

/* The words of an access and its stack, innermost frame first. Returns an
 * address in the function that it is in. */
static const void *describe(const struct race_node *node, uint64_t word,
                            struct race_place at, struct sim_access *access)
{
    const void *inside = at.pc;
    uint32_t kind = RACE_KIND(word);
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
    struct sim_access access[2];
    char function[2][64];
    const void *inside = describe(me->node, mine, here, &access[0]);
    name_function(inside, function[0], sizeof(function[0]));
    inside = describe(me->node, other, there, &access[1]);
    name_function(inside, function[1], sizeof(function[1]));
    race_on = false; /* what follows is the end, and may be this one's code */
    run_note_race(access);
    heap_use(NULL);
    sim_fail(SIM_RACE,
             "data race: %s %s in %s, and %s %s of the same place in %s, "
             "without a common lock or other order between them",
             access[0].thread, access[0].does, function[0], access[1].thread,
             access[1].does, function[1]);
}
