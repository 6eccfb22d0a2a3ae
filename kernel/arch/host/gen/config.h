/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The configuration as the host tests want it: the debug kernel's, with domains (unless
 * HOST_ONE_DOMAIN says otherwise), and looking at every preemption point.
 */
#pragma once

#include_next <gen/config.h>

#undef CONFIG_NUM_DOMAINS
#undef CONFIG_NUM_DOMAIN_SCHEDULES
#undef CONFIG_MAX_NUM_WORK_UNITS_PER_PREEMPTION
#ifdef HOST_ONE_DOMAIN
#define CONFIG_NUM_DOMAINS 1
#else
#define CONFIG_NUM_DOMAINS 3
#endif
#define CONFIG_NUM_DOMAIN_SCHEDULES 4
#define CONFIG_MAX_NUM_WORK_UNITS_PER_PREEMPTION 1

/* The C library has a function of this name, which the sanitizers call. */
#define sched_yield kernel_sched_yield
