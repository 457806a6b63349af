/* large_history.c - histories of any length, right but for one answer.
 * Layer: tests. */
#include "tests/support/large_history.h"

#include <stdlib.h>

#include "base/random.h"

struct maker {
    const struct large_history *large;
    struct lin_history *history;
    uint64_t key, draws;
    int64_t now;
    int64_t *until; /* each client's last return */
    struct {
        uint64_t value, version; /* 0: never written */
    } * copy;
};

static uint64_t draw(struct maker *maker, int bound)
{
    return random_below(random_at(maker->key, maker->draws++), (uint64_t)bound);
}

static void answer(struct maker *maker, size_t op, uint64_t key, int64_t at)
{
    uint64_t got = maker->copy[key].value;
    got += op == maker->large->fault ? UINT64_C(1) << 40 : 0;
    struct bytes content = bytes_of(&got, sizeof(got));
    struct bytes empty = bytes_of(NULL, 0);
    const struct bytes *value = &content;
    if (got == 0) {
        value = maker->large->model == &lin_register ? NULL : &empty;
    }
    lin_return(maker->history, op,
               &(struct lin_response){
                   .at = at,
                   .value = value,
                   .version = maker->copy[key].version,
               });
}

static void add(struct maker *maker, uint64_t number)
{
    const struct large_history *large = maker->large;
    uint64_t client = draw(maker, large->clients);
    int64_t *until = &maker->until[client];
    maker->now = (*until > maker->now ? *until : maker->now) + 1;
    uint64_t key = draw(maker, large->keys);
    bool read = draw(maker, 2) == 0;
    struct bytes value = bytes_of(&number, sizeof(number));
    size_t op =
        lin_call(maker->history, &(struct lin_request){
                                     .at = maker->now,
                                     .client = (uint32_t)client,
                                     .function = read ? LIN_READ : LIN_WRITE,
                                     .key = bytes_of(&key, sizeof(key)),
                                     .value = read ? NULL : &value,
                                     .version = maker->copy[key].version,
                                 });
    if (!read) {
        maker->copy[key].value = number;
        maker->copy[key].version++;
    }
    if (!read && large->open_in && draw(maker, large->open_in) == 0) {
        return; /* it stays open; another client takes its place */
    }
    *until = maker->now + 1 + (int64_t)draw(maker, 2 * large->clients);
    answer(maker, op, key, *until);
}

struct lin_history *large_history(const struct large_history *large,
                                  uint64_t seed)
{
    struct maker maker = {
        .large = large,
        .history = lin_history_new(large->model),
        .key = random_key(seed, 3),
    };
    maker.until = calloc((size_t)large->clients, sizeof(*maker.until));
    maker.copy = calloc((size_t)large->keys, sizeof(*maker.copy));
    for (size_t i = 0; i < large->ops && maker.until && maker.copy; i++) {
        add(&maker, i + 1);
    }
    free(maker.until);
    free(maker.copy);
    return maker.history;
}
