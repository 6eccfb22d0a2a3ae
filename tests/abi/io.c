/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts and I/O ports. */

#include "env.h"
#include <myelin/extension.h>

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

    WORKS(seL4_X86_IOPort_Out8(cap, 0x70, 0x8d)); /* register D: battery valid */
    CHECK_EQ(seL4_X86_IOPort_In8(cap, 0x71).result & 0x80, 0x80);
}

TEST(port_twice, "ioport/ports-are-issued-once", "10.5 IOPortControl Issue")
{
    ports(QUIET, QUIET_LAST);
    FAILS(seL4_RevokeFirst, X86IOPortControlIssue,
          seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, QUIET, QUIET_LAST, CNODE, slot_new(),
                                       DEPTH));
    FAILS(seL4_RevokeFirst, X86IOPortControlIssue,
          seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, QUIET_LAST, QUIET_LAST + 1, CNODE,
                                       slot_new(), DEPTH));
    FAILS(seL4_RevokeFirst, X86IOPortControlIssue,
          seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, QUIET + 3, QUIET + 3, CNODE,
                                       slot_new(), DEPTH));
    ports(QUIET_LAST + 1, QUIET_LAST + 2);
}

TEST(port_again, "ioport/ports-can-be-issued-again-after-deletion", "10.5 IOPortControl Issue")
{
    seL4_CPtr cap = ports(QUIET, QUIET_LAST), copy = cap_copy(cap);

    cap_delete(cap);
    FAILS(seL4_RevokeFirst, X86IOPortControlIssue,
          seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, QUIET, QUIET, CNODE, slot_new(),
                                       DEPTH));
    cap_delete(copy);
    ports(QUIET, QUIET_LAST);
}

/* Ports would otherwise be gone for good with the CNode that held their last capability. */
TEST(port_in_cnode, "ioport/free-again-when-their-cnode-is-deleted", "3.2")
{
    seL4_CPtr cnode = cnode_new(2), copy = cap_copy(cnode), cap = ports(QUIET, QUIET_LAST);

    WORKS(seL4_CNode_Move(cnode, 1, 2, CNODE, cap, DEPTH));
    cap_delete(cnode);
    FAILS(seL4_RevokeFirst, X86IOPortControlIssue,
          seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, QUIET, QUIET, CNODE, slot_new(),
                                       DEPTH));
    cap_delete(copy);
    ports(QUIET, QUIET_LAST);
}

TEST(port_order, "ioport/last-before-first", "10.5 IOPortControl Issue")
{
    FAILS(seL4_InvalidArgument, X86IOPortControlIssue,
          seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, QUIET + 1, QUIET, CNODE, slot_new(),
                                       DEPTH));
    ARGUMENT_IS(1);
}

