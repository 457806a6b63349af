/* server_text.h - the state of each server, as text for a verdict.
 * Layer: tester/harness, internal. */
#ifndef TESTER_HARNESS_SERVER_TEXT_H
#define TESTER_HARNESS_SERVER_TEXT_H

#include "tester/harness/lab.h"

/* Write what is known of each server to verdict->servers, one line each.
 * Async-signal-safe, but not with_saved, which adds the sizes of what they have
 * saved. */
void lab_describe_servers(struct lab *lab, bool with_saved);

#endif
