/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Linux system-call number to handler: the table made from calls.tsv. What is not in it answers
 * ENOSYS.
 */
#include "personality.h"

_Static_assert(LINUX_CALLS_LAST < LINUX_CALLS, "calls.h");

static long linux_refuse_enosys(void)
{
    return -LINUX_ENOSYS;
}

#pragma GCC diagnostic push
#if defined(__clang__)
#pragma GCC diagnostic ignored "-Winitializer-overrides"
#else
#pragma GCC diagnostic ignored "-Woverride-init"
#endif
linux_call *const linux_calls[LINUX_CALLS] = { [0 ... LINUX_CALLS - 1] =
                                                   (linux_call *)linux_refuse_enosys,
                                               LINUX_CALLS_TABLE };
#pragma GCC diagnostic pop
