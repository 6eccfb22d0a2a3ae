/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The functions behind vdso.S. They are called by the program, with its pointers, on its stack: a
 * wrong pointer is its own fault.
 */
#pragma once

#include "personality.h"

/** The ELF object that AT_SYSINFO_EHDR tells the address of. */
extern const char linux_vdso[] __attribute__((visibility("hidden")));

/** clock_gettime(2): 0 or a negative error number. */
long linux_vdso_clock_gettime(int clock, struct linux_timespec *time);

/** gettimeofday(2); `time` becomes a struct timeval. NULL: not asked for. */
long linux_vdso_gettimeofday(struct linux_timespec *time, int32_t *zone);

/** time(2); NULL: only answered. */
long linux_vdso_time(int64_t *time);
