/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's state as the specification sees it: the only file that knows both. */
#include "take.h"

#include <string.h>

#include "irq_priv.h"
#include "notification.h"
#include "portal.h"
#include "refill.h"
#include "sched.h"
#include "waitq.h"
#include "world.h"

#define ROOT_SLOTS 48u /* those that have names: whoever draws slots stays below */
#define NODE_SLOTS 32u

/* The name of an object; NULL has none. */
static name_t name_of(enum spec_kind kind, const void *object)
{
    return object == NULL ? 0 : spec_name(kind, (word_t)object - HOST_RAM_BASE, 1);
}

/* Kernel slots lie in its data, or in memory. */
static word_t slot_place(const struct slot *s)
{
    return (word_t)s - HOST_RAM_BASE;
}

static name_t slot_name(const struct slot *s)
{
    return spec_name(KIND_SLOT, slot_place(s), 1);
}

static const struct slot *slot_of(name_t name)
{
    return (const struct slot *)(take_place(KIND_SLOT, name) + HOST_RAM_BASE);
}

static name_t name_cnode(struct cap c)
{
    unsigned seen = cap_cnode_radix(c) > 5 ? ROOT_SLOTS : 1u << cap_cnode_radix(c);
    const struct slot *slots = cap_ptr(c);
    name_t first = spec_name(KIND_SLOT, slot_place(slots), seen);

    for (unsigned i = 0; i < seen; i++)
        if (slot_name(slots + i) != first + i)
            take_give_up(KIND_SLOT); /* it had a name before */
    return name_of(KIND_CNODE, slots);
}

static name_t name_thread(const struct tcb *t)
{
    for (unsigned i = 0; i < OWN_SLOTS; i++)
        slot_name(&t->slots[i]);
    return name_of(KIND_THREAD, t);
}

/* False: something that the specification does not know. */
static bool take_cap(struct spec_cap *out, const struct slot *s)
{
    struct cap c = s->cap;
    bool is_ipc = cap_is(c, CAP_ENDPOINT) || cap_is(c, CAP_NOTIFICATION) || cap_is(c, CAP_REPLY);

    *out = (struct spec_cap){ .is_original = (s->next & SLOT_ORIGINAL) != 0,
                              .rights = (uint8_t)(is_ipc ? cap_rights(c) : 0) };
    if (cap_is(c, CAP_ENDPOINT) || cap_is(c, CAP_NOTIFICATION))
        out->badge = c.w1;
    switch (cap_type(c)) {
    case CAP_NULL: return true;
    case CAP_UNTYPED:
        out->type = SPEC_UNTYPED;
        out->bits = (uint8_t)cap_untyped_size_bits(c);
        out->is_device = cap_untyped_is_device(c);
        out->badge = c.w1;
        out->where = cap_paddr(c);
        return true;
    case CAP_ENDPOINT:
        out->type = SPEC_ENDPOINT;
        out->is_call_only = (c.w0 & CAP_CALL_ONLY) != 0;
        out->object = name_of(KIND_ENDPOINT, cap_ptr(c));
        return true;
    case CAP_NOTIFICATION:
        out->type = SPEC_NOTIFICATION;
        out->object = name_of(KIND_NOTIFICATION, cap_ptr(c));
        return true;
    case CAP_REPLY:
        out->type = SPEC_REPLY;
        out->object = name_of(KIND_REPLY, cap_ptr(c));
        return true;
    case CAP_CNODE:
        out->type = SPEC_CNODE;
        out->bits = (uint8_t)cap_cnode_radix(c);
        out->guard_bits = (uint8_t)cap_cnode_guard_bits(c);
        out->badge = cap_cnode_guard(c);
        out->object = name_cnode(c);
        return true;
    case CAP_TCB:
        out->type = SPEC_THREAD;
        out->object = name_thread(cap_ptr(c));
        return true;
    case CAP_SCHED_CONTEXT:
        out->type = SPEC_CONTEXT;
        out->bits = (uint8_t)cap_attr(c);
        out->object = name_of(KIND_CONTEXT, cap_ptr(c));
        return true;
    case CAP_SCHED_CONTROL: out->type = SPEC_CONTEXT_CONTROL; return true;
    case CAP_DOMAIN: out->type = SPEC_DOMAIN_CONTROL; return true;
    case CAP_IRQ_CONTROL: out->type = SPEC_IRQ_CONTROL; return true;
    case CAP_IRQ_HANDLER:
        out->type = SPEC_IRQ_HANDLER;
        out->where = c.w1;
        return true;
    case CAP_FRAME:
        out->type = SPEC_FRAME;
        out->rights = (uint8_t)(cap_attr(c) & FRAME_RIGHTS);
        out->is_device = (cap_attr(c) & FRAME_DEVICE) != 0;
        out->where = cap_paddr(c);
        return true;
    case CAP_SPACE:
        out->type = SPEC_SPACE;
        out->object = name_of(KIND_SPACE, cap_ptr(c));
        return true;
    case CAP_ZOMBIE: return false; /* a deletion that is not finished */
    default:
        out->type = SPEC_OTHER;
        out->where = c.w0 ^ c.w1 << CAP_PTR_SHIFT; /* only whether it is the same matters */
        return true;
    }
}

