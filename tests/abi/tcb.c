/* SPDX-License-Identifier: BSD-2-Clause */
/* Thread control blocks: registers, spaces, priorities, bound objects, flags. */

#include <myelin/extension.h>

#include "env.h"

#define REGISTERS (sizeof(seL4_UserContext) / sizeof(seL4_Word))

static seL4_CPtr tcb_new(void)
{
    return object_new(seL4_TCBObject, 0);
}

/* ---- registers ---- */

TEST(tcb_registers, "tcb/write-then-read-registers", "6.1.12")
{
    seL4_CPtr tcb = tcb_new();
    seL4_UserContext in, out = { 0 };

    for (unsigned i = 0; i < REGISTERS; i++) {
        ((seL4_Word *)&in)[i] = 0x1000 + i;
    }
    in.rflags = 0x202;
    WORKS(seL4_TCB_WriteRegisters(tcb, false, 0, REGISTERS, &in));
    WORKS(seL4_TCB_ReadRegisters(tcb, false, 0, REGISTERS, &out));
    for (unsigned i = 0; i < REGISTERS; i++) {
        CHECK_EQ(((seL4_Word *)&out)[i], ((seL4_Word *)&in)[i]);
    }
}

/* A thread must not be able to raise its I/O privilege or turn interrupts off. */
TEST(tcb_flags_cleaned, "tcb/privileged-flags-are-cleaned", "6.1.12")
{
    seL4_CPtr tcb = tcb_new();
    seL4_UserContext regs = { .rflags = ~0ul };

    WORKS(seL4_TCB_WriteRegisters(tcb, false, 0, REGISTERS, &regs));
    WORKS(seL4_TCB_ReadRegisters(tcb, false, 0, REGISTERS, &regs));
    CHECK_EQ(regs.rflags & 0x200, 0x200); /* interrupts on */
    CHECK_EQ(regs.rflags & 0x3000, 0);    /* I/O privilege level 0 */
    CHECK_EQ(regs.rflags & 0x20000, 0);   /* no virtual-8086 mode */
    CHECK_EQ(regs.rflags & 2, 2);
    /* carry, parity, adjust, zero, sign, direction, overflow */
    CHECK_EQ(regs.rflags & 0xcd5, 0xcd5);
}

TEST(tcb_read_count, "tcb/read-register-count-range", "10.3 TCB ReadRegisters")
{
    seL4_CPtr tcb = tcb_new();
    seL4_UserContext regs;

    FAILS(seL4_RangeError, TCBReadRegisters, seL4_TCB_ReadRegisters(tcb, false, 0, 0, &regs));
    RANGE_IS(1, REGISTERS);
    FAILS(seL4_RangeError, TCBReadRegisters,
          seL4_TCB_ReadRegisters(tcb, false, 0, REGISTERS + 1, &regs));
    RANGE_IS(1, REGISTERS);
    WORKS(seL4_TCB_ReadRegisters(tcb, false, 0, 1, &regs));
}

TEST(tcb_read_self, "tcb/read-own-registers", "10.3 TCB ReadRegisters")
{
    seL4_UserContext regs;

    FAILS(seL4_IllegalOperation, TCBReadRegisters,
          seL4_TCB_ReadRegisters(SELF, false, 0, REGISTERS, &regs));
    FAILS(seL4_IllegalOperation, TCBWriteRegisters,
          seL4_TCB_WriteRegisters(SELF, false, 0, 1, &regs));
}

TEST(tcb_write_few, "tcb/write-some-registers", "10.3 TCB WriteRegisters")
{
    seL4_CPtr tcb = tcb_new();
    seL4_UserContext in = { .rip = 1, .rsp = 2, .rflags = 0x202, .rax = 3, .rbx = 4 }, out;

    WORKS(seL4_TCB_WriteRegisters(tcb, false, 0, REGISTERS, &in));
    in = (seL4_UserContext){ .rip = 11, .rsp = 12, .rflags = 0x202, .rax = 13, .rbx = 14 };
    WORKS(seL4_TCB_WriteRegisters(tcb, false, 0, 4, &in));
    WORKS(seL4_TCB_ReadRegisters(tcb, false, 0, REGISTERS, &out));
    CHECK_EQ(out.rip, 11);
    CHECK_EQ(out.rsp, 12);
    CHECK_EQ(out.rax, 13);
    CHECK_EQ(out.rbx, 4);
}

TEST(tcb_write_truncated, "tcb/write-registers-message-too-short", "10.1.7")
{
    seL4_CPtr tcb = tcb_new();
    struct raw m = { .label = TCBWriteRegisters, .length = 1, .words = { 0, 4 } };

    FAILS(seL4_TruncatedMessage, TCBWriteRegisters, raw_call(tcb, &m));
    m.length = 2;
    m.words[1] = 1;
    FAILS(seL4_TruncatedMessage, TCBWriteRegisters, raw_call(tcb, &m));
    m.length = 5;
    m.words[1] = 4;
    FAILS(seL4_TruncatedMessage, TCBWriteRegisters, raw_call(tcb, &m));
    m.length = 6;
    WORKS(raw_call(tcb, &m));
}

