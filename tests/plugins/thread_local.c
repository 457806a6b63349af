/* thread_local.c - variables of all kinds of storage, for test_sim_plugin.c.
 * Layer: tests. Not a Raft: it only counts. */
#include <stdint.h>

struct counts {
    uint64_t per_thread, per_image, zeroed_per_thread;
};
void count(struct counts *counts);

static _Thread_local uint64_t per_thread = 10;
static _Thread_local uint64_t zeroed[40];
static uint64_t per_image = 100;

void count(struct counts *counts)
{
    counts->per_thread = ++per_thread;
    counts->zeroed_per_thread = ++zeroed[39];
    counts->per_image = ++per_image;
}
