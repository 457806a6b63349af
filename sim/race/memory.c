/* memory.c - the last accesses to each byte, and the check of a new one.
 * Layer: sim; part of the race detector. Addresses are keys only: nothing
 * depends on their order, so a run is the same wherever memory lies.
 *
 * As in ThreadSanitizer, memory is watched in granules of eight bytes, each
 * with four cells for former accesses that a later one could race with:
 *
 *     granule at 0x...40    cell  thread  time  bytes     kind
 *                           0     tick      17  11111111  write
 *                           1     make       3  1111....  read
 *                           2, 3  empty
 *
 * A new access replaces one that it subsumes: one ordered before it, whose
 * every race would also be a race with the new one. If no cell is free, one
 * of the thread's choice is replaced, and a race with that is missed. */
#include "sim/race/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "sim/fiber.h"
#include "sim/heap.h"
#include "sim/node_internal.h"
#include "sim/race/preempt.h"
#include "sim/race/report.h"

#define CELLS       4 /* is_recorded() knows this, too */
#define GRANULES    64
#define PAGE_SHIFT  9 /* 64 granules of 8 bytes */
#define PAGE_BYTES  ((uintptr_t)1 << PAGE_SHIFT)
#define BUCKETS     16384u
#define CACHED      1024u
#define PAGES_TAKEN 32 /* from the heap at a time */

/* Former accesses to eight bytes. The words are apart from the rest, because
 * every access compares them; the rest is only for a report. */
struct granule {
    uint64_t word[CELLS]; /* 0: none */
    struct where {
        uint32_t context;
        int32_t pc; /* relative to pc_base */
    } where[CELLS];
};

struct race_page {
    uintptr_t number;        /* address >> PAGE_SHIFT */
    struct race_page *chain; /* the next in its bucket, or of the free ones */
    struct race_page *
        *owner;             /* list of the thread or server that it goes with */
    struct race_page *next; /* in that list */
    struct race_page **link; /* the pointer to it in that list */
    struct race_node *node;  /* the server whose memory it is */
    uint64_t used;           /* a bit for each granule that is not empty */
    struct race_sync *syncs;
    struct granule granules[GRANULES];
};

struct chunk {
    struct chunk *next;
    struct race_page pages[PAGES_TAKEN];
};

static struct {
    struct race_page *buckets[BUCKETS];
    struct race_page *cache[CACHED];
    struct race_page *free;
    struct chunk *chunks;
} memory;

/* ---- Pages ---------------------------------------------------------------*/

static struct race_page **bucket_of(uintptr_t number)
{
    return &memory.buckets[(number ^ number >> 14) % BUCKETS];
}

static struct race_page *page_find(uintptr_t number)
{
    /* Direct-mapped: nearly every access hits. */
    struct race_page *page = memory.cache[number % CACHED];
    if (page && page->number == number) {
        return page;
    }
    page = *bucket_of(number);
    while (page && page->number != number) {
        page = page->chain;
    }
    if (page) {
        memory.cache[number % CACHED] = page;
    }
    return page;
}

static struct race_page *page_take(void)
{
    if (!memory.free) {
        void *former = heap_enter();
        struct chunk *chunk = lab_xcalloc(1, sizeof(*chunk));
        heap_use(former);
        chunk->next = memory.chunks;
        memory.chunks = chunk;
        for (int i = 0; i < PAGES_TAKEN; i++) {
            chunk->pages[i].chain = memory.free;
            memory.free = &chunk->pages[i];
        }
    }
    struct race_page *page = memory.free;
    LAB_ASSERT(!page->used && !page->syncs);
    memory.free = page->chain;
    return page;
}

/* A single comparison, since the difference of a lower address wraps. */
static bool on_stack(const struct thread *thread, uintptr_t address)
{
    return address - (uintptr_t)thread->stack < FIBER_STACK_BYTES;
}

/* Find the owner of a page. That of a stack goes with its thread, any other
 * with the server. A thread may access the stack of another one. */
static struct race_page **list_for(struct race_thread *me, uintptr_t address)
{
    if (on_stack(me->thread, address)) {
        return &me->pages;
    }
    for (struct thread *t = me->node->node->threads; t; t = t->node_next) {
        if (t->race && t->state != THREAD_ENDED && on_stack(t, address)) {
            return &t->race->pages;
        }
    }
    return &me->node->pages;
}

