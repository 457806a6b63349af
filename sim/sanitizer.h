/* sanitizer.h - what the address sanitizer has to be told about fibers.
 * Layer: sim. All of it is nothing in ordinary builds. */
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
/* Frames that never return leave their red zones behind. */
static inline void sanitizer_forget_stack(const void *low, size_t size)
{
    __asan_unpoison_memory_region(low, size);
}

/* From now on leaks are no news: a run was left with threads alive. */
void sanitizer_expect_leaks(void);

/* memcpy without a look at red zones: globals of plug-ins have them. */
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
