/* log.h - printing by topic, with virtual time and server in front.
 * Layer: raftapi; public to labs.
 *
 * Nothing is printed unless the topic was asked for (raftlab ... --log
 * vote,append; --log all). Logging never changes a run: it takes no virtual
 * time and is no scheduling point. */
#ifndef RAFTAPI_LOG_H
#define RAFTAPI_LOG_H

/* printf-like; one line without its end. topic: a short word. Any thread. */
void lab_log(const char *topic, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