static void page_disown(struct race_page *page)
{
    LAB_ASSERT(*page->link == page);
    *page->link = page->next;
    if (page->next) {
        page->next->link = page->link;
    }
}

static void page_own(struct race_thread *me, struct race_page *page)
{
    uintptr_t address = page->number << PAGE_SHIFT;
    struct race_page **list = list_for(me, address);
    LAB_ASSERT(page->syncs == NULL && page->used == 0);
    page->owner = list;
    page->next = *list;
    page->link = list;
    if (page->next) {
        page->next->link = &page->next;
    }
    *list = page;
    page->node = me->node;
}

static struct race_page *page_make(struct race_thread *me, uintptr_t number)
{
    struct race_page **bucket = bucket_of(number);
    struct race_page *page = page_take();
    LAB_ASSERT(number != 0); /* that of a page which is free */
    page->number = number;
    page->chain = *bucket;
    *bucket = page;
    page_own(me, page);
    memory.cache[number % CACHED] = page;
    return page;
}

/* The words only: where[] means nothing without them. */
static void granule_clear(struct race_page *page, unsigned granule)
{
    memset(page->granules[granule].word, 0,
           sizeof(page->granules[granule].word));
}

/* Forget the objects in [from, to). */
static void syncs_clear(struct race_page *page, uintptr_t from, uintptr_t to)
{
    LAB_ASSERT(from <= to);
    for (struct race_sync **at = &page->syncs; *at;) {
        struct race_sync *sync = *at;
        if ((uintptr_t)sync->object >= from && (uintptr_t)sync->object < to) {
            *at = sync->next;
            race_clock_free(&sync->clock);
            free(sync);
        } else {
            at = &sync->next;
        }
    }
}

static void page_clear(struct race_page *page)
{
    for (uint64_t used = page->used; used; used &= used - 1) {
        granule_clear(page, (unsigned)__builtin_ctzll(used));
    }
    page->used = 0;
    syncs_clear(page, 0, UINTPTR_MAX);
}

static void page_drop(struct race_page *page)
{
    struct race_page **at = bucket_of(page->number);
    LAB_ASSERT(page->number != 0);
    while (*at != page) {
        at = &(*at)->chain;
    }
    *at = page->chain;
    if (memory.cache[page->number % CACHED] == page) {
        memory.cache[page->number % CACHED] = NULL;
    }
    page_clear(page);
    page->number = 0;
    page->chain = memory.free;
    memory.free = page;
}

void race_pages_drop(struct race_page **list)
{
    while (*list) {
        struct race_page *page = *list;
        page_disown(page);
        page_drop(page);
    }
}

void race_memory_clear(void)
{
    while (memory.chunks) {
        struct chunk *chunk = memory.chunks;
        memory.chunks = chunk->next;
        free(chunk);
    }
    memset(&memory, 0, sizeof(memory));
}

/* Give a page to its present owner; former accesses mean nothing to that. */
static void page_pass_on(struct race_thread *me, struct race_page *page)
{
    page_clear(page);
    page_disown(page);
    page_own(me, page);
}

/* Return the page for an access. Memory that one server has given back may
 * belong to another now. */
static struct race_page *page_for(struct race_thread *me, uintptr_t number)
{
    struct race_page *page = page_find(number);
    if (!page) {
        page = page_make(me, number);
    }
    if (page->node != me->node) {
        page_pass_on(me, page);
    }
    return page;
}

/* A page of the server can lie on a stack of the tester, where code of the
 * server has written by a pointer. It goes when a thread of the server gets
 * that stack. */
static inline void own_stack_page(struct race_thread *me,
                                  struct race_page *page)
{
    if (page->owner != &me->pages &&
        on_stack(me->thread, page->number << PAGE_SHIFT)) {
        page_pass_on(me, page);
    }
}

/* ---- Objects -------------------------------------------------------------*/

struct race_sync *race_sync_of(struct race_thread *me, const void *object)
{
    LAB_ASSERT(object);
    struct race_page *page = page_for(me, (uintptr_t)object >> PAGE_SHIFT);
    own_stack_page(me, page);
    struct race_sync *sync = page->syncs;
    while (sync && sync->object != object) {
        sync = sync->next;
    }
    if (!sync) {
        sync = sim_framework_alloc(sizeof(*sync));
        *sync = (struct race_sync){.next = page->syncs, .object = object};
        page->syncs = sync;
    }
    return sync;
}

