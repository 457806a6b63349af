/* read.h - histories from files and to files.
 * Layer: lincheck; public. Input is untrusted: any error gives a message with
 * file, line and reason, and no history.
 *
 * Three formats, recognized by content:
 *
 * - Jepsen's text logs of a register ("INFO  jepsen.util - 0 <tab> :invoke
 *   <tab> :write <tab> 3"; types :invoke, :ok, :fail and :info; cas with
 *   [expected new]). Lines of the nemesis and of other loggers are skipped.
 * - EDN maps, of Jepsen and Porcupine, one after the other or in one vector or
 *   list: key/value histories ({:process 0, :type :invoke, :f :append,
 *   :key "x", :value "y"}; also :get, :put) and registers (:f :read, :write,
 *   :cas with :value [expected new]; :key may be absent). Maps whose :process
 *   is a keyword, as of the nemesis, and other keys are skipped. Not supported:
 *   #_, and nesting deeper than 64.
 * - raftlab's own: JSON, one object per line. The first is the header,
 *     {"history": "raftlab", "version": 1, "model": "kv"}
 *   (other fields are ignored), and each further one an operation,
 *     {"client": 1, "call": 10, "return": 25, "f": "get", "key": "x",
 *      "value": "y"}
 *   in any order. Without "return" the operation is open. "call" and "return"
 *   are integers of any unit. "f": read, write and cas of a register; get, put
 *   and append of kv; get and put of versioned. "key": optional for a
 *   register. "value": of all operations except open reads; null is nil.
 *   "expected": of a cas. "version": of versioned only, what a put expects or
 *   a get returned; from 2^63 on a string of digits. "outcome" of a cas or a
 *   versioned put: "ok" (the default), "mismatch" or "maybe". "client":
 *   default 0. Keys and values that are not UTF-8: {"hex": "c0ff"}. Other
 *   fields are errors.
 *
 * In the first two, events are in time order: :invoke calls an operation, and
 * :ok of the same process is its return. After :info the operation stays open,
 * and the process may invoke another. :fail: it certainly had no effect and is
 * left out; but in a text log ":fail :cas [a b]" is a response, namely that
 * the value was not a. :ok of a write repeats its value, or has none. Times
 * are line numbers.
 *
 * In all formats an integer as key or value is its digits: 3 and "3" are the
 * same value. nil is the initial value of a register; in texts it is "". */
#ifndef LINCHECK_READ_H
#define LINCHECK_READ_H

#include <stdio.h>

#include "lincheck/lincheck.h"

/* Parse a history; name is used in messages. Return it, the caller's to
 * lin_history_free(), or NULL with a message "name:line: reason". */
struct lin_history *lin_parse(const char *name, struct bytes text, char *error,
                              size_t error_bytes);

/* The same for a file; path "-" is standard input. If it cannot be read, the
 * message is "path: reason". */
struct lin_history *lin_read(const char *path, char *error, size_t error_bytes);

/* Write a history as JSON, without withdrawn operations. Reading the result
 * and writing it again gives the same bytes. Return false with errno set. */
bool lin_write(const struct lin_history *history, FILE *to);

#endif
