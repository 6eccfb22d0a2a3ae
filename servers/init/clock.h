/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What time it is, once, at boot.
 */
#pragma once

#include <sel4/sel4.h>
#include <stdint.h>

/*
 * Seconds since 1970 from the battery clock, by its port range 0x70..0x71; 0 when it shows no
 * sensible date.
 */
uint64_t clock_read(seL4_X86_IOPort ports);
