/* SPDX-License-Identifier: BSD-2-Clause */
/* The registers that system calls use on the fake machine. */
#pragma once

#include "tcb.h"

static inline word_t arch_tag(const struct tcb *t)
{
    return t->ctx.tag;
}

static inline void arch_set_tag(struct tcb *t, word_t tag)
{
    t->ctx.tag = tag;
}

static inline cptr_t arch_cap_reg(const struct tcb *t)
{
    return t->ctx.cap;
}

static inline void arch_set_badge(struct tcb *t, word_t badge)
{
    t->ctx.cap = badge;
}

static inline cptr_t arch_reply_reg(const struct tcb *t)
{
    return t->ctx.reply;
}

static inline cptr_t arch_send_reg(const struct tcb *t)
{
    return t->ctx.send;
}

static inline ticks_t arch_deadline_reg(const struct tcb *t)
{
    return t->ctx.other[1];
}

static inline void arch_set_outcome(struct tcb *t, word_t outcome)
{
    t->ctx.other[0] = outcome;
}

static inline word_t arch_msg_reg(const struct tcb *t, word_t i)
{
    return t->ctx.msg[i];
}

static inline void arch_set_msg_reg(struct tcb *t, unsigned i, word_t value)
{
    t->ctx.msg[i] = value;
}

/* Copy the first count (1 or more) message registers. */
static inline void arch_copy_msg_regs(struct arch_context *to, const struct arch_context *from,
                                      word_t count)
{
    for (word_t i = 0; i < 4 && i < count; i++)
        to->msg[i] = from->msg[i];
}

/* Does the call that marked thread t has made say that it is the kernel's? */
static inline bool arch_is_native_call(const struct tcb *t)
{
    return (uint32_t)t->ctx.other[0] == 0x80000000; /* MYELIN_NATIVE */
}

static inline word_t arch_get_ip(const struct tcb *t)
{
    return t->ctx.ip;
}

static inline word_t arch_get_sp(const struct tcb *t)
{
    return t->ctx.sp;
}

static inline word_t arch_get_flags(const struct tcb *t)
{
    return t->ctx.flags;
}
