/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts as objects ("Interrupts" in "Hardware I/O"): who has the handler's capability says
 * which notification the interrupt signals, once until it is acknowledged.
 */
#include "spec.h"

/* What irq signals when it comes; a null capability: nothing. */
static struct spec_cap target(const struct spec *s, unsigned irq)
{
    struct spec_cap c = s->slot[s->irq[irq].slot];
    bool may = s->irq[irq].is_issued && c.type == SPEC_NOTIFICATION && c.rights & RIGHT_WRITE;

    return may ? c : (struct spec_cap){ 0 };
}

bool spec_interrupt_counts(struct spec *s, unsigned irq)
{
    struct spec_irq *at = &s->irq[irq];

    if (at->is_unanswered)
        at->has_come_again = true; /* that it has come is not lost: kernel/irq.h */
    return !at->is_unanswered && target(s, irq).type != SPEC_NULL;
}

void spec_deliver(struct spec *s, unsigned irq)
{
    struct spec_cap c = target(s, irq);

    if (c.type == SPEC_NULL)
        return;
    s->irq[irq].is_unanswered = true;
    spec_signal(s, c.object, c.badge);
}

/* seL4_IRQHandler_Ack */
static void acknowledge(struct spec *s, unsigned irq)
{
    bool has_come_again = s->irq[irq].has_come_again;

    s->irq[irq].is_unanswered = s->irq[irq].has_come_again = false;
    if (has_come_again)
        spec_deliver(s, irq);
}

/* seL4_IRQHandler_SetNotification */
static void set_notification(struct spec *s, struct spec_request *r, unsigned irq)
{
    if (r->extra_count < 1) {
        spec_refuse(r, ERR_TRUNCATED_MESSAGE);
        return;
    }
    struct spec_cap c = s->slot[r->extra[0]];

    if (c.type != SPEC_NOTIFICATION || !(c.rights & RIGHT_WRITE)) {
        spec_refuse_with(r, ERR_INVALID_CAPABILITY, 0);
        return;
    }
    spec_delete(s, s->irq[irq].slot);
    spec_insert(s, s->irq[irq].slot, r->extra[0], c);
}

void spec_handler_request(struct spec *s, struct spec_request *r)
{
    unsigned irq = (unsigned)s->slot[r->slot].where;

    switch (r->label) {
    case INV_IRQ_ACK_IRQ: acknowledge(s, irq); break;
    case INV_IRQ_SET_IRQ_HANDLER: set_notification(s, r, irq); break;
    case INV_IRQ_CLEAR_IRQ_HANDLER: spec_delete(s, s->irq[irq].slot); break;
    default: spec_refuse(r, ERR_ILLEGAL_OPERATION); break;
    }
}

/* seL4_IRQControl_Get */
void spec_irq_control_request(struct spec *s, struct spec_request *r)
{
    word_t irq = spec_arg(s, 0);

    if (r->label != INV_IRQ_ISSUE_IRQ_HANDLER) {
        spec_refuse(r, ERR_ILLEGAL_OPERATION);
        return;
    }
    if (r->length < 3 || r->extra_count < 1) {
        spec_refuse(r, ERR_TRUNCATED_MESSAGE);
        return;
    }
    if (irq >= SPEC_IRQS) {
        spec_refuse_range(r, 0, SPEC_IRQS - 1);
        return;
    }
    if (s->irq[irq].is_issued) {
        spec_refuse(r, ERR_REVOKE_FIRST);
        return;
    }
    name_t dest = spec_named_slot(s, r, false, s->slot[r->extra[0]], 1);

    if (dest == 0)
        return;
    if (s->slot[dest].type != SPEC_NULL) {
        spec_refuse(r, ERR_DELETE_FIRST);
        return;
    }
    s->irq[irq].is_issued = true;
    s->slot[dest] = (struct spec_cap){
        .type = SPEC_IRQ_HANDLER, .where = irq, .is_original = true, .parent = r->slot
    };
}

void spec_retire_irq(struct spec *s, unsigned irq)
{
    spec_delete(s, s->irq[irq].slot);
    s->irq[irq] = (struct spec_irq){ .slot = s->irq[irq].slot };
}
