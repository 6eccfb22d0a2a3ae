/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts and I/O ports. */

#include "env.h"

/* ---- I/O ports ---- */

/* Ports nothing decodes on a PC: safe to touch. */
enum { QUIET = 0xe000, QUIET_LAST = 0xe00f };

static seL4_CPtr ports(seL4_Word first, seL4_Word last)
{
    seL4_CPtr slot = slot_new();

    WORKS(seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, first, last, CNODE, slot, DEPTH));
    return slot;
}

TEST(port_issue, "ioport/issue-and-use", "8.2.2")
{
    seL4_CPtr cap = ports(QUIET, QUIET_LAST);

    CHECK_EQ(seL4_X86_IOPort_In8(cap, QUIET).error, seL4_NoError);
    CHECK_EQ(seL4_X86_IOPort_In8(cap, QUIET).result, 0xff);
    CHECK_EQ(seL4_X86_IOPort_In16(cap, QUIET).result, 0xffff);
    CHECK_EQ(seL4_X86_IOPort_In32(cap, QUIET).result, 0xffffffff);
    WORKS(seL4_X86_IOPort_Out8(cap, QUIET, 1));
    WORKS(seL4_X86_IOPort_Out16(cap, QUIET, 1));
    WORKS(seL4_X86_IOPort_Out32(cap, QUIET, 1));
}

/* The CMOS clock's index and data ports answer on every PC. */
TEST(port_device, "ioport/reads-a-device", "8.2.2")
{
    seL4_CPtr cap = ports(0x70, 0x71);

    WORKS(seL4_X86_IOPort_Out8(cap, 0x70, 0x8d));           /* register D: battery valid */
    CHECK_EQ(seL4_X86_IOPort_In8(cap, 0x71).result & 0x80, 0x80);
}

TEST(port_twice, "ioport/ports-are-issued-once", "10.5 IOPortControl Issue")
{
    ports(QUIET, QUIET_LAST);
    FAILS(seL4_RevokeFirst, X86IOPortControlIssue,
          seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, QUIET, QUIET_LAST, CNODE, slot_new(), DEPTH));
    FAILS(seL4_RevokeFirst, X86IOPortControlIssue,
          seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, QUIET_LAST, QUIET_LAST + 1, CNODE, slot_new(), DEPTH));
    FAILS(seL4_RevokeFirst, X86IOPortControlIssue,
          seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, QUIET + 3, QUIET + 3, CNODE, slot_new(), DEPTH));
    ports(QUIET_LAST + 1, QUIET_LAST + 2);
}

TEST(port_again, "ioport/ports-can-be-issued-again-after-deletion", "10.5 IOPortControl Issue")
{
    seL4_CPtr cap = ports(QUIET, QUIET_LAST), copy = cap_copy(cap);

    cap_delete(cap);
    FAILS(seL4_RevokeFirst, X86IOPortControlIssue,
          seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, QUIET, QUIET, CNODE, slot_new(), DEPTH));
    cap_delete(copy);
    ports(QUIET, QUIET_LAST);
}

TEST(port_order, "ioport/last-before-first", "10.5 IOPortControl Issue")
{
    FAILS(seL4_InvalidArgument, X86IOPortControlIssue,
          seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, QUIET + 1, QUIET, CNODE, slot_new(), DEPTH));
    ARGUMENT_IS(1);
}

TEST(port_slot, "ioport/issue-into-a-bad-slot", "10.5 IOPortControl Issue")
{
    seL4_CPtr endpoint = endpoint_new();

    FAILS(seL4_DeleteFirst, X86IOPortControlIssue,
          seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, QUIET, QUIET, CNODE, endpoint, DEPTH));
    FAILS(seL4_FailedLookup, X86IOPortControlIssue,
          seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, QUIET, QUIET, endpoint, 0, DEPTH));
    LOOKUP_IS(0, seL4_InvalidRoot);
    FAILS(seL4_RangeError, X86IOPortControlIssue,
          seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, QUIET, QUIET, CNODE, slot_new(), 65));
    RANGE_IS(1, seL4_WordBits);
}

