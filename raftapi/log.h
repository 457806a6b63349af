/* log.h - debug output by topic, with virtual time and server in front.
 * Layer: raftapi; public to labs.
 *
 *     lab_log("vote", "term %" PRIu64 ": voting for %d", term, candidate);
 *
 * prints nothing unless the topic is selected: raftlab test ... --log
 * vote,append, or --log all. Logging never changes a run: it takes no virtual
 * time, is no scheduling point, does not allocate and keeps errno. */
#ifndef RAFTAPI_LOG_H
#define RAFTAPI_LOG_H

/* Print one line, as printf() would, without its newline; a line longer than
 * 2047 bytes is cut off. topic: a short word. Any thread. */
void lab_log(const char *topic, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
