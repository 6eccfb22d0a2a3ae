/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A thread's registers under the numbers the interface gives them. All that is written for a user
 * (WriteRegisters, CopyRegisters, answers to faults, thread pointers) is sanitised here and nowhere
 * else. It goes into the processor by sysret, iret or wrfsbase in kernel mode, so nothing may be
 * stored that one of them would refuse:
 * rip is canonical, fs and gs base are user addresses; X-2: flags have IF set, IOPL 0, no NT,
 * VM;
 * cs and ss are the user's.
 */
#include "boot.h"
#include "breakpoint.h"
#include "fpu.h"
#include "machine.h"
#include "panic.h"
#include "segments.h"

#define USER_ADDRESS_BITS 47u /* of an address; a canonical one has all higher bits alike */

/*
 * what can't be jumped to becomes 0; in user mode it will fault there, or where it isn't the
 * user's
 */
static word_t user_ip(word_t ip)
{
    return (ip + BIT(USER_ADDRESS_BITS)) >> (USER_ADDRESS_BITS + 1) == 0 ? ip : 0;
}

static word_t user_base(word_t base)
{
    return base >> USER_ADDRESS_BITS == 0 ? base : 0;
}

/* RF is kept: it belongs to the instruction, and goes with it. */
static word_t user_flags(const struct tcb *t, word_t flags)
{
    word_t kept = HAS_DEBUG_API ? t->ctx.rflags & RFLAGS_RF : 0;

    return (flags & RFLAGS_USER) | kept | RFLAGS_IF | RFLAGS_ONE;
}

/*
 * The current thread's bases are in the processor: read them from there before, load them after a
 * change.
 */