TEST(tcb_read_truncated, "tcb/read-registers-message-too-short", "10.1.7")
{
    seL4_CPtr tcb = tcb_new();
    struct raw m = { .label = TCBReadRegisters, .length = 1 };

    FAILS(seL4_TruncatedMessage, TCBReadRegisters, raw_call(tcb, &m));
    m = (struct raw){ .label = TCBCopyRegisters, .length = 0, .cap_count = 1, .caps = { tcb } };
    FAILS(seL4_TruncatedMessage, TCBCopyRegisters, raw_call(tcb, &m));
    m = (struct raw){ .label = TCBCopyRegisters, .length = 1, .cap_count = 0 };
    FAILS(seL4_TruncatedMessage, TCBCopyRegisters, raw_call(tcb, &m));
}

TEST(tcb_read_suspends, "tcb/read-registers-can-suspend", "10.3 TCB ReadRegisters")
{
    struct thread *t = thread_run(PRIO_LOW, count_forever, 0, 0, 0);
    seL4_CPtr pause = notification_new();
    seL4_UserContext regs;

    /*
     * Runs while we wait: below the settling thread nothing runs, so give it time through the
     * timer.
     */
    struct thread *timer = thread_new(PRIO_HIGH);
    (void)timer, (void)pause;
    WORKS(seL4_TCB_ReadRegisters(t->tcb, true, 0, 2, &regs));
    seL4_Word before = t->value;
    settle();
    CHECK_EQ(t->value, before);
    WORKS(seL4_TCB_Suspend(t->tcb));
}

TEST(tcb_copy_registers, "tcb/copy-registers", "10.3 TCB CopyRegisters")
{
    seL4_CPtr from = tcb_new(), to = tcb_new();
    seL4_UserContext in, out;

    for (unsigned i = 0; i < REGISTERS; i++) {
        ((seL4_Word *)&in)[i] = 0x2000 + i;
    }
    in.rflags = 0x202;
    WORKS(seL4_TCB_WriteRegisters(from, false, 0, REGISTERS, &in));
    WORKS(seL4_TCB_CopyRegisters(to, from, false, false, true, true, 0));
    WORKS(seL4_TCB_ReadRegisters(to, false, 0, REGISTERS, &out));
    CHECK_EQ(out.rip, in.rip);
    CHECK_EQ(out.rsp, in.rsp);
    CHECK_EQ(out.rax, in.rax);
    CHECK_EQ(out.r15, in.r15);
}

TEST(tcb_copy_frame_only, "tcb/copy-frame-registers-only", "10.3 TCB CopyRegisters")
{
    seL4_CPtr from = tcb_new(), to = tcb_new();
    seL4_UserContext in = { .rip = 7, .rsp = 8, .rflags = 0x202 }, out;

    WORKS(seL4_TCB_WriteRegisters(from, false, 0, REGISTERS, &in));
    WORKS(seL4_TCB_CopyRegisters(to, from, false, false, false, false, 0));
    WORKS(seL4_TCB_ReadRegisters(to, false, 0, REGISTERS, &out));
    CHECK_EQ(out.rip, 0);
    WORKS(seL4_TCB_CopyRegisters(to, from, false, false, true, false, 0));
    WORKS(seL4_TCB_ReadRegisters(to, false, 0, REGISTERS, &out));
    CHECK_EQ(out.rip, 7);
    CHECK_EQ(out.rsp, 8);
}

TEST(tcb_copy_bad_source, "tcb/copy-registers-from-no-tcb", "10.3 TCB CopyRegisters")
{
    FAILS(seL4_InvalidCapability, TCBCopyRegisters,
          seL4_TCB_CopyRegisters(tcb_new(), endpoint_new(), false, false, true, true, 0));
    ARGUMENT_IS(1);
}

/* ---- spaces ---- */

TEST(tcb_configure_bad_caps, "tcb/configure-with-wrong-capabilities", "10.3 TCB Configure")
{
    seL4_CPtr tcb = tcb_new(), frame = frame_new(), endpoint = endpoint_new();

    FAILS(seL4_IllegalOperation, TCBConfigure,
          seL4_TCB_Configure(tcb, endpoint, 0, VSPACE, 0, 0, 0));
    FAILS(seL4_IllegalOperation, TCBConfigure,
          seL4_TCB_Configure(tcb, CNODE, 0, endpoint, 0, 0, 0));
    FAILS(seL4_IllegalOperation, TCBConfigure,
          seL4_TCB_Configure(tcb, CNODE, 0, VSPACE, 0, 0x1000, endpoint));
    FAILS(seL4_AlignmentError, TCBConfigure,
          seL4_TCB_Configure(tcb, CNODE, 0, VSPACE, 0, 0x1008, frame));
    WORKS(seL4_TCB_Configure(tcb, CNODE, 0, VSPACE, 0, 0x1000, frame));
    WORKS(seL4_TCB_Configure(tcb, CNODE, 0, VSPACE, 0, 0, 0));
}

TEST(tcb_configure_empty, "tcb/configure-with-empty-slots", "10.3 TCB Configure")
{
    seL4_CPtr tcb = tcb_new(), empty = slot_new();

    FAILS(seL4_IllegalOperation, TCBConfigure, seL4_TCB_Configure(tcb, empty, 0, VSPACE, 0, 0, 0));
    FAILS(seL4_IllegalOperation, TCBConfigure, seL4_TCB_Configure(tcb, CNODE, 0, empty, 0, 0, 0));
}

