/* bench.h - the measurements behind make bench.
 * Layer: tests. Each returns one figure, measured in this process and the
 * children it starts; a benchmark never fails for slowness. */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <stddef.h>
#include <stdint.h>

/* ---- bench_kv.c ----------------------------------------------------------*/

/* Parts 3A and 3B of the reference at one seed, one run at a time. */
struct bench_kv {
    double wall_s, peak_mib; /* of all; of the largest process */
    double ops, virtual_s;   /* of all */
    int failed;
};
struct bench_kv bench_kv(void);

/* ---- bench_lincheck.c ----------------------------------------------------*/

/* Milliseconds of CPU. Histories of other projects: the 68 register logs one
 * after the other, the slowest of them, and key/value histories by name; 0 if
 * they are not at hand. */
double bench_etcd_logs_ms(void);
double bench_etcd_slowest_ms(void);
double bench_c50_ok_ms(void);
double bench_c10_ok_ms(void);
double bench_c10_ok_whole_ms(void);

/* Checking a made history of a register, 50 keys; and the memory for it, of a
 * million operations of 20 clients. */
double bench_made_ms(size_t ops, int clients);
double bench_million_mib(void);

/* Clocks of the machine, in ns; outside of simulated runs only. */
uint64_t bench_cpu_ns(void);
uint64_t bench_wall_ns(void);

/* bench_sim.c: ns of CPU per operation, except the last. */
double bench_calibration(void); /* one step of a chain of integer mixes */
double bench_switch(void);      /* fiber_switch() */
double bench_step(void);        /* scheduling step that switches threads */
double bench_lock(void);        /* mutex lock and unlock */
double bench_sleep(void);       /* nanosleep(), wake-up included */

/* bench_cluster.c */
double bench_event_cost_ratio(void);  /* CPU of a scheduling step with 101
                                         servers of 10 threads, over 3 */
double bench_large_cluster_mib(void); /* resident, 101 servers of Raft */
double bench_many_threads_s(void);    /* CPU of 30,000 threads' lives */

/* bench_labrpc.c: ns of CPU per sequential call on a reliable network. */
double bench_rpc(void);     /* int -> string */
double bench_append5(void); /* AppendEntries with 5 entries */

/* bench_raft.c: with the reference Raft. */
struct bench_suite {
    double wall_s, cpu_s, virtual_s; /* of all tests, seed 1, one at a time */
    double seeds_per_min;            /* whole suites, on all processors */
    double pct_ratio;                /* CPU with policy pct over random */
    double trace_ratio;              /* CPU with event trace over without */
    int failed;                      /* runs that did not pass */
};
struct bench_suite bench_suite(void);
struct sim_plugin *bench_reference(void); /* stays open */

/* Of this process. */
double bench_resident_kib(void);

/* KiB of resident memory gained in 10,000 crashes and restarts of a server
 * that runs it, after a warm-up. */
double bench_crash_growth(void);

#endif
