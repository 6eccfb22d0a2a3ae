/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls as such: what they leave of the registers, debug calls, FPU state. */

#include "env.h"

/* ---- registers ---- */

struct registers {
    seL4_Word rax, rbp, r12, r13, r14, rsp_before, rsp_after, flags;
};

/* Make a call with known values in the registers no message uses; note what came back. */
static void call_with_pattern(seL4_Word number, seL4_Word dest, seL4_Word info,
                              struct registers *out)
{
    register seL4_Word r12 __asm__("r12") = 0x1212, r13 __asm__("r13") = 0x1313,
                           r14 __asm__("r14") = 0x1414;
    seL4_Word rax = 0xaaaa, flags;

    __asm__ volatile("mov %%rsp, %%rbx\n\t"
                     "std\n\t"
                     "cld\n\t"
                     "syscall\n\t"
                     "mov %%rbx, %%rsp\n\t"
                     "lea -128(%%rsp), %%rsp\n\t" /* the red zone */
                     "pushf\n\t"
                     "pop %[flags]\n\t"
                     "lea 128(%%rsp), %%rsp"
                     : "+a"(rax), "+r"(r12), "+r"(r13), "+r"(r14), "+D"(dest),
                       "+S"(info), [flags] "=&r"(flags)
                     : "d"(number)
                     : "rbx", "rcx", "r8", "r9", "r10", "r11", "r15", "memory", "cc");
    *out = (struct registers){ .rax = rax, .r12 = r12, .r13 = r13, .r14 = r14, .flags = flags };
}

static void check_pattern(const struct registers *r)
{
    CHECK_EQ(r->rax, 0xaaaa);
    CHECK_EQ(r->r12, 0x1212);
    CHECK_EQ(r->r13, 0x1313);
    CHECK_EQ(r->r14, 0x1414);
    CHECK_EQ(r->flags & 0x400, 0);
}

TEST(syscall_preserves, "syscall/preserves-the-other-registers", "2.2")
{
    struct registers r;
    seL4_CPtr ntfn = notification_new();

    call_with_pattern((seL4_Word)seL4_SysYield, 0, 0, &r);
    check_pattern(&r);
    call_with_pattern((seL4_Word)seL4_SysSend, ntfn, 0, &r);
    check_pattern(&r);
    call_with_pattern((seL4_Word)seL4_SysWait, ntfn, 0, &r);
    check_pattern(&r);
    call_with_pattern((seL4_Word)seL4_SysCall, SELF,
                      seL4_MessageInfo_new(TCBSetFlags, 0, 0, 0).words[0], &r);
    check_pattern(&r);
    call_with_pattern((seL4_Word)seL4_SysNBSend, ntfn, 0, &r);
    check_pattern(&r);
    call_with_pattern((seL4_Word)seL4_SysNBWait, ntfn, 0, &r);
    check_pattern(&r);
}

static seL4_Word pattern_main(struct thread *self, seL4_Word number, seL4_Word dest, seL4_Word c)
{
    static struct registers r;

    (void)c;
    call_with_pattern(number, dest, 0, &r);
    check_pattern(&r);
    self->step++;
    return 0;
}

TEST(syscall_preserves_blocked, "syscall/preserves-the-other-registers-when-blocking", "2.2")
{
    seL4_CPtr endpoint = endpoint_new(), ntfn = notification_new();
    struct thread *t = thread_run(PRIO_HIGH, pattern_main, (seL4_Word)seL4_SysWait, ntfn, 0);

    seL4_Signal(ntfn);
    thread_join(t);
    t = thread_run(PRIO_HIGH, pattern_main, (seL4_Word)seL4_SysSend, endpoint, 0);
    seL4_Wait(endpoint, NULL);
    thread_join(t);
    t = thread_run(PRIO_HIGH, pattern_main, (seL4_Word)seL4_SysWait, endpoint, 0);
    seL4_Send(endpoint, seL4_MessageInfo_new(0, 0, 0, 0));
    thread_join(t);
}

