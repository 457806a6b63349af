/* sanitizer.c - what the address sanitizer has to be told.
 * Layer: sim. Empty in ordinary builds. */
#include "sim/sanitizer.h"

#ifdef SIM_ADDRESS_SANITIZER

static int leaks_expected;

void sanitizer_expect_leaks(void)
{
    leaks_expected = 1;
}

/* Asked by the leak checker at the end of the process. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
    return leaks_expected;
}

__attribute__((no_sanitize("address"))) void
sanitizer_copy(void *to, const void *from, size_t size)
{
    volatile char *out = to;
    const char *in = from;
    for (size_t i = 0; i < size; i++) {
        out[i] = in[i];
    }
}

#endif
