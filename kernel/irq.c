/* SPDX-License-Identifier: BSD-2-Clause */
#include "irq_priv.h"

#include "cspace.h"
#include "derive.h"
#include "fastpath.h"
#include "perform.h"
#include "notification.h"

struct slot irq_slots[IRQ_SLOTS];
bool irq_issued[IRQ_SLOTS], irq_unanswered[IRQ_SLOTS], irq_again[IRQ_SLOTS];

bool irq_is_issued(word_t irq)
{
    return irq_issued[arch_index(irq, IRQ_SLOTS)];
}

void irq_issue(word_t irq, struct slot *dest, struct slot *control)
{
    irq_issued[irq] = true;
    irq_unanswered[irq] = false;
    irq_again[irq] = false;
    slot_insert(dest, cap_make(CAP_IRQ_HANDLER, 0, 0, irq), control, true);
}

bool irq_retire(word_t irq)
{
    arch_irq_retire((unsigned)irq);
    if (!slot_delete_step(&irq_slots[irq]))
        return false;
    irq_issued[irq] = false;
    return true;
}

/* The notification that irq is to signal now; NULL: none, and all that is to be done has been. */
static inline struct notification *irq_accept(unsigned irq, word_t *badge)
{
    struct cap c = irq_slots[irq].cap;

    if (irq_unanswered[irq]) {
        irq_again[irq] = true;
        return NULL;
    }
    if (!irq_issued[irq])
        arch_irq_mask(irq, true);
    if (!irq_issued[irq] || !(c.w0 & CAP_CAN_SIGNAL))
        return NULL;
    *badge = c.w1;
    return cap_ptr(c);
}

void irq_deliver(unsigned irq)
{
    word_t badge;
    struct notification *n = irq_accept(irq, &badge);

    if (n == NULL)
        return;
    irq_unanswered[irq] = true;
    notification_signal(n, badge);
}

bool irq_deliver_fast(unsigned irq)
{
    struct cpu *cpu = this_cpu();
    word_t badge;
    struct notification *n = irq_accept(irq, &badge);

    if (n == NULL)
        return true;
    if (fastpath_is_off || fastpath_notify(cpu->current, n, badge) == NULL)
        return false;
    irq_unanswered[irq] = true;
    return true;
}

/* The handler has dealt with it: the next one may come, or has come already. */
static void acknowledge(unsigned irq)
{
    bool again = irq_again[irq];

    irq_unanswered[irq] = false;
    irq_again[irq] = false;
    arch_irq_mask(irq, false);
    if (again)
        irq_deliver(irq);
}

/* Errors: truncated message; invalid capability (no notification to signal). */
RARE static enum inv_result set_notification(struct inv *inv, word_t irq)
{
    struct cap c = inv->extra[0]->cap;
    if (!cap_is(c, CAP_NOTIFICATION) || !cap_has(c, RIGHT_WRITE))
        return inv_bad_cap(inv, 0);
    if (slot_delete(&irq_slots[irq]) == INV_PREEMPTED)
        return INV_PREEMPTED;
    slot_insert(&irq_slots[irq], c, inv->extra[0], false);
    return INV_OK;
}

/* Errors: illegal operation (not a handler's label), then the operation's own. */
enum inv_result irq_handler_perform(struct inv *inv)
{
    word_t irq = inv->cap.w1;

    switch (inv->label) {
    case INV_IRQ_ACK_IRQ: acknowledge((unsigned)irq); return INV_OK;
    case INV_IRQ_SET_IRQ_HANDLER: return set_notification(inv, irq);
    case INV_IRQ_CLEAR_IRQ_HANDLER: return slot_delete(&irq_slots[irq]);
    default: return inv_illegal(inv);
    }
}

/*
 * Errors: truncated message; the architecture's (none to be had); revoke first (issued); those of
 * the destination.
 */
static enum inv_result get(struct inv *inv)
{
    enum inv_result r = arch_irq_check(inv, inv_arg(inv, 0));
    if (r != INV_OK)
        return r;
    if (irq_is_issued(inv_arg(inv, 0)))
        return inv_revoke_first(inv);
    struct slot *dest = cspace_lookup_dest(inv, inv->extra[0], 1);
    if (dest == NULL)
        return INV_ERR;
    irq_issue(inv_arg(inv, 0), dest, inv->slot);
    return INV_OK;
}

/* Errors: get()'s; other labels are the architecture's. */
enum inv_result irq_control_perform(struct inv *inv)
{
    return inv->label == INV_IRQ_ISSUE_IRQ_HANDLER ? get(inv) : arch_irq_control_perform(inv);
}
