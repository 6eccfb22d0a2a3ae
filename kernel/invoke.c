/* SPDX-License-Identifier: BSD-2-Clause */
#include "invoke.h"

#include "derive.h"
#include "message.h"
#include "perform.h"

word_t inv_arg(const struct inv *inv, unsigned i)
{
    return message_word(inv->caller, i);
}

void inv_ret(struct inv *inv, unsigned i, word_t value)
{
    if (inv->is_call && message_set_word(inv->caller, i, value) && i >= inv->ret_count)
        inv->ret_count = i + 1;
}

static enum inv_result refuse(struct inv *inv, uint8_t err, word_t a, word_t b)
{
    inv->err = err;
    inv->err_a = a;
    inv->err_b = b;
    return INV_ERR;
}

enum inv_result inv_truncated(struct inv *inv)
{
    return refuse(inv, ERR_TRUNCATED_MESSAGE, 0, 0);
}

enum inv_result inv_illegal(struct inv *inv)
{
    return refuse(inv, ERR_ILLEGAL_OPERATION, 0, 0);
}

enum inv_result inv_bad_arg(struct inv *inv, unsigned arg_index)
{
    return refuse(inv, ERR_INVALID_ARGUMENT, arg_index, 0);
}

enum inv_result inv_bad_cap(struct inv *inv, unsigned cap_index)
{
    return refuse(inv, ERR_INVALID_CAPABILITY, cap_index, 0);
}

enum inv_result inv_range(struct inv *inv, word_t low, word_t high)
{
    return refuse(inv, ERR_RANGE, low, high);
}

enum inv_result inv_alignment(struct inv *inv)
{
    return refuse(inv, ERR_ALIGNMENT, 0, 0);
}

enum inv_result inv_lookup(struct inv *inv, bool in_source, struct lookup_failure why)
{
    inv->lookup = why;
    inv->lookup_in_source = in_source;
    return refuse(inv, ERR_FAILED_LOOKUP, 0, 0);
}

enum inv_result inv_delete_first(struct inv *inv)
{
    return refuse(inv, ERR_DELETE_FIRST, 0, 0);
}

enum inv_result inv_revoke_first(struct inv *inv)
{
    return refuse(inv, ERR_REVOKE_FIRST, 0, 0);
}

enum inv_result inv_no_memory(struct inv *inv, word_t free_bytes)
{
    return refuse(inv, ERR_NOT_ENOUGH_MEMORY, free_bytes, 0);
}

enum inv_result inv_derive(struct inv *inv, const struct slot *src, struct cap c, struct cap *out)
{
    uint8_t err = slot_derive(src, c, out);

    return err == ERR_NONE ? INV_OK : refuse(inv, err, 0, 0);
}

enum inv_result inv_perform(struct inv *inv)
{
    switch (cap_type(inv->cap)) {
    case CAP_NULL:
    case CAP_ZOMBIE:
    case CAP_ENDPOINT: /* these three are messages, not requests: syscall.c */
    case CAP_NOTIFICATION:
    case CAP_REPLY:
        return inv_bad_cap(inv, 0);
    case CAP_UNTYPED:
        return untyped_perform(inv);
    case CAP_CNODE:
        return cnode_perform(inv);
    case CAP_TCB:
        return tcb_perform(inv);
    case CAP_SCHED_CONTEXT:
        return sched_context_perform(inv);
    case CAP_SCHED_CONTROL:
        return sched_control_perform(inv);
    case CAP_IRQ_CONTROL:
        return irq_control_perform(inv);
    case CAP_IRQ_HANDLER:
        return irq_handler_perform(inv);
    case CAP_DOMAIN:
        return domain_perform(inv);
    default:
        return arch_inv_perform(inv);
    }
}