TEST(port_slot, "ioport/issue-into-a-bad-slot", "10.5 IOPortControl Issue")
{
    seL4_CPtr endpoint = endpoint_new();

    FAILS(
        seL4_DeleteFirst, X86IOPortControlIssue,
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
    struct raw m = {
        .label = X86IOPortControlIssue, .length = 3, .cap_count = 1, .caps = { CNODE }
    };

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

/*
 * Handlers come from an I/O APIC's pins and from messages, or, on a machine that uses the PIC, from
 * its sixteen lines. What does not depend on where they come from is tried on both machines.
 *
 * The header's VECTOR_MAX is 109; what the kernel accepts ends at 107.
 */
enum {
    IRQ_FREE = 20,
    VECTOR = 40,
    VECTOR_LAST = 107,
    LINE_CASCADE = 2,
    LINE_FREE = 5,
    LINE_LAST = 15
};

static void needs_ioapic(void)
{
    if (machine_has_pic()) {
        test_skip("needs an I/O APIC");
    }
}

static void needs_pic(void)
{
    if (!machine_has_pic()) {
        test_skip("needs a machine that uses the PIC");
    }
}

static seL4_CPtr msi_handler(seL4_Word vector)
{
    seL4_CPtr slot = slot_new();

    WORKS(seL4_IRQControl_GetMSI(seL4_CapIRQControl, CNODE, slot, DEPTH, 0, 0, 0, 0, vector));
    return slot;
}

static seL4_CPtr line_handler(seL4_Word line)
{
    seL4_CPtr slot = slot_new();

    WORKS(seL4_IRQControl_Get(seL4_CapIRQControl, line, CNODE, slot, DEPTH));
    return slot;
}

/* A handler of an interrupt that does not come. */
static seL4_CPtr quiet_handler(void)
{
    return machine_has_pic() ? line_handler(LINE_FREE) : msi_handler(VECTOR);
}

TEST(irq_get, "irq/plain-get-is-not-for-an-io-apic", "10.3 IRQControl Get")
{
    needs_ioapic();
    FAILS(seL4_IllegalOperation, IRQIssueIRQHandler,
          seL4_IRQControl_Get(seL4_CapIRQControl, 1, CNODE, slot_new(), DEPTH));
}

TEST(irq_only_lines, "irq/only-plain-get-without-an-io-apic", "10.5 IRQControl GetIOAPIC")
{
    struct raw m = { .label = X86IRQIssueIRQHandlerMSI };

    needs_pic();
    FAILS(seL4_IllegalOperation, X86IRQIssueIRQHandlerIOAPIC,
          seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, CNODE, slot_new(), DEPTH, 0, LINE_FREE, 0,
                                    0, VECTOR));
    FAILS(seL4_IllegalOperation, X86IRQIssueIRQHandlerMSI,
          seL4_IRQControl_GetMSI(seL4_CapIRQControl, CNODE, slot_new(), DEPTH, 0, 0, 0, 0, VECTOR));
    /* That comes before anything else. */
    FAILS(seL4_IllegalOperation, X86IRQIssueIRQHandlerMSI, raw_call(seL4_CapIRQControl, &m));
    m.label = X86IRQIssueIRQHandlerIOAPIC;
    FAILS(seL4_IllegalOperation, X86IRQIssueIRQHandlerIOAPIC, raw_call(seL4_CapIRQControl, &m));
}

static const char *line_name(unsigned variant)
{
    static char name[16];

    rt_snprintf(name, sizeof(name), "line-%u", variant);
    return name;
}

/* A line that cannot be issued, or not again, would leave its device without a driver. */
TEST_VARIANTS(irq_line, "irq/line-is-issued-once", "10.3 IRQControl Get", LINE_LAST + 1, line_name)
{
    needs_pic();
    /* through which the second PIC speaks: the kernel's own */
    if (variant == LINE_CASCADE) {
        FAILS(seL4_RevokeFirst, IRQIssueIRQHandler,
              seL4_IRQControl_Get(seL4_CapIRQControl, variant, CNODE, slot_new(), DEPTH));
        return;
    }
    seL4_CPtr handler = line_handler(variant), copy = cap_copy(handler);

    WORKS(seL4_IRQHandler_Ack(handler));
    FAILS(seL4_RevokeFirst, IRQIssueIRQHandler,
          seL4_IRQControl_Get(seL4_CapIRQControl, variant, CNODE, slot_new(), DEPTH));
    cap_delete(handler);
    FAILS(seL4_RevokeFirst, IRQIssueIRQHandler,
          seL4_IRQControl_Get(seL4_CapIRQControl, variant, CNODE, slot_new(), DEPTH));
    cap_delete(copy);
    handler = line_handler(variant);
    cap_revoke(seL4_CapIRQControl);
    CHECK(slot_is_empty(handler));
    line_handler(variant);
}

TEST(irq_line_range, "irq/line-range", "10.3 IRQControl Get")
{
    static const seL4_Word bad[] = { LINE_LAST + 1, VECTOR, 256, 1ul << 32, ~0ul };

    needs_pic();
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        FAILS(seL4_RangeError, IRQIssueIRQHandler,
              seL4_IRQControl_Get(seL4_CapIRQControl, bad[i], CNODE, slot_new(), DEPTH));
        RANGE_IS(0, LINE_LAST);
    }
}

