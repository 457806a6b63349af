/* read.h - histories from files and to files.
 * Layer: lincheck. Nothing is believed of the bytes: what is wrong is said
 * with file, line and reason.
 *
 * Three formats, recognised by content:
 *
 * - Jepsen's text logs of a register ("INFO  jepsen.util - 0 <tab> :invoke
 *   <tab> :write <tab> 3"; processes, :ok, :fail and :info, cas with [a b]).
 * - Maps of EDN, one a line, of Jepsen and Porcupine: key/value histories
 *   ({:process 0, :type :invoke, :f :append, :key "x", :value "y"}) and
 *   registers (:f :read, :write, :cas without :key).
 * - raftlab's own: JSON, one object a line. The first says what it is,
 *     {"history": "raftlab", "version": 1, "model": "kv"}
 *   and each further one is an operation,
 *     {"client": 1, "call": 10, "return": 25, "f": "get", "key": "x",
 *      "value": "y"}
 *   in any order. No "return": it stays open. f: read, write, cas, get, put,
 *   append. "expected" of a cas; "version" that a put expects or a get
 *   returned; "outcome": "ok" (if absent), "mismatch" or "maybe". A value that
 *   is absent or null is nil. Times are whole numbers of any unit. Bytes that
 *   are no UTF-8 are written and read as {"hex": "c0ff"}. */
#ifndef LINCHECK_READ_H
#define LINCHECK_READ_H

#include <stdio.h>

#include "lincheck/lincheck.h"

/* The history in these bytes, or NULL with a message "name:line: reason".
 * name: of the file, for messages. */
struct lin_history *lin_parse(const char *name, struct bytes text, char *error,
                              size_t error_bytes);

/* The same for a file by path; "-" is standard input. */
struct lin_history *lin_read(const char *path, char *error, size_t error_bytes);

/* Write a history as JSON. False: errno says why. */
bool lin_write(const struct lin_history *history, FILE *to);

#endif
