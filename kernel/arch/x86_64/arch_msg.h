/* SPDX-License-Identifier: BSD-2-Clause */
/* The registers that system calls use on x86_64 (libsel4, sel4_arch/syscalls_syscall.h). */
#pragma once

#include "tcb.h"

/* rdi: what is invoked; afterwards the badge. rsi: tag. r10, r8, r9, r15: message. r12: reply object. r13: NBSendRecv. */

static inline word_t arch_tag(const struct tcb *t)
{
    return t->ctx.rsi;
}

static inline void arch_set_tag(struct tcb *t, word_t tag)
{
    t->ctx.rsi = tag;
}

static inline cptr_t arch_cap_reg(const struct tcb *t)
{
    return t->ctx.rdi;
}

static inline void arch_set_badge(struct tcb *t, word_t badge)
{
    t->ctx.rdi = badge;
}

static inline cptr_t arch_reply_reg(const struct tcb *t)
{
    return t->ctx.r12;
}

static inline cptr_t arch_send_reg(const struct tcb *t)
{
    return t->ctx.r13;
}

static inline word_t arch_msg_reg(const struct tcb *t, unsigned i)
{
    switch (i) {
    case 0:
        return t->ctx.r10;
    case 1:
        return t->ctx.r8;
    case 2:
        return t->ctx.r9;
    default:
        return t->ctx.r15;
    }
}

static inline void arch_set_msg_reg(struct tcb *t, unsigned i, word_t value)
{
    switch (i) {
    case 0:
        t->ctx.r10 = value;
        break;
    case 1:
        t->ctx.r8 = value;
        break;
    case 2:
        t->ctx.r9 = value;
        break;
    default:
        t->ctx.r15 = value;
        break;
    }
}

/* Copy the first count (1 or more) message registers. */
static inline void arch_copy_msg_regs(struct arch_context *to, const struct arch_context *from, word_t count)
{
    to->r10 = from->r10;
    if (count == 1)
        return;
    to->r8 = from->r8;
    if (count == 2)
        return;
    to->r9 = from->r9;
    if (count > 3)
        to->r15 = from->r15;
}

/* Does the call that marked thread t has made say (in rax) that it is the kernel's? */
static inline bool arch_is_native_call(const struct tcb *t)
{
    return t->ctx.rax > 0x7fffffff;
}

static inline word_t arch_get_ip(const struct tcb *t)
{
    return t->ctx.rip;
}

static inline word_t arch_get_sp(const struct tcb *t)
{
    return t->ctx.rsp;
}

static inline word_t arch_get_flags(const struct tcb *t)
{
    return t->ctx.rflags;
}
