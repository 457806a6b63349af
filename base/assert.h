/* assert.h - invariants, checked in every build.
 * Layer: base. Any thread.
 *
 * A broken invariant is a bug of whoever wrote the code, never of the input.
 * The message names the place and, inside a simulation, virtual time and
 * server (by the hook that the runtime sets). It ends the run: in the
 * simulator with a verdict, elsewhere with abort(). */
#ifndef BASE_ASSERT_H
#define BASE_ASSERT_H

/* One fact per assertion, no side effects. */
#define LAB_ASSERT(fact)                                                       \
    ((fact) ? (void)0 : lab_assert_failed(#fact, __FILE__, __LINE__, __func__))

/* A state that cannot be reached; the format says what was found. */
#define LAB_BUG(...) lab_bug(__FILE__, __LINE__, __func__, __VA_ARGS__)

_Noreturn void lab_assert_failed(const char *fact, const char *file, int line,
                                 const char *function) __attribute__((cold));
_Noreturn void lab_bug(const char *file, int line, const char *function,
                       const char *format, ...)
    __attribute__((cold, format(printf, 4, 5)));

/* Called with the finished message before abort(); it need not return. The
 * runtime sets it once, before threads exist; NULL: print and abort. */
void lab_assert_set_hook(void (*hook)(const char *message));

#endif