TEST(tcb_unassigned_vspace, "tcb/address-space-without-asid", "10.3 TCB SetSpace")
{
    seL4_CPtr tcb = tcb_new(), pml4 = object_new(seL4_X64_PML4Object, 0);

    FAILS(seL4_IllegalOperation, TCBSetSpace, seL4_TCB_SetSpace(tcb, 0, CNODE, 0, pml4, 0));
    FAILS(seL4_IllegalOperation, TCBConfigure, seL4_TCB_Configure(tcb, CNODE, 0, pml4, 0, 0, 0));
    WORKS(seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, pml4));
    WORKS(seL4_TCB_SetSpace(tcb, 0, CNODE, 0, pml4, 0));
}

TEST(tcb_set_space_errors, "tcb/set-space-with-wrong-capabilities", "10.3 TCB SetSpace")
{
    seL4_CPtr tcb = tcb_new(), endpoint = endpoint_new();

    FAILS(seL4_IllegalOperation, TCBSetSpace, seL4_TCB_SetSpace(tcb, 0, endpoint, 0, VSPACE, 0));
    FAILS(seL4_IllegalOperation, TCBSetSpace, seL4_TCB_SetSpace(tcb, 0, CNODE, 0, endpoint, 0));
    FAILS(seL4_InvalidCapability, TCBSetSpace, seL4_TCB_SetSpace(tcb, CNODE, CNODE, 0, VSPACE, 0));
    ARGUMENT_IS(1);
    FAILS(seL4_InvalidCapability, TCBSetSpace,
          seL4_TCB_SetSpace(tcb, cap_mint(endpoint, seL4_CanRead, 0), CNODE, 0, VSPACE, 0));
    FAILS(seL4_InvalidCapability, TCBSetSpace,
          seL4_TCB_SetSpace(tcb, cap_mint(endpoint, seL4_CanWrite, 0), CNODE, 0, VSPACE, 0));
    WORKS(seL4_TCB_SetSpace(tcb, cap_mint(endpoint, seL4_CapRights_new(1, 0, 0, 1), 0), CNODE, 0,
                            VSPACE, 0));
    WORKS(seL4_TCB_SetSpace(tcb, cap_mint(endpoint, seL4_CapRights_new(0, 1, 0, 1), 0), CNODE, 0,
                            VSPACE, 0));
}

TEST(tcb_set_space_guard, "tcb/cspace-guard-too-long", "10.3 TCB SetSpace")
{
    FAILS(
        seL4_IllegalOperation, TCBSetSpace,
        seL4_TCB_SetSpace(tcb_new(), 0, CNODE, seL4_CNode_CapData_new(0, 63).words[0], VSPACE, 0));
}

/* A capability is derived before it is looked at: a used untyped region fails in the deriving. */
TEST(tcb_underivable, "tcb/capability-that-cannot-be-derived", "3.1.5")
{
    seL4_CPtr tcb = tcb_new(), used = object_new(seL4_UntypedObject, 12);

    WORKS(seL4_Untyped_Retype(used, seL4_EndpointObject, 0, CNODE, 0, 0, slot_new(), 1));
    FAILS(seL4_RevokeFirst, TCBSetSpace, seL4_TCB_SetSpace(tcb, 0, used, 0, VSPACE, 0));
    FAILS(seL4_RevokeFirst, TCBSetSpace, seL4_TCB_SetSpace(tcb, 0, CNODE, 0, used, 0));
    FAILS(seL4_RevokeFirst, TCBSetIPCBuffer, seL4_TCB_SetIPCBuffer(tcb, 0x400000, used));
    FAILS(seL4_RevokeFirst, TCBConfigure, seL4_TCB_Configure(tcb, used, 0, VSPACE, 0, 0, 0));
    FAILS(seL4_RevokeFirst, TCBConfigure,
          seL4_TCB_Configure(tcb, CNODE, 0, VSPACE, 0, 0x400000, used));
    FAILS(seL4_IllegalOperation, TCBSetSpace,
          seL4_TCB_SetSpace(tcb, 0, seL4_CapIRQControl, 0, VSPACE, 0));
}

TEST(tcb_spaces_truncated, "tcb/space-messages-too-short", "10.1.7")
{
    seL4_CPtr tcb = tcb_new();
    struct raw m = {
        .label = TCBSetSpace, .length = 1, .cap_count = 3, .caps = { 0, CNODE, VSPACE }
    };

    FAILS(seL4_TruncatedMessage, TCBSetSpace, raw_call(tcb, &m));
    m.length = 2;
    m.cap_count = 2;
    FAILS(seL4_TruncatedMessage, TCBSetSpace, raw_call(tcb, &m));
    m = (struct raw){
        .label = TCBConfigure, .length = 2, .cap_count = 3, .caps = { CNODE, VSPACE, 0 }
    };
    FAILS(seL4_TruncatedMessage, TCBConfigure, raw_call(tcb, &m));
    m.length = 3;
    m.cap_count = 2;
    FAILS(seL4_TruncatedMessage, TCBConfigure, raw_call(tcb, &m));
    m = (struct raw){ .label = TCBSetIPCBuffer, .length = 0, .cap_count = 1 };
    FAILS(seL4_TruncatedMessage, TCBSetIPCBuffer, raw_call(tcb, &m));
    m = (struct raw){ .label = TCBSetIPCBuffer, .length = 1, .cap_count = 0 };
    FAILS(seL4_TruncatedMessage, TCBSetIPCBuffer, raw_call(tcb, &m));
}

