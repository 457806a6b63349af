/* leader.h - steps of a test that check leaders and terms.
 * Layer: tester/harness; includes base. Part of what cluster.h offers. The
 * limits of time are those of docs/labs.md §3.3.
 *
 * That no term has two leaders is for the oracle to check, at all times. */
#ifndef TESTER_HARNESS_LEADER_H
#define TESTER_HARNESS_LEADER_H

#include "tester/harness/test_thread.h"

/* Return the connected leader of the highest term. Ask for about 5 s; fails if
 * no connected server leads by then. */
#define check_one_leader(c) cluster_check_one_leader(HERE(c))
int cluster_check_one_leader(struct cluster *c);

/* Fails if a connected server says that it leads. */
#define check_no_leader(c) cluster_check_no_leader(HERE(c))
void cluster_check_no_leader(struct cluster *c);

/* Return the term of all connected servers; fails if their terms differ. */
#define check_terms(c) cluster_check_terms(HERE(c))
uint64_t cluster_check_terms(struct cluster *c);

/* Is every running server in this term? */
#define all_in_term(c, term) cluster_all_in_term(HERE(c), (term))
bool cluster_all_in_term(struct cluster *c, uint64_t term);

#endif