/* Interrupted anywhere, a thread goes on with all its registers. */
static seL4_Word checksum_main(struct thread *self, seL4_Word seed, seL4_Word rounds, seL4_Word c)
{
    seL4_Word sum = seed;

    (void)self, (void)c;
    for (seL4_Word i = 0; i < rounds; i++) {
        __asm__ volatile("lea 1(%0, %0, 2), %0\n\txor %1, %0\n\trol $7, %0" : "+r"(sum) : "r"(i));
    }
    return sum;
}

TEST(syscall_preempted, "syscall/preemption-changes-no-register", "6.1.8")
{
    struct thread *a = thread_new_passive(PRIO_MAIN), *b = thread_new_passive(PRIO_MAIN);
    seL4_Word want_a = checksum_main(NULL, 1, 300000, 0),
              want_b = checksum_main(NULL, 2, 300000, 0);

    WORKS(seL4_SchedContext_Bind(sc_new(200, 200), a->tcb));
    WORKS(seL4_SchedContext_Bind(sc_new(300, 300), b->tcb));
    thread_start(a, checksum_main, 1, 300000, 0);
    thread_start(b, checksum_main, 2, 300000, 0);
    CHECK_EQ(thread_join(a), want_a);
    CHECK_EQ(thread_join(b), want_b);
}

/* ---- floating point ----
 *
 * The suite is compiled without vector registers, so what these leave in them is nobody else's.
 */

static seL4_Word fpu_main(struct thread *self, seL4_Word seed, seL4_Word ntfn_mine,
                          seL4_Word ntfn_other)
{
    seL4_Word got[2];

    (void)self;
    __asm__ volatile("movq %0, %%xmm0\n\tmovq %0, %%xmm15\n\tmovq %0, %%xmm7" ::"r"(seed));
    for (int i = 0; i < 5; i++) {
        seL4_Signal(ntfn_other);
        seL4_Wait(ntfn_mine, NULL);
        __asm__ volatile("movq %%xmm0, %0\n\tmovq %%xmm15, %1" : "=r"(got[0]), "=r"(got[1]));
        if (got[0] != seed + (seL4_Word)i || got[1] != seed) {
            return 1;
        }
        __asm__ volatile("movq %0, %%xmm0" ::"r"(seed + (seL4_Word)i + 1));
    }
    seL4_Signal(ntfn_other);
    return 0;
}

TEST(fpu_switch, "fpu/state-follows-the-thread", "6.1.4")
{
    seL4_CPtr a_ntfn = notification_new(), b_ntfn = notification_new();
    struct thread *a = thread_run(PRIO_LOW, fpu_main, 0x1111111111111111, a_ntfn, b_ntfn),
                  *b = thread_run(PRIO_LOW, fpu_main, 0x2222222222222222, b_ntfn, a_ntfn);

    CHECK_EQ(thread_join(a), 0);
    CHECK_EQ(thread_join(b), 0);
}

static seL4_Word fpu_read_main(struct thread *self, seL4_Word a, seL4_Word b, seL4_Word c)
{
    seL4_Word low, high;
    unsigned mxcsr;
    unsigned short control;

    (void)a, (void)b, (void)c;
    __asm__ volatile(
        "movq %%xmm3, %0\n\tmovhlps %%xmm3, %%xmm3\n\tmovq %%xmm3, %1\n\tstmxcsr %2\n\tfnstcw %3"
        : "=r"(low), "=r"(high), "=m"(mxcsr), "=m"(control));
    self->value = mxcsr | (seL4_Word)control << 32;
    return low | high;
}

