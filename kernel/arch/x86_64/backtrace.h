/* SPDX-License-Identifier: BSD-2-Clause */
/* A trap in kernel mode that nobody expected: a bug of ours. */
#pragma once

#include "arch_context.h"

/* Print the trap and its registers, then panic. */
NORETURN void panic_trap(const struct arch_context *c, word_t vector);