TEST(port_truncated, "ioport/messages-too-short", "10.1.7")
{
    seL4_CPtr cap = ports(QUIET, QUIET_LAST);
    struct raw m = { .label = X86IOPortControlIssue, .length = 3, .cap_count = 1, .caps = { CNODE } };

    FAILS(seL4_TruncatedMessage, X86IOPortControlIssue, raw_call(seL4_CapIOPortControl, &m));
    m.length = 4;
    m.cap_count = 0;
    FAILS(seL4_TruncatedMessage, X86IOPortControlIssue, raw_call(seL4_CapIOPortControl, &m));
    FAILS(seL4_TruncatedMessage, X86IOPortIn8, raw_label(cap, X86IOPortIn8));
    FAILS(seL4_TruncatedMessage, X86IOPortIn16, raw_label(cap, X86IOPortIn16));
    FAILS(seL4_TruncatedMessage, X86IOPortIn32, raw_label(cap, X86IOPortIn32));
    m = (struct raw){ .label = X86IOPortOut8, .length = 1, .words = { QUIET } };
    FAILS(seL4_TruncatedMessage, X86IOPortOut8, raw_call(cap, &m));
    m.label = X86IOPortOut16;
    FAILS(seL4_TruncatedMessage, X86IOPortOut16, raw_call(cap, &m));
    m.label = X86IOPortOut32;
    FAILS(seL4_TruncatedMessage, X86IOPortOut32, raw_call(cap, &m));
}

/* The last bytes of a wide access must be covered as well. */
TEST(port_bounds, "ioport/access-outside-the-range", "10.5 IOPort")
{
    seL4_CPtr cap = ports(QUIET, QUIET_LAST);

    FAILS(seL4_IllegalOperation, X86IOPortIn8, seL4_X86_IOPort_In8(cap, QUIET - 1).error);
    FAILS(seL4_IllegalOperation, X86IOPortIn8, seL4_X86_IOPort_In8(cap, QUIET_LAST + 1).error);
    FAILS(seL4_IllegalOperation, X86IOPortIn16, seL4_X86_IOPort_In16(cap, QUIET_LAST).error);
    FAILS(seL4_IllegalOperation, X86IOPortIn32, seL4_X86_IOPort_In32(cap, QUIET_LAST - 2).error);
    FAILS(seL4_IllegalOperation, X86IOPortOut8, seL4_X86_IOPort_Out8(cap, QUIET - 1, 0));
    FAILS(seL4_IllegalOperation, X86IOPortOut16, seL4_X86_IOPort_Out16(cap, QUIET_LAST, 0));
    FAILS(seL4_IllegalOperation, X86IOPortOut32, seL4_X86_IOPort_Out32(cap, QUIET_LAST - 2, 0));
    CHECK_EQ(seL4_X86_IOPort_In32(cap, QUIET_LAST - 3).error, seL4_NoError);
}

/* ---- interrupts ---- */

/* The header's VECTOR_MAX is 109; what the kernel accepts ends at 107. */
enum { IRQ_FREE = 20, VECTOR = 40, VECTOR_LAST = 107 };

static seL4_CPtr msi_handler(seL4_Word vector)
{
    seL4_CPtr slot = slot_new();

    WORKS(seL4_IRQControl_GetMSI(seL4_CapIRQControl, CNODE, slot, DEPTH, 0, 0, 0, 0, vector));
    return slot;
}

TEST(irq_get, "irq/plain-get-is-not-for-this-platform", "8.2.1")
{
    /* With an I/O APIC, handlers come from GetIOAPIC and GetMSI. */
    FAILS(seL4_IllegalOperation, IRQIssueIRQHandler,
          seL4_IRQControl_Get(seL4_CapIRQControl, 1, CNODE, slot_new(), DEPTH));
}

TEST(irq_msi, "irq/msi-handler", "8.2.1")
{
    seL4_CPtr handler = msi_handler(VECTOR);

    WORKS(seL4_IRQHandler_Ack(handler));
    WORKS(seL4_IRQHandler_SetNotification(handler, notification_new()));
    WORKS(seL4_IRQHandler_Clear(handler));
}

