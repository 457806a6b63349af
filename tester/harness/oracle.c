/* oracle.c - the oracle as an object.
 * Layer: tester/harness. See oracle.h. */
#include "tester/harness/oracle.h"

#include <stdlib.h>

#include "base/assert.h"
#include "tester/harness/oracle_state.h"

struct oracle *oracle_new(int servers, oracle_broken broken, void *context)
{
    LAB_ASSERT(servers > 0);
    struct oracle *oracle = lab_xcalloc(1, sizeof(*oracle));
    oracle->count = servers;
    oracle->servers = lab_xcalloc((size_t)servers, sizeof(struct watched));
    oracle->broken = broken;
    oracle->context = context;
    return oracle;
}

void oracle_of_service(struct oracle *oracle)
{
    oracle->of_service = true;
}

void oracle_free(struct oracle *oracle)
{
    struct claim *claim, *next;
    HASH_ITER (hh, oracle->claims, claim, next) {
        HASH_DEL(oracle->claims, claim);
        free(claim);
    }
    free(oracle->commits);
    free(oracle->leaders);
    free(oracle->applied);
    free(oracle->packed);
    free(oracle->servers);
    free(oracle);
}

struct oracle_view oracle_look(const struct oracle *oracle, int server)
{
    const struct watched *watched = &oracle->servers[server];
    struct oracle_view view = {
        .reported = watched->reported,
        .asked = watched->asked,
    };
    if (watched->reported) {
        view.term = watched->report.term;
        view.role = watched->report.role;
        view.commit_index = watched->report.commit_index;
        view.last_index = watched->report.last_index;
    } else if (watched->asked) {
        view.term = watched->state.term;
        view.role = watched->state.is_leader ? LAB_LEADER : LAB_FOLLOWER;
    }
    return view;
}
