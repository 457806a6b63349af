/* assert.h - invariants, checked in every build.
 * Layer: base; public to labs. Any thread. Nothing here allocates or waits.
 *
 *     LAB_ASSERT(rf->commit_index >= rf->last_applied);
 *     LAB_BUG("unknown role %d", (int)rf->role);
 *
 * An invariant that does not hold is a bug in the code that states it, never
 * the fault of its input: for that see error.h. The run ends with a message:
 *
 *     raft/commit.c:31: advance: assertion failed: rf->commit_index >= ...
 *
 * In the simulator the message also has the virtual time and the server, and
 * the test fails with it. Elsewhere it goes to standard error, and the
 * process aborts. */
#ifndef BASE_ASSERT_H
#define BASE_ASSERT_H

/* End the run unless the fact holds. Evaluated exactly once, but state one
 * fact per assertion, without side effects. */
#define LAB_ASSERT(fact)                                                       \
    ((fact) ? (void)0 : lab_assert_failed(#fact, __FILE__, __LINE__, __func__))

/* End the run: this place cannot be reached. The format, as for printf(),
 * says what was found. */
#define LAB_BUG(...) lab_bug(__FILE__, __LINE__, __func__, __VA_ARGS__)

/* What the macros call. The texts are borrowed. */
_Noreturn void lab_assert_failed(const char *fact, const char *file, int line,
                                 const char *function) __attribute__((cold));
_Noreturn void lab_bug(const char *file, int line, const char *function,
                       const char *format, ...)
    __attribute__((cold, format(printf, 4, 5)));

/* Call hook with the message (borrowed) before the process aborts; NULL: no
 * hook. It need not return. The runtime sets it, while there is one thread. */
void lab_assert_set_hook(void (*hook)(const char *message));

#endif