/* Another thread's numbers must not show in a new thread. */
TEST(fpu_fresh, "fpu/new-thread-starts-clean", "6.1.4")
{
    struct thread *t = thread_new(PRIO_HIGH);

    __asm__ volatile("movq %0, %%xmm3" ::"r"(0xdeadbeefdeadbeef));
    thread_start(t, fpu_read_main, 0, 0, 0);
    CHECK_EQ(thread_join(t), 0);
    CHECK_EQ(t->value & 0xffffffff, 0x1f80);
    CHECK_EQ(t->value >> 32, 0x37f);
}

TEST(fpu_disabled, "fpu/disabled-by-flag-raises-an-exception", "6.1.4")
{
    struct thread *t = thread_new(PRIO_HIGH);
    seL4_CPtr fault_ep = endpoint_new();

    thread_set_fault_ep(t, fault_ep);
    CHECK_EQ(seL4_TCB_SetFlags(t->tcb, 0, seL4_TCBFlag_fpuDisabled).error, seL4_NoError);
    thread_start(t, fpu_read_main, 0, 0, 0);
    seL4_MessageInfo_t tag = seL4_Wait(fault_ep, NULL);
    CHECK_EQ(seL4_MessageInfo_get_label(tag), seL4_Fault_UserException);
    CHECK_EQ(seL4_GetMR(seL4_UserException_Number), 7);
    CHECK_EQ(seL4_TCB_SetFlags(t->tcb, seL4_TCBFlag_fpuDisabled, 0).error, seL4_NoError);
    WORKS(seL4_TCB_Resume(t->tcb));
    thread_join(t);
}

static seL4_Word fpu_use_again_main(struct thread *self, seL4_Word ntfn, seL4_Word b, seL4_Word c)
{
    seL4_Word got;

    (void)self, (void)b, (void)c;
    __asm__ volatile("movq %0, %%xmm3" ::"r"(ntfn));
    seL4_Wait(ntfn, NULL);
    __asm__ volatile("movq %%xmm3, %0" : "=r"(got));
    return got == ntfn;
}

/*
 * That it has used the FPU before changes nothing, and what it left there is its own when it may
 * use it again.
 */
TEST(fpu_disabled_later, "fpu/disabled-after-use-raises-an-exception", "6.1.4")
{
    struct thread *t = thread_new(PRIO_HIGH);
    seL4_CPtr fault_ep = endpoint_new(), ntfn = notification_new();

    thread_set_fault_ep(t, fault_ep);
    thread_start(t, fpu_use_again_main, ntfn, 0, 0);
    __asm__ volatile("movq %0, %%xmm3" ::"r"(0xdeadbeefdeadbeef));
    CHECK_EQ(seL4_TCB_SetFlags(t->tcb, 0, seL4_TCBFlag_fpuDisabled).error, seL4_NoError);
    seL4_Signal(ntfn);
    seL4_MessageInfo_t tag = seL4_Wait(fault_ep, NULL);
    CHECK_EQ(seL4_MessageInfo_get_label(tag), seL4_Fault_UserException);
    CHECK_EQ(seL4_GetMR(seL4_UserException_Number), 7);
    CHECK_EQ(seL4_TCB_SetFlags(t->tcb, seL4_TCBFlag_fpuDisabled, 0).error, seL4_NoError);
    WORKS(seL4_TCB_Resume(t->tcb));
    CHECK_EQ(thread_join(t), 1);
}

TEST(fpu_owner_deleted, "fpu/owner-is-deleted", "3.2")
{
    struct thread *t = thread_run(PRIO_HIGH, fpu_read_main, 0, 0, 0), *u;

    thread_join(t);
    cap_delete(t->tcb);
    u = thread_run(PRIO_HIGH, fpu_read_main, 0, 0, 0);
    CHECK_EQ(thread_join(u), 0);
}

static seL4_Word fpu_divide_main(struct thread *self, seL4_Word a, seL4_Word b, seL4_Word c)
{
    unsigned short control = 0x37f & ~4u; /* division by zero not masked */

    (void)self, (void)a, (void)b, (void)c;
    __asm__ volatile("fninit\n\tfldcw %0\n\tfld1\n\tfldz\n\tfdivrp\n\tfwait" ::"m"(control));
    return 0;
}

