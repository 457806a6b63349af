/* state.h - what the race detector knows of threads, servers and objects.
 * Layer: sim, internal to race/. All of it lies in the framework's heap. One
 * OS thread.
 *
 * From the bottom up, each file calling only those before it:
 *
 *     clock.c      vector clocks
 *     context.c    the chain of calls that an access is in, as a number
 *     preempt.c    scheduling points between accesses
 *     report.c     the report of a race
 *     memory.c     the last accesses to each byte; is a new one in a race?
 *     race.c       race.h: what orders threads of a server
 *     calls.c      what instrumented code calls at accesses,
 *     atomic.c     at C11 atomics,
 *     libc.c       and, here, in place of memcpy(), strlen() and others */
#ifndef SIM_RACE_STATE_H
#define SIM_RACE_STATE_H

#include "sim/race/clock.h"
#include "sim/race/race.h"
#include "sim/sched.h"

/* The order through one object (a mutex, an atomic): the join of the clocks of
 * those that have released it. */
struct race_sync {
    struct race_sync *next; /* of its page */
    const void *object;
    struct race_clock clock;
    uint32_t head; /* 1 + the slot that heads the C11 release sequence, or 0 */
};

/* ---- Threads and servers -------------------------------------------------*/

#define RACE_PAST  4 /* former owners of a slot that are remembered */
#define RACE_DEPTH 1024

/* An index into the vector clocks of a server. Each thread has one. A slot is
 * used again only after a while, because the accesses of its former owner
 * cannot be told from those of the new one. */
struct race_slot {
    uint32_t time;
    uint32_t owners;
    struct race_owner {
        uint32_t from; /* the time when it took over */
        void *(*start)(void *);
        char label[32];
    } past[RACE_PAST];
};

struct race_node {
    struct race_node *next; /* of all */
    struct sim_node *node;
    struct race_slot *slots;
    uint32_t slot_count, slot_room;
    uint32_t *free; /* ring of retired slots, the oldest at free_first */
    uint32_t free_first, free_count, free_room;
    struct race_clock tester;  /* what the test has seen return */
    struct race_clock channel; /* what both sides of the apply channel saw */
    struct race_clock ended; /* the end of tasks that the framework ran here */
    struct race_clock made;  /* the end of the first call: raft_make() */
    bool is_made;
    struct race_page *pages; /* of its memory, except for stacks */
};

struct race_thread {
    struct race_thread *next, *prev; /* of all */
    struct race_node *node;
    struct thread *thread;
    uint32_t slot;
    uint32_t countdown;   /* accesses until the next scheduling point */
    uint64_t preemptions; /* so far */
    struct race_clock clock;
    struct race_clock seen;    /* by relaxed loads: for an acquire fence */
    struct race_clock fenced;  /* at the last release fence */
    struct race_clock *caller; /* the view that a call on the server extends */
    struct race_page *pages;   /* of its stack */
    uint32_t victim;           /* the cell to replace where all are in use */
    uint32_t context;          /* the calls it is in: context.h */
    uint32_t depth;            /* of these calls, beyond RACE_DEPTH too */
    uint32_t stack[RACE_DEPTH];
};

/* Return the watched thread that runs; NULL: the tester, or the detector is
 * off. */
static inline struct race_thread *race_me(void)
{
    return race_on ? sched.current->race : NULL;
}

/* Begin a new time, after a release: what follows is not part of it. */
static inline void race_tick(struct race_thread *me)
{
    me->clock.at[me->slot]++;
}

/* ---- Accesses ------------------------------------------------------------*/

enum race_kind {
    RACE_READ = 0,
    RACE_WRITE = 1,
    RACE_ATOMIC = 2, /* a bit of its own */
    RACE_FREE = 4,   /* likewise, of a write */
};

/* An access to a granule of eight bytes, as a word that is never 0: time and
 * slot of the thread, a bit for each byte, kind. */
#define RACE_WORD(time, slot, bytes, kind)                                     \
    ((uint64_t)(time) | (uint64_t)(slot) << 32 | (uint64_t)(bytes) << 48 |     \
     (uint64_t)(kind) << 56 | UINT64_C(1) << 63)
#define RACE_TIME(word)  ((uint32_t)(word))
#define RACE_SLOT(word)  ((uint32_t)((word) >> 32) & 0xffff)
#define RACE_BYTES(word) ((uint32_t)((word) >> 48) & 0xff)
#define RACE_KIND(word)  ((uint32_t)((word) >> 56) & 7)

#endif
