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

/* Words of the two requests, up to and behind those that are a request's own. */
enum { ARG_INDEX, ARG_DEPTH, ARG_OWN, ARG_VECTOR = ARG_OWN + 4, ARG_COUNT };
/* The own ones: of the first request; the other's are bus, device, function, and a handle. */
enum { ARG_IOAPIC = ARG_OWN, ARG_PIN, ARG_LEVEL, ARG_POLARITY };

/*
 * The interface's VECTOR_MAX is 109; upstream's kernel, measured, accepts up to 107 and says so in
 * the range error.
 */
#define USER_VECTOR_MAX 107u

_Static_assert(IRQ_USER_FIRST + USER_VECTOR_MAX < ARCH_IRQ_COUNT, "each has a vector");

/* Its own words must be at most what max says, in their order. */
static enum inv_result range_check(struct inv *inv, const word_t *max, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (inv_arg(inv, ARG_OWN + i) > max[i])
            return inv_range(inv, 0, max[i]);
    return INV_OK;
}

static enum inv_result ioapic_check(struct inv *inv)
{
    word_t ioapic = inv_arg(inv, ARG_IOAPIC);
    word_t pins = ioapic < ioapic_count ? ioapic_pin_count((unsigned)ioapic) : 1;
    const word_t max[] = { ioapic_count - 1, pins - 1, 1, 1 };

    return range_check(inv, max, 4);
}

static enum inv_result msi_check(struct inv *inv)
{
    static const word_t max[] = { 255, 31, 7 }; /* the handle is not looked at */

    return range_check(inv, max, 3);
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
    if (inv_arg(inv, ARG_VECTOR) > USER_VECTOR_MAX)
        return inv_range(inv, 0, USER_VECTOR_MAX);
    unsigned irq = IRQ_USER_FIRST + (unsigned)inv_arg(inv, ARG_VECTOR);
    if (irq_is_issued(irq))
        return inv_revoke_first(inv);
    struct slot *dest = cspace_lookup_dest(inv, inv->extra[0], ARG_INDEX);
    if (dest == NULL)
        return INV_ERR;
    enum inv_result r = is_ioapic ? ioapic_check(inv) : msi_check(inv);
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