TEST(fpu_exception, "fpu/exception-is-a-fault", "6.2.4")
{
    struct thread *t = thread_new(PRIO_HIGH);
    seL4_CPtr fault_ep = endpoint_new();

    thread_set_fault_ep(t, fault_ep);
    thread_start(t, fpu_divide_main, 0, 0, 0);
    seL4_MessageInfo_t tag = seL4_Wait(fault_ep, NULL);
    CHECK_EQ(seL4_MessageInfo_get_label(tag), seL4_Fault_UserException);
    CHECK_EQ(seL4_GetMR(seL4_UserException_Number), 16);
}

/* ---- segments ---- */

static seL4_Word gs_main(struct thread *self, seL4_Word a, seL4_Word b, seL4_Word c)
{
    seL4_Word word;

    (void)a, (void)b, (void)c;
    __asm__ volatile("mov %%gs:0, %0" : "=r"(word));
    self->value = word;
    return 0;
}

TEST(gs_base, "syscall/gs-base-follows-the-thread", "6.1.12")
{
    static seL4_Word block[2] = { 0x6767, 0 };
    struct thread *t = thread_new(PRIO_HIGH);
    seL4_UserContext regs;

    thread_prepare(t, gs_main, 0, 0, 0);
    thread_registers(t, &regs);
    regs.gs_base = (seL4_Word)block;
    WORKS(seL4_TCB_WriteRegisters(t->tcb, true, 0, sizeof(regs) / sizeof(seL4_Word), &regs));
    CHECK_EQ(t->value, 0x6767);
}

#ifdef CONFIG_FSGSBASE_INST
static seL4_Word wrgsbase_main(struct thread *self, seL4_Word base, seL4_Word ntfn, seL4_Word c)
{
    seL4_Word got;

    (void)c;
    __asm__ volatile("wrgsbase %0" ::"r"(base));
    seL4_Wait(ntfn, NULL);
    __asm__ volatile("rdgsbase %0" : "=r"(got));
    self->value = got;
    return 0;
}

TEST(fsgsbase, "syscall/base-instructions-work-and-are-kept", "6.1.12")
{
    seL4_CPtr ntfn = notification_new();
    struct thread *a = thread_run(PRIO_HIGH, wrgsbase_main, 0x1000, ntfn, 0),
                  *b = thread_run(PRIO_HIGH, wrgsbase_main, 0x2000, ntfn, 0);

    seL4_Signal(ntfn);
    seL4_Signal(ntfn);
    thread_join(a);
    thread_join(b);
    CHECK_EQ(a->value, 0x1000);
    CHECK_EQ(b->value, 0x2000);
}
#endif

#ifdef CONFIG_SET_TLS_BASE_SELF
static seL4_Word set_tls_main(struct thread *self, seL4_Word base, seL4_Word b, seL4_Word c)
{
    seL4_Word before, after;

    (void)b, (void)c;
    __asm__ volatile("mov %%fs:0, %0" : "=r"(before));
    seL4_SetTLSBase(base);
    __asm__ volatile("mov %%fs:0, %0" : "=r"(after));
    seL4_SetTLSBase(before);
    self->value = after;
    return 0;
}

TEST(set_tls_self, "syscall/set-tls-base", "10.2")
{
    static seL4_Word block[2] = { 0x4b4b, 0 };
    struct thread *t = thread_run(PRIO_HIGH, set_tls_main, (seL4_Word)block, 0, 0);

    thread_join(t);
    CHECK_EQ(t->value, 0x4b4b);
}
#endif

#ifdef CONFIG_EXPORT_PMC_USER
static seL4_Word rdpmc_main(struct thread *self, seL4_Word a, seL4_Word b, seL4_Word c)
{
    unsigned low, high;

    (void)self, (void)a, (void)b, (void)c;
    __asm__ volatile("rdpmc" : "=a"(low), "=d"(high) : "c"(0));
    return 0;
}