/* ---- IPC buffer ---- */

TEST(tcb_buffer_alignment, "tcb/ipc-buffer-alignment", "10.3 TCB SetIPCBuffer")
{
    seL4_CPtr tcb = tcb_new(), frame = frame_new();

    for (seL4_Word offset = 8; offset < 1024; offset *= 2) {
        FAILS(seL4_AlignmentError, TCBSetIPCBuffer,
              seL4_TCB_SetIPCBuffer(tcb, 0x400000 + offset, frame));
    }
    WORKS(seL4_TCB_SetIPCBuffer(tcb, 0x400400, frame));
}

TEST(tcb_buffer_wrong, "tcb/ipc-buffer-of-no-frame", "10.3 TCB SetIPCBuffer")
{
    seL4_CPtr tcb = tcb_new();

    FAILS(seL4_IllegalOperation, TCBSetIPCBuffer,
          seL4_TCB_SetIPCBuffer(tcb, 0x400000, endpoint_new()));
    FAILS(seL4_IllegalOperation, TCBSetIPCBuffer, seL4_TCB_SetIPCBuffer(tcb, 0x400000, slot_new()));
    WORKS(seL4_TCB_SetIPCBuffer(tcb, 0, 0));
}

TEST(tcb_buffer_device, "tcb/ipc-buffer-in-device-memory", "10.3 TCB SetIPCBuffer")
{
    seL4_CPtr tcb = tcb_new(), device, frame = slot_new();
    seL4_UntypedDesc desc;

    if (!device_untyped(13, &device, &desc)) {
        test_skip("no device region");
    }
    WORKS(seL4_Untyped_Retype(device, seL4_X86_4K, 0, CNODE, 0, 0, frame, 1));
    FAILS(seL4_IllegalOperation, TCBSetIPCBuffer, seL4_TCB_SetIPCBuffer(tcb, 0x400000, frame));
}

/* ---- priorities ---- */

TEST(tcb_priority_range, "tcb/priority-above-authority", "6.1.6")
{
    struct thread *a = thread_new(PRIO_LOW);
    seL4_CPtr tcb = tcb_new();

    WORKS(seL4_TCB_SetMCPriority(a->tcb, SELF, 60));
    FAILS(seL4_RangeError, TCBSetPriority, seL4_TCB_SetPriority(tcb, a->tcb, 61));
    RANGE_IS(seL4_MinPrio, 60);
    FAILS(seL4_RangeError, TCBSetMCPriority, seL4_TCB_SetMCPriority(tcb, a->tcb, 61));
    RANGE_IS(seL4_MinPrio, 60);
    WORKS(seL4_TCB_SetPriority(tcb, a->tcb, 60));
    WORKS(seL4_TCB_SetMCPriority(tcb, a->tcb, 60));
    FAILS(seL4_RangeError, TCBSetPriority, seL4_TCB_SetPriority(tcb, SELF, 256));
    FAILS(seL4_RangeError, TCBSetPriority, seL4_TCB_SetPriority(tcb, SELF, ~0ul));
    FAILS(seL4_RangeError, TCBSetMCPriority, seL4_TCB_SetMCPriority(tcb, SELF, 256));
}

TEST(tcb_priority_authority, "tcb/priority-authority-is-no-tcb", "10.3 TCB SetPriority")
{
    seL4_CPtr tcb = tcb_new(), endpoint = endpoint_new();

    FAILS(seL4_InvalidCapability, TCBSetPriority, seL4_TCB_SetPriority(tcb, endpoint, 1));
    ARGUMENT_IS(1);
    FAILS(seL4_InvalidCapability, TCBSetMCPriority, seL4_TCB_SetMCPriority(tcb, endpoint, 1));
    ARGUMENT_IS(1);
    FAILS(seL4_InvalidCapability, TCBSetSchedParams,
          seL4_TCB_SetSchedParams(tcb, endpoint, 1, 1, 0, 0));
    ARGUMENT_IS(1);
}

TEST(tcb_sched_params_range, "tcb/sched-params-range", "10.3 TCB SetSchedParams")
{
    seL4_CPtr tcb = tcb_new();
    struct thread *a = thread_new(PRIO_LOW);

    WORKS(seL4_TCB_SetMCPriority(a->tcb, SELF, 60));
    FAILS(seL4_RangeError, TCBSetSchedParams, seL4_TCB_SetSchedParams(tcb, a->tcb, 61, 0, 0, 0));
    RANGE_IS(0, 60);
    FAILS(seL4_RangeError, TCBSetSchedParams, seL4_TCB_SetSchedParams(tcb, a->tcb, 0, 61, 0, 0));
    RANGE_IS(0, 60);
}

