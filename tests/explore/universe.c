/* SPDX-License-Identifier: BSD-2-Clause */
#include "universe_priv.h"

#include <stdio.h>

#include "compare.h"
#include "debug.h"
#include "endpoint.h"
#include "fault.h"
#include "lockstep.h"
#include "take.h"
#include "panic.h"

#define UNTYPED_BITS 16u

unsigned long universe_step, universe_events;

/*
 * Lives about everything, about memory, about messages, about time, about call stacks, about
 * services; about what is beyond the public interface, about portals and helping.
 */
#define LIVES 8u
#define CALL_STACKS 4u
#define SERVICES 5u
#define EXTENDED 6u
#define HELPING 7u
static unsigned life;

/* --- drawing --- */

uint64_t draw(struct source *from, uint64_t n)
{
    uint64_t x;

    if (from->bytes_left > 0) {
        x = *from->bytes++;
        from->bytes_left--;
        if (n > 256 && from->bytes_left > 0) {
            x |= (uint64_t)*from->bytes++ << 8;
            from->bytes_left--;
        }
        return x % n;
    }
    /* splitmix64 (Steele, Lea and Flood, OOPSLA 2014) */
    x = from->state += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return (x ^ x >> 31) % n;
}

bool chance(struct source *from, unsigned percent)
{
    return draw(from, 100) < percent;
}

word_t any_word(struct source *from)
{
    switch (draw(from, 4)) {
    case 0: return draw(from, 8);
    case 1: return BIT(draw(from, 64)) - draw(from, 2);
    case 2: return draw(from, SLOTS_USED);
    default: return draw(from, 65536) * UINT64_C(0x1234567890abcdef);
    }
}

/* --- what the current thread can name --- */

struct slot *visible(word_t *count)
{
    const struct tcb *t = current();

    if (t->fast.cspace_count == 0) {
        *count = SLOTS_USED;
        return slot(0);
    }
    *count = min_word(t->fast.cspace_count, SLOTS_USED);
    return t->fast.cspace_slots;
}

cptr_t pick(struct source *from, unsigned type)
{
    word_t count, start;
    struct slot *slots = visible(&count);

    start = draw(from, count);
    if (chance(from, 4))
        return any_word(from);
    if (type != CAP_NULL && !chance(from, 5))
        for (word_t i = 0; i < count; i++) {
            word_t at = (start + i) % count;

            if (cap_type(slots[at].cap) == type)
                return at;
        }
    return start;
}

struct cap cap_seen(cptr_t address)
{
    word_t count;
    struct slot *slots = visible(&count);

    return address < count ? slots[address].cap : cap_null();
}

/* --- entries --- */

static void arm_preemption(struct source *from)
{
    host.preempt_at = chance(from, from->preempt_percent) ? host.looks + 1 + draw(from, 6) : 0;
    host.is_irq_pending = from->preempt_percent != 0 && chance(from, 2);
}

static void say(struct source *from, const char *what, word_t a, word_t b)
{
    if (from->is_loud)
        printf("# %lu thread %lx %s %lx %lx\n", universe_step, (word_t)current() & 0xfffff, what, a,
               b);
}

static bool is_message_cap(struct cap c)
{
    return cap_is(c, CAP_ENDPOINT) || cap_is(c, CAP_NOTIFICATION) || cap_is(c, CAP_REPLY);
}

static struct spec before;

/* Is the event that is to come one of those that are compared? */
static bool is_compared(const struct source *from)
{
    return from->judge_every == 0 || universe_step % from->judge_every == 0;
}

/* An event is to come. False: of what it leads to nothing is known, or not to be asked. */
static bool judge_begin(const struct source *from)
{
    return is_compared(from) && lockstep_begin(&before);
}

/* Is e done by the fast path? */
static bool go_fast(const struct source *from, const struct event *e)
{
    return is_compared(from) ? fast_compare(e) : fast_try(e);
}

/* Panic unless e, which has happened, made of `before` what the specification says. */
static void judge(bool is_known, const struct spec_event *e)
{
    universe_events++;
    const char *what = is_known ? lockstep_end(&before, e) : NULL;

    if (what != NULL)
        panic(what, __FILE__, __LINE__);
}

