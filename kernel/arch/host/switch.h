/* SPDX-License-Identifier: BSD-2-Clause */
/* A thread switch as the fast paths do it. */
#pragma once

#include "arch.h"

/* As arch_switch(), between two threads with good address spaces; `to` becomes current. */
static inline void arch_fast_switch(struct cpu *cpu, struct tcb *from, struct tcb *to)
{
    cpu->current = to;
    arch_switch(from, to);
}