TEST(tcb_sched_params_sc, "tcb/sched-params-binds-scheduling-context", "10.3 TCB SetSchedParams")
{
    seL4_CPtr tcb = tcb_new(), other = tcb_new(), sc = sc_new(SLICE, SLICE),
              sc2 = sc_new(SLICE, SLICE);

    FAILS(seL4_InvalidCapability, TCBSetSchedParams,
          seL4_TCB_SetSchedParams(tcb, SELF, 0, 0, endpoint_new(), 0));
    ARGUMENT_IS(2);
    WORKS(seL4_TCB_SetSchedParams(tcb, SELF, 0, 0, sc, 0));
    WORKS(seL4_TCB_SetSchedParams(tcb, SELF, 0, 0, sc, 0)); /* the same again is fine */
    FAILS(seL4_IllegalOperation, TCBSetSchedParams,
          seL4_TCB_SetSchedParams(tcb, SELF, 0, 0, sc2, 0));
    FAILS(seL4_IllegalOperation, TCBSetSchedParams,
          seL4_TCB_SetSchedParams(other, SELF, 0, 0, sc, 0));
    WORKS(seL4_TCB_SetSchedParams(tcb, SELF, 0, 0, 0, 0)); /* unbinds */
    WORKS(seL4_TCB_SetSchedParams(other, SELF, 0, 0, sc, 0));
}

TEST(tcb_sched_params_fault_ep, "tcb/sched-params-fault-endpoint", "10.3 TCB SetSchedParams")
{
    seL4_CPtr tcb = tcb_new(), endpoint = endpoint_new();

    FAILS(seL4_InvalidCapability, TCBSetSchedParams,
          seL4_TCB_SetSchedParams(tcb, SELF, 0, 0, 0, CNODE));
    ARGUMENT_IS(3);
    FAILS(seL4_InvalidCapability, TCBSetSchedParams,
          seL4_TCB_SetSchedParams(tcb, SELF, 0, 0, 0, cap_mint(endpoint, seL4_CanRead, 0)));
    WORKS(seL4_TCB_SetSchedParams(tcb, SELF, 0, 0, 0, endpoint));
    WORKS(seL4_TCB_SetSchedParams(tcb, SELF, 0, 0, 0, 0));
}

TEST(tcb_sched_params_self, "tcb/cannot-unbind-own-scheduling-context", "10.3 TCB SetSchedParams")
{
    FAILS(seL4_IllegalOperation, TCBSetSchedParams,
          seL4_TCB_SetSchedParams(SELF, SELF, 255, PRIO_MAIN, 0, 0));
}

TEST(tcb_timeout_endpoint, "tcb/timeout-endpoint", "10.3 TCB SetTimeoutEndpoint")
{
    seL4_CPtr tcb = tcb_new(), endpoint = endpoint_new();

    FAILS(seL4_InvalidCapability, TCBSetTimeoutEndpoint, seL4_TCB_SetTimeoutEndpoint(tcb, CNODE));
    ARGUMENT_IS(1);
    FAILS(seL4_InvalidCapability, TCBSetTimeoutEndpoint,
          seL4_TCB_SetTimeoutEndpoint(tcb, cap_mint(endpoint, seL4_CanWrite, 0)));
    WORKS(seL4_TCB_SetTimeoutEndpoint(tcb, endpoint));
    WORKS(seL4_TCB_SetTimeoutEndpoint(tcb, 0));
    FAILS(seL4_TruncatedMessage, TCBSetTimeoutEndpoint, raw_label(tcb, TCBSetTimeoutEndpoint));
}

TEST(tcb_sched_truncated, "tcb/priority-messages-too-short", "10.1.7")
{
    seL4_CPtr tcb = tcb_new();
    struct raw m = { .label = TCBSetPriority, .length = 0, .cap_count = 1, .caps = { SELF } };

    FAILS(seL4_TruncatedMessage, TCBSetPriority, raw_call(tcb, &m));
    m.label = TCBSetMCPriority;
    FAILS(seL4_TruncatedMessage, TCBSetMCPriority, raw_call(tcb, &m));
    m.length = 1;
    m.cap_count = 0;
    FAILS(seL4_TruncatedMessage, TCBSetMCPriority, raw_call(tcb, &m));
    m.label = TCBSetPriority;
    FAILS(seL4_TruncatedMessage, TCBSetPriority, raw_call(tcb, &m));
    m = (struct raw){ .label = TCBSetSchedParams, .length = 1, .cap_count = 3, .caps = { SELF } };
    FAILS(seL4_TruncatedMessage, TCBSetSchedParams, raw_call(tcb, &m));
    m.length = 2;
    m.cap_count = 2;
    FAILS(seL4_TruncatedMessage, TCBSetSchedParams, raw_call(tcb, &m));
}

static seL4_Word mark_main(struct thread *self, seL4_Word a, seL4_Word b, seL4_Word c)
{
    (void)a, (void)b, (void)c;
    self->step++;
    return 0;
}

/* Raising a ready thread above the caller makes it run at once. */
TEST(tcb_priority_preempts, "tcb/raised-thread-runs-at-once", "6.1.6")
{
    struct thread *t = thread_run(PRIO_LOW, mark_main, 0, 0, 0);

    CHECK_EQ(t->step, 0);
    WORKS(seL4_TCB_SetPriority(t->tcb, SELF, PRIO_HIGH));
    CHECK_EQ(t->step, 1);
}