void enter(struct source *from, sword_t number)
{
    const struct spec_event e = { .kind = SPEC_SYSTEM_CALL, .number = number };
    struct tcb *t = current();
    bool is_known, is_quiet;

    say(from, "syscall", (word_t)-number, t->ctx.cap);
    t->ctx.ip = USER_IP + ARCH_SYSCALL_BYTES;
    host.preempt_at = 0;
    is_known = judge_begin(from);
    is_quiet = is_known && take_is_quiet();
    switch (life == SERVICES && draw(from, 4) == 0 ? 0 : draw(from, 10)) {
    /*
     * requests to objects are carried out by the same code on both paths, and reach what can't be
     * put back
     */
    case 0:
        if (is_message_cap(cap_seen(t->ctx.cap))
                ? go_fast(from, &(struct event){ .kind = EVENT_CALL, .number = number })
                : fast_enter(t, number)) {
            judge(is_quiet, &e);
            return;
        }
        break;
    case 1:
    case 2:
    case 3:
    case 4:
        if (fast_enter(t, number)) {
            judge(is_quiet, &e);
            return;
        }
        break;
    default: break;
    }
    do {
        arm_preemption(from);
        if (host.preempt_at != 0 || host.is_irq_pending)
            is_known = false;
        t->ctx.ip = USER_IP + ARCH_SYSCALL_BYTES;
        entry_syscall(number);
        host.is_irq_pending = false;
        judge(is_known, &e);
        is_known = false;
    } while (current() == t && t->ctx.ip == USER_IP && chance(from, 80));
}

void request(struct source *from, cptr_t cap, word_t label, const struct request *r)
{
    struct tcb *t = current();

    say(from, "label", label, r->arg[0]);
    t->ctx.cap = cap;
    t->ctx.tag = msg_make(label, 0, r->extra_count, r->length);
    for (unsigned i = 0; i < r->length; i++)
        if (i < MSG_REGS)
            t->ctx.msg[i] = r->arg[i];
        else if (t->ipc_buffer != NULL)
            t->ipc_buffer[i - MSG_REGS] = r->arg[i];
    for (unsigned i = 0; i < r->extra_count && t->ipc_buffer != NULL; i++)
        t->ipc_buffer[BUF_CAPS + i] = r->extra[i];
    enter(from, chance(from, 95) ? SYS_CALL : SYS_SEND);
}

/* --- everything else --- */

/* f, which is no system call's. */
static void fault(struct source *from, const struct fault *f)
{
    const struct spec_event e = {
        .kind = SPEC_FAULT,
        .fault = { .type = f->type, .addr = f->addr, .code = f->code, .is_fetch = f->is_fetch }
    };
    bool is_known = judge_begin(from), is_quiet = is_known && take_is_quiet();

    if (go_fast(from, &(struct event){ .kind = EVENT_FAULT, .fault = *f }))
        is_known = is_quiet;
    else if (f->type == FAULT_VM)
        entry_fault(FAULT_VM, f->addr, f->code, f->is_fetch);
    else
        entry_fault(FAULT_USER_EXCEPTION, f->addr, f->code, false);
    judge(is_known, &e);
}

/* Not through the doors: t, if it has no fault handler, gets the endpoint at W_FREE for one. */
static void give_handler(struct tcb *t)
{
    struct cap c = cap_at(W_FREE);

    if (cap_is(c, CAP_ENDPOINT) && fault_is_handler(c) && slot_is_empty(&t->slots[TCB_FAULT_EP]))
        ensure(tcb_set_slot(t, TCB_FAULT_EP, c, slot(W_FREE)) == INV_OK);
}

static void do_fault(struct source *from)
{
    struct tcb *t = current();

    say(from, "fault", 0, 0);
    arm_preemption(from);
    t->ctx.ip = USER_IP;
    if (chance(from, 70))
        give_handler(t);
    switch (draw(from, 3)) {
    case 0:
        fault(from, &(struct fault){ .type = FAULT_VM,
                                     .addr = any_word(from),
                                     .code = draw(from, 32),
                                     .is_fetch = draw(from, 2) });
        break;
    case 1:
        fault(from, &(struct fault){ .type = FAULT_USER_EXCEPTION,
                                     .addr = draw(from, 32),
                                     .code = any_word(from) });
        break;
    default: enter(from, (sword_t)draw(from, 1000)); break;
    }
}

