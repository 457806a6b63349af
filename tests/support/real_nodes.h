/* real_nodes.h - bodies of runs that drive thread-safe nodes.
 * Layer: tests. */
#ifndef TESTS_SUPPORT_REAL_NODES_H
#define TESTS_SUPPORT_REAL_NODES_H

extern void (*const node_bodies[])(void *);
extern const int node_bodies_count;

#endif
