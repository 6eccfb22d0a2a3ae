/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Conservative stack scan: there are no frame pointers to follow, so every word on the stack that
 * points behind a call instruction in the kernel's text is shown. Stale ones among them are
 * possible; with the symbols at hand they are easy to tell.
 */
#include "backtrace.h"

#include "arch.h"
#include "klog.h"
#include "machine.h"
#include "panic.h"
#include "vectors.h"

extern const uint8_t kernel_text_start[], kernel_text_end[];

#define BACKTRACE_MAX 24u

/*
 * Does a call end at address a? Near relative (5 bytes), or indirect (2 or more, first byte 0xff).
 */
static bool is_return_address(word_t a)
{
    if (a < (word_t)kernel_text_start + 8 || a >= (word_t)kernel_text_end)
        return false;
    const uint8_t *p = (const uint8_t *)a;
    return p[-5] == 0xe8 || (p[-2] == 0xff && (p[-1] & 0x38) == 0x10) ||
           (p[-3] == 0xff && (p[-2] & 0x38) == 0x10);
}

static void backtrace_from(word_t sp)
{
    word_t first = (word_t)kernel_stacks, end = first + sizeof(kernel_stacks);
    unsigned shown = 0;

    if (sp < first || sp >= end)
        return;
    klog("kernel: came from:");
    for (word_t p = align_up(sp, 3); p < end && shown < BACKTRACE_MAX; p += 8) {
        word_t a = *(const word_t *)p;

        if (is_return_address(a)) {
            klog(" %lx", a);
            shown++;
        }
    }
    klog("\n");
}

void arch_backtrace(void)
{
    backtrace_from((word_t)__builtin_frame_address(0));
}

/* What the processor says of a machine check: the banks that have something. */
static void banks_show(void)
{
    for (unsigned i = 0; i < (rdmsr(MSR_MCG_CAP) & MCG_CAP_COUNT); i++) {
        uint64_t status = rdmsr(MSR_MC_STATUS(i));

        if (status & MC_STATUS_VALID)
            klog("kernel: bank %u: status 0x%lx, address 0x%lx\n", i, status,
                 status & MC_STATUS_HAS_ADDR ? rdmsr(MSR_MC_ADDR(i)) : 0);
    }
}

NORETURN void panic_trap(const struct arch_context *c, word_t vector)
{
    bool is_check = vector == VECTOR_MACHINE_CHECK;
    const char *cause = is_check ? "machine check" : "trap in kernel mode";

    panic_cause = cause;
    klog("\nkernel: %s: %lu, error 0x%lx, cr2 %lx\n", cause, vector, c->error, read_cr2());
    if (is_check)
        banks_show();
    klog("kernel: rip %lx rsp %lx rflags %lx cs %lx ss %lx\n"
         "kernel: rax %lx rbx %lx rcx %lx rdx %lx\nkernel: rsi %lx rdi %lx rbp %lx r8 %lx\n"
         "kernel: r9 %lx r10 %lx r11 %lx r12 %lx\nkernel: r13 %lx r14 %lx r15 %lx\n",
         c->rip, c->rsp, c->rflags, c->cs, c->ss, c->rax, c->rbx, c->rcx, c->rdx, c->rsi, c->rdi,
         c->rbp, c->msg_down[2], c->msg_down[1], c->msg_down[3], c->r11, c->r12, c->r13, c->r14,
         c->msg_down[0]);
    backtrace_from(c->rsp);
    panic(cause, __FILE__, __LINE__);
}
