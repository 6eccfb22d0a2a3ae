/* SPDX-License-Identifier: BSD-2-Clause */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fastpath.h"
#include "irq.h"
#include "panic.h"
#include "switch.h"

/* physical addresses of what exists at boot */
#define ROOT_PADDR 0x0u
#define TCB_PADDR 0x2000u
#define SPACE_PADDR 0x4000u
#define SC_PADDR 0x6000u
#define SC_BITS 8u
#define BOOT_BYTES 0x7000u
#define SLICE_US 5000u

static unsigned booted_bits;

static void must(bool good, const char *what)
{
    if (!good) {
        printf("Bail out! set-up: %s\n", what);
        exit(1);
    }
}

struct slot *slot(word_t index)
{
    return (struct slot *)paddr_to_ptr(ROOT_PADDR) + index;
}

struct cap cap_at(word_t index)
{
    return slot(index)->cap;
}

void *object(word_t index)
{
    return cap_ptr(cap_at(index));
}

struct tcb *thread(word_t index)
{
    must(cap_is(cap_at(index), CAP_TCB), "no thread in this slot");
    return object(index);
}

struct tcb *current(void)
{
    return this_cpu()->current;
}

/* a copy of the boot capability for a slot of a thread */
static void give_slot(struct tcb *t, enum tcb_slot which, word_t from)
{
    slot_insert(&t->slots[which], cap_at(from), slot(from), false);
    t->slots[which].next |= SLOT_IN_TCB;
    tcb_slot_changed(&t->slots[which]);
}

static void boot_thread(void)
{
    struct tcb *t = thread(W_TCB);

    tcb_init(t);
    waitq_set_prio(t, W_PRIO);
    t->mcp = CONFIG_NUM_PRIORITIES - 1;
    t->ipc_buffer_uaddr = W_BUFFER_UADDR;
    give_slot(t, TCB_CSPACE, W_ROOT);
    give_slot(t, TCB_VSPACE, W_SPACE);
    give_slot(t, TCB_IPC_BUFFER, W_FRAME);
    sched_context_boot(object(W_SC), t, SLICE_US * HOST_TICKS_PER_US);
    t->state = THREAD_RUNNABLE;
    t->ctx.ip = USER_IP;
    sched_wake(t);
}

void world_boot_sized(unsigned untyped_bits)
{
    paddr_t untyped = BIT(W_UNTYPED_BITS);

    host_power_on();
    booted_bits = untyped_bits;
    sched_boot();
    slot_insert_root(slot(W_ROOT), cap_cnode(slot(0), W_RADIX, 0, W_GUARD_BITS));
    slot_insert_root(slot(W_TCB), cap_object(CAP_TCB, paddr_to_ptr(TCB_PADDR)));
    slot_insert_root(slot(W_SC), cap_sched_context(paddr_to_ptr(SC_PADDR), SC_BITS));
    arch_object_init(OBJ_HOST_SPACE, SPACE_PADDR);
    slot_insert_root(slot(W_SPACE), arch_object_cap(OBJ_HOST_SPACE, SPACE_PADDR, false));
    slot_insert_root(slot(W_FRAME), arch_object_cap(OBJ_HOST_FRAME, W_FRAME_PADDR, false));
    slot_insert_root(slot(W_IRQ), cap_make(CAP_IRQ_CONTROL, 0, 0, 0));
    slot_insert_root(slot(W_SCHED), cap_make(CAP_SCHED_CONTROL, 0, 0, 0));
    slot_insert_root(slot(W_DOMAIN), cap_make(CAP_DOMAIN, 0, 0, 0));
    slot_insert_root(slot(W_UNTYPED), cap_untyped(untyped, untyped_bits, false, 0));
    slot_insert_root(slot(W_UNTYPED2), cap_untyped(2 * untyped, untyped_bits, false, 0));
    slot_insert_root(slot(W_DEVICE), cap_untyped(W_DEVICE_PADDR, 14, true, 0));
    sched_enter();
    boot_thread();
    sched_exit();
    must(current() == thread(W_TCB), "the root thread runs");
}