TEST(irq_line_slot, "irq/line-into-a-bad-slot", "10.3 IRQControl Get")
{
    needs_pic();
    seL4_CPtr endpoint = endpoint_new();

    FAILS(seL4_DeleteFirst, IRQIssueIRQHandler,
          seL4_IRQControl_Get(seL4_CapIRQControl, LINE_FREE, CNODE, endpoint, DEPTH));
    FAILS(seL4_FailedLookup, IRQIssueIRQHandler,
          seL4_IRQControl_Get(seL4_CapIRQControl, LINE_FREE, endpoint, 0, DEPTH));
    LOOKUP_IS(0, seL4_InvalidRoot);
    FAILS(seL4_RangeError, IRQIssueIRQHandler,
          seL4_IRQControl_Get(seL4_CapIRQControl, LINE_FREE, CNODE, slot_new(), 65));
    RANGE_IS(1, seL4_WordBits);
    line_handler(LINE_FREE); /* none of that has issued it */
}

TEST(irq_line_order, "irq/order-of-errors-of-a-line", "10.3 IRQControl Get")
{
    needs_pic();
    struct raw m = {
        .label = IRQIssueIRQHandler, .length = 2, .cap_count = 1, .caps = { CNODE }, .words = { 99 }
    };
    seL4_CPtr endpoint = endpoint_new();

    FAILS(seL4_TruncatedMessage, IRQIssueIRQHandler, raw_call(seL4_CapIRQControl, &m));
    m.length = 3;
    m.cap_count = 0;
    FAILS(seL4_TruncatedMessage, IRQIssueIRQHandler, raw_call(seL4_CapIRQControl, &m));
    FAILS(seL4_RangeError, IRQIssueIRQHandler,
          seL4_IRQControl_Get(seL4_CapIRQControl, 99, endpoint, 0, 65));
    line_handler(LINE_FREE);
    FAILS(seL4_RevokeFirst, IRQIssueIRQHandler,
          seL4_IRQControl_Get(seL4_CapIRQControl, LINE_FREE, endpoint, 0, 65));
}

TEST(irq_msi, "irq/msi-handler", "8.2.1")
{
    needs_ioapic();
    seL4_CPtr handler = msi_handler(VECTOR);

    WORKS(seL4_IRQHandler_Ack(handler));
    WORKS(seL4_IRQHandler_SetNotification(handler, notification_new()));
    WORKS(seL4_IRQHandler_Clear(handler));
}

TEST(irq_msi_range, "irq/msi-argument-ranges", "10.5 IRQControl GetMSI")
{
    needs_ioapic();
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
          seL4_IRQControl_GetMSI(seL4_CapIRQControl, CNODE, slot, DEPTH, 0, 0, 0, 0,
                                 VECTOR_LAST + 1));
    RANGE_IS(0, VECTOR_LAST);
    WORKS(seL4_IRQControl_GetMSI(seL4_CapIRQControl, CNODE, slot, DEPTH, 0, 0, 0, 0, VECTOR_LAST));
}

TEST(irq_msi_twice, "irq/vector-is-issued-once", "10.5 IRQControl GetMSI")
{
    needs_ioapic();
    seL4_CPtr handler = msi_handler(VECTOR), copy = cap_copy(handler);

    FAILS(seL4_RevokeFirst, X86IRQIssueIRQHandlerMSI,
          seL4_IRQControl_GetMSI(seL4_CapIRQControl, CNODE, slot_new(), DEPTH, 0, 0, 0, 0, VECTOR));
    FAILS(seL4_RevokeFirst, X86IRQIssueIRQHandlerIOAPIC,
          seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, CNODE, slot_new(), DEPTH, 0, IRQ_FREE, 0, 0,
                                    VECTOR));
    cap_delete(handler);
    FAILS(seL4_RevokeFirst, X86IRQIssueIRQHandlerMSI,
          seL4_IRQControl_GetMSI(seL4_CapIRQControl, CNODE, slot_new(), DEPTH, 0, 0, 0, 0, VECTOR));
    cap_delete(copy);
    msi_handler(VECTOR);
}