/* A thread without an address space can't make a system call: its next instruction is not there. */
static void do_first_fetch(struct source *from)
{
    say(from, "fetch", 0, 0);
    arm_preemption(from);
    entry_fault(FAULT_VM, arch_get_ip(current()), 4, true);
    host.is_irq_pending = false;
}

static void do_time(struct source *from)
{
    ticks_t left = host.deadline > host.now ? host.deadline - host.now : 0;
    ticks_t step = chance(from, 50) && left < BIT(30) ? left : draw(from, 4000);
    struct spec_event e = { .kind = SPEC_TIME, .has_timer = true };

    host.now += step;
    say(from, "time", step, host.now);
    if (host.now < host.deadline)
        return;
    bool is_known = judge_begin(from);
    entry_timer();
    judge(is_known, &e);
}

static void do_interrupt(struct source *from)
{
    unsigned irq = (unsigned)draw(from, HOST_IRQS + 1);

    say(from, "irq", irq, 0);
    for (word_t i = draw(from, SLOTS_USED); i < SLOTS_USED; i++)
        if (cap_is(cap_at(i), CAP_NOTIFICATION)) {
            go_fast(from, &(struct event){ .kind = EVENT_SIGNAL,
                                           .notification = object(i),
                                           .badge = 1 + draw(from, 7) });
            break;
        }
    if (irq == HOST_IRQS) {
        tick();
        return;
    }
    const struct spec_event e = { .kind = SPEC_INTERRUPT, .irq = irq };
    bool is_known = judge_begin(from) && take_is_quiet();

    entry_irq(irq);
    judge(is_known, &e);
}

static void do_yield(struct source *from)
{
    enter(from, SYS_YIELD);
}

/* How often what is done in each of the lives. */
static const struct {
    uint8_t weight[LIVES];
    void (*act)(struct source *from);
} acts[] = {
    { { 12, 20, 2, 2, 1, 1, 2, 1 }, do_retype },
    { { 8, 12, 2, 1, 1, 0, 1, 1 }, do_cnode_transfer },
    { { 2, 4, 1, 0, 0, 0, 0, 0 }, do_rotate },
    { { 6, 10, 1, 1, 1, 0, 4, 3 }, do_cnode_take },
    { { 5, 5, 1, 1, 1, 0, 1, 1 }, do_tcb_spaces },
    { { 5, 2, 2, 6, 2, 3, 2, 2 }, do_tcb_sched },
    { { 8, 4, 6, 8, 6, 4, 10, 8 }, do_tcb_state },
    { { 9, 4, 5, 20, 6, 2, 10, 10 }, do_sched_context },
    { { 3, 3, 2, 3, 1, 1, 1, 1 }, do_irq },
    { { 1, 1, 0, 1, 0, 0, 1, 0 }, do_domain },
    { { 1, 1, 1, 1, 1, 0, 1, 0 }, do_wild_request },
    { { 14, 3, 30, 10, 6, 2, 6, 2 }, do_send },
    { { 12, 3, 24, 10, 6, 2, 4, 2 }, do_recv },
    { { 6, 3, 16, 6, 4, 2, 4, 2 }, do_send_recv },
    { { 4, 1, 30, 6, 90, 9, 20, 6 }, do_serve },
    { { 6, 2, 8, 6, 10, 16, 4, 3 }, do_fault },
    { { 8, 4, 6, 24, 3, 3, 8, 20 }, do_time },
    { { 6, 2, 6, 6, 6, 16, 4, 4 }, do_interrupt },
    { { 2, 1, 1, 4, 2, 2, 2, 2 }, do_yield },
    { { 0, 0, 0, 0, 0, 180, 0, 0 }, do_service },
    { { 6, 1, 6, 3, 3, 1, 30, 10 }, do_extended },
    { { 3, 1, 2, 2, 2, 1, 8, 4 }, do_extended_request },
    { { 2, 0, 4, 4, 10, 2, 60, 60 }, do_extended_service },
};

