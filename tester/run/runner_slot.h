/* runner_slot.h - what a runner keeps for one child process.
 * Layer: tester/run, internal to the runner. One thread. */
#ifndef TESTER_RUN_RUNNER_SLOT_H
#define TESTER_RUN_RUNNER_SLOT_H

#include <sys/types.h>

#include "tester/run/runner.h"

/* One child at a time. All zero but for the descriptors, which are -1, is a
 * slot that was never opened. */
struct slot {
    volatile pid_t pid; /* 0: free; signal handlers read it */
    int output_fd;      /* read end of the pipe, -1: closed */
    int verdict_fd;
    struct verdict *verdict; /* shared with the child */
    const struct runner_job *job;
    int64_t started_ns;
    bool hung;        /* killed by the watchdog */
    uint64_t printed; /* bytes of output so far */
    char *ring;       /* the last bytes of it */
    char *directory;  /* where the child works */
};

/* Make the verdict's memory, and directory number `number` in `directory`.
 * False with errno if that fails; close the slot then, too. */
bool slot_open(struct slot *slot, const char *directory, size_t number);

/* Free everything. The slot must have no child. */
void slot_close(struct slot *slot);

/* Empty the child's directory, or make it again. */
void slot_clean_directory(struct slot *slot);

/* Take output that has arrived, up to 64 KiB; show: pass it on to our standard
 * output. False: none has. Closes output_fd at the end. */
bool slot_read_output(struct slot *slot, bool show);

/* Store the end of the output in the verdict, as text, oldest byte first. */
void slot_give_output(struct slot *slot);

#endif
