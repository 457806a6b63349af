/* read.h - histories from files and to files.
 * Layer: lincheck. Nothing is believed of the bytes: what is wrong is said
 * with file, line and reason, and then there is no history.
 *
 * Three formats, recognised by content:
 *
 * - Jepsen's text logs of a register ("INFO  jepsen.util - 0 <tab> :invoke
 *   <tab> :write <tab> 3"; processes, :ok, :fail and :info, cas with [a b]).
 *   Lines of the nemesis and of other loggers are passed over.
 * - Maps of EDN, of Jepsen and Porcupine, one after the other or in one vector
 *   or list: key/value histories ({:process 0, :type :invoke, :f :append,
 *   :key "x", :value "y"}; also :get, :put) and registers (:f :read, :write,
 *   :cas with :value [expected new]; :key may be absent). Maps whose :process
 *   is a keyword, as the nemesis', and other keys are passed over. Not read:
 *   #_, and what nests more than 64 deep.
 * - raftlab's own: JSON, one object a line. The first says what it is,
 *     {"history": "raftlab", "version": 1, "model": "kv"}
 *   (and may say more), and each further one is an operation,
 *     {"client": 1, "call": 10, "return": 25, "f": "get", "key": "x",
 *      "value": "y"}
 *   in any order. No "return": it stays open. "call" and "return" are whole
 *   numbers of any unit. "f": read, write and cas of a register; get, put and
 *   append of kv; get and put of versioned. "key": a register needs none.
 *   "value": all have it but reads that have not returned; null is nil.
 *   "expected": of a cas. "version", of the model of that name: what a put
 *   expects or a get returned, 2^63 and more as a string of digits. "outcome"
 *   of a cas or a versioned put: "ok" (if absent), "mismatch" or "maybe".
 *   "client" is 0 if absent. Keys and values that are no UTF-8 are written
 *   and read as {"hex": "c0ff"}. Other fields are refused.
 *
 * In the first two, events have the order of the file: an operation is called
 * by :invoke and returns by :ok of the same process. :info: it stays open for
 * ever, and the process may invoke another. :fail: it certainly had no effect
 * and is left out; but in a text log ":fail :cas [a b]" says that a was not
 * the value, which is an answer. :ok of a write repeats its value or none.
 * Times are lines.
 *
 * Everywhere a whole number as key or value stands for its digits: 3 and "3"
 * are one value. nil is the initial value of a register; in texts it is "". */
#ifndef LINCHECK_READ_H
#define LINCHECK_READ_H

#include <stdio.h>

#include "lincheck/lincheck.h"

/* The history in these bytes, or NULL with a message "name:line: reason".
 * name: of the file, for messages. */
struct lin_history *lin_parse(const char *name, struct bytes text, char *error,
                              size_t error_bytes);

/* The same for a file by path; "-" is standard input. The message for what
 * cannot be read is "path: reason". */
struct lin_history *lin_read(const char *path, char *error, size_t error_bytes);

/* Write a history as JSON, without what was withdrawn. Read back and written
 * again, it is the same bytes. False: errno says why. */
bool lin_write(const struct lin_history *history, FILE *to);

#endif