TEST(irq_msi_range, "irq/msi-argument-ranges", "10.5 IRQControl GetMSI")
{
    seL4_CPtr slot = slot_new();

    FAILS(seL4_RangeError, X86IRQIssueIRQHandlerMSI,
          seL4_IRQControl_GetMSI(seL4_CapIRQControl, CNODE, slot, DEPTH, 256, 0, 0, 0, VECTOR));
    RANGE_IS(0, 255);
    FAILS(seL4_RangeError, X86IRQIssueIRQHandlerMSI,
          seL4_IRQControl_GetMSI(seL4_CapIRQControl, CNODE, slot, DEPTH, 0, 32, 0, 0, VECTOR));
    RANGE_IS(0, 31);
    FAILS(seL4_RangeError, X86IRQIssueIRQHandlerMSI,
          seL4_IRQControl_GetMSI(seL4_CapIRQControl, CNODE, slot, DEPTH, 0, 0, 8, 0, VECTOR));
    RANGE_IS(0, 7);
    FAILS(seL4_RangeError, X86IRQIssueIRQHandlerMSI,
          seL4_IRQControl_GetMSI(seL4_CapIRQControl, CNODE, slot, DEPTH, 0, 0, 0, 0, VECTOR_LAST + 1));
    RANGE_IS(0, VECTOR_LAST);
    WORKS(seL4_IRQControl_GetMSI(seL4_CapIRQControl, CNODE, slot, DEPTH, 0, 0, 0, 0, VECTOR_LAST));
}

TEST(irq_msi_twice, "irq/vector-is-issued-once", "10.5 IRQControl GetMSI")
{
    seL4_CPtr handler = msi_handler(VECTOR), copy = cap_copy(handler);

    FAILS(seL4_RevokeFirst, X86IRQIssueIRQHandlerMSI,
          seL4_IRQControl_GetMSI(seL4_CapIRQControl, CNODE, slot_new(), DEPTH, 0, 0, 0, 0, VECTOR));
    FAILS(seL4_RevokeFirst, X86IRQIssueIRQHandlerIOAPIC,
          seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, CNODE, slot_new(), DEPTH, 0, IRQ_FREE, 0, 0, VECTOR));
    cap_delete(handler);
    FAILS(seL4_RevokeFirst, X86IRQIssueIRQHandlerMSI,
          seL4_IRQControl_GetMSI(seL4_CapIRQControl, CNODE, slot_new(), DEPTH, 0, 0, 0, 0, VECTOR));
    cap_delete(copy);
    msi_handler(VECTOR);
}

TEST(irq_slot, "irq/issue-into-a-bad-slot", "10.5 IRQControl GetMSI")
{
    seL4_CPtr endpoint = endpoint_new();

    FAILS(seL4_DeleteFirst, X86IRQIssueIRQHandlerMSI,
          seL4_IRQControl_GetMSI(seL4_CapIRQControl, CNODE, endpoint, DEPTH, 0, 0, 0, 0, VECTOR));
    FAILS(seL4_FailedLookup, X86IRQIssueIRQHandlerMSI,
          seL4_IRQControl_GetMSI(seL4_CapIRQControl, endpoint, 0, DEPTH, 0, 0, 0, 0, VECTOR));
    LOOKUP_IS(0, seL4_InvalidRoot);
    FAILS(seL4_DeleteFirst, X86IRQIssueIRQHandlerIOAPIC,
          seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, CNODE, endpoint, DEPTH, 0, IRQ_FREE, 0, 0, VECTOR));
    FAILS(seL4_FailedLookup, X86IRQIssueIRQHandlerIOAPIC,
          seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, endpoint, 0, DEPTH, 0, IRQ_FREE, 0, 0, VECTOR));
    FAILS(seL4_RangeError, X86IRQIssueIRQHandlerIOAPIC,
          seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, CNODE, slot_new(), 65, 0, IRQ_FREE, 0, 0, VECTOR));
}

