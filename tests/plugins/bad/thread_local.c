/* thread_local.c - variables of all kinds of storage, for
 * tests/unit/sim/test_plugin.c. Layer: tests. Not a Raft: it only counts. */
#include <stdalign.h>
#include <stdint.h>

struct counts {
    uint64_t per_thread, per_image, zeroed_per_thread;
};
void count(struct counts *counts);
uint64_t *place(void);
extern _Thread_local uint64_t visible;

static _Thread_local uint64_t per_thread = 10;
static _Thread_local uint64_t zeroed[40];
static alignas(64) _Thread_local char aligned[64];
static uint64_t per_image = 100;
_Thread_local uint64_t visible = 7;

void count(struct counts *counts)
{
    counts->per_thread = ++per_thread;
    counts->zeroed_per_thread = ++zeroed[39];
    counts->per_image = ++per_image;
}

/* One that others may see by name. 0: not aligned as it wants to be. */
uint64_t *place(void)
{
    return (uintptr_t)aligned % 64 == 0 ? &visible : (uint64_t *)0;
}