TEST(irq_slot, "irq/issue-into-a-bad-slot", "10.5 IRQControl GetMSI")
{
    needs_ioapic();
    seL4_CPtr endpoint = endpoint_new();

    FAILS(seL4_DeleteFirst, X86IRQIssueIRQHandlerMSI,
          seL4_IRQControl_GetMSI(seL4_CapIRQControl, CNODE, endpoint, DEPTH, 0, 0, 0, 0, VECTOR));
    FAILS(seL4_FailedLookup, X86IRQIssueIRQHandlerMSI,
          seL4_IRQControl_GetMSI(seL4_CapIRQControl, endpoint, 0, DEPTH, 0, 0, 0, 0, VECTOR));
    LOOKUP_IS(0, seL4_InvalidRoot);
    FAILS(seL4_DeleteFirst, X86IRQIssueIRQHandlerIOAPIC,
          seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, CNODE, endpoint, DEPTH, 0, IRQ_FREE, 0, 0,
                                    VECTOR));
    FAILS(seL4_FailedLookup, X86IRQIssueIRQHandlerIOAPIC,
          seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, endpoint, 0, DEPTH, 0, IRQ_FREE, 0, 0,
                                    VECTOR));
    FAILS(seL4_RangeError, X86IRQIssueIRQHandlerIOAPIC,
          seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, CNODE, slot_new(), 65, 0, IRQ_FREE, 0, 0,
                                    VECTOR));
}

TEST(irq_ioapic_range, "irq/ioapic-argument-ranges", "10.5 IRQControl GetIOAPIC")
{
    needs_ioapic();
    seL4_CPtr slot = slot_new();

    FAILS(seL4_RangeError, X86IRQIssueIRQHandlerIOAPIC,
          seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, CNODE, slot, DEPTH, 1, IRQ_FREE, 0, 0,
                                    VECTOR));
    RANGE_IS(0, 0);
    FAILS(seL4_RangeError, X86IRQIssueIRQHandlerIOAPIC,
          seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, CNODE, slot, DEPTH, 0, 24, 0, 0, VECTOR));
    RANGE_IS(0, 23);
    FAILS(seL4_RangeError, X86IRQIssueIRQHandlerIOAPIC,
          seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, CNODE, slot, DEPTH, 0, IRQ_FREE, 2, 0,
                                    VECTOR));
    RANGE_IS(0, 1);
    FAILS(seL4_RangeError, X86IRQIssueIRQHandlerIOAPIC,
          seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, CNODE, slot, DEPTH, 0, IRQ_FREE, 0, 2,
                                    VECTOR));
    RANGE_IS(0, 1);
    FAILS(seL4_RangeError, X86IRQIssueIRQHandlerIOAPIC,
          seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, CNODE, slot, DEPTH, 0, IRQ_FREE, 0, 0,
                                    VECTOR_LAST + 1));
    RANGE_IS(0, VECTOR_LAST);
    WORKS(seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, CNODE, slot, DEPTH, 0, IRQ_FREE, 0, 0,
                                    VECTOR));
}

TEST(irq_truncated, "irq/messages-too-short", "10.1.7")
{
    needs_ioapic();
    struct raw m = {
        .label = X86IRQIssueIRQHandlerMSI, .length = 6, .cap_count = 1, .caps = { CNODE }
    };

    FAILS(seL4_TruncatedMessage, X86IRQIssueIRQHandlerMSI, raw_call(seL4_CapIRQControl, &m));
    m.label = X86IRQIssueIRQHandlerIOAPIC;
    FAILS(seL4_TruncatedMessage, X86IRQIssueIRQHandlerIOAPIC, raw_call(seL4_CapIRQControl, &m));
    m.length = 7;
    m.cap_count = 0;
    FAILS(seL4_TruncatedMessage, X86IRQIssueIRQHandlerIOAPIC, raw_call(seL4_CapIRQControl, &m));
}

TEST(irq_notification_errors, "irq/notification-errors", "10.3 IRQHandler SetNotification")
{
    seL4_CPtr handler = quiet_handler(), ntfn = notification_new();

    FAILS(seL4_TruncatedMessage, IRQSetIRQHandler, raw_label(handler, IRQSetIRQHandler));
    FAILS(seL4_InvalidCapability, IRQSetIRQHandler,
          seL4_IRQHandler_SetNotification(handler, endpoint_new()));
    ARGUMENT_IS(0);
    FAILS(seL4_InvalidCapability, IRQSetIRQHandler,
          seL4_IRQHandler_SetNotification(handler, cap_mint(ntfn, seL4_CanRead, 0)));
    WORKS(seL4_IRQHandler_SetNotification(handler, ntfn));
    WORKS(seL4_IRQHandler_SetNotification(handler, ntfn));
}

