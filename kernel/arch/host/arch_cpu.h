/* SPDX-License-Identifier: BSD-2-Clause */
/* What the fake machine keeps per core. */
#pragma once

#include "types.h"

struct tcb;

struct arch_cpu {
    struct tcb *fpu_owner; /* who ran last: a destroyed thread must not stay here */
    const void *space;     /* root of the address space that is loaded, NULL: the kernel's */
};
