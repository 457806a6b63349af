/* format.h - printf's formats of ids and of other numbers: etcd's %x and %d.
 * Layer: raftcore; inner. */
#ifndef RAFTCORE_FORMAT_H
#define RAFTCORE_FORMAT_H

#include <inttypes.h>

#define X64 "%" PRIx64
#define D64 "%" PRIu64

#endif
