/* check.h - the inside of the oracle, for oracle.c and check_*.c.
 * Layer: tester, internal. */
#ifndef TESTER_HARNESS_CHECK_H
#define TESTER_HARNESS_CHECK_H

#include "tester/harness/oracle.h"

/* What is known of one server. */
struct watched {
    uint64_t life;               /* boots so far */
    uint64_t term;               /* the highest seen in this life */
    uint64_t led_term, led_last; /* over all lives; 0 never led */
    struct raft_state state;     /* of the last raft_get_state() */
    bool asked;                  /* state is of this life */
    bool reported;               /* report is of this life */
    struct lab_state_report report;
    uint64_t applied; /* in this life */
    bool restored;    /* a service's: from a snapshot, nobody knows how far */
    uint64_t copied;  /* its committed copy is 1 .. copied */
};

/* What somebody applied at an index, and who first did. */
struct applied {
    struct command command;
    int server;
};

/* By term T it was known that everything up to index is committed. */
struct known_commit {
    uint64_t term, index;
    int server;
};

/* A leader's last index when it came to lead. */
struct new_leader {
    uint64_t term, last;
    int server;
};

struct claim; /* who claimed to lead a term */

struct oracle {
    int count;
    struct watched *servers;
    oracle_broken broken;
    void *context;
    bool of_service; /* commands and snapshots may be any bytes */

    struct claim *claims; /* by term */

    /* By rising term and, in commits, rising index. */
    struct known_commit *commits;
    size_t commit_count, commit_room;
    struct new_leader *leaders;
    size_t leader_count, leader_room;

    /* From index 1; [0] stays empty. packed: 16 bytes for each, as snapshots
     * have them. */
    struct applied *applied;
    uint8_t *packed;
    uint64_t highest;
    size_t applied_room;
};

/* Tell of a violation. */
void oracle_complain(struct oracle *oracle, const char *rule,
                     const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A server was seen in this term; it was in no lower one before. */
void oracle_note_term(struct oracle *oracle, int server, uint64_t term);

/* A server says that it leads a term. */
void oracle_claim(struct oracle *oracle, int server, uint64_t term);

/* Make room for one more element in a growing array. */
void *oracle_grow(void *array, size_t count, size_t *room, size_t element);

#endif
