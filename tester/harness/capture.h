/* capture.h - what the code under test prints, stamped with virtual time and
 * server.
 * Layer: tester. In the process of one run.
 *
 *     [  1.234567] server2: text
 *
 * Both standard streams are replaced; what is written to the descriptors
 * themselves passes as it is. A line is written when it is whole, and bears
 * the time when it was begun. No effect on the run. */
#ifndef TESTER_HARNESS_CAPTURE_H
#define TESTER_HARNESS_CAPTURE_H

/* From now on; servers 0 to count - 1. */
void capture_begin(int count);

/* The server has crashed, or (-1) the run ends: half lines are written, too.
 * Async-signal-safe. */
void capture_flush(int server);

/* Write what is left; the streams are what they were. */
void capture_end(void);

#endif