/* Where c's object lies; ~0: nowhere. */
static word_t object_place(struct cap c)
{
    if (cap_is(c, CAP_UNTYPED) || cap_is(c, CAP_FRAME))
        return cap_paddr(c);
    return cap_ptr(c) != NULL ? (word_t)cap_ptr(c) - HOST_RAM_BASE : ~UINT64_C(0);
}

/* Is s, behind p in a derivation list (derive.c), below it in the tree? */
static bool is_below(const struct slot *p, const struct slot *s)
{
    unsigned type = cap_type(p->cap);

    if (!(p->next & SLOT_ORIGINAL))
        return false;
    if (type == CAP_UNTYPED)
        return object_place(s->cap) - cap_paddr(p->cap) < BIT(cap_untyped_size_bits(p->cap));
    if (type == CAP_IRQ_CONTROL)
        return cap_is(s->cap, CAP_IRQ_HANDLER);
    if (type != cap_type(s->cap) || cap_ptr(p->cap) != cap_ptr(s->cap) ||
        (type == CAP_IRQ_HANDLER && p->cap.w1 != s->cap.w1))
        return false;
    if (type != CAP_ENDPOINT && type != CAP_NOTIFICATION)
        return true;
    return p->cap.w1 == 0 || (p->cap.w1 == s->cap.w1 && !(s->next & SLOT_FIRST));
}

/* The parents of all in the list that begins with head. False: it is deeper than is known. */
static bool take_parents(struct spec *out, const struct slot *head)
{
    const struct slot *above[32];
    unsigned depth = 0;

    for (const struct slot *s = head; s != NULL; s = slot_next(s)) {
        while (depth > 0 && !is_below(above[depth - 1], s))
            depth--;
        if (depth == 32)
            return false;
        out->slot[slot_name(s)].parent = depth > 0 ? slot_name(above[depth - 1]) : 0;
        above[depth++] = s;
    }
    return true;
}

/* CNodes, and interrupts', first, so that their slots have names one after the other. */
static void name_cnodes(void)
{
    spec_name(KIND_SLOT, slot_place(irq_slots), SPEC_IRQS);
    spec_name(KIND_SLOT, slot_place(slot(0)), ROOT_SLOTS); /* whatever lies at W_ROOT */
    for (unsigned i = 1; i <= take_last(KIND_SLOT) && !take_is_full(); i++)
        if (cap_is(slot_of((name_t)i)->cap, CAP_CNODE))
            name_cnode(slot_of((name_t)i)->cap);
}

/* All slots there are: from the root CNode on, whatever they lead to. */
static bool take_slots(struct spec *out)
{
    name_cnodes();
    for (unsigned i = 1; i <= take_last(KIND_SLOT) && !take_is_full(); i++) {
        const struct slot *s = slot_of((name_t)i);

        if (slot_is_empty(s))
            continue;
        if (!take_cap(&out->slot[i], s))
            return false;
        if (s->prev != NULL)
            slot_name(s->prev);
        if (slot_next(s) != NULL)
            slot_name(slot_next(s));
    }
    for (unsigned i = 1; i <= take_last(KIND_SLOT) && !take_is_full(); i++) {
        const struct slot *s = slot_of((name_t)i);

        if (!slot_is_empty(s) && s->prev == NULL && !take_parents(out, s))
            return false;
    }
    return !take_is_full();
}

