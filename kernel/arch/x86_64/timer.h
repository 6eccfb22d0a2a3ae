/* SPDX-License-Identifier: BSD-2-Clause */
/* The core's clock (TSC) and its one timer (local APIC). arch.h has the rest. */
#pragma once

#include "types.h"

/*
 * Find out how fast the clocks run and get the timer ready, silent, and log it. The local APIC is
 * on.
 */
RARE void timer_init(void);
/*
 * Set the timer to cpu.timer_deadline. Called by arch_set_timer_apart() only; keeps all registers.
 */
__attribute__((no_caller_saved_registers, used)) void timer_set_apart(void);
/* What the boot information states: rounded. At least 1. */
uint32_t timer_tsc_mhz(void);
