/* sanitizer.h - what the address sanitizer must know about fibers.
 * Layer: sim, internal. Empty functions in builds without it. */
#ifndef SIM_SANITIZER_H
#define SIM_SANITIZER_H

#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SIM_ADDRESS_SANITIZER 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) && !defined(SIM_ADDRESS_SANITIZER)
#define SIM_ADDRESS_SANITIZER 1
#endif

#if defined(__SANITIZE_THREAD__)
#define SIM_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SIM_THREAD_SANITIZER 1
#endif
#endif

#ifdef SIM_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>

/* Call the first before a switch to the stack [low, low + size), the second
 * after it, on the new stack. fake keeps what belongs to the stack that is
 * left; NULL: it is never run on again. */
static inline void sanitizer_switch_begin(void **fake, const void *low,
                                          size_t size)
{
    __sanitizer_start_switch_fiber(fake, low, size);
}
static inline void sanitizer_switch_end(void *fake, const void **low,
                                        size_t *size)
{
    __sanitizer_finish_switch_fiber(fake, low, size);
}
/* Remove the red zones of frames that never return. */
static inline void sanitizer_forget_stack(const void *low, size_t size)
{
    __asan_unpoison_memory_region(low, size);
}

/* Report no leaks from now on: the run abandoned threads with what they own. */
void sanitizer_expect_leaks(void);

/* memcpy() that ignores red zones, which globals of plug-ins have. */
void sanitizer_copy(void *to, const void *from, size_t size);
#else
#include <string.h>

static inline void sanitizer_expect_leaks(void)
{
}
static inline void sanitizer_copy(void *to, const void *from, size_t size)
{
    memcpy(to, from, size);
}
static inline void sanitizer_switch_begin(void **fake, const void *low,
                                          size_t size)
{
    (void)fake, (void)low, (void)size;
}
static inline void sanitizer_switch_end(void *fake, const void **low,
                                        size_t *size)
{
    (void)fake, (void)low, (void)size;
}
static inline void sanitizer_forget_stack(const void *low, size_t size)
{
    (void)low, (void)size;
}
#endif

#endif