/* ---- Accesses ------------------------------------------------------------*/

/* The first pc seen. All images lie near it, so 32 bits suffice; a pc that is
 * further away becomes unknown. */
static const char *pc_base;

static int32_t pc_pack(const void *pc)
{
    if (!pc_base) {
        pc_base = pc;
    }
    intptr_t offset = (const char *)pc - pc_base;
    return offset == (int32_t)offset ? (int32_t)offset : INT32_MIN;
}

static const void *pc_unpack(int32_t pc)
{
    return pc == INT32_MIN ? NULL : pc_base + pc;
}

/* Is a former access ordered before the present of the thread? */
static bool is_before(const struct race_thread *me, uint64_t word)
{
    uint32_t slot = RACE_SLOT(word);
    uint32_t seen = slot < me->clock.count ? me->clock.at[slot] : 0;
    return slot == me->slot || RACE_TIME(word) <= seen;
}

/* Do two accesses race, if they are not ordered? A byte in common, at least
 * one write, not both atomic (C11, 5.1.2.4p25). */
static bool conflicts(uint64_t mine, uint64_t other)
{
    uint32_t either = RACE_KIND(mine) | RACE_KIND(other);
    uint32_t both = RACE_KIND(mine) & RACE_KIND(other);
    return (RACE_BYTES(mine) & RACE_BYTES(other)) != 0 &&
           (either & RACE_WRITE) != 0 && (both & RACE_ATOMIC) == 0;
}

/* Does every access that races with `other`, which is before mine, also race
 * with mine? Then other need not be kept. */
static bool subsumes(uint64_t mine, uint64_t other)
{
    uint32_t kind = RACE_KIND(mine), former = RACE_KIND(other);
    return (RACE_BYTES(other) & ~RACE_BYTES(mine)) == 0 &&
           ((kind & RACE_WRITE) || !(former & RACE_WRITE)) &&
           (!(kind & RACE_ATOMIC) || (former & RACE_ATOMIC));
}

/* Has the thread made this access, or the same as a write, since its last
 * release, with the cell still there? Then the result of the check is the
 * same: whatever came in between was checked against that cell. This is the
 * fast path: no branch per cell. */
static inline bool is_recorded(const struct granule *granule, uint64_t mine)
{
    const uint64_t *word = granule->word;
    uint64_t write = mine | (uint64_t)RACE_WRITE << 56;
    return word[0] == mine || word[1] == mine || word[2] == mine ||
           word[3] == mine || word[0] == write || word[1] == write ||
           word[2] == write || word[3] == write;
}

/* errno has one address for all threads, but each has its own value:
 * sim/sched.c exchanges it at each switch. */
static bool is_errno(uintptr_t address)
{
    return address >> 3 == (uintptr_t)&errno >> 3;
}

/* Access `mine` conflicts with what the cell has kept: report the race. Unless
 * the memory is a stack of another thread that has not got its page yet, as in
 * own_stack_page(): then it gets it now, empty. */
static __attribute__((noinline)) void
found_conflict(struct race_thread *me, struct race_page *page,
               uintptr_t address, uint64_t mine, const void *pc, int cell)
{
    const struct granule *granule = &page->granules[(address >> 3) % GRANULES];
    struct where where = granule->where[cell];
    if (page->owner != list_for(me, address)) {
        page_pass_on(me, page);
    } else if (!is_errno(address)) {
        race_report(me, mine, (struct race_place){pc, me->context},
                    granule->word[cell],
                    (struct race_place){pc_unpack(where.pc), where.context});
    }
}

/* End the run if mine races with a former access. Return the cell for mine:
 * one that is empty or subsumed, else the thread's next victim. */
