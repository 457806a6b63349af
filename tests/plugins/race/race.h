/* race.h - what the programs here offer to tests/unit/sim/test_race.c.
 * Layer: tests. Each is an instrumented shared object. */
#ifndef TESTS_PLUGINS_RACE_RACE_H
#define TESTS_PLUGINS_RACE_RACE_H

#include <stdbool.h>

struct litmus {
    const char *name; /* NULL ends the list */
    void (*run)(void);
    bool races; /* at some of the seeds; else never */
};

extern const struct litmus litmus_list[];

/* litmus.c only: write to so many bytes, of the tester for example. */
enum { LITMUS_FILLED = 32768 };
void litmus_fill(void *bytes);

#endif
