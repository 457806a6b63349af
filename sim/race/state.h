/* state.h - what the parts of the race detector share.
 * Layer: sim, internal to race*.c. Everything lies in the framework's heap. */
#ifndef SIM_RACE_STATE_H
#define SIM_RACE_STATE_H

#include "sim/race/race.h"
#include "sim/sched.h"

/* ---- Clocks -------------------------------------------------------------*/

/* A vector clock: a time for each slot of one server; 0 beyond count. */
struct race_clock {
    uint32_t *at;
    uint32_t count, room;
};

void clock_join(struct race_clock *clock, const struct race_clock *other);
void clock_copy(struct race_clock *clock, const struct race_clock *other);
void clock_release(struct race_clock *clock);

/* Order through one object: what who releases it has seen. */
struct race_sync {
    struct race_sync *next; /* of its page */
    const void *object;
    struct race_clock clock;
    uint32_t head; /* C11 release sequence: slot that heads it, plus 1 */
};

/* ---- Servers and threads ------------------------------------------------*/

#define RACE_SLOTS_MAX 65536u
#define RACE_PAST      4 /* owners of a slot that are remembered */
#define RACE_DEPTH     1024

/* Each thread has a slot of its server's clocks. A slot is used again only
 * after a while: what its former owner did looks like the new one's. */
struct race_slot {
    uint32_t time;
    uint32_t owners;
    struct race_owner {
        uint32_t from; /* when it took over */
        void *(*start)(void *);
        char label[32];
    } past[RACE_PAST];
};

struct race_node {
    struct race_node *next; /* of all */
    struct sim_node *node;
    struct race_slot *slots;
    uint32_t slot_count, slot_room;
    uint32_t *free; /* slots out of use, oldest first from free_first */
    uint32_t free_first, free_count, free_room;
    struct race_clock tester;  /* what the test has seen return */
    struct race_clock channel; /* what the apply channel's parties have */
    struct race_clock ended;   /* tasks that the framework has run here */
    struct race_clock made;    /* what the first call has seen: raft_make */
    bool is_made;
    struct race_page *pages; /* of its memory, but for stacks */
};

struct race_thread {
    struct race_thread *next, *prev; /* of all */
    struct race_node *node;
    struct thread *thread;
    uint32_t slot;
    uint32_t countdown;   /* accesses until the next scheduling point */
    uint64_t preemptions; /* so far */
    struct race_clock clock;
    struct race_clock seen;    /* by relaxed loads, for an acquire fence */
    struct race_clock fenced;  /* at the last release fence */
    struct race_clock *caller; /* whose view a call on the server extends */
    struct race_page *pages;   /* of its stack */
    uint32_t victim;           /* access to be forgotten where room lacks */
    uint32_t context;          /* calls it is in: context.c */
    uint32_t depth;
    uint32_t stack[RACE_DEPTH];
};

/* The watched thread that runs; NULL: the tester, or off. */
static inline struct race_thread *race_me(void)
{
    return race_on ? sched.current->race : NULL;
}

/* After a release: what comes is not part of it. */
void race_tick(struct race_thread *me);

/* Scheduling points between accesses: one in so many on average. */
#define RACE_EVERY_ACCESS 64
void race_preempt(struct race_thread *me);

/* ---- Memory -------------------------------------------------------------*/

enum race_kind {
    RACE_READ = 0,
    RACE_WRITE = 1,
    RACE_ATOMIC = 2, /* a bit more */
    RACE_FREE = 4,   /* likewise, of a write */
};

/* An access as a word: time, slot, bytes of the granule, kind. */
#define RACE_WORD(time, slot, bytes, kind)                                     \
    ((uint64_t)(time) | (uint64_t)(slot) << 32 | (uint64_t)(bytes) << 48 |     \
     (uint64_t)(kind) << 56 | UINT64_C(1) << 63)
#define RACE_TIME(word)  ((uint32_t)(word))
#define RACE_SLOT(word)  ((uint32_t)((word) >> 32) & 0xffff)
#define RACE_BYTES(word) ((uint32_t)((word) >> 48) & 0xff)
#define RACE_KIND(word)  ((uint32_t)((word) >> 56) & 7)

/* One access: bytes [address, address + size), from code at pc. */
void race_access(const void *address, size_t size, enum race_kind kind,
                 const void *pc);

/* The object's record, made at need. */
struct race_sync *race_sync(struct race_thread *me, const void *object);

/* Forget what lies in a list of pages, and the pages. */
void race_pages_drop(struct race_page **list);
void race_memory_clear(void);

/* ---- Where: context.c ----------------------------------------------*/

/* The contexts form a tree: parent and the place of the call. 0: the root. */
uint32_t race_context_enter(uint32_t parent, const void *pc);
const void *race_context_pc(uint32_t context, uint32_t *parent);
void race_context_clear(void);

/* ---- Reporting: report.c -------------------------------------------*/

struct race_place {
    const void *pc;
    uint32_t context;
};
_Noreturn void race_report(struct race_thread *me, uint64_t mine,
                           struct race_place here, uint64_t other,
                           struct race_place there);

#endif
