/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A thread's registers under the numbers the interface gives them. Whatever is written here goes into the processor by
 * sysret, iret or wrfsbase in kernel mode, so nothing may be stored that one of them would refuse:
 * rip is canonical, fs and gs base are user addresses; X-2: flags have IF set, IOPL 0, no NT, VM;
 * cs and ss are the user's.
 */
#include "boot.h"
#include "breakpoint.h"
#include "fpu.h"
#include "machine.h"
#include "panic.h"
#include "segments.h"

#define USER_ADDRESS_BITS 47u

/* the nearest thing to `ip` that can be jumped to; it will fault in user mode if it isn't the user's */
static word_t canonical(word_t ip)
{
    return (word_t)((sword_t)(ip << 16) >> 16);
}

static word_t user_base(word_t base)
{
    return base >> USER_ADDRESS_BITS == 0 ? base : 0;
}

static word_t user_flags(word_t flags)
{
    word_t allowed = RFLAGS_USER | (HAS_DEBUG_API ? RFLAGS_RF : 0);

    return (flags & allowed) | RFLAGS_IF | RFLAGS_ONE;
}

/* The current thread's bases are in the processor: read them from there before, load them after a change. */
static void bases_fetch(struct tcb *t)
{
#ifdef CONFIG_FSGSBASE_INST
    if (t == this_cpu()->current) {
        t->tls_base = rdfsbase();
        t->gs_base = rdgsbase();
    }
#else
    (void)t;
#endif
}

static void bases_load(const struct tcb *t)
{
    struct cpu *cpu = this_cpu();

    if (t != cpu->current)
        return;
    cpu->arch.fs_base = t->tls_base;
    cpu->arch.gs_base = t->gs_base;
    write_fs_base(t->tls_base);
    write_gs_base(t->gs_base);
}

void arch_set_tls_base(struct tcb *t, word_t base)
{
    bases_fetch(t);
    t->tls_base = user_base(base);
    bases_load(t);
}

void arch_set_gs_base(struct tcb *t, word_t base)
{
    bases_fetch(t);
    t->gs_base = user_base(base);
    bases_load(t);
}

void arch_tcb_init(struct tcb *t)
{
    t->ctx.cs = USER_CS;
    t->ctx.ss = USER_SS;
    t->ctx.rflags = RFLAGS_IF | RFLAGS_ONE;
    t->arch_flags = ARCH_FLAG_IRET;
    fpu_area_init(t);
}

/* Where in struct arch_context a register is, in words. Those below WORD_PLAIN take any value; the bases are elsewhere. */
#define WORD_OF(register) (uint8_t)(offsetof(struct arch_context, register) / sizeof(word_t))
#define WORD_PLAIN WORD_OF(error)
#define WORD_FS_BASE (uint8_t)(sizeof(struct arch_context) / sizeof(word_t))
#define WORD_GS_BASE (WORD_FS_BASE + 1)

static const uint8_t context_word[USER_CONTEXT_LENGTH] = {
    [USER_CONTEXT_RIP] = WORD_OF(rip),         [USER_CONTEXT_RSP] = WORD_OF(rsp),
    [USER_CONTEXT_RFLAGS] = WORD_OF(rflags),   [USER_CONTEXT_RAX] = WORD_OF(rax),
    [USER_CONTEXT_RBX] = WORD_OF(rbx),         [USER_CONTEXT_RCX] = WORD_OF(rcx),
    [USER_CONTEXT_RDX] = WORD_OF(rdx),         [USER_CONTEXT_RSI] = WORD_OF(rsi),
    [USER_CONTEXT_RDI] = WORD_OF(rdi),         [USER_CONTEXT_RBP] = WORD_OF(rbp),
    [USER_CONTEXT_R8] = WORD_OF(msg_down[2]),  [USER_CONTEXT_R9] = WORD_OF(msg_down[1]),
    [USER_CONTEXT_R10] = WORD_OF(msg_down[3]), [USER_CONTEXT_R11] = WORD_OF(r11),
    [USER_CONTEXT_R12] = WORD_OF(r12),         [USER_CONTEXT_R13] = WORD_OF(r13),
    [USER_CONTEXT_R14] = WORD_OF(r14),         [USER_CONTEXT_R15] = WORD_OF(msg_down[0]),
    [USER_CONTEXT_FS_BASE] = WORD_FS_BASE,     [USER_CONTEXT_GS_BASE] = WORD_GS_BASE,
};

_Static_assert(ARCH_CONTEXT_FRAME == USER_CONTEXT_FS_BASE && ARCH_CONTEXT_WORDS == USER_CONTEXT_LENGTH, "as in the interface");

/* word: not of a base */
static inline word_t get_word(const struct tcb *t, unsigned word)
{
    return HAS_DEBUG_API && word == WORD_OF(rflags) ? arch_get_flags(t) : ((const word_t *)&t->ctx)[word];
}