void world_boot(void)
{
    world_boot_sized(W_UNTYPED_BITS);
}

/* How much of it has been used, where its capability is still where it was; else it may be all. */
static size_t used_bytes(word_t index, paddr_t base)
{
    struct cap c = cap_at(index);
    bool is_it =
        cap_is(c, CAP_UNTYPED) && cap_paddr(c) == base && cap_untyped_size_bits(c) == booted_bits;

    return is_it ? c.w1 : BIT(booted_bits);
}

void world_parts(struct world_part parts[WORLD_PARTS])
{
    const paddr_t untyped = BIT(W_UNTYPED_BITS);

    parts[0] = (struct world_part){ 0, BOOT_BYTES };
    parts[1] = (struct world_part){ untyped, used_bytes(W_UNTYPED, untyped) };
    parts[2] = (struct world_part){ 2 * untyped, used_bytes(W_UNTYPED2, 2 * untyped) };
}

static void empty(struct slot *s)
{
    while (slot_revoke(s) != INV_OK)
        ;
    while (slot_delete(s) != INV_OK)
        ;
}

/*
 * From the last slot down: the root CNode goes last. Everything made of untyped memory goes first,
 * which empties the kernel's slots for interrupts too.
 */
void world_shut_down(void)
{
    host.preempt_at = 0;
    host.preempt_every = 0;
    host.is_irq_pending = false;
    sched_enter();
    for (word_t i = W_SLOTS; i-- > 0;)
        if (cap_is(cap_at(i), CAP_UNTYPED))
            while (slot_revoke(slot(i)) != INV_OK)
                ;
    for (word_t i = W_SLOTS; i-- > W_ROOT + 1;)
        if (!slot_is_empty(slot(i)))
            empty(slot(i));
}

/* --- system calls --- */

void sys(sword_t number)
{
    current()->ctx.ip = USER_IP + ARCH_SYSCALL_BYTES;
    entry_syscall(number);
}

void sys_with(sword_t number, cptr_t cap, word_t tag, cptr_t reply)
{
    struct tcb *t = current();

    t->ctx.cap = cap;
    t->ctx.tag = tag;
    t->ctx.reply = reply;
    sys(number);
}

bool fast_enter(struct tcb *t, sword_t number)
{
    const struct tcb *next = host_fast_call(t, number);

    ensure(next == NULL || next == current()); /* the way out goes to who has been chosen */
    return next != NULL;
}

bool invoke_once(cptr_t cap, word_t label, const struct request *r)
{
    struct tcb *t = current();

    t->ctx.cap = cap;
    t->ctx.tag = msg_make(label, 0, r->extra_count, r->length);
    for (unsigned i = 0; i < r->length; i++)
        if (i < MSG_REGS)
            t->ctx.msg[i] = r->arg[i];
        else
            t->ipc_buffer[i - MSG_REGS] = r->arg[i];
    for (unsigned i = 0; i < r->extra_count; i++)
        t->ipc_buffer[BUF_CAPS + i] = r->extra[i];
    sys(SYS_CALL);
    return t == current() && t->ctx.ip == USER_IP;
}

word_t invoke(cptr_t cap, word_t label, const struct request *r)
{
    struct tcb *t = current();

    while (invoke_once(cap, label, r))
        ;
    return t == current() ? msg_label(t->ctx.tag) : ~UINT64_C(0);
}

word_t answer_word(unsigned i)
{
    struct tcb *t = current();

    return i < MSG_REGS ? t->ctx.msg[i] : t->ipc_buffer[i - MSG_REGS];
}

