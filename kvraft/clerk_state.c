/* clerk_state.c - reference counts of clerks and operations.
 * Layer: kvraft. Needs ck->mu. */
#include "kvraft/clerk_state.h"

#include <stdlib.h>

struct operation *operation_new(struct clerk *ck, enum op op, struct bytes key,
                                struct bytes value)
{
    size_t attempts_bytes = (size_t)ck->count * sizeof(struct attempt);
    struct operation *new = lab_xcalloc(1, sizeof(*new) + attempts_bytes);

    new->ck = ck;
    new->op = op;
    new->key = bytes_copy(key);
    new->value = bytes_copy(value);
    new->refs = 1;
    if (op != OP_GET) {
        new->seq = ++ck->seq;
    }
    ck->refs++;
    return new;
}

void operation_unref_and_unlock(struct operation *op)
{
    struct clerk *ck = op->ck;

    LAB_ASSERT(op->refs > 0);
    op->refs--;
    if (op->refs > 0) {
        pthread_mutex_unlock(&ck->mu);
        return;
    }
    bytes_free(&op->key);
    bytes_free(&op->value);
    bytes_free(&op->result);
    free(op);
    clerk_unref_and_unlock(ck);
}

void clerk_unref_and_unlock(struct clerk *ck)
{
    LAB_ASSERT(ck->refs > 0);
    ck->refs--;
    bool last = ck->refs == 0;

    pthread_mutex_unlock(&ck->mu);
    if (last) {
        pthread_cond_destroy(&ck->replied);
        pthread_mutex_destroy(&ck->mu);
        free(ck->servers);
        free(ck);
    }
}