static int granule_check(struct race_thread *me, struct race_page *page,
                         uintptr_t address, uint64_t mine, const void *pc)
{
    struct granule *granule = &page->granules[(address >> 3) % GRANULES];
    int place = -1;
    for (int i = 0; i < CELLS; i++) {
        uint64_t other = granule->word[i];
        if (!other) {
            place = place < 0 ? i : place;
        } else if (!is_before(me, other)) {
            if (conflicts(mine, other)) {
                found_conflict(me, page, address, mine, pc, i);
            }
        } else if (subsumes(mine, other)) {
            granule->word[i] = 0;
            place = place < 0 ? i : place;
        }
    }
    return place < 0 ? (int)(me->victim++ % CELLS) : place;
}

/* Access the bytes [from, to), of one granule. */
static inline __attribute__((always_inline)) void
granule_access(struct race_thread *me, struct race_page *page, uintptr_t from,
               uintptr_t to, enum race_kind kind, const void *pc)
{
    unsigned number = (unsigned)(from >> 3) % GRANULES;
    struct granule *granule = &page->granules[number];
    uint32_t bytes = ((1u << (to - from)) - 1) << (from & 7);
    uint64_t mine = RACE_WORD(me->clock.at[me->slot], me->slot, bytes, kind);
    if (!is_recorded(granule, mine)) {
        own_stack_page(me, page);
        int place = granule_check(me, page, from, mine, pc);
        page->used |= UINT64_C(1) << number;
        granule->word[place] = mine;
        granule->where[place] = (struct where){me->context, pc_pack(pc)};
    }
}

void race_access(const void *address, size_t size, enum race_kind kind,
                 const void *pc)
{
    struct race_thread *me = race_me();
    if (!me) {
        return;
    }
    if (--me->countdown == 0) {
        race_preempt(me);
    }
    uintptr_t from = (uintptr_t)address, end = from + size;
    struct race_page *page = NULL;
    if ((from & 7) + size <= 8 && size > 0) { /* one granule: nearly always */
        page = page_for(me, from >> PAGE_SHIFT);
        granule_access(me, page, from, end, kind, pc);
        return;
    }
    while (from < end) {
        if (!page || page->number != from >> PAGE_SHIFT) {
            page = page_for(me, from >> PAGE_SHIFT);
        }
        uintptr_t to = (from | 7) + 1;
        to = to < end ? to : end;
        granule_access(me, page, from, to, kind, pc);
        from = to;
    }
}

/* ---- Freed memory --------------------------------------------------------*/

/* Free the part of a page that is in [from, to): a write to all its granules
 * that were accessed (me not NULL), or else forget them. Blocks of the heap
 * begin and end with a granule. */
static void page_freed(struct race_thread *me, struct race_page *page,
                       uintptr_t from, uintptr_t to)
{
    uintptr_t start = page->number << PAGE_SHIFT;
    from = from > start ? from : start;
    to = to < start + PAGE_BYTES ? to : start + PAGE_BYTES;
    for (uint64_t used = page->used; used; used &= used - 1) {
        unsigned number = (unsigned)__builtin_ctzll(used);
        struct granule *granule = &page->granules[number];
        LAB_ASSERT(number < GRANULES);
        uintptr_t at = start + number * 8;
        if (at < from || at >= to) {
            continue;
        }
        if (me && me->node == page->node) {
            uint64_t mine = RACE_WORD(me->clock.at[me->slot], me->slot, 0xff,
                                      RACE_WRITE | RACE_FREE);
            granule_check(me, page, at, mine, NULL);
            granule_clear(page, number);
            page->used |= UINT64_C(1) << number;
            granule->word[0] = mine;
            granule->where[0] = (struct where){me->context, INT32_MIN};
        } else {
            granule_clear(page, number);
            page->used &= ~(UINT64_C(1) << number);
        }
    }
    syncs_clear(page, from, to);
}

static void pages_freed(struct race_thread *me, const void *block, size_t size)
{
    uintptr_t from = (uintptr_t)block, to = from + size;
    LAB_ASSERT(block && from <= to);
    for (uintptr_t number = from >> PAGE_SHIFT; number << PAGE_SHIFT < to;
         number++) {
        struct race_page *page = page_find(number);
        if (page && (page->used || page->syncs)) {
            page_freed(me, page, from, to);
        }
    }
}

void race_freed(const void *block, size_t size)
{
    /* What the framework frees, it has ordered itself. */
    pages_freed(sched.inside ? NULL : race_me(), block, size);
}

void race_allocated(const void *block, size_t size)
{
    pages_freed(NULL, block, size);
}
