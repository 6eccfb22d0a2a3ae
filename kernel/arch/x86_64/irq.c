/* SPDX-License-Identifier: BSD-2-Clause */
#include "arch_irq.h"

#include "arch.h"
#include "ioapic.h"
#include "lapic.h"
#include "pic.h"

enum irq_source { SOURCE_NONE = 0, SOURCE_PIC, SOURCE_IOAPIC, SOURCE_MSI };

struct irq_state {
    uint8_t source; /* enum irq_source [K] */
    uint8_t ioapic;
    uint8_t pin;
    bool is_level;
};

static struct irq_state irqs[ARCH_IRQ_COUNT]; /* whoever has a number has one of these */

void irq_init(void)
{
    if (ioapic_count > 0)
        return;
    for (unsigned i = 0; i < IRQ_PIC_COUNT; i++)
        irqs[i].source = SOURCE_PIC;
}

/*
 * Errors: illegal operation (the lines of the PIC are not in use); range; revoke first (the line
 * between the PICs is ours).
 */
enum inv_result arch_irq_check(struct inv *inv, word_t irq)
{
    if (ioapic_count != 0)
        return inv_illegal(inv);
    if (irq >= IRQ_PIC_COUNT)
        return inv_range(inv, 0, IRQ_PIC_COUNT - 1);
    return irq == PIC_CASCADE_LINE ? inv_revoke_first(inv) : INV_OK;
}

void arch_irq_set_ioapic(unsigned irq, unsigned ioapic, unsigned pin, bool is_level, bool is_low)
{
    irqs[irq] = (struct irq_state){ SOURCE_IOAPIC, (uint8_t)ioapic, (uint8_t)pin, is_level };
    ioapic_route(ioapic, pin, is_level, is_low, IRQ_VECTOR_BASE + irq, lapic_id());
    ioapic_mask(ioapic, pin, false);
}

void arch_irq_set_msi(unsigned irq)
{
    irqs[irq] = (struct irq_state){ .source = SOURCE_MSI };
}

void arch_irq_retire(unsigned irq)
{
    arch_irq_mask(irq, true);
    if (irqs[irq].source != SOURCE_PIC)
        irqs[irq].source = SOURCE_NONE;
}

void arch_irq_mask(unsigned irq, bool is_masked)
{
    const struct irq_state *s = &irqs[irq];

    if (s->source == SOURCE_IOAPIC)
        ioapic_mask(s->ioapic, s->pin, is_masked);
    else if (s->source == SOURCE_PIC)
        pic_mask(irq, is_masked);
}

bool arch_irq_eoi(unsigned irq)
{
    const struct irq_state *s = &irqs[irq];

    if (s->source == SOURCE_PIC) {
        if ((irq & 7) == 7 && !pic_in_service(irq)) {
            if (irq == 15)
                pic_eoi(PIC_CASCADE_LINE); /* the master did see one from the slave */
            return false;
        }
        pic_mask(irq, true);
        pic_eoi(irq);
        return true;
    }
    /* Masked before the end of interrupt: a level that is still up would come again at once. */
    if (s->source == SOURCE_IOAPIC && s->is_level)
        ioapic_mask(s->ioapic, s->pin, true);
    lapic_eoi();
    return s->source != SOURCE_NONE;
}

bool arch_irq_is_pending(void)
{
    if (lapic_pending())
        return true;
    return ioapic_count == 0 && pic_pending() != 0;
}
