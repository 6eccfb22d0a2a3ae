/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system calls of x86_64 that are not invocations: thread pointer, MSRs. An MSR that doesn't
 * exist raises a general protection exception in the kernel; msr_trap_fixup(), an exception fixup,
 * turns it into "nothing happened, read 0".
 */
#include "msr.h"

#include "arch.h"
#include "machine.h"

extern const char msr_access_first[], msr_access_last[], msr_access_done[];

/* One place for both, so that there is one address range to recognise. */
__asm__(".pushsection .text\n"
        ".globl msr_read_safe, msr_write_safe, msr_access_first, msr_access_last, msr_access_done\n"
        "msr_read_safe:\n\t"
        "movl %edi, %ecx\n\t"
        "xorl %eax, %eax\n\t"
        "xorl %edx, %edx\n"
        "msr_access_first:\n\t"
        "rdmsr\n\t"
        "jmp msr_access_done\n"
        "msr_write_safe:\n\t"
        "movl %edi, %ecx\n\t"
        "movl %esi, %eax\n\t"
        "movq %rsi, %rdx\n\t"
        "shrq $32, %rdx\n"
        "msr_access_last:\n\t"
        "wrmsr\n"
        "msr_access_done:\n\t"
        "shlq $32, %rdx\n\t"
        "movl %eax, %eax\n\t"
        "orq %rdx, %rax\n\t"
        "ret\n"
        ".popsection\n");
uint64_t msr_read_safe(uint32_t msr);
uint64_t msr_write_safe(uint32_t msr, uint64_t value);

bool msr_trap_fixup(word_t *rip)
{
    if (*rip != (word_t)msr_access_first && *rip != (word_t)msr_access_last)
        return false;
    *rip = (word_t)msr_access_done;
    return true;
}

static void msr_sync(struct tcb *t, uint32_t msr, uint64_t value)
{
    /* These two belong to the thread and are reloaded from its TCB. */
    if (msr == MSR_FS_BASE)
        arch_set_tls_base(t, value);
    else if (msr == MSR_GS_BASE)
        arch_set_gs_base(t, value);
    else
        msr_write_safe(msr, value);
}

bool arch_syscall(struct tcb *t, sword_t number)
{
    if (SYS_HAS_SET_TLS_BASE && number == SYS_SET_TLS_BASE) {
        arch_set_tls_base(t, t->ctx.rdi);
        t->arch_flags |= ARCH_FLAG_IRET;
        return true;
    }
    if (SYS_HAS_X86_DANGEROUS_WRMSR && number == SYS_X86_DANGEROUS_WRMSR) {
        msr_sync(t, (uint32_t)t->ctx.rdi, arch_msg_reg(t, 0));
        return true;
    }
    if (SYS_HAS_X86_DANGEROUS_RDMSR && number == SYS_X86_DANGEROUS_RDMSR) {
        arch_set_msg_reg(t, 0, msr_read_safe((uint32_t)t->ctx.rdi));
        return true;
    }
    return false;
}
