/* SPDX-License-Identifier: BSD-2-Clause */
/* Model-specific registers on behalf of users, in configurations that allow it (arch_syscall). */
#pragma once

#include "types.h"

/*
 * A trap in kernel mode came from such an access: *rip was there and is now where to go on. False:
 * it is a bug of ours.
 */
bool msr_trap_fixup(word_t *rip);
