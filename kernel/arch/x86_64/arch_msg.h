/* SPDX-License-Identifier: BSD-2-Clause */
/* The registers that system calls use on x86_64 (libsel4, sel4_arch/syscalls_syscall.h). */
#pragma once

#include "machine.h"
#include "tcb.h"

/*
 * rdi: what is invoked; afterwards the badge. rsi: tag. r10, r8, r9, r15: message. r12: reply
 * object. r13: NBSendRecv.
 */

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

/*
 * Of extended receives and waits: until when, and how they ended: rax, which says that the call is
 * the kernel's, keeps saying so unless they end before their time.
 */
static inline ticks_t arch_deadline_reg(const struct tcb *t)
{
    return t->ctx.r14;
}

static inline void arch_set_outcome(struct tcb *t, word_t outcome)
{
    t->ctx.rax = outcome;
}

static inline word_t arch_msg_reg(const struct tcb *t, word_t i)
{
    return t->ctx.msg_down[3 - i];
}

static inline void arch_set_msg_reg(struct tcb *t, unsigned i, word_t value)
{
    t->ctx.msg_down[3 - i] = value;
}

/* Copy the first count (1 or more) message registers. */
static inline void arch_copy_msg_regs(struct arch_context *to, const struct arch_context *from,
                                      word_t count)
{
    to->msg_down[3] = from->msg_down[3];
    if (count == 1)
        return;
    to->msg_down[2] = from->msg_down[2];
    if (count == 2)
        return;
    to->msg_down[1] = from->msg_down[1];
    if (count > 3)
        to->msg_down[0] = from->msg_down[0];
}

/* Does the call that marked thread t has made say (in eax) that it is the kernel's? */
static inline bool arch_is_native_call(const struct tcb *t)
{
    return (uint32_t)t->ctx.rax == 0x80000000; /* MYELIN_NATIVE */
}

static inline word_t arch_get_ip(const struct tcb *t)
{
    return t->ctx.rip;
}

static inline word_t arch_get_sp(const struct tcb *t)
{
    return t->ctx.rsp;
}

/* As the interface shows them: the trap flag of a thread that is stepped is its debugger's. */
static inline word_t arch_get_flags(const struct tcb *t)
{
    return HAS_DEBUG_API && t->debug.step_count != 0 ? t->ctx.rflags & ~RFLAGS_TF : t->ctx.rflags;
}