TEST(irq_ioapic_range, "irq/ioapic-argument-ranges", "10.5 IRQControl GetIOAPIC")
{
    seL4_CPtr slot = slot_new();

    FAILS(seL4_RangeError, X86IRQIssueIRQHandlerIOAPIC,
          seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, CNODE, slot, DEPTH, 1, IRQ_FREE, 0, 0, VECTOR));
    RANGE_IS(0, 0);
    FAILS(seL4_RangeError, X86IRQIssueIRQHandlerIOAPIC,
          seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, CNODE, slot, DEPTH, 0, 24, 0, 0, VECTOR));
    RANGE_IS(0, 23);
    FAILS(seL4_RangeError, X86IRQIssueIRQHandlerIOAPIC,
          seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, CNODE, slot, DEPTH, 0, IRQ_FREE, 2, 0, VECTOR));
    RANGE_IS(0, 1);
    FAILS(seL4_RangeError, X86IRQIssueIRQHandlerIOAPIC,
          seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, CNODE, slot, DEPTH, 0, IRQ_FREE, 0, 2, VECTOR));
    RANGE_IS(0, 1);
    FAILS(seL4_RangeError, X86IRQIssueIRQHandlerIOAPIC,
          seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, CNODE, slot, DEPTH, 0, IRQ_FREE, 0, 0, VECTOR_LAST + 1));
    RANGE_IS(0, VECTOR_LAST);
    WORKS(seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, CNODE, slot, DEPTH, 0, IRQ_FREE, 0, 0, VECTOR));
}

TEST(irq_truncated, "irq/messages-too-short", "10.1.7")
{
    struct raw m = { .label = X86IRQIssueIRQHandlerMSI, .length = 6, .cap_count = 1, .caps = { CNODE } };
    seL4_CPtr handler = msi_handler(VECTOR);

    FAILS(seL4_TruncatedMessage, X86IRQIssueIRQHandlerMSI, raw_call(seL4_CapIRQControl, &m));
    m.label = X86IRQIssueIRQHandlerIOAPIC;
    FAILS(seL4_TruncatedMessage, X86IRQIssueIRQHandlerIOAPIC, raw_call(seL4_CapIRQControl, &m));
    m.length = 7;
    m.cap_count = 0;
    FAILS(seL4_TruncatedMessage, X86IRQIssueIRQHandlerIOAPIC, raw_call(seL4_CapIRQControl, &m));
    FAILS(seL4_TruncatedMessage, IRQSetIRQHandler, raw_label(handler, IRQSetIRQHandler));
}

TEST(irq_notification_errors, "irq/notification-errors", "10.3 IRQHandler SetNotification")
{
    seL4_CPtr handler = msi_handler(VECTOR), ntfn = notification_new();

    FAILS(seL4_InvalidCapability, IRQSetIRQHandler, seL4_IRQHandler_SetNotification(handler, endpoint_new()));
    ARGUMENT_IS(0);
    FAILS(seL4_InvalidCapability, IRQSetIRQHandler,
          seL4_IRQHandler_SetNotification(handler, cap_mint(ntfn, seL4_CanRead, 0)));
    WORKS(seL4_IRQHandler_SetNotification(handler, ntfn));
    WORKS(seL4_IRQHandler_SetNotification(handler, ntfn));
}

/* The programmable interval timer's line is pin 2 of the I/O APIC; one shot of channel 0 raises it once. */
struct pit {
    seL4_CPtr ports, handler, ntfn;
};

static struct pit pit_setup(void)
{
    struct pit p = { .ports = ports(0x40, 0x43), .handler = slot_new(), .ntfn = notification_new() };

    WORKS(seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, CNODE, p.handler, DEPTH, 0, 2, 0, 0, VECTOR));
    return p;
}

static void pit_fire(const struct pit *p)
{
    WORKS(seL4_X86_IOPort_Out8(p->ports, 0x43, 0x30));      /* channel 0, both bytes, mode 0 */
    WORKS(seL4_X86_IOPort_Out8(p->ports, 0x40, 0x00));
    WORKS(seL4_X86_IOPort_Out8(p->ports, 0x40, 0x01));      /* 256 ticks of 838 ns */
}