word_t arch_context_get(const struct tcb *t, unsigned i)
{
    if (likely(i < USER_CONTEXT_FS_BASE))
        return get_word(t, context_word[i]);
    bases_fetch((struct tcb *)t);
    return i == USER_CONTEXT_FS_BASE ? t->tls_base : t->gs_base;
}

static void set_special(struct tcb *t, unsigned word, word_t value)
{
    switch (word) {
    case WORD_OF(rip):
        if (HAS_DEBUG_API && t->ctx.rip != value)
            t->ctx.rflags &= ~RFLAGS_RF; /* it was for the instruction at the old address */
        t->ctx.rip = canonical(value);
        break;
    case WORD_OF(rsp):
        t->ctx.rsp = value;
        break;
    case WORD_OF(rflags):
        t->ctx.rflags = breakpoint_flags(t, user_flags(value));
        break;
    case WORD_FS_BASE:
        arch_set_tls_base(t, value);
        break;
    default:
        arch_set_gs_base(t, value);
        break;
    }
}

static inline void set_word(struct tcb *t, unsigned word, word_t value)
{
    if (likely(word < WORD_PLAIN))
        ((word_t *)&t->ctx)[word] = value;
    else
        set_special(t, word, value);
}

void arch_context_set(struct tcb *t, unsigned i, word_t value)
{
    t->arch_flags |= ARCH_FLAG_IRET;
    set_word(t, context_word[i], value);
}

void arch_set_ip(struct tcb *t, word_t ip)
{
    t->arch_flags |= ARCH_FLAG_IRET;
    t->ctx.rip = canonical(ip);
    if (t == this_cpu()->current)
        this_window()->frame.rip = t->ctx.rip; /* arch_same_exit() takes it from there */
}

void arch_set_boot_argument(struct tcb *t, word_t value)
{
    arch_context_set(t, USER_CONTEXT_RDI, value);
}

/* --- fault messages --- */

/* The message: registers, and behind them what the fault says of itself; in an answer, registers only. */
struct fault_layout {
    uint8_t word_count, register_count;
    uint8_t words[TIMEOUT_REPLY_LENGTH]; /* the registers' */
};

#define WORD_R8 WORD_OF(msg_down[2])
#define WORD_R9 WORD_OF(msg_down[1])
#define WORD_R10 WORD_OF(msg_down[3])
#define WORD_R15 WORD_OF(msg_down[0])

static const struct fault_layout layouts[] = {
    [FAULT_UNKNOWN_SYSCALL] = { FAULT_UNKNOWN_SYSCALL_MSG_LENGTH, FAULT_UNKNOWN_SYSCALL_MSG_SYSCALL,
        { WORD_OF(rax), WORD_OF(rbx), WORD_OF(rcx), WORD_OF(rdx), WORD_OF(rsi), WORD_OF(rdi), WORD_OF(rbp), WORD_R8, WORD_R9,
          WORD_R10, WORD_OF(r11), WORD_OF(r12), WORD_OF(r13), WORD_OF(r14), WORD_R15, WORD_OF(rip), WORD_OF(rsp),
          WORD_OF(rflags) } },
    [FAULT_USER_EXCEPTION] = { FAULT_USER_EXCEPTION_MSG_LENGTH, FAULT_USER_EXCEPTION_MSG_NUMBER,
        { WORD_OF(rip), WORD_OF(rsp), WORD_OF(rflags) } },
    [FAULT_TIMEOUT] = { TIMEOUT_REPLY_LENGTH, TIMEOUT_REPLY_LENGTH,
        { WORD_OF(rip), WORD_OF(rsp), WORD_OF(rflags), WORD_OF(rax), WORD_OF(rbx), WORD_OF(rcx), WORD_OF(rdx), WORD_OF(rsi),
          WORD_OF(rdi), WORD_OF(rbp), WORD_R8, WORD_R9, WORD_R10, WORD_OF(r11), WORD_OF(r12), WORD_OF(r13), WORD_OF(r14),
          WORD_R15, WORD_FS_BASE } },
};

unsigned arch_fault_words(unsigned fault_type)
{
    return layouts[fault_type].word_count;
}

void arch_fault_read(const struct tcb *t, unsigned fault_type, unsigned first, unsigned end, word_t *out)
{
    const struct fault_layout *l = &layouts[fault_type];
    unsigned i = first, last = (unsigned)min_word(end, l->register_count);

    for (; i < last; i++)
        *out++ = get_word(t, l->words[i]);
    for (; i < end; i++) /* the number of the call or exception, and the exception's code */
        *out++ = i == l->register_count ? t->fault.addr : t->fault.code;
}

void arch_fault_write(struct tcb *t, unsigned fault_type, unsigned first, unsigned end, const word_t *in)
{
    const struct fault_layout *l = &layouts[fault_type];
    unsigned last = (unsigned)min_word(end, l->register_count);

    t->arch_flags |= ARCH_FLAG_IRET;
    for (unsigned i = first; i < last; i++)
        set_word(t, l->words[i], *in++);
}