/* The handler of an ISA line, which is edge-triggered unless said otherwise, in a slot. */
static void issue_line(seL4_CPtr slot, seL4_Word line, bool is_level)
{
    enum { ELCR = 0x4d0, TIMER_PIN = 2 };

    if (!machine_has_pic()) {
        WORKS(seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, CNODE, slot, DEPTH, 0,
                                        line ? line : TIMER_PIN, is_level, 0, VECTOR));
        return;
    }
    WORKS(seL4_IRQControl_Get(seL4_CapIRQControl, line, CNODE, slot, DEPTH));
    /* of the others, the first three can't be level-triggered, and we use no more */
    if (line >= 8) {
        seL4_CPtr elcr = ports(ELCR + 1, ELCR + 1);
        seL4_Word bit = 1ul << (line - 8), old = seL4_X86_IOPort_In8(elcr, ELCR + 1).result;

        WORKS(seL4_X86_IOPort_Out8(elcr, ELCR + 1, is_level ? old | bit : old & ~bit));
        cap_delete(elcr);
    }
}

/* The programmable interval timer has line 0; one shot of channel 0 raises it once. */
struct pit {
    seL4_CPtr ports, handler, ntfn;
};

static struct pit pit_setup(void)
{
    struct pit p = { .ports = ports(0x40, 0x43),
                     .handler = slot_new(),
                     .ntfn = notification_new() };

    issue_line(p.handler, 0, false);
    return p;
}