static struct spec_list take_queue(const struct waitq *q)
{
    struct spec_list l = { 0 };

    for (const struct tcb *t = q->head; t != NULL && l.count < SPEC_THREADS - 1; t = waitq_next(t))
        l.at[l.count++] = name_thread(t);
    return l;
}

static enum spec_state plain_state(const struct tcb *t)
{
    switch (t->state) {
    case THREAD_INACTIVE: return STOPPED;
    case THREAD_ON_SEND: return SENDING;
    case THREAD_ON_RECV_FAST:
    case THREAD_ON_RECV: return RECEIVING;
    case THREAD_ON_REPLY_FAST:
    case THREAD_ON_REPLY: return AWAITING;
    case THREAD_ON_NOTIFICATION: return WAITING;
    default: return RUNNING;
    }
}

static struct spec_fault take_fault(const struct fault *f)
{
    struct spec_fault out = { .type = f->type, .addr = f->addr };

    if (f->type == FAULT_NULL)
        return (struct spec_fault){ 0 };
    if (f->type == FAULT_CAP) {
        out.in_recv = f->in_recv;
        out.why = (struct spec_why){ f->lookup.type, f->lookup.bits_left, f->lookup.bits_found,
                                     f->lookup.guard };
    } else {
        out.code = f->code;
    }
    if (f->type == FAULT_VM)
        out.is_fetch = f->is_fetch;
    return out;
}

static struct spec_regs take_registers(const struct arch_context *c)
{
    struct spec_regs out = { .ip = c->ip,
                             .sp = c->sp,
                             .flags = c->flags,
                             .badge = c->cap,
                             .tag = c->tag,
                             .reply = c->reply,
                             .send = c->send };

    memcpy(out.msg, c->msg, sizeof(out.msg));
    memcpy(out.other, c->other, sizeof(out.other));
    return out;
}

/* Does t make foreign system calls? */
static bool is_beyond(const struct tcb *t)
{
    return t->upcall_entry != 0;
}

static void take_thread(struct spec_thread *out, const struct tcb *t)
{
    *out = (struct spec_thread){
        .exists = true,
        .is_beyond = is_beyond(t),
        .state = plain_state(t),
        .prio = t->prio,
        .mcp = t->mcp,
        .waits_for_budget = t->is_waiting_budget,
        .has_lost_time = t->has_lost_time,
        .is_helping = (t->obstacles & OBSTACLE_HELPING) != 0,
        .lends = name_of(KIND_CONTEXT, t->lent),
        .held = name_of(KIND_REPLY, t->held),
        .domain = t->domain,
        .is_interrupted = t->is_interrupted,
        .ending = t->ending,
        .extensions = t->extensions,
        .has_new_ip = (t->obstacles & OBSTACLE_IP) != 0,
        .flags = t->flags,
        .base = { t->tls_base, t->gs_base },
        .context = name_of(KIND_CONTEXT, t->sc),
        .bound = name_of(KIND_NOTIFICATION, t->bound),
        .portal = name_of(KIND_ENDPOINT, t->portal),
        .yields = name_of(KIND_CONTEXT, t->yield_to),
        .buffer = name_of(KIND_BUFFER, t->ipc_source != NULL ? t->ipc_source - BUF_AHEAD : NULL),
        .can_write_buffer = t->ipc_buffer != NULL,
        .fault = take_fault(&t->fault),
        .regs = take_registers(&t->ctx),
    };
    for (unsigned i = 0; i < OWN_SLOTS; i++)
        out->own[i] = slot_name(&t->slots[i]);
    if (out->state == SENDING) {
        out->badge = t->wait_badge;
        out->rights = t->wait_rights;
        out->is_call = (t->wait_kind & WAIT_CALL) != 0;
    }
    if (tcb_is_blocked(t) && t->fault.type == FAULT_NULL) {
        out->is_extended = (t->wait_kind & WAIT_EXTENDED) != 0;
        out->has_deadline = (t->wait_kind & WAIT_DEADLINE) != 0;
        out->is_timed = (t->obstacles & OBSTACLE_DEADLINE) != 0;
    }
    if (out->has_deadline || out->is_timed)
        out->deadline = t->release.rank;
    if (out->state == SENDING || out->state == RECEIVING)
        out->place = name_of(KIND_ENDPOINT, t->wait_q);
    if (out->state == WAITING)
        out->place = name_of(KIND_NOTIFICATION, t->wait_q);
    if (out->state == RECEIVING || out->state == AWAITING)
        out->reply = name_of(KIND_REPLY, t->reply);
}

