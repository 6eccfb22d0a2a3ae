/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A server that was started with the argument `forward` hands `work` on to `back` and answers what
 * that answers. With `slow` it takes longer to start than its budget lasts, so that others go on
 * before it first waits. One that may notify `orders` does so when it begins to `work` or `park`.
 */
#pragma once

#include <idl/orders.h>

/* More than the budget of whoever does it, and less than the overruns init takes for a loop. */
enum { ORDERS_LONG_US = 600 };

/** Use so much processor time. */
static inline void orders_spin(uint64_t us)
{
    /* about a nanosecond each under the test's virtual clock, which counts instructions */
    for (uint64_t i = 0; i < us * 500; i++)
        __asm__ volatile("");
}
