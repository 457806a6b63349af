/* oracle_report.h - rules about what servers say by lab_state().
 * Layer: tester/harness; includes raftapi. Part of oracle.h. */
#ifndef TESTER_HARNESS_ORACLE_REPORT_H
#define TESTER_HARNESS_ORACLE_REPORT_H

#include "raftapi/service.h"

struct oracle;

/* Check a report of a server. */
void oracle_saw_report(struct oracle *oracle,
                       const struct lab_state_report *report);

#endif
