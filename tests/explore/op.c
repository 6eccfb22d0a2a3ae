/* SPDX-License-Identifier: BSD-2-Clause */
#include "search.h"

#include <stdio.h>

#include "cases.h"
#include "compare.h"
#include "irq.h"
#include "take.h"

bool op_is_possible(const struct op *op)
{
    if (op->kind == OP_TIME || op->kind == OP_INTERRUPT)
        return true;
    if (current() == this_cpu()->idle || (!op->is_for_all && current() == thread(W_TCB)))
        return false;
    /* who has lost its address space finds its next instruction missing */
    return op->kind == OP_FAULT || arch_space_is_valid(&current()->space);
}

static bool is_extended(const struct op *op)
{
    return op->number < SYS_YIELD;
}

void op_prepare(const struct op *op)
{
    struct tcb *t = current();

    if (op->kind != OP_SYSTEM_CALL && op->kind != OP_REQUEST)
        return;
    t->ctx.cap = op->cap;
    t->ctx.tag =
        op->kind == OP_REQUEST ? msg_make(op->label, 0, op->r.extra_count, op->r.length) : op->tag;
    t->ctx.reply = op->reply;
    t->ctx.send = op->cap;
    t->ctx.ip = USER_IP + ARCH_SYSCALL_BYTES;
    for (unsigned i = 0; i < MSG_REGS; i++)
        t->ctx.msg[i] = op->r.arg[i];
    for (unsigned i = MSG_REGS; i < op->r.length && t->ipc_buffer != NULL; i++)
        t->ipc_buffer[i - MSG_REGS] = op->r.arg[i];
    for (unsigned i = 0; i < op->r.extra_count && t->ipc_buffer != NULL; i++)
        t->ipc_buffer[BUF_CAPS + i] = op->r.extra[i];
    if (op->kind == OP_SYSTEM_CALL && is_extended(op)) {
        t->ctx.other[0] = MYELIN_NATIVE;
        t->ctx.other[1] = op->wait == 0 ? TIMER_OFF : host.now + op->wait;
    }
}

void op_do(const struct op *op)
{
    op_prepare(op);
    switch (op->kind) {
    case OP_SYSTEM_CALL: entry_syscall(op->number); break;
    case OP_REQUEST: entry_syscall(SYS_CALL); break;
    case OP_FAULT: entry_fault(FAULT_VM, 0x1000, 4, false); break;
    case OP_EXCEPTION: entry_fault(FAULT_USER_EXCEPTION, 6, 0, false); break;
    case OP_TIME: pass_us((word_t)op->number); break;
    case OP_INTERRUPT: entry_irq((unsigned)op->number); break;
    }
}

bool op_do_fast(const struct op *op)
{
    if (op->kind != OP_SYSTEM_CALL)
        return false;
    op_prepare(op);
    return fast_enter(current(), op->number);
}

bool op_is_specified(const struct op *op, struct spec_event *e)
{
    *e = (struct spec_event){ .kind = SPEC_SYSTEM_CALL, .number = op->number };
    switch (op->kind) {
    case OP_SYSTEM_CALL: return true;
    case OP_REQUEST: e->number = SYS_CALL; return true;
    case OP_FAULT:
        e->kind = SPEC_FAULT;
        e->fault = (struct spec_fault){ .type = FAULT_VM, .addr = 0x1000, .code = 4 };
        return true;
    case OP_EXCEPTION:
        e->kind = SPEC_FAULT;
        e->fault = (struct spec_fault){ .type = FAULT_USER_EXCEPTION, .addr = 6 };
        return true;
    case OP_TIME:
        e->kind = SPEC_TIME;
        e->ticks = (word_t)op->number * HOST_TICKS_PER_US;
        e->has_timer = host.now + e->ticks >= host.deadline;
        return true;
    case OP_INTERRUPT: /* the fast path does not look at the clock */
        e->kind = SPEC_INTERRUPT;
        e->irq = (unsigned)op->number;
        return !irq_is_issued((word_t)op->number) || take_is_quiet();
    default: return false;
    }
}

/* --- as C --- */

static void show_slot(cptr_t slot)
{
    static const char *const names[] = {
        [W_NULL] = "W_NULL",
        [W_ROOT] = "W_ROOT",
        [W_TCB] = "W_TCB",
        [W_SC] = "W_SC",
        [W_SPACE] = "W_SPACE",
        [W_FRAME] = "W_FRAME",
        [W_IRQ] = "W_IRQ",
        [W_SCHED] = "W_SCHED",
        [W_DOMAIN] = "W_DOMAIN",
        [W_UNTYPED] = "W_UNTYPED",
        [EP] = "EP",
        [EP2] = "EP2",
        [NTFN] = "NTFN",
        [REPLY] = "REPLY",
        [REPLY2] = "REPLY2",
        [REPLY3] = "REPLY3",
        [T1] = "T1",
        [T2] = "T2",
        [T3] = "T3",
        [SPARE_SC] = "SPARE_SC",
    };

    if (slot < sizeof(names) / sizeof(names[0]) && names[slot] != NULL)
        printf("%s", names[slot]);
    else if (slot >= FREE)
        printf("FREE + %lu", slot - FREE);
    else
        printf("%lu", slot);
}

