/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once

#include <sel4/sel4.h>

void rt_start(seL4_BootInfo *bootinfo) __attribute__((noreturn));
void rt_console_init(seL4_BootInfo *bootinfo);
