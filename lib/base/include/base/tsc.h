/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once

#include <stdint.h>

/** The processor's time-stamp counter. Source: Intel SDM vol. 2B, RDTSC. */
static inline uint64_t tsc_read(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}