static void take_context(struct spec_context *out, struct sched_context *sc)
{
    *out = (struct spec_context){
        .exists = true,
        .is_beyond = sc->refill_max > SPEC_REFILLS,
        .is_configured = sc->refill_max != 0,
        .is_round_robin = sc->is_round_robin,
        .is_sporadic = sc->is_sporadic,
        .budget = sc->budget,
        .period = sc->period,
        .consumed = sc->consumed,
        .refill_max = (uint8_t)sc->refill_max,
        .refill_count = (uint8_t)sc->refill_count,
        .thread = name_of(KIND_THREAD, sc->tcb),
        .notification = name_of(KIND_NOTIFICATION, sc->notification),
        .home = name_of(KIND_THREAD, sc->home),
        .top = name_of(KIND_REPLY, sc->reply),
        .yielder = name_of(KIND_THREAD, sc->yield_from),
        .data = sc->badge,
    };
    for (unsigned i = 0; i < sc->refill_count && sc->refill_max <= SPEC_REFILLS; i++) {
        const struct refill *r = sc->head + i;

        if (r >= sc->refills + sc->refill_max)
            r -= sc->refill_max;
        /* a timeslice can be used at any time */
        out->refill[i] = (struct spec_refill){ r->amount, sc->is_round_robin ? 0 : r->time };
    }
}

static void take_endpoint(struct spec_endpoint *out, const struct portal *p, bool is_portal)
{
    *out = (struct spec_endpoint){
        .exists = true,
        .is_portal = is_portal,
        .server = name_of(KIND_THREAD, is_portal ? p->server : NULL),
        .queue = take_queue(&p->endpoint.queue),
    };
}

static void take_notification(struct spec_notification *out, const struct notification *n)
{
    *out = (struct spec_notification){
        .exists = true,
        .is_active = n->is_active,
        .word = n->word,
        .bound = name_of(KIND_THREAD, n->bound),
        .context = name_of(KIND_CONTEXT, n->sc),
        .queue = take_queue(&n->queue),
    };
}

static void take_reply(struct spec_reply *out, const struct reply *r)
{
    *out = (struct spec_reply){ .exists = true,
                                .caller = name_of(KIND_THREAD, r->caller),
                                .below = name_of(KIND_REPLY, r->next) };
}

static void take_space(struct spec_space *out, const void *root)
{
    const struct host_page *page = (const struct host_page *)root + 1;

    for (unsigned i = 0; i < SPEC_PAGES; i++)
        out->page[i] =
            (struct spec_page){ page[i].is_there, page[i].is_writable, page[i].va, page[i].paddr };
}

static void take_cnode(struct spec_cnode *out, struct cap c)
{
    unsigned radix = cap_cnode_radix(c);

    *out = (struct spec_cnode){ .exists = true,
                                .first = slot_name(cap_ptr(c)),
                                .seen = (uint8_t)(radix > 5 ? ROOT_SLOTS : BIT(radix)),
                                .where = slot_place(cap_ptr(c)) };
}

