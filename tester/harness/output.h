/* output.h - stamps what the code under test prints with time and server.
 * Layer: tester/harness. In the process that runs one test.
 *
 *     [  1.234567] server2: text
 *
 * Replaces stdout and stderr. A line is written when its newline arrives, with
 * the virtual time of its first byte. What the code writes directly to the
 * descriptors passes unchanged. Printing does not influence the run. */
#ifndef TESTER_HARNESS_OUTPUT_H
#define TESTER_HARNESS_OUTPUT_H

/* Begin to stamp the output of servers 0 to count - 1 and of the tester. */
void output_begin(int count);

/* Write incomplete lines too: those of a server that has crashed, or all (-1)
 * because the run ends. Async-signal-safe. */
void output_flush(int server);

/* Write what is left and restore the former streams. */
void output_end(void);

#endif
