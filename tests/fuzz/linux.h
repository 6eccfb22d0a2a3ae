/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The personality as a fuzz target: the handlers of its system calls, as they are, on a kernel that
 * is these functions; included before everything that it consists of.
 *
 *   linux_fuzz.c      what comes in which order: calls, signals, faults; what must hold after each
 *   linux_program.c   the program: its memory, the arguments of its calls
 *   linux_servers.c   whom the personality asks, who answer as the bytes say
 */
#pragma once

#include <base/tsc.h>
#include <ipc/call.h>
#include <sel4/sel4.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void fake_signal(seL4_CPtr slot);
void fake_yield(void);
myelin_Result fake_wait(seL4_CPtr slot, uint64_t deadline);
uint64_t fake_tsc(void);
#define seL4_Signal(slot) fake_signal(slot)
#define seL4_Yield() fake_yield()
#define seL4_SetTLSBase(base) ((void)(base))
#define CONFIG_SET_TLS_BASE_SELF 1
#define myelin_Wait(slot, deadline) fake_wait(slot, deadline)
#define tsc_read() fake_tsc()