word_t retype(word_t untyped, word_t type, word_t bits, word_t dest, word_t count)
{
    return INVOKE(untyped, INV_UNTYPED_RETYPE, .length = 6,
                  .arg = { type, bits, 0, 0, dest, count }, .extra_count = 1, .extra = { W_ROOT });
}

void make(word_t type, word_t bits, word_t dest)
{
    must(retype(W_UNTYPED, type, bits, dest, 1) == ERR_NONE, "an object");
}

static word_t cnode_call(word_t label, word_t dest, word_t src, word_t third, word_t fourth)
{
    return INVOKE(W_ROOT, label, .length = 6,
                  .arg = { dest, WORD_BITS, src, WORD_BITS, third, fourth }, .extra_count = 1,
                  .extra = { W_ROOT });
}

word_t cnode_copy(word_t dest, word_t src, word_t rights)
{
    return cnode_call(INV_CNODE_COPY, dest, src, rights, 0);
}

word_t cnode_mint(word_t dest, word_t src, word_t rights, word_t data)
{
    return cnode_call(INV_CNODE_MINT, dest, src, rights, data);
}

word_t cnode_move(word_t dest, word_t src)
{
    return cnode_call(INV_CNODE_MOVE, dest, src, 0, 0);
}

word_t cnode_mutate(word_t dest, word_t src, word_t data)
{
    return cnode_call(INV_CNODE_MUTATE, dest, src, data, 0);
}

word_t cnode_delete(word_t index)
{
    return cnode_call(INV_CNODE_DELETE, index, 0, 0, 0);
}

word_t cnode_revoke(word_t index)
{
    return cnode_call(INV_CNODE_REVOKE, index, 0, 0, 0);
}

/* --- threads and time --- */

word_t configure_sc(word_t index, word_t budget_us, word_t period_us, word_t extra_refills,
                    word_t flags)
{
    return INVOKE(W_SCHED, INV_SCHED_CONTROL_CONFIGURE_FLAGS, .length = 5,
                  .arg = { budget_us, period_us, extra_refills, index, flags }, .extra_count = 1,
                  .extra = { index });
}

struct tcb *make_thread(word_t index, uint8_t prio, unsigned buffer)
{
    word_t uaddr = buffer == 0 ? 0 : W_BUFFER_UADDR + buffer * BIT(IPC_BUFFER_BITS);
    struct tcb *t;

    make(OBJ_TCB, 0, index);
    make(OBJ_SCHED_CONTEXT, SC_BITS, index + 1);
    t = thread(index);
    must(configure_sc(index + 1, SLICE_US, SLICE_US, 0, 0) == ERR_NONE, "a context");
    must(INVOKE(index, INV_TCB_CONFIGURE, .length = 3, .arg = { W_GUARD_BITS, 0, uaddr },
                .extra_count = 3, .extra = { W_ROOT, W_SPACE, W_FRAME }) == ERR_NONE,
         "spaces of a thread");
    must(INVOKE(index, INV_TCB_SET_SCHED_PARAMS, .length = 2, .arg = { prio, prio },
                .extra_count = 3, .extra = { W_TCB, index + 1, W_NULL }) == ERR_NONE,
         "a thread's context");
    t->ctx.ip = USER_IP;
    return t;
}

word_t resume(word_t index)
{
    return INVOKE(index, INV_TCB_RESUME, .length = 0);
}

void become(struct tcb *t)
{
    uint8_t prio = t->prio;

    if (t == current())
        return;
    sched_enter();
    sched_go_on(false); /* the time of who runs may be over */
    sched_set_prio(t, CONFIG_NUM_PRIORITIES - 1);
    sched_reschedule();
    sched_exit();
    must(current() == t, "the thread that shall run can't");
    waitq_set_prio(t, prio);
}

void tick(void)
{
    sched_enter();
    sched_go_on(false);
    sched_exit();
}

void pass_us(word_t us)
{
    host.now += us * HOST_TICKS_PER_US;
    if (host.now >= host.deadline)
        entry_timer();
}