TEST(tcb_lower_self, "tcb/lowering-oneself-lets-others-run", "6.1.6")
{
    struct thread *t = thread_run(PRIO_MID, mark_main, 0, 0, 0);

    CHECK_EQ(t->step, 0);
    WORKS(seL4_TCB_SetPriority(SELF, SELF, PRIO_LOW));
    CHECK_EQ(t->step, 1);
}

/* ---- suspend and resume ---- */

TEST(tcb_resume_runs, "tcb/resume-starts-a-prepared-thread", "6.1.2")
{
    struct thread *t = thread_new(PRIO_HIGH);

    thread_prepare(t, mark_main, 0, 0, 0);
    CHECK_EQ(t->step, 0);
    WORKS(seL4_TCB_Resume(t->tcb));
    CHECK_EQ(t->step, 1);
}

TEST(tcb_resume_running, "tcb/resume-of-a-ready-thread-changes-nothing", "6.1.2")
{
    struct thread *t = thread_run(PRIO_LOW, mark_main, 0, 0, 0);

    WORKS(seL4_TCB_Resume(t->tcb));
    WORKS(seL4_TCB_Resume(t->tcb));
    thread_join(t);
    CHECK_EQ(t->step, 1);
}

TEST(tcb_suspend_stops, "tcb/suspended-thread-does-not-run", "6.1.3")
{
    struct thread *t = thread_run(PRIO_LOW, mark_main, 0, 0, 0);

    WORKS(seL4_TCB_Suspend(t->tcb));
    WORKS(seL4_TCB_Suspend(t->tcb));
    settle();
    CHECK_EQ(t->step, 0);
    WORKS(seL4_TCB_Resume(t->tcb));
    thread_join(t);
    CHECK_EQ(t->step, 1);
}

static seL4_Word wait_main(struct thread *self, seL4_Word object, seL4_Word b, seL4_Word c)
{
    seL4_Word badge;

    (void)b, (void)c;
    self->step++;
    seL4_Wait(object, &badge);
    self->value = badge;
    self->step++;
    return badge;
}

/* The interrupted system call is made again. */
TEST(tcb_suspend_blocked, "tcb/resumed-thread-repeats-its-wait", "6.1.3")
{
    seL4_CPtr ntfn = notification_new();
    struct thread *t = thread_run(PRIO_HIGH, wait_main, ntfn, 0, 0);

    CHECK_EQ(t->step, 1);
    WORKS(seL4_TCB_Suspend(t->tcb));
    seL4_Signal(cap_mint(ntfn, seL4_AllRights, 6));
    CHECK_EQ(t->step, 1);
    WORKS(seL4_TCB_Resume(t->tcb));
    CHECK_EQ(t->step, 2);
    CHECK_EQ(t->value, 6);
}

TEST(tcb_passive_no_run, "tcb/thread-without-scheduling-context-does-not-run", "6.1.9")
{
    struct thread *t = thread_new_passive(PRIO_HIGH);

    thread_start(t, mark_main, 0, 0, 0);
    settle();
    CHECK_EQ(t->step, 0);
    WORKS(seL4_SchedContext_Bind(sc_new(SLICE, SLICE), t->tcb));
    CHECK_EQ(t->step, 1);
}

TEST(tcb_write_resumes, "tcb/write-registers-can-resume", "10.3 TCB WriteRegisters")
{
    struct thread *t = thread_new(PRIO_HIGH);

    thread_start(t, mark_main, 0, 0, 0);
    CHECK_EQ(t->step, 1);
}

/* Where a thread is sent that waits: it marks itself and waits for ever. */
static struct thread *sent;
static seL4_CPtr sent_waits_at;

static void sent_here(void)
{
    sent->step += 10;
    for (;;) {
        seL4_Wait(sent_waits_at, NULL);
        sent->step += 100;
    }
}

static void send_there(struct thread *t)
{
    seL4_UserContext regs;

    sent = t;
    sent_waits_at = notification_new();
    WORKS(seL4_TCB_ReadRegisters(t->tcb, false, 0, REGISTERS, &regs));
    regs.rip = (seL4_Word)sent_here;
    regs.rsp = ((regs.rsp - 256) & ~15ul) - 8;
    WORKS(seL4_TCB_WriteRegisters(t->tcb, false, 0, 2, &regs));
}

/*
 * Whatever ends the call that it was in: it goes on where it was sent, exactly there, and only
 * once.
 */
TEST(tcb_write_blocked_woken, "tcb/registers-written-to-a-waiting-thread-hold-when-it-is-woken",
     "10.3 TCB WriteRegisters")
{
    seL4_CPtr ntfn = notification_new();
    struct thread *t = thread_run(PRIO_HIGH, wait_main, ntfn, 0, 0);

    send_there(t);
    CHECK_EQ(t->step, 1); /* still waits */
    seL4_Signal(ntfn);
    CHECK_EQ(t->step, 11);
    WORKS(seL4_TCB_Suspend(t->tcb));
    WORKS(seL4_TCB_Resume(t->tcb)); /* its new wait is made again like any */
    CHECK_EQ(t->step, 11);
    seL4_Signal(sent_waits_at);
    CHECK_EQ(t->step, 111);
}

