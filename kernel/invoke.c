/* SPDX-License-Identifier: BSD-2-Clause */
#include "invoke.h"

#include "derive.h"
#include "message.h"
#include "perform.h"

void inv_ret(struct inv *inv, unsigned i, word_t value)
{
    if (inv->is_call && message_set_word(inv->caller, i, value) && i >= inv->ret_count)
        inv->ret_count = i + 1;
}

enum inv_result inv_derive(struct inv *inv, const struct slot *src, struct cap c, struct cap *out)
{
    uint8_t err = slot_derive(src, c, out);

    return err == ERR_NONE ? INV_OK : inv_refuse(inv, err, 0, 0);
}

APART enum inv_result inv_perform(struct inv *inv)
{
    if (inv_lacks(inv))
        return inv_truncated(inv);
    switch (cap_type(inv->cap)) {
    case CAP_NULL:
    case CAP_ZOMBIE: return inv_bad_cap(inv, 0);
    case CAP_UNTYPED: return untyped_perform(inv);
    case CAP_CNODE: return cnode_perform(inv);
    case CAP_TCB: return tcb_perform(inv);
    case CAP_SCHED_CONTEXT: return sched_context_perform(inv);
    case CAP_SCHED_CONTROL: return sched_control_perform(inv);
    case CAP_IRQ_CONTROL: return irq_control_perform(inv);
    case CAP_IRQ_HANDLER: return irq_handler_perform(inv);
    case CAP_DOMAIN: return domain_perform(inv);
    default: return arch_inv_perform(inv);
    }
}
