/* SPDX-License-Identifier: BSD-2-Clause */
/* A trap in kernel mode that nobody expected, a bug of ours; or a machine check, anywhere. */
#pragma once

#include "arch_context.h"

/* Print the trap, its registers, what the processor says of a machine check; then panic. */
NORETURN void panic_trap(const struct arch_context *c, word_t vector);