static void take_object(struct spec *out, name_t slot)
{
    name_t o = out->slot[slot].object;
    struct cap c = slot_of(slot)->cap;
    void *object = cap_ptr(c);

    switch (out->slot[slot].type) {
    case SPEC_THREAD: take_thread(&out->thread[o], object); break;
    case SPEC_CONTEXT: take_context(&out->context[o], object); break;
    case SPEC_ENDPOINT: take_endpoint(&out->endpoint[o], object, (c.w0 & CAP_PORTAL) != 0); break;
    case SPEC_NOTIFICATION: take_notification(&out->notification[o], object); break;
    case SPEC_REPLY: take_reply(&out->reply[o], object); break;
    case SPEC_CNODE: take_cnode(&out->cnode[o], c); break;
    case SPEC_SPACE: take_space(&out->space[o], object); break;
    default: break;
    }
}

/*
 * Who has to do with something that the specification says nothing about: all calls of a stack, its
 * context, and who runs on that.
 */
static void spread_beyond(struct spec *s)
{
    for (unsigned round = 0; round < 8; round++) {
        for (unsigned r = 1; r <= take_last(KIND_REPLY); r++) {
            struct spec_reply *reply = &s->reply[r], *below = &s->reply[reply->below];

            reply->is_beyond |= s->thread[reply->caller].is_beyond;
            if (reply->below != 0)
                reply->is_beyond = below->is_beyond = reply->is_beyond || below->is_beyond;
        }
        for (unsigned c = 1; c <= take_last(KIND_CONTEXT); c++) {
            struct spec_context *context = &s->context[c];

            if (context->top != 0)
                context->is_beyond = s->reply[context->top].is_beyond =
                    context->is_beyond || s->reply[context->top].is_beyond;
            if (context->thread != 0)
                s->thread[context->thread].is_beyond |= context->is_beyond;
        }
    }
}

static void take_ready(struct spec_list *out, const struct ready_queues *q)
{
    *out = (struct spec_list){ 0 };
    for (unsigned prio = PRIORITIES; prio-- > 0;) {
        const struct tcb *head = q->head[prio], *t = head;

        if (!(q->bits[prio / WORD_BITS] & BIT(prio % WORD_BITS))) {
            prio -= q->bits[prio / WORD_BITS] == 0 ? prio % WORD_BITS : 0;
            continue;
        }
        do {
            if (out->count < SPEC_THREADS)
                out->at[out->count++] = name_thread(t);
            t = t->ready_next;
        } while (t != head);
    }
}

static const void *buffer_of(unsigned name)
{
    return (void *)(take_place(KIND_BUFFER, (name_t)name) + HOST_RAM_BASE);
}

void take_buffers(struct spec *out)
{
    for (unsigned i = 1; i <= take_last(KIND_BUFFER); i++)
        memcpy(out->buffer[i], buffer_of(i), sizeof(out->buffer[i]));
    out->buffers_known = (name_t)take_last(KIND_BUFFER);
}

bool take_buffers_are(const struct spec *s)
{
    bool is_same = true;

    for (unsigned i = 1; is_same && i <= take_last(KIND_BUFFER); i++)
        is_same = memcmp(s->buffer[i], buffer_of(i), sizeof(s->buffer[i])) == 0;
    return is_same;
}

static void take_irqs(struct spec *out)
{
    for (unsigned i = 0; i < SPEC_IRQS; i++)
        out->irq[i] = (struct spec_irq){ .is_issued = irq_issued[i],
                                         .is_unanswered = irq_issued[i] && irq_unanswered[i],
                                         .has_come_again = irq_issued[i] && irq_again[i],
                                         .slot = slot_name(&irq_slots[i]) };
}

static void take_domains(struct spec *out, struct cpu *cpu)
{
    for (unsigned d = 0; d < CONFIG_NUM_DOMAINS; d++)
        take_ready(&out->ready[d], ready_in(cpu, d));
    out->domain = cpu->domain;
    out->domain_index = (uint8_t)cpu->domain_index;
    out->domain_start = (uint8_t)cpu->domain_start;
    out->domain_left = cpu->domain_left;
    for (unsigned i = 0; i < CONFIG_NUM_DOMAIN_SCHEDULES; i++)
        out->schedule[i] =
            (struct spec_turn){ domain_schedule[i].domain, domain_schedule[i].ticks };
}