TEST(tcb_write_blocked_resumed, "tcb/registers-written-to-a-waiting-thread-hold-when-it-is-resumed",
     "10.3 TCB WriteRegisters")
{
    struct thread *t = thread_run(PRIO_HIGH, wait_main, notification_new(), 0, 0);

    send_there(t);
    WORKS(seL4_TCB_Suspend(t->tcb));
    WORKS(seL4_TCB_Resume(t->tcb));
    CHECK_EQ(t->step, 11);
}

/*
 * A call loses rcx and r11 of whoever makes it; who is sent elsewhere meanwhile comes there with
 * all that was written.
 */
__asm__(".globl sent_with_all\n"
        "sent_with_all: mov %rcx, sent_rcx(%rip)\n"
        "mov %r11, sent_r11(%rip)\n"
        "jmp sent_here_only\n");
void sent_with_all(void);
void sent_here_only(void);
seL4_Word sent_rcx, sent_r11;

void sent_here_only(void)
{
    sent_here();
}

static void send_there_with_all(struct thread *t)
{
    seL4_UserContext regs;

    send_there(t);
    WORKS(seL4_TCB_ReadRegisters(t->tcb, false, 0, REGISTERS, &regs));
    regs.rip = (seL4_Word)sent_with_all;
    regs.rcx = 0x1111;
    regs.r11 = 0x2222;
    WORKS(seL4_TCB_WriteRegisters(t->tcb, false, 0, REGISTERS, &regs));
}

static void check_came_with_all(struct thread *t)
{
    CHECK_EQ(t->step, 11);
    CHECK_EQ(sent_rcx, 0x1111);
    CHECK_EQ(sent_r11, 0x2222);
}

TEST(tcb_write_blocked_signalled_all,
     "tcb/all-registers-written-to-a-waiting-thread-hold-when-it-is-signalled",
     "10.3 TCB WriteRegisters")
{
    seL4_CPtr ntfn = notification_new();
    struct thread *t = thread_run(PRIO_HIGH, wait_main, ntfn, 0, 0);

    send_there_with_all(t);
    seL4_Signal(ntfn);
    check_came_with_all(t);
}

static seL4_Word call_once_main(struct thread *self, seL4_Word ep, seL4_Word b, seL4_Word c)
{
    (void)b, (void)c;
    self->step++;
    seL4_Call(ep, seL4_MessageInfo_new(0, 0, 0, 0));
    return 0;
}

static seL4_Word answer_all_main(struct thread *self, seL4_Word ep, seL4_Word go, seL4_Word reply)
{
    (void)self;
    seL4_Recv(ep, NULL, reply);
    seL4_Wait(go, NULL);
    seL4_ReplyRecv(ep, seL4_MessageInfo_new(0, 0, 0, 0), NULL, reply);
    return 0;
}

TEST(tcb_write_blocked_answered_all,
     "tcb/all-registers-written-to-a-waiting-thread-hold-when-it-is-answered",
     "10.3 TCB WriteRegisters")
{
    seL4_CPtr ep = endpoint_new(), go = notification_new();
    struct thread *t;

    thread_run(PRIO_HIGH, answer_all_main, ep, go, reply_new());
    t = thread_run(PRIO_HIGH, call_once_main, ep, 0, 0);
    CHECK_EQ(t->step, 1);
    send_there_with_all(t);
    seL4_Signal(go);
    check_came_with_all(t);
}

/* Whoever runs this marks the thread it was made for, and stays. */
static seL4_Word mark_and_stay_main(struct thread *self, seL4_Word never, seL4_Word b, seL4_Word c)
{
    (void)b, (void)c;
    for (;;) {
        self->step++;
        seL4_Wait(never, NULL);
    }
    return 0;
}

TEST(tcb_copy_resumes, "tcb/copy-registers-can-resume-and-suspend", "10.3 TCB CopyRegisters")
{
    struct thread *a = thread_new(PRIO_LOW), *b = thread_new(PRIO_HIGH);

    thread_start(a, mark_and_stay_main, notification_new(), 0, 0);
    WORKS(seL4_TCB_CopyRegisters(b->tcb, a->tcb, true, true, true, true, 0));
    CHECK_EQ(a->step, 1); /* b ran with a's registers */
    settle();
    CHECK_EQ(a->step, 1); /* a was suspended */
}

/* ---- bound notifications ---- */

TEST(tcb_bind, "tcb/bind-notification-errors", "5.3")
{
    seL4_CPtr tcb = tcb_new(), other = tcb_new(), ntfn = notification_new(),
              ntfn2 = notification_new();

    FAILS(seL4_IllegalOperation, TCBBindNotification,
          seL4_TCB_BindNotification(tcb, endpoint_new()));
    FAILS(seL4_IllegalOperation, TCBBindNotification,
          seL4_TCB_BindNotification(tcb, cap_mint(ntfn, seL4_CanWrite, 0)));
    WORKS(seL4_TCB_BindNotification(tcb, ntfn));
    FAILS(seL4_IllegalOperation, TCBBindNotification, seL4_TCB_BindNotification(tcb, ntfn2));
    FAILS(seL4_IllegalOperation, TCBBindNotification, seL4_TCB_BindNotification(other, ntfn));
    WORKS(seL4_TCB_UnbindNotification(tcb));
    WORKS(seL4_TCB_BindNotification(other, ntfn));
    FAILS(seL4_TruncatedMessage, TCBBindNotification, raw_label(tcb, TCBBindNotification));
}