TEST(pmc_user, "syscall/performance-counters-are-readable", "10.2")
{
    struct thread *t = thread_new(PRIO_HIGH);
    seL4_CPtr fault_ep = endpoint_new();

    thread_set_fault_ep(t, fault_ep);
    thread_start(t, rdpmc_main, 0, 0, 0);
    seL4_Word badge;
    seL4_MessageInfo_t tag = seL4_NBWait(fault_ep, &badge);
    /*
     * An emulator without counters may refuse the instruction itself; a general protection fault is
     * the kernel's.
     */
    CHECK(t->finished || (seL4_MessageInfo_get_label(tag) == seL4_Fault_UserException &&
                          seL4_GetMR(seL4_UserException_Number) == 6));
}
#endif

#ifdef CONFIG_KERNEL_X86_DANGEROUS_MSR
TEST(dangerous_msr, "syscall/dangerous-msr-access", "10.2")
{
    /* IA32_APIC_BASE: the local APIC is enabled. */
    CHECK_EQ(seL4_X86DangerousRDMSR(0x1b) & 0x800, 0x800);
}
#endif

/* ---- debug calls ---- */

#ifdef CONFIG_DEBUG_BUILD
TEST(debug_identify, "debug/capability-types-differ", "10.2")
{
    seL4_Uint32 of_empty = seL4_DebugCapIdentify(slot_new()), of_tcb = seL4_DebugCapIdentify(SELF),
                of_cnode = seL4_DebugCapIdentify(CNODE),
                of_endpoint = seL4_DebugCapIdentify(endpoint_new());

    CHECK_EQ(of_empty, 0);
    CHECK(of_tcb != 0 && of_cnode != 0 && of_endpoint != 0);
    CHECK(of_tcb != of_cnode && of_tcb != of_endpoint && of_cnode != of_endpoint);
    CHECK_EQ(of_endpoint, seL4_DebugCapIdentify(cap_mint(endpoint_new(), seL4_CanRead, 5)));
}

/* Libraries switch on these numbers. */
TEST(debug_identify_numbers, "debug/capability-types-have-public-numbers", "10.2")
{
    seL4_CPtr port = slot_new(), irq = slot_new();

    WORKS(seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, 0x80, 0x80, CNODE, port, DEPTH));
    const struct {
        seL4_CPtr cap;
        unsigned number;
    } all[] = {
        { test_untyped, 2 },
        { endpoint_new(), 4 },
        { notification_new(), 6 },
        { reply_new(), 8 },
        { CNODE, 10 },
        { SELF, 12 },
        { seL4_CapIRQControl, 14 },
        { seL4_CapDomain, 20 },
        { seL4_CapInitThreadSC, 22 },
        { schedcontrol, 24 },
        { frame_new(), 1 },
        { object_new(seL4_X86_PageTableObject, 0), 3 },
        { object_new(seL4_X86_PageDirectoryObject, 0), 5 },
        { object_new(seL4_X86_PDPTObject, 0), 7 },
        { VSPACE, 9 },
        { seL4_CapASIDControl, 11 },
        { seL4_CapInitThreadASIDPool, 13 },
        { port, 19 },
        { seL4_CapIOPortControl, 31 },
        { 1ul << 40, 0 }, /* nothing there */
    };

    for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        CHECK_EQ(seL4_DebugCapIdentify(all[i].cap), all[i].number);
    }
    if (!machine_has_pic()) {
        WORKS(seL4_IRQControl_GetMSI(seL4_CapIRQControl, CNODE, irq, DEPTH, 0, 0, 0, 0, 5));
        CHECK_EQ(seL4_DebugCapIdentify(irq), 16);
    }
}

TEST(debug_name, "debug/name-a-thread", "10.2")
{
    seL4_DebugNameThread(object_new(seL4_TCBObject, 0), "named");
}
#endif
