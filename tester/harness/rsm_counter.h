/* rsm_counter.h - commands of the counter that the tests of rsm.h replicate.
 * Layer: tester. */
#ifndef TESTER_HARNESS_RSM_COUNTER_H
#define TESTER_HARNESS_RSM_COUNTER_H

/* As long as other labs' commands, so that a hundred of them want a snapshot;
 * every byte says what to do. */
enum { COUNTER_BYTES = 32 };

enum {
    COUNTER_INC = '+',  /* add one; the result is the new value */
    COUNTER_NULL = '0', /* nothing */
    COUNTER_DEC = '-',  /* never to be executed: fails the test */
};

#endif
