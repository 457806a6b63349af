/* sim_helper.h - running bodies in the simulator from unit tests. */
#ifndef TESTS_SUPPORT_SIM_HELPER_H
#define TESTS_SUPPORT_SIM_HELPER_H

#include <check.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/sim.h"

/* One run; the result lives until the next call. */
static inline struct sim_result *sim_of(uint64_t seed, enum sim_policy policy,
                                        void (*body)(void *), void *argument)
{
    static struct sim_result result;
    struct sim_options options = {.seed = seed, .policy = policy};
    sim_run(&options, body, argument, &result);
    return &result;
}

/* A run that has to end well. */
static inline uint64_t sim_ok(uint64_t seed, enum sim_policy policy,
                              void (*body)(void *), void *argument)
{
    struct sim_result *result = sim_of(seed, policy, body, argument);
    ck_assert_msg(result->end == SIM_DONE, "%s: %s\n%.2000s",
                  sim_end_text(result->end), result->what, result->threads);
    return result->hash;
}

/* A run that has to end in this way, with this in its sentence. */
static inline void sim_ends(enum sim_end end, const char *what,
                            void (*body)(void *), void *argument)
{
    struct sim_result *result = sim_of(1, SIM_RANDOM, body, argument);
    ck_assert_msg(result->end == end && strstr(result->what, what),
                  "got %s: %s", sim_end_text(result->end), result->what);
}

#endif