/* A few milliseconds: a thread above us uses up its budget. */
static void let_time_pass(void)
{
    struct thread *hog = thread_new_passive(PRIO_HIGH);

    WORKS(seL4_SchedContext_Bind(sc_new(3 * MS, 1000 * MS), hog->tcb));
    thread_start(hog, count_forever, 0, 0, 0);
    WORKS(seL4_TCB_Suspend(hog->tcb));
}

TEST(irq_delivery, "irq/interrupt-signals-the-notification", "8.1")
{
    struct pit p = pit_setup();
    seL4_Word badge;

    WORKS(seL4_IRQHandler_SetNotification(p.handler, cap_mint(p.ntfn, seL4_AllRights, 0x40)));
    WORKS(seL4_IRQHandler_Ack(p.handler));
    for (unsigned i = 0; i < 3; i++) {
        pit_fire(&p);
        seL4_Wait(p.ntfn, &badge);
        CHECK_EQ(badge, 0x40);
        WORKS(seL4_IRQHandler_Ack(p.handler));
    }
}

TEST(irq_masked_until_ack, "irq/no-second-interrupt-before-the-acknowledgement", "8.1")
{
    struct pit p = pit_setup();
    seL4_Word badge;

    WORKS(seL4_IRQHandler_SetNotification(p.handler, cap_mint(p.ntfn, seL4_AllRights, 0x40)));
    WORKS(seL4_IRQHandler_Ack(p.handler));
    pit_fire(&p);
    seL4_Wait(p.ntfn, &badge);
    pit_fire(&p);
    let_time_pass();
    seL4_Poll(p.ntfn, &badge);
    CHECK_EQ(badge, 0);
}

TEST(irq_cleared, "irq/cleared-handler-signals-nothing", "8.1")
{
    struct pit p = pit_setup();
    seL4_Word badge;

    WORKS(seL4_IRQHandler_SetNotification(p.handler, cap_mint(p.ntfn, seL4_AllRights, 0x40)));
    WORKS(seL4_IRQHandler_Clear(p.handler));
    WORKS(seL4_IRQHandler_Ack(p.handler));
    pit_fire(&p);
    let_time_pass();
    seL4_Poll(p.ntfn, &badge);
    CHECK_EQ(badge, 0);
}

static seL4_Word count_until_signal_main(struct thread *self, seL4_Word ntfn, seL4_Word counter, seL4_Word c)
{
    volatile seL4_Word *seen = (volatile seL4_Word *)counter;

    (void)c;
    seL4_Wait(ntfn, NULL);
    self->value = *seen;        /* how far the one below had come */
    self->step++;
    return 0;
}

TEST(irq_wakes_thread, "irq/interrupt-wakes-a-higher-thread-at-once", "8.1")
{
    struct pit p = pit_setup();
    static volatile seL4_Word counter;
    struct thread *t = thread_run(PRIO_HIGH, count_until_signal_main, p.ntfn, (seL4_Word)&counter, 0);

    WORKS(seL4_IRQHandler_SetNotification(p.handler, cap_mint(p.ntfn, seL4_AllRights, 0x40)));
    WORKS(seL4_IRQHandler_Ack(p.handler));
    counter = 0;
    pit_fire(&p);
    while (t->step == 0) {
        counter++;              /* without any system call */
    }
    CHECK_EQ(t->value, counter - (counter != t->value));
}

TEST(irq_handler_deleted, "irq/deleted-handler-signals-nothing", "3.2")
{
    struct pit p = pit_setup();
    seL4_Word badge;

    WORKS(seL4_IRQHandler_SetNotification(p.handler, cap_mint(p.ntfn, seL4_AllRights, 0x40)));
    WORKS(seL4_IRQHandler_Ack(p.handler));
    cap_delete(p.handler);
    pit_fire(&p);
    let_time_pass();
    seL4_Poll(p.ntfn, &badge);
    CHECK_EQ(badge, 0);
}

TEST(irq_notification_deleted, "irq/deleted-notification", "3.2")
{
    struct pit p = pit_setup();

    WORKS(seL4_IRQHandler_SetNotification(p.handler, p.ntfn));
    WORKS(seL4_IRQHandler_Ack(p.handler));
    cap_delete(p.ntfn);
    pit_fire(&p);
    let_time_pass();
}
