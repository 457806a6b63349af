/* sanitizer.c - what the address sanitizer must know.
 * Layer: sim. Empty in builds without it. */
#include "sim/sanitizer.h"

#ifdef SIM_ADDRESS_SANITIZER

static int leaks_expected;

void sanitizer_expect_leaks(void)
{
    leaks_expected = 1;
}

/* The leak checker calls this at the end of the process. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
    return leaks_expected;
}

__attribute__((no_sanitize("address"))) void
sanitizer_copy(void *to, const void *from, size_t size)
{
    volatile char *out = to; /* or the compiler makes it memcpy() again */
    const char *in = from;
    for (size_t i = 0; i < size; i++) {
        out[i] = in[i];
    }
}

#endif
