/* SPDX-License-Identifier: BSD-2-Clause */
#include "fault.h"

#include "endpoint.h"
#include "klog.h"
#include "message.h"
#include "sched.h"
#include "schedctx.h"

bool fault_is_handler(struct cap c)
{
    if (cap_is(c, CAP_NULL))
        return true;
    return cap_is(c, CAP_ENDPOINT) && cap_has(c, RIGHT_WRITE) && cap_has(c, RIGHT_GRANT | RIGHT_GRANT_REPLY);
}

bool fault_has_handler(const struct tcb *t, enum tcb_slot slot)
{
    return cap_is(t->slots[slot].cap, CAP_ENDPOINT) && fault_is_handler(t->slots[slot].cap);
}

static void send(struct tcb *t, enum tcb_slot slot, bool can_donate)
{
    struct send_kind kind = { .is_call = true, .is_blocking = true, .can_donate = can_donate };

    endpoint_send(t, t->slots[slot].cap, &kind);
}

void fault_raise(struct tcb *t, const struct fault *f)
{
    if (fault_has_handler(t, TCB_FAULT_EP)) {
        t->fault = *f;
        send(t, TCB_FAULT_EP, t->sc != NULL);
        return;
    }
    if (IS_PRINTING)
        klog("fault without handler: thread %p type %u addr %lx code %lx ip %lx\n", (void *)t, f->type, f->addr, f->code,
             arch_get_ip(t));
    t->state = THREAD_INACTIVE;
    sched_stop(t);
}

void fault_timeout(struct tcb *t)
{
    t->fault = (struct fault){ .type = FAULT_TIMEOUT, .addr = t->sc->badge };
    send(t, TCB_TIMEOUT_EP, false);
}

void fault_cap(struct tcb *t, cptr_t address, bool in_recv, struct lookup_failure lookup)
{
    struct fault f = { .type = FAULT_CAP, .in_recv = in_recv, .lookup = lookup, .addr = address };

    arch_set_ip(t, arch_get_ip(t) - ARCH_SYSCALL_BYTES);
    fault_raise(t, &f);
}

unsigned fault_write_lookup(struct tcb *t, unsigned i, const struct lookup_failure *f)
{
    message_set_word(t, i++, f->type);
    if (f->type == LF_INVALID_ROOT)
        return i;
    message_set_word(t, i++, f->bits_left);
    if (f->type == LF_DEPTH_MISMATCH)
        message_set_word(t, i++, f->bits_found);
    if (f->type == LF_GUARD_MISMATCH) {
        message_set_word(t, i++, f->guard);
        message_set_word(t, i++, f->bits_found);
    }
    return i;
}

static unsigned write_cap_fault(const struct tcb *from, struct tcb *to)
{
    message_set_word(to, FAULT_CAP_MSG_IP, arch_get_ip(from));
    message_set_word(to, FAULT_CAP_MSG_ADDR, from->fault.addr);
    message_set_word(to, FAULT_CAP_MSG_IN_RECV_PHASE, from->fault.in_recv);
    return fault_write_lookup(to, FAULT_CAP_MSG_LOOKUP_FAILURE_TYPE, &from->fault.lookup);
}

static unsigned write_vm_fault(const struct tcb *from, struct tcb *to)
{
    message_set_word(to, FAULT_VM_MSG_IP, arch_get_ip(from));
    message_set_word(to, FAULT_VM_MSG_ADDR, from->fault.addr);
    message_set_word(to, FAULT_VM_MSG_PREFETCH_FAULT, from->fault.is_fetch);
    message_set_word(to, FAULT_VM_MSG_FSR, from->fault.code);
    return FAULT_VM_MSG_LENGTH;
}

static unsigned write_timeout(struct tcb *from, struct tcb *to)
{
    word_t consumed_us = from->sc != NULL ? sched_context_consumed_us(from->sc) : 0;

    message_set_word(to, FAULT_TIMEOUT_MSG_DATA, from->fault.addr);
    message_set_word(to, FAULT_TIMEOUT_MSG_CONSUMED, consumed_us);
    return FAULT_TIMEOUT_MSG_LENGTH;
}

static unsigned write_debug_exception(const struct tcb *from, struct tcb *to)
{
    message_set_word(to, FAULT_DEBUG_EXCEPTION_MSG_FAULT_IP, arch_get_ip(from));
    message_set_word(to, FAULT_DEBUG_EXCEPTION_MSG_EXCEPTION_REASON, from->fault.code);
    if (from->fault.code != DEBUG_DATA_BREAKPOINT && from->fault.code != DEBUG_INSTRUCTION_BREAKPOINT)
        return FAULT_DEBUG_EXCEPTION_MSG_TRIGGER_ADDRESS;
    message_set_word(to, FAULT_DEBUG_EXCEPTION_MSG_TRIGGER_ADDRESS, from->fault.addr);
    message_set_word(to, FAULT_DEBUG_EXCEPTION_MSG_BREAKPOINT_NUMBER, from->fault.breakpoint);
    return FAULT_DEBUG_EXCEPTION_MSG_LENGTH;
}

unsigned fault_write_message(struct tcb *sender, struct tcb *receiver)
{
    unsigned count;

    switch (sender->fault.type) {
    case FAULT_CAP:
        count = write_cap_fault(sender, receiver);
        break;
    case FAULT_VM:
        count = write_vm_fault(sender, receiver);
        break;
    case FAULT_TIMEOUT:
        count = write_timeout(sender, receiver);
        break;
    case FAULT_DEBUG_EXCEPTION:
        count = write_debug_exception(sender, receiver);
        break;
    default:
        count = arch_fault_words(sender->fault.type);
        if (receiver->ipc_buffer == NULL)
            count = MSG_REGS;
        for (unsigned i = 0; i < count && i < MSG_REGS; i++)
            arch_set_msg_reg(receiver, i, arch_fault_get(sender, sender->fault.type, i));
        for (unsigned i = MSG_REGS; i < count; i++)
            receiver->ipc_buffer[BUF_MSG + i] = arch_fault_get(sender, sender->fault.type, i);
        break;
    }
    return receiver->ipc_buffer != NULL || count < MSG_REGS ? count : MSG_REGS;
}

bool fault_answer(struct tcb *handler, struct tcb *t)
{
    unsigned type = t->fault.type;
    unsigned length = msg_length(arch_tag(handler));
    unsigned most;

    t->fault.type = FAULT_NULL;
    if (type == FAULT_CAP || type == FAULT_VM)
        return true;
    if (HAS_DEBUG_API && type == FAULT_DEBUG_EXCEPTION) {
        if (t->fault.code == DEBUG_SINGLE_STEP && length != 0)
            arch_set_single_step(t, message_word(handler, 0));
        return msg_label(arch_tag(handler)) == 0;
    }
    most = type == FAULT_TIMEOUT ? TIMEOUT_REPLY_LENGTH : arch_fault_words(type);
    if (length > most)
        length = most;
    if (type == FAULT_USER_EXCEPTION && length != 0) /* hardly ever more than where to go on */
        arch_set_ip(t, message_word(handler, FAULT_USER_EXCEPTION_MSG_FAULT_IP));
    for (unsigned i = type == FAULT_USER_EXCEPTION; i < length; i++)
        arch_fault_set(t, type, i, message_word(handler, i));
    return msg_label(arch_tag(handler)) == 0;
}
