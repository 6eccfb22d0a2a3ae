/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupt handlers for I/O APIC pins and for messages (MSI): the user chooses the vector,
 * 0..USER_VECTOR_MAX, which is interrupt IRQ_USER_FIRST + vector of the interface (manual,
 * "Interrupts" under x86-specific I/O).
 */
#include "arch.h"
#include "cspace.h"
#include "ioapic.h"
#include "arch_irq.h"

#include "irq.h"

/* Words of the two requests; index and depth come first in both. */
enum { ARG_INDEX, ARG_DEPTH, ARG_IOAPIC, ARG_PIN, ARG_LEVEL, ARG_POLARITY, ARG_VECTOR, ARG_COUNT };
/* and a handle, which is not looked at */
enum { ARG_BUS = ARG_DEPTH + 1, ARG_DEVICE, ARG_FUNCTION };

/*
 * The interface's VECTOR_MAX is 109; upstream's kernel, measured, accepts up to 107 and says so in
 * the range error.
 */
#define USER_VECTOR_MAX 107u

#define PCI_BUS_MAX 255u
#define PCI_DEVICE_MAX 31u
#define PCI_FUNCTION_MAX 7u

/* Word i must be at most max. */
static enum inv_result range_check(struct inv *inv, unsigned i, word_t max)
{
    return inv_arg(inv, i) > max ? inv_range(inv, 0, max) : INV_OK;
}

static enum inv_result ioapic_check(struct inv *inv)
{
    enum inv_result r = range_check(inv, ARG_IOAPIC, ioapic_count - 1);

    if (r == INV_OK)
        r = range_check(inv, ARG_PIN, ioapic_pin_count((unsigned)inv_arg(inv, ARG_IOAPIC)) - 1);
    if (r == INV_OK)
        r = range_check(inv, ARG_LEVEL, 1);
    if (r == INV_OK)
        r = range_check(inv, ARG_POLARITY, 1);
    return r;
}

static enum inv_result msi_check(struct inv *inv)
{
    enum inv_result r = range_check(inv, ARG_BUS, PCI_BUS_MAX);

    if (r == INV_OK)
        r = range_check(inv, ARG_DEVICE, PCI_DEVICE_MAX);
    if (r == INV_OK)
        r = range_check(inv, ARG_FUNCTION, PCI_FUNCTION_MAX);
    return r;
}

/*
 * Errors, in this order: illegal operation (label; without an I/O APIC, as upstream's kernel for
 * the PIC does, any), truncated message, range (vector), revoke first (the vector has a handler),
 * those of cspace_lookup_dest(), range (I/O APIC, pin, level, polarity; or bus, device, function).
 */
enum inv_result arch_irq_control_perform(struct inv *inv)
{
    bool is_ioapic = inv->label == INV_X86_IRQ_ISSUE_IRQ_HANDLER_IOAPIC;

    if (ioapic_count == 0 || (!is_ioapic && inv->label != INV_X86_IRQ_ISSUE_IRQ_HANDLER_MSI))
        return inv_illegal(inv);
    if (inv->length < ARG_COUNT || inv->extra_count < 1)
        return inv_truncated(inv);
    enum inv_result r = range_check(inv, ARG_VECTOR, USER_VECTOR_MAX);
    if (r != INV_OK)
        return r;
    unsigned irq = IRQ_USER_FIRST + (unsigned)inv_arg(inv, ARG_VECTOR);
    if (irq_is_issued(irq))
        return inv_revoke_first(inv);
    struct slot *dest = cspace_lookup_dest(inv, inv->extra[0], ARG_INDEX);
    if (dest == NULL)
        return INV_ERR;
    r = is_ioapic ? ioapic_check(inv) : msi_check(inv);
    if (r != INV_OK)
        return r;
    if (is_ioapic)
        arch_irq_set_ioapic(irq, (unsigned)inv_arg(inv, ARG_IOAPIC),
                            (unsigned)inv_arg(inv, ARG_PIN), inv_arg(inv, ARG_LEVEL) != 0,
                            inv_arg(inv, ARG_POLARITY) != 0);
    else
        arch_irq_set_msi(irq);
    irq_issue(irq, dest, inv->slot);
    return INV_OK;
}