static void bases_fetch(struct tcb *t)
{
    if (HAS_FSGSBASE_INST && t == this_cpu()->current) {
        t->tls_base = rdfsbase();
        t->gs_base = rdgsbase();
    }
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

/*
 * Where a register is: its word in struct arch_context, or behind that for the bases, which are
 * elsewhere. Those below WORD_ERROR take any value.
 */
enum word {
    WORD_R15,
    WORD_R9,
    WORD_R8,
    WORD_R10,
    WORD_R14,
    WORD_R13,
    WORD_R12,
    WORD_RDX,
    WORD_RBP,
    WORD_RBX,
    WORD_RAX,
    WORD_RSI,
    WORD_RDI,
    WORD_RCX,
    WORD_R11,
    WORD_ERROR,
    WORD_RIP,
    WORD_CS,
    WORD_RFLAGS,
    WORD_RSP,
    WORD_SS,
    WORD_FS_BASE,
    WORD_GS_BASE
};

#define IS_AT(register, word) (offsetof(struct arch_context, register) == 8 * (word))
_Static_assert(IS_AT(msg_down[3], WORD_R10) && IS_AT(rdi, WORD_RDI) && IS_AT(ss, WORD_SS),
               "in the order of struct arch_context");

/* The words of seL4_UserContext; the registers of most faults' messages are the first of them. */
static const uint8_t context_words[] = {
    WORD_RIP, WORD_RSP, WORD_RFLAGS, WORD_RAX, WORD_RBX,     WORD_RCX,     WORD_RDX,
    WORD_RSI, WORD_RDI, WORD_RBP,    WORD_R8,  WORD_R9,      WORD_R10,     WORD_R11,
    WORD_R12, WORD_R13, WORD_R14,    WORD_R15, WORD_FS_BASE, WORD_GS_BASE,
};

_Static_assert(sizeof(context_words) == USER_CONTEXT_LENGTH &&
                   ARCH_CONTEXT_FRAME == USER_CONTEXT_FS_BASE &&
                   ARCH_CONTEXT_WORDS == USER_CONTEXT_LENGTH,
               "as in the interface");

/* word: not of a base */
static inline word_t get_word(const struct tcb *t, unsigned word)
{
    return HAS_DEBUG_API && word == WORD_RFLAGS ? arch_get_flags(t)
                                                : ((const word_t *)&t->ctx)[word];
}

word_t arch_context_get(const struct tcb *t, unsigned i)
{
    if (i < USER_CONTEXT_FS_BASE)
        return get_word(t, context_words[i]);
    bases_fetch((struct tcb *)t);
    return i == USER_CONTEXT_FS_BASE ? t->tls_base : t->gs_base;
}

static void set_special(struct tcb *t, unsigned word, word_t value)
{
    switch (word) {
    case WORD_RIP:
        if (HAS_DEBUG_API && t->ctx.rip != value)
            t->ctx.rflags &= ~RFLAGS_RF; /* it was for the instruction at the old address */
        t->ctx.rip = user_ip(value);
        break;
    case WORD_RSP: t->ctx.rsp = value; break;
    case WORD_RFLAGS: t->ctx.rflags = breakpoint_flags(t, user_flags(t, value)); break;
    case WORD_FS_BASE: arch_set_tls_base(t, value); break;
    default: arch_set_gs_base(t, value); break;
    }
}

static inline void set_word(struct tcb *t, unsigned word, word_t value)
{
    if (word < WORD_ERROR)
        ((word_t *)&t->ctx)[word] = value;
    else
        set_special(t, word, value);
}

void arch_context_set(struct tcb *t, unsigned i, word_t value)
{
    t->arch_flags |= ARCH_FLAG_IRET;
    set_word(t, context_words[i], value);
}

void arch_set_ip(struct tcb *t, word_t ip)
{
    assert(t->arch_flags & ARCH_FLAG_IRET);
    t->ctx.rip = user_ip(ip);
}

inline void arch_repeat_call(struct tcb *t)
{
    t->arch_flags |= ARCH_FLAG_IRET;
    t->ctx.rip -= ARCH_SYSCALL_BYTES;
    if (t == this_cpu()->current)
        this_trampoline()->frame.rip = t->ctx.rip; /* arch_same_exit() takes it from there */
}

void arch_set_boot_argument(struct tcb *t, word_t value)
{
    arch_context_set(t, USER_CONTEXT_RDI, value);
}

/* --- fault messages --- */

/* Those of an unknown system call's. */
static const uint8_t syscall_words[] = {
    WORD_RAX, WORD_RBX, WORD_RCX, WORD_RDX, WORD_RSI, WORD_RDI, WORD_RBP, WORD_R8,  WORD_R9,
    WORD_R10, WORD_R11, WORD_R12, WORD_R13, WORD_R14, WORD_R15, WORD_RIP, WORD_RSP, WORD_RFLAGS,
};

static const struct {
    const uint8_t *words; /* the registers at the message's beginning */
    uint8_t register_count;
} layouts[] = {
    [FAULT_UNKNOWN_SYSCALL] = { syscall_words, sizeof(syscall_words) },
    [FAULT_USER_EXCEPTION] = { context_words, FAULT_USER_EXCEPTION_MSG_NUMBER },
    [FAULT_TIMEOUT] = { context_words, TIMEOUT_REPLY_LENGTH },
};

void arch_fault_read(const struct tcb *t, unsigned first, unsigned end, word_t *out)
{
    unsigned last = (unsigned)min_word(end, sizeof(syscall_words));

    for (word_t i = last - first; i-- != 0;) /* downwards: an instruction less for each */
        out[i] = get_word(t, syscall_words[first + i]);
    if (last < end)
        out[last - first] = t->fault.addr; /* its number */
}

void arch_fault_write(struct tcb *t, unsigned fault_type, unsigned first, unsigned end,
                      const word_t *in)
{
    const uint8_t *words = layouts[fault_type].words;
    unsigned last = (unsigned)min_word(end, layouts[fault_type].register_count);

    t->arch_flags |= ARCH_FLAG_IRET;
    if (first >= last)
        return;
    for (word_t i = last - first; i-- != 0;)
        set_word(t, words[first + i], in[i]);
}
