/* records.h - records that the tests and the fuzz target share.
 * Layer: tests. All kinds of fields, nested three deep, and field numbers
 * whose tags take one and two bytes. */
#ifndef TESTS_SUPPORT_RECORDS_H
#define TESTS_SUPPORT_RECORDS_H

#include "base/record.h"

RECORD(leaf, U64(term) BYTES(command));
RECORD(branch, INT(id) LIST(leaf, leaves) TEXT(name));
RECORD(tree, U64(u) I64(i) INT(n) BOOL(b) TEXT(text) BYTES(raw)
                 LIST(branch, branches) LIST(leaf, leaves) BOOL(last));
RECORD(wide, BOOL(a1) BOOL(a2) BOOL(a3) BOOL(a4) BOOL(a5) BOOL(a6) BOOL(a7)
                 BOOL(a8) BOOL(a9) BOOL(a10) BOOL(a11) BOOL(a12) BOOL(a13)
                     BOOL(a14) U64(f15) U64(f16) TEXT(f17) LIST(leaf, f18));
RECORD(nothing, );

#endif