TEST(tcb_unbind, "tcb/unbind-without-notification", "10.3 TCB UnbindNotification")
{
    FAILS(seL4_IllegalOperation, TCBUnbindNotification, seL4_TCB_UnbindNotification(tcb_new()));
}

TEST(tcb_bind_with_waiter, "tcb/bind-notification-someone-waits-on", "5.3")
{
    seL4_CPtr ntfn = notification_new();

    thread_run(PRIO_HIGH, wait_main, ntfn, 0, 0);
    FAILS(seL4_IllegalOperation, TCBBindNotification, seL4_TCB_BindNotification(tcb_new(), ntfn));
}

/* ---- TLS base and flags ---- */

/* What verr says of each: null selectors can be loaded, too, and name nothing. */
TEST(tcb_selectors, "tcb/only-the-user's-segments-can-be-selected", "6.1.12")
{
    seL4_Word cs, ss, wrong = 0;

    if (!myelin_version(boot)) {
        test_skip("the interface does not say so");
    }
    __asm__("mov %%cs, %0\n\tmov %%ss, %1" : "=r"(cs), "=r"(ss));
    for (seL4_Word selector = 0; selector < 0x10000; selector++) {
        bool is_readable;

        __asm__("verr %w1" : "=@ccz"(is_readable) : "r"(selector));
        wrong += is_readable != ((selector | 3) == cs || (selector | 3) == ss);
    }
    CHECK_EQ(wrong, 0);
}

TEST(tcb_tls, "tcb/tls-base-is-fs-base", "10.3 TCB SetTLSBase")
{
    seL4_CPtr tcb = tcb_new();
    seL4_UserContext regs;

    WORKS(seL4_TCB_SetTLSBase(tcb, 0x123456789000));
    WORKS(seL4_TCB_ReadRegisters(tcb, false, 0, REGISTERS, &regs));
    CHECK_EQ(regs.fs_base, 0x123456789000);
    FAILS(seL4_TruncatedMessage, TCBSetTLSBase, raw_label(tcb, TCBSetTLSBase));
}

TEST(tcb_flags, "tcb/flags", "6.1.4")
{
    seL4_CPtr tcb = tcb_new();
    seL4_TCB_SetFlags_t r = seL4_TCB_SetFlags(tcb, 0, 0);

    CHECK_EQ(r.error, seL4_NoError);
    CHECK_EQ(r.flags, 0);
    r = seL4_TCB_SetFlags(tcb, 0, seL4_TCBFlag_fpuDisabled);
    CHECK_EQ(r.flags, seL4_TCBFlag_fpuDisabled);
    r = seL4_TCB_SetFlags(tcb, 0, 0);
    CHECK_EQ(r.flags, seL4_TCBFlag_fpuDisabled);
    r = seL4_TCB_SetFlags(tcb, seL4_TCBFlag_fpuDisabled, 0);
    CHECK_EQ(r.flags, 0);
    r = seL4_TCB_SetFlags(tcb, ~0ul, ~0ul);
    CHECK_EQ(r.error, seL4_NoError);
    CHECK_EQ(r.flags, seL4_TCBFlag_fpuDisabled); /* set wins, unknown bits are dropped */
}

TEST(tcb_flags_truncated, "tcb/flags-message-too-short", "10.1.7")
{
    struct raw m = { .label = TCBSetFlags, .length = 1 };

    FAILS(seL4_TruncatedMessage, TCBSetFlags, raw_call(tcb_new(), &m));
}

static seL4_Word fs_main(struct thread *self, seL4_Word a, seL4_Word b, seL4_Word c)
{
    (void)b, (void)c;
    seL4_Word before, after;

    __asm__ volatile("mov %%fs:0, %0" : "=r"(before));
    (void)seL4_TCB_SetTLSBase(self->tcb, a);
    __asm__ volatile("mov %%fs:0, %0" : "=r"(after));
    (void)seL4_TCB_SetTLSBase(self->tcb, before);
    self->value = after;
    return 0;
}

TEST(tcb_tls_self, "tcb/own-tls-base-changes-at-once", "10.3 TCB SetTLSBase")
{
    static seL4_Word block[2] = { 0x5a5a, 0 };
    struct thread *t = thread_run(PRIO_HIGH, fs_main, (seL4_Word)block, 0, 0);

    thread_join(t);
    CHECK_EQ(t->value, 0x5a5a);
}

TEST(tcb_tls_switch, "tcb/tls-base-follows-the-thread", "10.3 TCB SetTLSBase")
{
    struct thread *a = thread_run(PRIO_HIGH, wait_main, notification_new(), 0, 0);
    seL4_UserContext regs;

    thread_registers(a, &regs);
    CHECK_EQ(regs.fs_base, a->tls);
}