/*
 * t, without a context, becomes a passive server (again) at the first endpoint. False: it waits
 * already, or others do, or it is to be told something first.
 */
static bool serve_again(struct tcb *t)
{
    struct reply *reply = NULL;

    for (word_t i = W_FREE; i < SLOTS_USED; i++)
        if (cap_is(cap_at(i), CAP_REPLY) && ((struct reply *)object(i))->caller == NULL)
            reply = object(i);
    if (tcb_is_blocked(t) || t->bound != NULL || t->yield_to != NULL || reply == NULL ||
        !cap_is(cap_at(W_FREE), CAP_ENDPOINT) ||
        (!waitq_is_empty(object(W_FREE)) &&
         !tcb_is_receiving(((struct waitq *)object(W_FREE))->head)))
        return false;
    t->ctx.ip = USER_IP + ARCH_SYSCALL_BYTES;
    endpoint_recv(object(W_FREE), t, &(struct recv_kind){ .is_blocking = true }, reply);
    return true;
}

/*
 * Nobody runs: let time pass, then interrupts come, then start some thread by force. False: there
 * is none left.
 */
static bool wake_somebody(struct source *from)
{
    unsigned count = 0;
    unsigned chosen;
    struct tcb *t;

    if (host.deadline < host.now + BIT(30)) {
        host.now = max_word(host.now, host.deadline);
        entry_timer();
    }
    if (current() == this_cpu()->idle)
        do_interrupt(from);
    if (current() != this_cpu()->idle)
        return true;
    for (t = debug_threads; t != NULL; t = t->debug_next)
        count++;
    if (count == 0)
        return false;
    chosen = (unsigned)draw(from, count);
    for (t = debug_threads; chosen > 0; chosen--)
        t = t->debug_next;
    say(from, "force", (word_t)t, 0);
    if (life >= SERVICES && t->sc == NULL && serve_again(t))
        return true;
    sched_enter();
    if (t->sc == NULL && cap_is(cap_at(W_SC), CAP_SCHED_CONTEXT) &&
        sched_context_can_bind(object(W_SC), t))
        sched_context_bind(object(W_SC), t);
    tcb_resume(t);
    sched_exit();
    return true;
}

static void check(struct source *from)
{
    const char *broken;

    if (from->audit_every == 0 || universe_step % from->audit_every != 0)
        return;
    broken = audit();
    if (broken != NULL)
        panic(broken, __FILE__, __LINE__);
    audit_poison();
}