/* All but slots, objects and buffers. */
static void take_rest(struct spec *out)
{
    struct cpu *cpu = this_cpu();

    take_irqs(out);
    take_domains(out, cpu);
    out->current = cpu->current != cpu->idle ? name_of(KIND_THREAD, cpu->current) : 0;
    out->charged = name_of(KIND_CONTEXT, cpu->sc);
    out->clock = arch_now();
    out->charged_from = cpu->charge_from;
}

bool take(struct spec *out)
{
    struct cpu *cpu = this_cpu();
    ticks_t entered = cpu->now;
    bool is_known;

    memset(out, 0, sizeof(*out));
    cpu->now = arch_now();
    is_known = take_slots(out);
    for (unsigned i = 1; is_known && i <= take_last(KIND_SLOT); i++)
        take_object(out, (name_t)i);
    spread_beyond(out);
    cpu->now = entered;
    if (!is_known)
        return false;
    take_rest(out);
    take_buffers(out);
    return !take_is_full() && waitq_walk == NULL;
}

static void *object_of(enum spec_kind kind, unsigned name)
{
    return (char *)HOST_RAM_BASE + take_place(kind, (name_t)name);
}

bool (*take_object_is_same)(const void *object);
bool (*take_slots_are_same)(void);

bool take_has_same_slots(void)
{
    return take_slots_are_same != NULL && take_slots_are_same();
}

static bool has_changed(enum spec_kind kind, unsigned name)
{
    return !take_object_is_same(object_of(kind, name));
}

/* Queues lead through threads, so that they are looked at always. */
static void take_changed_queues(struct spec *out, const struct spec *before, struct taken *taken)
{
    for (unsigned i = 1; i <= take_last(KIND_NOTIFICATION); i++)
        if (before->notification[i].exists) {
            take_notification(&out->notification[i], object_of(KIND_NOTIFICATION, i));
            taken->notifications |= BIT(i);
        }
    for (unsigned i = 1; i <= take_last(KIND_ENDPOINT); i++)
        if (before->endpoint[i].exists) {
            take_endpoint(&out->endpoint[i], object_of(KIND_ENDPOINT, i),
                          before->endpoint[i].is_portal);
            taken->endpoints |= BIT(i);
        }
}

/* The registers of who was current are those of its call in `before`. */
static bool is_thread_to_take(const struct spec *before, unsigned i)
{
    const struct tcb *t = object_of(KIND_THREAD, i);

    return before->thread[i].exists &&
           (i == before->current || !take_object_is_same(&t->slots[TCB_SLOTS]));
}

bool take_changed(struct spec *out, const struct spec *before, struct taken *taken)
{
    *taken = (struct taken){ 0 };
    for (unsigned i = 1; i <= take_last(KIND_THREAD); i++)
        if (is_thread_to_take(before, i)) {
            take_thread(&out->thread[i], object_of(KIND_THREAD, i));
            taken->threads |= BIT(i);
        }
    for (unsigned i = 1; i <= take_last(KIND_CONTEXT); i++)
        if (before->context[i].exists && has_changed(KIND_CONTEXT, i)) {
            take_context(&out->context[i], object_of(KIND_CONTEXT, i));
            taken->contexts |= BIT(i);
        }
    for (unsigned i = 1; i <= take_last(KIND_REPLY); i++)
        if (before->reply[i].exists && has_changed(KIND_REPLY, i)) {
            take_reply(&out->reply[i], object_of(KIND_REPLY, i));
            taken->replies |= BIT(i);
        }
    take_changed_queues(out, before, taken);
    take_rest(out);
    return !take_is_full() && waitq_walk == NULL;
}

bool take_is_quiet(void)
{
    struct cpu *cpu = this_cpu();
    ticks_t entered = cpu->now;
    const struct tree_node *first = ready_in(cpu, cpu->domain)->release;
    bool is_quiet;

    cpu->now = arch_now();
    is_quiet =
        sched_has_time() && (first == NULL || first->rank > cpu->now + 2 * kernel_wcet_ticks);
    cpu->now = entered;
    return is_quiet;
}

bool take_is_alone(void)
{
    return host.preempt_at == 0 && host.preempt_every == 0 && !host.is_irq_pending;
}

void take_prepared(struct spec *out)
{
    if (out->current != 0)
        out->thread[out->current].regs = take_registers(&current()->ctx);
}
