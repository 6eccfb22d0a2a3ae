/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A thread's registers, when it is to go on with all of them as they are here.
 */
#pragma once

#include "personality.h"

/* All of a thread's registers, as linux_resume (entry.S) takes them. */
struct linux_context {
    uint64_t r15, r14, r13, r12, rbx, rbp, r10, r9, r8, rdx, rsi, rdi, rax, rcx, r11;
    uint64_t rip, rsp, flags;
};

/** Go on there; what is pending is delivered first. *context is on its own stack. */
_Noreturn void linux_resume(const struct linux_context *context);