static void pit_fire(const struct pit *p)
{
    WORKS(seL4_X86_IOPort_Out8(p->ports, 0x43, 0x30)); /* channel 0, both bytes, mode 0 */
    WORKS(seL4_X86_IOPort_Out8(p->ports, 0x40, 0x00));
    WORKS(seL4_X86_IOPort_Out8(p->ports, 0x40, 0x01)); /* 256 ticks of 838 ns */
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

/* One interrupt is taken, and the next comes before that one is acknowledged. The badge is 0x40. */
static void pit_fire_twice(const struct pit *p)
{
    WORKS(seL4_IRQHandler_SetNotification(p->handler, cap_mint(p->ntfn, seL4_AllRights, 0x40)));
    WORKS(seL4_IRQHandler_Ack(p->handler));
    pit_fire(p);
    seL4_Wait(p->ntfn, NULL);
    pit_fire(p);
    let_time_pass();
}

TEST(irq_masked_until_ack, "irq/no-second-interrupt-before-the-acknowledgement", "8.1")
{
    struct pit p = pit_setup();
    seL4_Word badge;

    pit_fire_twice(&p);
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

static seL4_Word count_until_signal_main(struct thread *self, seL4_Word ntfn, seL4_Word counter,
                                         seL4_Word c)
{
    volatile seL4_Word *seen = (volatile seL4_Word *)counter;

    (void)c;
    seL4_Wait(ntfn, NULL);
    self->value = *seen; /* how far the one below had come */
    self->step++;
    return 0;
}

TEST(irq_wakes_thread, "irq/interrupt-wakes-a-higher-thread-at-once", "8.1")
{
    struct pit p = pit_setup();
    static volatile seL4_Word counter;
    struct thread *t =
        thread_run(PRIO_HIGH, count_until_signal_main, p.ntfn, (seL4_Word)&counter, 0);

    WORKS(seL4_IRQHandler_SetNotification(p.handler, cap_mint(p.ntfn, seL4_AllRights, 0x40)));
    WORKS(seL4_IRQHandler_Ack(p.handler));
    counter = 0;
    pit_fire(&p);
    while (t->step == 0) {
        counter++; /* without any system call */
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

/* Else what was deleted in the middle of an interrupt would take it along for good. */
TEST(irq_issued_again, "irq/issued-again-after-deletion-it-delivers", "8.1")
{
    struct pit p = pit_setup();
    seL4_Word badge;

    for (unsigned i = 0; i < 3; i++) {
        WORKS(seL4_IRQHandler_SetNotification(p.handler, cap_mint(p.ntfn, seL4_AllRights, 0x40)));
        WORKS(seL4_IRQHandler_Ack(p.handler));
        pit_fire(&p);
        seL4_Wait(p.ntfn, &badge);
        CHECK_EQ(badge, 0x40);
        cap_delete(p.handler); /* which has not acknowledged it */
        issue_line(p.handler, 0, false);
    }
}

TEST(irq_not_lost, "irq/interrupt-before-the-acknowledgement-comes-after-it", "8.1")
{
    struct pit p = pit_setup();
    seL4_Word badge;

    if (!machine_has_pic() && !myelin_version(boot)) {
        test_skip("an I/O APIC loses it, unless the kernel does without masking");
    }
    pit_fire_twice(&p);
    WORKS(seL4_IRQHandler_Ack(p.handler));
    seL4_Wait(p.ntfn, &badge);
    CHECK_EQ(badge, 0x40);
}

/* ---- a handler and its notification, destroyed while an interrupt is on its way ---- */

enum { QUIESCENT, PENDING, TAKEN, AWAITED, BOUND, NO_NOTIFICATION, IRQ_STATES };
enum { HANDLER, NOTIFICATION, WAITER, HANDLER_IN_CNODE, OTHER_NOTIFICATION, IRQ_VICTIMS };

static const char *irq_life_name(unsigned variant)
{
    static const char *const states[] = { "quiet",   "pending",       "taken",
                                          "awaited", "awaited-bound", "without-notification" };
    static const char *const victims[] = { "handler", "notification", "waiter",
                                           "handler-in-a-cnode", "notification-replaced" };
    static char name[64];

    rt_snprintf(name, sizeof(name), "%s/%s", victims[variant % IRQ_VICTIMS],
                states[variant / IRQ_VICTIMS]);
    return name;
}

static seL4_Word wait_main(struct thread *self, seL4_Word source, seL4_Word b, seL4_Word c)
{
    (void)b, (void)c;
    seL4_Wait(source, NULL);
    self->step++;
    return 0;
}

TEST_VARIANTS(irq_life, "irq/destroyed", "8.1", IRQ_STATES *IRQ_VICTIMS, irq_life_name)
{
    unsigned state = variant / IRQ_VICTIMS, victim = variant % IRQ_VICTIMS;
    struct pit p = pit_setup();
    struct thread *t = thread_new(PRIO_HIGH);
    seL4_CPtr endpoint = endpoint_new(), cnode = cnode_new(1);

    WORKS(seL4_IRQHandler_Ack(p.handler));
    if (state != NO_NOTIFICATION) {
        WORKS(seL4_IRQHandler_SetNotification(p.handler, p.ntfn));
    }
    if (state == BOUND) {
        WORKS(seL4_TCB_BindNotification(t->tcb, p.ntfn));
    }
    if (state == AWAITED || state == BOUND) {
        thread_start(t, wait_main, state == BOUND ? endpoint : p.ntfn, 0, 0);
    } else if (state != QUIESCENT) {
        pit_fire(&p);
        let_time_pass();
    }
    if (state == TAKEN) {
        seL4_Wait(p.ntfn, NULL);
    }
    switch (victim) {
    case HANDLER: cap_delete(p.handler); break;
    case NOTIFICATION:
        cap_revoke(p.ntfn); /* the handler has a copy */
        cap_delete(p.ntfn);
        break;
    case WAITER: cap_delete(t->tcb); break;
    case HANDLER_IN_CNODE:
        WORKS(seL4_CNode_Move(cnode, 0, 1, CNODE, p.handler, DEPTH));
        cap_delete(cnode);
        break;
    case OTHER_NOTIFICATION:
        WORKS(seL4_IRQHandler_SetNotification(p.handler, notification_new()));
        cap_delete(p.ntfn);
        break;
    }
    pit_fire(&p);
    let_time_pass();
    settle();
    if (victim == HANDLER || victim == HANDLER_IN_CNODE) {
        CHECK_EQ(t->step, 0); /* nothing came any more */
        issue_line(p.handler, 0, false);
    }
    seL4_CPtr ntfn = notification_new(); /* and now it works as ever */
    WORKS(seL4_IRQHandler_SetNotification(p.handler, ntfn));
    WORKS(seL4_IRQHandler_Ack(p.handler));
    let_time_pass();
    seL4_Poll(ntfn, NULL);
    WORKS(seL4_IRQHandler_Ack(p.handler));
    pit_fire(&p);
    seL4_Wait(ntfn, NULL);
}

/*
 * The mouse's line is up from when its controller has a byte until the byte is read. The controller
 * can be told to take one of ours for the mouse's, at once.
 */
struct mouse {
    seL4_CPtr ports, handler, ntfn;
};

enum { MOUSE_LINE = 12, MOUSE_DATA = 0x60, MOUSE_COMMAND = 0x64 };

static void mouse_read(const struct mouse *m)
{
    CHECK_EQ(seL4_X86_IOPort_In8(m->ports, MOUSE_DATA).error, seL4_NoError);
}

static void mouse_raise(const struct mouse *m)
{
    /* the next byte is the mouse's */
    WORKS(seL4_X86_IOPort_Out8(m->ports, MOUSE_COMMAND, 0xd3));
    WORKS(seL4_X86_IOPort_Out8(m->ports, MOUSE_DATA, 0x55));
}

static struct mouse mouse_setup(bool is_level)
{
    struct mouse m = { .ports = ports(MOUSE_DATA, MOUSE_COMMAND),
                       .handler = slot_new(),
                       .ntfn = notification_new() };

    issue_line(m.handler, MOUSE_LINE, is_level);
    /* the next byte is for the controller: */
    WORKS(seL4_X86_IOPort_Out8(m.ports, MOUSE_COMMAND, 0x60));
    WORKS(seL4_X86_IOPort_Out8(m.ports, MOUSE_DATA, 0x02)); /* the mouse interrupts */
    mouse_read(&m);
    WORKS(seL4_IRQHandler_SetNotification(m.handler, cap_mint(m.ntfn, seL4_AllRights, 0x80)));
    WORKS(seL4_IRQHandler_Ack(m.handler));
    return m;
}

static seL4_Word poll_badge(seL4_CPtr ntfn)
{
    seL4_Word badge = 0;

    seL4_Poll(ntfn, &badge);
    return badge;
}

/* A driver that serves one request of two would otherwise never hear of the second. */
TEST(irq_level, "irq/level-triggered-line-interrupts-until-the-device-is-served", "8.1")
{
    struct mouse m = mouse_setup(true);

    for (unsigned i = 0; i < 3; i++) {
        mouse_raise(&m);
        for (unsigned again = 0; again < 3; again++) {
            CHECK_EQ(poll_badge(m.ntfn), 0x80);
            CHECK_EQ(poll_badge(m.ntfn), 0); /* once until it is acknowledged */
            WORKS(seL4_IRQHandler_Ack(m.handler));
        }
        CHECK_EQ(poll_badge(m.ntfn), 0x80);
        mouse_read(&m);
        WORKS(seL4_IRQHandler_Ack(m.handler));
        CHECK_EQ(poll_badge(m.ntfn), 0);
    }
}

TEST(irq_edge, "irq/edge-triggered-line-interrupts-once", "8.1")
{
    struct mouse m = mouse_setup(false);

    for (unsigned i = 0; i < 3; i++) {
        mouse_raise(&m);
        CHECK_EQ(poll_badge(m.ntfn), 0x80);
        WORKS(seL4_IRQHandler_Ack(m.handler));
        CHECK_EQ(poll_badge(m.ntfn), 0);
        mouse_read(&m);
        CHECK_EQ(poll_badge(m.ntfn), 0);
    }
}

/*
 * A level that stays up for a driver that is gone would otherwise keep the processor from doing
 * anything else.
 */
TEST(irq_level_deleted, "irq/level-triggered-line-without-a-handler", "8.1")
{
    struct mouse m = mouse_setup(true);

    cap_delete(m.handler);
    mouse_raise(&m);
    let_time_pass();
    CHECK_EQ(poll_badge(m.ntfn), 0);
    issue_line(m.handler, MOUSE_LINE, true);
    mouse_read(&m);
}

TEST(irq_level_cleared, "irq/level-triggered-line-without-a-notification", "8.1")
{
    struct mouse m = mouse_setup(true);

    WORKS(seL4_IRQHandler_Clear(m.handler));
    mouse_raise(&m);
    let_time_pass();
    WORKS(seL4_IRQHandler_SetNotification(m.handler, cap_mint(m.ntfn, seL4_AllRights, 0x80)));
    CHECK_EQ(poll_badge(m.ntfn), 0);
    WORKS(seL4_IRQHandler_Ack(m.handler));
    CHECK_EQ(poll_badge(m.ntfn), 0x80);
    mouse_read(&m);
}

/*
 * The second PIC asks, and when the first one lets it speak it has nothing to say any more: that is
 * a spurious interrupt 15. Not ended at the first PIC, it would silence all of the second's lines.
 * (Upstream's kernel signals 15's handler.)
 */
TEST(irq_spurious, "irq/spurious-interrupt-does-no-harm", "8.1")
{
    enum { FIRST = 0x21, SECOND = 0xa1, CASCADE = 1 << 2, ALL = 0xff };

    needs_pic();
    struct mouse m = mouse_setup(false);
    seL4_CPtr first = ports(FIRST, FIRST), second = ports(SECOND, SECOND),
              handler15 = line_handler(15);
    seL4_Word mask1 = seL4_X86_IOPort_In8(first, FIRST).result,
              mask2 = seL4_X86_IOPort_In8(second, SECOND).result;

    WORKS(seL4_IRQHandler_SetNotification(handler15, notification_new()));
    WORKS(seL4_IRQHandler_Ack(handler15));
    CHECK_EQ(mask1 & CASCADE, 0);
    WORKS(seL4_X86_IOPort_Out8(first, FIRST, mask1 | CASCADE));
    mouse_raise(&m);
    WORKS(seL4_X86_IOPort_Out8(second, SECOND, ALL));
    WORKS(seL4_X86_IOPort_Out8(first, FIRST, mask1));
    let_time_pass();
    CHECK_EQ(poll_badge(m.ntfn), 0);
    WORKS(seL4_X86_IOPort_Out8(second, SECOND, mask2));
    CHECK_EQ(poll_badge(m.ntfn), 0x80);
    mouse_read(&m);
    WORKS(seL4_IRQHandler_Ack(m.handler));
    mouse_raise(&m);
    CHECK_EQ(poll_badge(m.ntfn), 0x80);
    mouse_read(&m);
}

/* The HPET, where it can send messages: the only device of the test machine that does. */
TEST(irq_message, "irq/message-signals-the-notification", "8.2.1")
{
    enum { BASE = 0xfed00000, CAN_SEND = 1 << 15, SEND = 1 << 14, INTERRUPT = 1 << 2 };
    enum {
        ENABLE = 0x10 / 8,
        COUNTER = 0xf0 / 8,
        CONFIG = 0x100 / 8,
        COMPARE = 0x108 / 8,
        MESSAGE = 0x110 / 8
    };
    volatile seL4_Word *hpet = (volatile seL4_Word *)FREE_VADDR;
    seL4_CPtr frame = slot_new(), ntfn = notification_new();
    seL4_Word badge;

    needs_ioapic();
    for (seL4_CPtr c = boot->untyped.start; c < boot->untyped.end; c++) {
        if (boot->untypedList[c - boot->untyped.start].paddr == BASE) {
            WORKS(seL4_Untyped_Retype(c, seL4_X86_4K, 0, CNODE, 0, 0, frame, 1));
        }
    }
    if (slot_is_empty(frame)) {
        test_skip("no HPET's registers");
    }
    vspace_add_tables(VSPACE, FREE_VADDR);
    WORKS(seL4_X86_Page_Map(frame, VSPACE, FREE_VADDR, seL4_ReadWrite, seL4_X86_CacheDisabled));
    if (!(hpet[CONFIG] & CAN_SEND)) {
        test_skip("the HPET sends no messages");
    }
    seL4_CPtr handler = msi_handler(VECTOR);
    WORKS(seL4_IRQHandler_SetNotification(handler, cap_mint(ntfn, seL4_AllRights, 0x40)));
    for (unsigned i = 0; i < 3; i++) {
        hpet[ENABLE] = 0;
        hpet[COUNTER] = 0;
        hpet[MESSAGE] = 0xfee00000ul << 32 | (IRQ_OFFSET + VECTOR); /* to the first core */
        hpet[CONFIG] = SEND | INTERRUPT;
        hpet[COMPARE] = 1000;
        hpet[ENABLE] = 1;
        seL4_Wait(ntfn, &badge);
        CHECK_EQ(badge, 0x40);
        WORKS(seL4_IRQHandler_Ack(handler));
    }
    hpet[CONFIG] = 0;
    hpet[ENABLE] = 0;
}
