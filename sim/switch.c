/* switch.c - the first frame of a fiber, as the switch in assembly pops it.
 * Layer: sim. The switches: switch_x86_64.S and switch_aarch64.S; the
 * portable one is switch_ucontext.c. */
#include "sim/switch.h"

#ifndef SIM_UCONTEXT

#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "sim/fiber.h"

void fiber_start(void);

/* Words of a frame, and where in it the two registers of fiber_start and
 * the return address are. */
#if defined(__x86_64__)
enum { WORDS = 7, ENTRY = 3, ARGUMENT = 2, RETURN = 6 }; /* r12, r13, rip */
#elif defined(__aarch64__)
enum { WORDS = 20, ENTRY = 8, ARGUMENT = 9, RETURN = 19 }; /* x19, x20, x30 */
#endif

void *fiber_prepare(void *stack, void (*entry)(void *), void *argument)
{
    /* fiber_switch() pops this frame like one that it has pushed itself: the
     * registers are 0 but for the two that fiber_start expects, and the return
     * address leads there. Then the stack pointer is at `end`, 16-aligned as
     * the ABI wants it at a call. */
    char *end = fiber_stack_top(stack);
    LAB_ASSERT((uintptr_t)end % 16 == 0);
    uintptr_t *frame = (uintptr_t *)(void *)(end - WORDS * sizeof(uintptr_t));
    memset(frame, 0, WORDS * sizeof(frame[0]));
    frame[ENTRY] = (uintptr_t)entry;
    frame[ARGUMENT] = (uintptr_t)argument;
    frame[RETURN] = (uintptr_t)fiber_start;
    return frame;
}

#endif