static void show_call_name(sword_t number)
{
    static const struct {
        sword_t number;
        const char *name;
    } names[] = {
        { SYS_CALL, "SYS_CALL" },
        { SYS_REPLY_RECV, "SYS_REPLY_RECV" },
        { SYS_NB_SEND_RECV, "SYS_NB_SEND_RECV" },
        { SYS_NB_SEND_WAIT, "SYS_NB_SEND_WAIT" },
        { SYS_SEND, "SYS_SEND" },
        { SYS_NB_SEND, "SYS_NB_SEND" },
        { SYS_RECV, "SYS_RECV" },
        { SYS_NB_RECV, "SYS_NB_RECV" },
        { SYS_WAIT, "SYS_WAIT" },
        { SYS_NB_WAIT, "SYS_NB_WAIT" },
        { SYS_YIELD, "SYS_YIELD" },
        { (sword_t)MYELIN_SYS_CALL, "(sword_t)MYELIN_SYS_CALL" },
        { (sword_t)MYELIN_SYS_RECV, "(sword_t)MYELIN_SYS_RECV" },
        { (sword_t)MYELIN_SYS_WAIT, "(sword_t)MYELIN_SYS_WAIT" },
        { (sword_t)MYELIN_SYS_REPLY, "(sword_t)MYELIN_SYS_REPLY" },
        { (sword_t)MYELIN_SYS_COPY, "(sword_t)MYELIN_SYS_COPY" },
    };

    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].number == number)
            printf("%s", names[i].name);
}

static void show_call(const struct op *op)
{
    if (is_extended(op)) {
        printf("    current()->ctx.other[0] = MYELIN_NATIVE;\n    current()->ctx.other[1] = ");
        printf(op->wait == 0 ? "TIMER_OFF;\n" : "host.now + %lu;\n", op->wait);
    }
    for (unsigned i = 0; i < op->r.extra_count; i++) {
        printf("    current()->ipc_buffer[BUF_CAPS + %u] = ", i);
        show_slot(op->r.extra[i]);
        printf(";\n");
    }
    for (unsigned i = 0; i < MSG_REGS; i++)
        if (op->r.arg[i] != 0)
            printf("    current()->ctx.msg[%u] = %#lx;\n", i, op->r.arg[i]);
    if (op->number == SYS_NB_SEND_RECV || op->number == SYS_NB_SEND_WAIT) {
        printf("    current()->ctx.send = ");
        show_slot(op->cap);
        printf(";\n");
    }
    printf("    sys_with(");
    show_call_name(op->number);
    printf(", ");
    show_slot(op->cap);
    printf(", %#lx, ", op->tag);
    show_slot(op->reply);
    printf(");\n");
}

static void show_request(const struct op *op)
{
    printf("    INVOKE(");
    show_slot(op->cap);
    printf(", %lu, .length = %u", op->label, op->r.length);
    if (op->r.length != 0)
        printf(", .arg = { ");
    for (unsigned i = 0; i < op->r.length; i++)
        printf("%s%lu", i == 0 ? "" : ", ", op->r.arg[i]);
    if (op->r.length != 0)
        printf(" }");
    if (op->r.extra_count != 0)
        printf(", .extra_count = %u, .extra = { ", op->r.extra_count);
    for (unsigned i = 0; i < op->r.extra_count; i++) {
        printf("%s", i == 0 ? "" : ", ");
        show_slot(op->r.extra[i]);
    }
    printf("%s);\n", op->r.extra_count != 0 ? " }" : "");
}

void op_show(const struct op *op)
{
    switch (op->kind) {
    case OP_SYSTEM_CALL: show_call(op); break;
    case OP_REQUEST: show_request(op); break;
    case OP_FAULT: printf("    entry_fault(FAULT_VM, 0x1000, 4, false);\n"); break;
    case OP_EXCEPTION: printf("    entry_fault(FAULT_USER_EXCEPTION, 6, 0, false);\n"); break;
    case OP_TIME: printf("    pass_us(%ld);\n", (long)op->number); break;
    case OP_INTERRUPT: printf("    entry_irq(%ld);\n", (long)op->number); break;
    }
}
