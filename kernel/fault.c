/* SPDX-License-Identifier: BSD-2-Clause */
#include "fault.h"

#include "endpoint.h"
#include "klog.h"
#include "message.h"
#include "sched.h"
#include "schedctx.h"

bool fault_is_handler(struct cap c)
{
    return cap_is(c, CAP_NULL) || (c.w0 & CAP_CAN_CALL && cap_has(c, RIGHT_WRITE));
}

bool fault_has_handler(const struct tcb *t, enum tcb_slot slot)
{
    return t->slots[slot].cap.w0 & CAP_CAN_CALL;
}

static void send(struct tcb *t, enum tcb_slot slot, bool can_donate)
{
    struct send_kind kind = { .is_call = true, .is_blocking = true, .can_donate = can_donate };

    endpoint_send(t, t->slots[slot].cap, &kind);
}

void fault_raise(struct tcb *t, unsigned type)
{
    if (fault_has_handler(t, TCB_FAULT_EP)) {
        t->fault.type = (uint8_t)type;
        send(t, TCB_FAULT_EP, t->sc != NULL);
        return;
    }
    if (HAS_PRINTING)
        klog("fault without handler: thread %lx type %u addr %lx code %lx ip %lx\n", (word_t)t,
             type, t->fault.addr, t->fault.code, arch_get_ip(t));
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
    t->fault = (struct fault){ .in_recv = in_recv, .lookup = lookup, .addr = address };
    arch_repeat_call(t);
    fault_raise(t, FAULT_CAP);
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

APART RARE static unsigned write_cap_fault(const struct tcb *from, struct tcb *to)
{
    message_set_word(to, FAULT_CAP_MSG_IP, arch_get_ip(from));
    message_set_word(to, FAULT_CAP_MSG_ADDR, from->fault.addr);
    message_set_word(to, FAULT_CAP_MSG_IN_RECV_PHASE, from->fault.in_recv);
    return message_room(
        to, fault_write_lookup(to, FAULT_CAP_MSG_LOOKUP_FAILURE_TYPE, &from->fault.lookup));
}

static unsigned write_vm_fault(const struct tcb *from, struct tcb *to)
{
    arch_set_msg_reg(to, FAULT_VM_MSG_IP, arch_get_ip(from));
    arch_set_msg_reg(to, FAULT_VM_MSG_ADDR, from->fault.addr);
    arch_set_msg_reg(to, FAULT_VM_MSG_PREFETCH_FAULT, from->fault.is_fetch);
    arch_set_msg_reg(to, FAULT_VM_MSG_FSR, from->fault.code);
    return FAULT_VM_MSG_LENGTH;
}

static unsigned write_exception(const struct tcb *from, struct tcb *to)
{
    arch_set_msg_reg(to, FAULT_USER_EXCEPTION_MSG_FAULT_IP, arch_get_ip(from));
    arch_set_msg_reg(to, FAULT_USER_EXCEPTION_MSG_SP, arch_get_sp(from));
    arch_set_msg_reg(to, FAULT_USER_EXCEPTION_MSG_FLAGS, arch_get_flags(from));
    arch_set_msg_reg(to, FAULT_USER_EXCEPTION_MSG_NUMBER, from->fault.addr);
    return message_set_word(to, FAULT_USER_EXCEPTION_MSG_CODE, from->fault.code)
               ? FAULT_USER_EXCEPTION_MSG_LENGTH
               : FAULT_USER_EXCEPTION_MSG_CODE;
}

APART static unsigned write_syscall(const struct tcb *from, struct tcb *to)
{
    word_t first[MSG_REGS];

    arch_fault_read(from, 0, MSG_REGS, first);
    for (unsigned i = 0; i < MSG_REGS; i++)
        arch_set_msg_reg(to, i, first[i]);
    if (to->ipc_buffer != NULL)
        arch_fault_read(from, MSG_REGS, ARCH_SYSCALL_FAULT_WORDS, to->ipc_buffer);
    return message_room(to, ARCH_SYSCALL_FAULT_WORDS);
}

APART RARE static unsigned write_timeout(struct tcb *from, struct tcb *to)
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
    if (from->fault.code != DEBUG_DATA_BREAKPOINT &&
        from->fault.code != DEBUG_INSTRUCTION_BREAKPOINT)
        return FAULT_DEBUG_EXCEPTION_MSG_TRIGGER_ADDRESS;
    message_set_word(to, FAULT_DEBUG_EXCEPTION_MSG_TRIGGER_ADDRESS, from->fault.addr);
    message_set_word(to, FAULT_DEBUG_EXCEPTION_MSG_BREAKPOINT_NUMBER, from->fault.breakpoint);
    return FAULT_DEBUG_EXCEPTION_MSG_LENGTH;
}

unsigned fault_write_message(struct tcb *sender, struct tcb *receiver)
{
    switch (sender->fault.type) {
    case FAULT_UNKNOWN_SYSCALL: return write_syscall(sender, receiver);
    case FAULT_VM: return write_vm_fault(sender, receiver);
    case FAULT_USER_EXCEPTION: return write_exception(sender, receiver);
    case FAULT_CAP: return write_cap_fault(sender, receiver);
    case FAULT_TIMEOUT: return write_timeout(sender, receiver);
    default: return write_debug_exception(sender, receiver);
    }
}

/* t's registers become what the handler's message says. */
APART static void take_registers(const struct tcb *handler, struct tcb *t, unsigned type,
                                 unsigned count)
{
    word_t first[MSG_REGS];

    for (unsigned i = 0; i < MSG_REGS; i++)
        first[i] = arch_msg_reg(handler, i);
    arch_fault_write(t, type, 0, (unsigned)min_word(count, MSG_REGS), first);
    if (handler->ipc_source != NULL)
        arch_fault_write(t, type, MSG_REGS, count, handler->ipc_source);
}

bool fault_answer(struct tcb *handler, struct tcb *t)
{
    unsigned type = t->fault.type;
    unsigned length = arch_tag(handler) & MASK(7); /* more than there are registers: no matter */

    t->fault.type = FAULT_NULL;
    if (type == FAULT_CAP || type == FAULT_VM)
        return true;
    /* where to go on: hardly ever is there more */
    if (type == FAULT_USER_EXCEPTION && length == 1) {
        arch_set_ip(t, arch_msg_reg(handler, FAULT_USER_EXCEPTION_MSG_FAULT_IP));
    } else if (HAS_DEBUG_API && type == FAULT_DEBUG_EXCEPTION) {
        if (t->fault.code == DEBUG_SINGLE_STEP && length != 0)
            arch_set_single_step(t, arch_msg_reg(handler, 0));
    } else {
        take_registers(handler, t, type, length);
    }
    return msg_label(arch_tag(handler)) == 0;
}