static void step(struct source *from)
{
    unsigned total = 0;
    unsigned at;

    for (unsigned i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
        total += acts[i].weight[life];
    at = (unsigned)draw(from, total);
    for (unsigned i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
        if (at < acts[i].weight[life]) {
            host.now += draw(from, 40);
            if (arch_space_is_valid(&current()->space))
                acts[i].act(from);
            else
                do_first_fetch(from);
            return;
        }
        at -= acts[i].weight[life];
    }
}

/*
 * t, which is to be resumed, becomes a passive server instead: it waits at ep, offering reply, and
 * has no context.
 */
static void make_passive(struct tcb *t, struct endpoint *ep, struct reply *reply)
{
    t->ctx.ip = USER_IP + ARCH_SYSCALL_BYTES;
    sched_context_unbind_tcb(t->sc);
    endpoint_recv(ep, t, &(struct recv_kind){ .is_blocking = true }, reply);
}

/*
 * The thread at index finds its capabilities where it did, but over a CNode more: from_root, which
 * is made, leads to the root's.
 */
static void make_deep(word_t index, word_t from_root)
{
    if (slot_is_empty(slot(from_root))) {
        retype(W_UNTYPED, OBJ_CNODE, 1, from_root, 1);
        INVOKE(from_root, INV_CNODE_MINT, .length = 6,
               .arg = { 0, 1, W_ROOT, WORD_BITS, RIGHTS_ALL, W_GUARD_BITS - 1 }, .extra_count = 1,
               .extra = { W_ROOT });
    }
    INVOKE(index, INV_TCB_SET_SPACE, .length = 2, .extra_count = 3,
           .extra = { W_NULL, from_root, W_SPACE });
}

/* The slots of what there is to begin with. */
enum {
    ENDPOINTS = W_FREE, /* portals, in a life about those */
    NOTIFICATIONS = ENDPOINTS + 3,
    REPLIES = NOTIFICATIONS + 2,
};

/* The thread at index has its share of time, mostly little of it. */
static void give_time(struct source *from, word_t index)
{
    if (life == HELPING && draw(from, 3) != 0) /* it runs dry, and for long */
        configure_sc(index + 1, 50 + draw(from, 100), 5000 + draw(from, 20000), draw(from, 4), 0);
    else if (life == SERVICES && draw(from, 4) != 0)
        configure_sc(index + 1, 5000, 5000, 0, 0);
    else
        configure_sc(index + 1, 50 + draw(from, 200), 250 + draw(from, 2), draw(from, 4),
                     draw(from, 2));
}

/* The thread at index is number i of those that there are to begin with. */
static void make_member(struct source *from, word_t index, unsigned i)
{
    make_thread(index, (uint8_t)(W_PRIO - 1 + draw(from, 3)), i < 3 ? i + 1 : 0);
    thread(index)->mcp = CONFIG_NUM_PRIORITIES - 1;
    give_time(from, index);
    if (life < EXTENDED)
        return;
    INVOKE(index, MYELIN_INV_TCB_SET_EXTENSIONS, .length = 1, .arg = { draw(from, 4) });
    if (life == HELPING && i < 3)
        INVOKE(index, MYELIN_INV_TCB_SERVE, .extra_count = 1, .extra = { ENDPOINTS + i });
}

/* Where thread i serves, if it does so to begin with. */
static word_t place_to_serve(struct source *from, unsigned i)
{
    if (life == HELPING)
        return ENDPOINTS + i % 3;
    return life == SERVICES ? ENDPOINTS : ENDPOINTS + draw(from, 3);
}

/* Some objects to begin with, and threads that share the root's spaces: some run, some serve. */
static void populate(struct source *from)
{
    unsigned replies = life >= EXTENDED ? 8 : 5;
    unsigned threads = life >= EXTENDED   ? 4 + (unsigned)draw(from, 3)
                       : life == SERVICES ? 3 + (unsigned)draw(from, 3)
                                          : (unsigned)draw(from, life == CALL_STACKS ? 6 : 4);
    word_t first = REPLIES + replies;

    retype(W_UNTYPED, life == HELPING ? MYELIN_PORTAL_OBJECT : OBJ_ENDPOINT, 0, ENDPOINTS, 3);
    retype(W_UNTYPED, OBJ_NOTIFICATION, 0, NOTIFICATIONS, 2);
    retype(W_UNTYPED, OBJ_REPLY, 0, REPLIES, replies);
    extended_map();
    for (unsigned i = 0; i < threads; i++) {
        make_member(from, first + 2 * i, i);
        if (life == SERVICES && draw(from, 3) == 0)
            make_deep(first + 2 * i, first + 2 * threads);
    }
    sched_enter();
    for (unsigned i = 0; i < threads; i++) {
        struct tcb *t = thread(first + 2 * i);

        if (draw(from, life == CALL_STACKS ? 5 : 2) == 0)
            tcb_resume(t);
        else
            make_passive(t, object(place_to_serve(from, i)), object(REPLIES + i));
    }
    sched_exit();
}

unsigned long universe_run(struct source *from, unsigned long steps)
{
    world_boot_sized(UNTYPED_BITS);
    life = (unsigned)draw(from, LIVES);
    populate(from);
    for (universe_step = 0; universe_step < steps; universe_step++) {
        if (from->bytes != NULL && from->bytes_left == 0 && from->steps_behind-- == 0)
            break;
        if (current() != this_cpu()->idle)
            step(from);
        else if (!wake_somebody(from))
            break;
        check(from);
    }
    host_unpoison((void *)HOST_RAM_BASE, HOST_RAM_BYTES);
    world_shut_down();
    return universe_step;
}
