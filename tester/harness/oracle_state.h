/* oracle_state.h - the inside of the oracle, for oracle.c and oracle_*.c.
 * Layer: tester/harness, internal. */
#ifndef TESTER_HARNESS_ORACLE_STATE_H
#define TESTER_HARNESS_ORACLE_STATE_H

#include <uthash.h>

#include "tester/harness/oracle.h"

/* What is known of one server. */
struct watched {
    uint64_t life;               /* starts so far */
    uint64_t term;               /* the highest seen in this life */
    uint64_t led_term, led_last; /* over all lives; 0: it never led */
    struct raft_state state;     /* of the last raft_get_state() */
    bool asked;                  /* state is of this life */
    bool reported;               /* report is of this life */
    struct lab_state_report report;
    uint64_t applied; /* last index in this life */
    bool restored;    /* a service started from a snapshot: the oracle cannot
                       * tell its index, so applied is unknown */
    uint64_t copied;  /* its committed copy is 1 .. copied */
};

/* The command at an index, and the server that applied it first. */
struct applied {
    struct command command;
    int server;
};

/* A server in this term knew that everything up to index is committed. */
struct known_commit {
    uint64_t term, index;
    int server;
};

/* The last log index of a leader when it was elected. */
struct new_leader {
    uint64_t term, last;
    int server;
};

/* The server that claimed to lead a term. */
struct claim {
    uint64_t term;
    int server;
    UT_hash_handle hh;
};

struct oracle {
    int count;
    struct watched *servers;
    oracle_broken broken;
    void *context;
    bool of_service; /* commands and snapshots may be any bytes */

    struct claim *claims; /* by term */

    /* By rising term, and commits also by rising index. */
    struct known_commit *commits;
    size_t commit_count, commit_room;
    struct new_leader *leaders;
    size_t leader_count, leader_room;

    /* From index 1 on; [0] stays empty. packed holds 16 bytes for each, as a
     * snapshot does. */
    struct applied *applied;
    uint8_t *packed;
    uint64_t highest;
    size_t applied_room;
};

/* Report a violation. */
void oracle_complain(struct oracle *oracle, const char *rule,
                     const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Make room for one more element in a growing array; *room is what it has. */
void *oracle_grow(void *array, size_t count, size_t *room, size_t element);

#endif
